/** Restart in Place by mouse, and the history that leads to the log of the earlier run. */
import assert from 'node:assert/strict';
import { untilStates } from '../lab/queueState';
import { chooseFromMenu } from '../vscode/launchActions';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';
import { paintInThemes } from './themes';

/** Registers the suite. */
export function suiteOfRestarts(window: LabWindow): void {
  describe('a failed job that is restarted in place', () => {
    let id: number;
    const dialog = () => window.page.locator('.monaco-dialog-box');
    const refresh = () => window.driver.execute('pueuePreflight.host.refresh', [{ host: 'gpu-3' }]);

    beforeEach(async () => {
      const { pueue } = window.host('gpu-3');
      id = await pueue.add('echo the earlier run; test -e again-$(basename $PWD)', { label: 'AGAIN@1' });
      await untilStates(pueue, new Map([[id, 'Failed']]));
      await refresh();
    });

    afterEach(async () => {
      const { pueue } = window.host('gpu-3');
      await pueue.must(['remove', String(id)]);
      await window.driver.execute('workbench.action.closeAllEditors', []);
      await refresh();
    });

    it('is asked about with what is kept and lost, runs again, and its earlier log opens from the history', async () => {
      const { page } = window;
      const { pueue } = window.host('gpu-3');
      const row = window.row(new RegExp(`^AGAIN@1, failed.* · job ${id}$`, 'u'));
      await chooseFromMenu(page, row, 'Restart in Place…');
      await dialog().waitFor();
      await paintInThemes(window, 'restart');
      const text = await dialog().innerText();
      for (const part of ['gpu-3', `job ${id} AGAIN@1`, 'Kept, where', 'Lost, where', 'saved on the host'])
        assert.ok(text.includes(part), `${part} in ${text}`);
      assert.equal(await page.locator('.monaco-dialog-box .monaco-button:focus').innerText(), 'Show Details');
      await dialog()
        .getByRole('button', { name: `Restart Job ${id}` })
        .click();
      await outputLine(page, new RegExp(`job\\s${id}:\\sdone`, 'u')).waitFor();
      await untilStates(pueue, new Map([[id, 'Failed']]));

      const { problem, targets } = (await window.driver.execute('pueuePreflight.deploy.history', [
        { host: 'gpu-3' },
      ])) as {
        problem: unknown;
        targets: { outcome: string }[];
      };
      assert.deepEqual([problem, targets[0]?.outcome], [null, 'done']);
      const link = page.locator('.editor-instance .detected-link').first();
      await link.waitFor();
      await paintInThemes(window, 'history');
      await link.click({ modifiers: ['ControlOrMeta'] });
      await page.locator('.editor-instance .view-line', { hasText: /^the\searlier\srun$/u }).waitFor();
      await paintInThemes(window, 'saved-log');
    });

    it('is left alone where the first answer is dismissed, and asked about once', async () => {
      const argument = [{ host: 'gpu-3', jobs: [{ id }] }];
      const asked = window.driver.execute('pueuePreflight.job.restartInPlace', argument);
      await dialog().waitFor();
      const second = (await window.driver.execute('pueuePreflight.job.restartInPlace', argument)) as {
        problem: { code: string };
      };
      assert.equal(second.problem.code, 'busy');
      await window.page.keyboard.press('Escape');
      const { targets } = (await asked) as { targets: { outcome: string }[] };
      assert.equal(targets[0]?.outcome, 'cancelled');
    });
  });
}
