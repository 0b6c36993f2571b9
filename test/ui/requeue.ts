/** Requeue… and Add Job… as a person uses them: by mouse from the row, by keyboard through the table, on a real daemon. */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { untilStates } from '../lab/queueState';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';
import { paintInThemes } from './themes';

/** Registers the suite. */
export function suiteOfRequeue(window: LabWindow): void {
  describe('a job that is queued again', () => {
    const host = 'gpu-3';
    const pueue = () => window.host(host).pueue;
    const refresh = (): Promise<unknown> => window.driver.execute('pueuePreflight.host.refresh', [{ host }]);
    const dialog = (): Locator => window.page.locator('.monaco-dialog-box');
    const list = (): Locator => window.page.locator('.quick-input-widget:visible');
    const item = (words: RegExp): Locator => list().locator('.monaco-list-row').filter({ hasText: words });
    const enter = async (words: RegExp): Promise<void> => {
      await item(words).first().waitFor();
      await window.page.keyboard.press('Enter');
    };

    it('goes from the row to the queue: why, the table, one question', async () => {
      const { page } = window;
      const ids = [1, 2].map((n) => ({
        label: `AGAIN@${n}`,
        command: `echo "ZeroDivisionError: ${n}"; exit 1 # ${n}`,
      }));
      const added: number[] = [];
      for (const { label, command } of ids) added.push(await pueue().add(command, { label }));
      await untilStates(pueue(), new Map(added.map((id) => [id, 'Failed'])));
      await refresh();
      const jobs = added.map((id) => ({ id, createdAt: null }));
      const asked = window.driver.execute('pueuePreflight.job.requeue', [{ host, jobs }]);
      await enter(/It just died/u);
      await item(/Requeue 2 Jobs…/u).waitFor();
      const table = await list().innerText();
      assert.match(table, /2 jobs: exit 1, last line "ZeroDivisionError: 1"/u);
      assert.match(table, /2 jobs failed in the same way/u);
      assert.match(table, /AGAIN@1-retry/u);
      await paintInThemes(window, 'requeue');

      // One of them is left out by keyboard alone.
      for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await item(/^Leave Out/u).click();
      await item(/Requeue 1 Job…/u).waitFor();
      await page.keyboard.press('Enter');
      await dialog().waitFor();
      assert.equal(await page.locator('.monaco-dialog-box .monaco-button:focus').innerText(), 'Show Details');
      assert.match(await dialog().innerText(), /Requeue 1 job on gpu-3\?/u);
      await dialog().getByRole('button', { name: 'Requeue 1 Job', exact: true }).click();
      const report = (await asked) as { problem: unknown; jobs: { outcome: string; newId: number | null }[] };
      assert.equal(report.problem, null);
      assert.deepEqual(report.jobs.map(({ outcome }) => outcome).sort(), ['added', 'refused']);
      await outputLine(page, /job\s\d+:\sadded\sas\sjob\s\d+\sAGAIN/u).waitFor();
      const fresh = report.jobs.flatMap(({ newId }) => newId ?? []);
      await untilStates(pueue(), new Map(fresh.map((id) => [id, 'Failed'])));
      await pueue().must(['remove', ...[...added, ...fresh].map(String)]);
      await refresh();
    });

    it('is added by hand from a form, and not where the same work waits', async () => {
      const asked = window.driver.execute('pueuePreflight.job.add', [
        { host, command: 'sleep 600 # by hand', directory: '/tmp', label: 'HAND@1' },
      ]);
      await enter(/Add Job…/u);
      await dialog().waitFor();
      await dialog().getByRole('button', { name: 'Add 1 Job', exact: true }).click();
      const report = (await asked) as { targets: { target: string; outcome: string }[] };
      const [added] = report.targets;
      assert.equal(added?.outcome, 'done');
      const id = Number(added.target);
      const again = window.driver.execute('pueuePreflight.job.add', [
        { host, command: 'sleep 600 # by hand', directory: '/tmp' },
      ]);
      await item(/Cannot be added yet/u).waitFor();
      assert.match(await list().innerText(), new RegExp(`Job ${id} is .* same command`, 'u'));
      await window.page.keyboard.press('Escape');
      const { problem } = (await again) as { problem: { code: string } };
      assert.equal(problem.code, 'cancelled');
      // A job that is not begun yet cannot be killed.
      await untilStates(pueue(), new Map([[id, 'Running']]));
      await pueue().run(['kill', String(id)]);
      await untilStates(pueue(), new Map([[id, 'Killed']]));
      await pueue().run(['remove', String(id)]);
      await refresh();
    });
  });
}
