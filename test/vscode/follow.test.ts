/** Follow in Terminal called by id: what it resolves with, and which terminals stand in the window then. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ActionReport } from '../../src/core/audit/fleetReport';

const host = 'gpu-1';

async function follow(argument?: unknown): Promise<ActionReport> {
  return vscode.commands.executeCommand<ActionReport>('pueuePreflight.job.follow', argument);
}

const outcomes = ({ targets }: ActionReport): [string, string][] =>
  targets.map(({ target, outcome }) => [target, outcome]);
const names = (): string[] => vscode.window.terminals.map(({ name }) => name);

describe('the command that follows jobs', () => {
  const before = names();
  afterEach(async () => {
    const closed = new Promise<void>((resolve) => {
      const look = (): void => {
        if (names().length === before.length) resolve();
      };
      vscode.window.onDidCloseTerminal(look);
      look();
    });
    // Each by itself: a command that ends all of them knows none yet that was opened a moment ago, in VS Code 1.100.
    for (const terminal of vscode.window.terminals.slice(before.length)) terminal.dispose();
    await closed;
  });

  it('opens a terminal for each job, one for each however often it is asked, and names what it does not know', async () => {
    const report = await follow({ host, jobs: [{ id: 6 }, { id: 2 }, { id: 99 }, { id: 6 }] });
    assert.equal(report.problem, null);
    assert.deepEqual(outcomes(report), [
      ['6', 'done'],
      ['2', 'done'],
      ['99', 'failed'],
      ['6', 'alreadySo'],
    ]);
    assert.match(report.targets[2]!.reason!, /job 99 is no longer in the queue/u);
    assert.deepEqual(names().slice(before.length), ['DOGEUSDT@250 — gpu-1', 'LTCUSDT@250 — gpu-1']);
    assert.equal(outcomes(await follow({ host, jobs: [{ id: 6 }] }))[0]![1], 'alreadySo');
    assert.equal(names().length, before.length + 2);
  });

  it('opens at most ten terminals', async () => {
    const report = await follow({ host, jobs: Array.from({ length: 12 }, () => ({ id: 6 })) });
    assert.deepEqual(
      outcomes(report).map(([, outcome]) => outcome),
      ['done', ...Array.from({ length: 9 }, () => 'alreadySo'), 'refused', 'refused'],
    );
  });

  it('takes another job of the same number for a problem, and names what is wrong with an argument', async () => {
    const stale = await follow({ host, jobs: [{ id: 6, createdAt: '2020-01-01T00:00:00Z' }] });
    assert.equal(stale.problem?.code, 'stale');
    assert.equal((await follow({ host, jobs: [{ id: 'x' }] })).problem?.code, 'invalidInput');
    assert.equal((await follow({ host: 'gone', jobs: [{ id: 6 }] })).problem?.code, 'invalidInput');
    assert.equal(names().length, before.length);
  });
});
