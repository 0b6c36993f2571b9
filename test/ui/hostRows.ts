/** What the rows say of the lab: every kind of job, groups, checkpoints; asserted on what a screen reader speaks. */
import assert from 'node:assert/strict';
import type { LabWindow } from './labWindow';

/** One or two units: `5 s`, `1 min 20 s`, `9 d`. */
const time = String.raw`\d+ (?:s|min|h|d)(?: \d+ (?:s|min|h))?`;
const tomorrow = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`;

/** Rows of a host from the top; `#` stands for a time that passes, `@@` for a moment. Everything else is literal. */
const rowsOf: Readonly<Record<string, readonly string[]>> = {
  'gpu-1': [
    'default, group, 1 of 1 slot used',
    'DOGEUSDT@250, running · # · job 6',
    'DOGEUSDT@500, queued · no free slot (1 of 1 slot used) · job 8',
    'ETHUSDT@500, scheduled · delayed until @@ · job 12',
    'ETHUSDT@250, stashed · starts only when enqueued · job 11',
    'maintenance, group, paused: starts no job · 0 of 1 slot used',
    'SHIBUSDT@1000, queued · group paused · job 9',
    'sweep, group, 1 of 8 slots used',
    'BTCUSDT@100, paused · started # ago · job 7',
    'LTCUSDT@750, a dependency failed · job 4',
    'LTCUSDT@500, failed, exit code 127 · # · job 3',
    'LTCUSDT@250, failed, exit code 1 · # · job 2',
    'ADAUSDT@250, killed · # · job 1',
    'XRPUSDT@100, failed to spawn: No such file or directory · job 0',
    'DOGEUSDT@750, queued · waits for job 6 · job 10',
    'SOLUSDT@250, succeeded · # · job 5',
    'Checkpoints, 4 entries',
  ],
  'gpu-2': [
    'default, group, 1 of 1 slot used',
    'DOGEUSDT@250, running · # · job 2',
    'LTCUSDT@250, failed, exit code 1 · # · job 0',
    'DOGEUSDT@500, queued · no free slot (1 of 1 slot used) · job 3',
    'SOLUSDT@250, succeeded · # · job 1',
    'Checkpoints, 4 entries',
  ],
  'gpu-3': [
    'default, group, 0 of 1 slot used',
    'SOLUSDT@500, succeeded · # · job 2',
    'SOLUSDT@250, succeeded · # · job 1',
    'SOLUSDT@100, succeeded · # · job 0',
    'Checkpoints, no directory is configured',
  ],
};

/** Newest first; the last one is the damaged file. */
const checkpointRows = [
  'DOGEUSDT_250_20240101_20240630.json, 62 B · # ago',
  'BTCUSDT_100_20240101_20240630.json, 61 B · # ago',
  'ETHUSDT_500_20230101_20231231.json, 61 B · 9 d ago',
  'SHIBUSDT_1000_20230101_20231231.json, 30 B · 30 d ago',
];

function pattern(row: string): RegExp {
  const literal = row.replace(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);
  return new RegExp(`^${literal.replace('#', time).replace('@@', tomorrow)}$`, 'u');
}

function assertRows(actual: readonly string[], expected: readonly string[]): void {
  assert.equal(actual.length, expected.length, actual.join('\n'));
  expected.forEach((row, index) => {
    assert.match(actual[index]!, pattern(row));
  });
}

/** Registers the suite. */
export function suiteOfHostRows(window: LabWindow): void {
  describe('the rows of the hosts', () => {
    for (const [host, rows] of Object.entries(rowsOf))
      it(`say the state of every group and job of ${host}, what one looks for first`, async () => {
        await window.row(pattern(rows.at(-1)!)).waitFor();
        assertRows(await window.rowsBelow(host), rows);
      });

    it('stand in a tree of three levels with the name of the view', async () => {
      const tree = window.page.locator('.part.sidebar').getByRole('tree', { name: 'Hosts' });
      const levels = [/^gpu-1, /u, /^sweep, /u, /^ADAUSDT@250, /u].map((label) =>
        tree.getByRole('treeitem', { name: label }).getAttribute('aria-level'),
      );
      assert.deepEqual(await Promise.all(levels), ['1', '2', '3']);
    });

    it('show checkpoint files with name, size and age when they are opened', async () => {
      const checkpoints = window.row(/^Checkpoints, 4 entries$/u);
      const before = await window.rowsBelow('gpu-1');
      await checkpoints.click();
      try {
        await window.row(/^SHIBUSDT_1000/u).waitFor();
        const opened = await window.rowsBelow('gpu-1');
        assertRows(opened.slice(before.length), checkpointRows);
      } finally {
        await checkpoints.click();
      }
      await window.row(/^SHIBUSDT_1000/u).waitFor({ state: 'hidden' });
    });

    it('say the whole of what a narrow side bar cuts when the pointer rests on them', async () => {
      const row = window.row(/^DOGEUSDT@750, /u);
      const hover = window.page
        .locator('.monaco-hover:visible')
        .filter({ hasText: 'Command: ./sweep.sh DOGEUSDT 750 ok' });
      await window.pointAt(row, hover);
      const text = await hover.innerText();
      assert.match(text, /DOGEUSDT@750\s+queued · waits for job 6 · job 10\s+Command:/u);
    });
  });
}
