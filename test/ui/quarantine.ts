/** Checkpoints moved into quarantine and back, and deleted from it, by mouse: what is asked, and what the rows say. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Locator } from 'playwright-core';
import { untilStates } from '../lab/queueState';
import { chooseFromMenu } from '../vscode/launchActions';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';
import { paintInThemes } from './themes';

/** Registers the suite. */
export function suiteOfQuarantine(window: LabWindow): void {
  describe('checkpoints in quarantine', () => {
    let root: string;
    const shelf = (): string => `${root}.pueue-preflight-quarantine`;
    const dialog = (): Locator => window.page.locator('.monaco-dialog-box');
    const input = (): Locator => window.page.locator('.quick-input-widget:visible input[type=text]');

    beforeEach(async () => {
      root = join(window.host('gpu-3').pueue.home, 'q');
      await mkdir(root);
      for (const name of ['a.json', 'b.json']) await writeFile(join(root, name), '{}');
      const hosts = window.lab.settings['pueuePreflight.hosts'] as (string | { name: string })[];
      const named = hosts.map((host) => (typeof host === 'string' ? { name: host } : host));
      const more = { checkpoints: ['~/q'] };
      await window.setHosts(named.map((host) => (host.name === 'gpu-3' ? { ...host, ...more } : host)));
      await openRow(/^Checkpoints, 2 entries$/u);
    });

    afterEach(async () => {
      await rm(root, { recursive: true, force: true });
      await rm(shelf(), { recursive: true, force: true });
    });

    const openRow = (label: RegExp): Promise<void> => window.openRow(label);
    const choose = (row: Locator, item: string): Promise<void> => chooseFromMenu(window.page, row, item);

    const outcomes = async (asked: Promise<unknown>): Promise<(string | null)[]> => {
      const { targets, problem } = (await asked) as {
        targets: { outcome: string }[];
        problem: { code: string } | null;
      };
      return [problem?.code ?? null, ...targets.map(({ outcome }) => outcome)];
    };

    const command = (name: string, paths: readonly string[]): Promise<unknown> =>
      window.driver.execute(`pueuePreflight.checkpoint.${name}`, [{ host: 'gpu-3', paths }]);

    it('are moved there, seen below the checkpoints, and restored, by mouse', async () => {
      await choose(window.row(/^a\.json, 2 B/u), 'Quarantine…');
      await dialog().waitFor();
      await paintInThemes(window, 'quarantine-question');
      const text = await dialog().innerText();
      for (const part of ['Move 1 checkpoint on gpu-3 into quarantine?', 'a.json: 2 B, written', 'begins from nothing'])
        assert.ok(text.includes(part), `${part} in ${text}`);
      assert.equal(await window.page.locator('.monaco-dialog-box .monaco-button:focus').innerText(), 'Show Details');
      await dialog().getByRole('button', { name: 'Quarantine 1' }).click();

      await openRow(/^Quarantine, 1 entry · 2 B · oldest \d+ s ago$/u);
      const folder = window.row(/^\d{4}-\d\d-\d\d .* UTC, 1 entry · 2 B · \d+ s ago$/u);
      await folder.click();
      await window.row(/^a\.json, in quarantine, 2 B · written/u).waitFor();
      await outputLine(window.page, /a\.json:\sdone\s→/u).waitFor();
      await paintInThemes(window, 'quarantine');
      assert.deepEqual(await readdir(root), ['b.json']);

      await choose(window.row(/^a\.json, in quarantine/u), 'Restore');
      await dialog().getByRole('button', { name: 'Restore 1' }).click();
      await window.row(/^Checkpoints, 2 entries$/u).waitFor();
      await window.row(/^Quarantine, /u).waitFor({ state: 'detached' });
      assert.deepEqual((await readdir(root)).sort(), ['a.json', 'b.json']);
    });

    it('stay where they are where the first answer is taken, and a second click asks nothing twice', async () => {
      const asked = command('quarantine', [join(root, 'a.json')]);
      await dialog().waitFor();
      assert.deepEqual(await outcomes(command('quarantine', [join(root, 'a.json')])), ['busy']);
      await window.cancelDialog();
      assert.deepEqual(await outcomes(asked), [null, 'cancelled']);
      assert.deepEqual((await readdir(root)).sort(), ['a.json', 'b.json']);
      assert.deepEqual(await outcomes(command('quarantine', [join(root, 'nowhere')])), ['stale']);
      assert.deepEqual(await outcomes(command('quarantine', ['relative'])), ['invalidInput']);
    });

    it('are not moved where the person has seen another entry than the one that is there', async () => {
      const asked = command('quarantine', [join(root, 'a.json')]);
      await dialog().waitFor();
      await writeFile(join(root, 'a.json'), '{"later": 1}');
      await dialog().getByRole('button', { name: 'Quarantine 1' }).click();
      assert.deepEqual(await outcomes(asked), ['stale']);
      assert.deepEqual((await readdir(root)).sort(), ['a.json', 'b.json']);
    });

    it('ask for the typed name of the host where a live job may be the one that writes them', async () => {
      const { pueue } = window.host('gpu-3');
      const id = await pueue.add('sleep 1000');
      try {
        await untilStates(pueue, new Map([[id, 'Running']]));
        const asked = command('quarantine', [join(root, 'a.json')]);
        await dialog().getByText(`job ${id} is live`).waitFor();
        await dialog().getByRole('button', { name: 'Quarantine 1' }).click();
        await input().fill('gpu-3');
        await window.page.keyboard.press('Enter');
        assert.deepEqual(await outcomes(asked), [null, 'done']);
      } finally {
        await pueue.must(['kill', String(id)]);
        await untilStates(pueue, new Map([[id, 'Killed']]));
        await pueue.must(['remove', String(id)]);
        await window.driver.execute('pueuePreflight.host.refresh', [{ host: 'gpu-3' }]);
      }
    });

    it('are offered for deletion once they are old, for the typed name of the host', async () => {
      const done = command('quarantine', [join(root, 'a.json'), join(root, 'b.json')]);
      await dialog().getByRole('button', { name: 'Quarantine 2' }).click();
      const { targets } = (await done) as { targets: { reason: string }[] };
      const moved = targets[0]!.reason;
      assert.deepEqual(await outcomes(command('deleteQuarantined', [moved])), ['refused', 'refused']);
      const old = join(shelf(), basename(dirname(moved)).replace(/^\d{8}/u, '20200102'));
      await rename(dirname(moved), old);
      const manifest = join(old, '.pueue-preflight-manifest.json');
      await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(/"at": [\d.]+/u, '"at": 1577923200'));
      await window.driver.execute('pueuePreflight.host.refresh', [{ host: 'gpu-3' }]);
      await openRow(/^Quarantine, 2 entries/u);
      // The hover of the row that was opened would lie over the one below it.
      await window.page.mouse.move(900, 300);
      await choose(window.row(/^2020-01-02 .* UTC, 2 entries/u), 'Delete Quarantined…');
      await dialog().getByRole('button', { name: 'Delete 2' }).click();
      await input().fill('gpu-3');
      await window.page.keyboard.press('Enter');
      await window.row(/^Quarantine, /u).waitFor({ state: 'detached' });
      assert.ok(!existsSync(shelf()) && existsSync(root));
    });
  });
}
