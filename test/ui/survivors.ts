/** A killed job whose program lives on: the row below it, and saying that it is no part of the job. */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { identify } from '../lab/processes';
import { untilStates } from '../lab/queueState';
import { layOutliving, type Outliving } from '../support/survivors';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';
import { paintInThemes } from './themes';

/** Registers the suite. */
export function suiteOfSurvivors(window: LabWindow): void {
  describe('a process that outlives its job', () => {
    let lay: Awaited<ReturnType<typeof layOutliving>>;
    let job: Outliving;

    const release = 'pueuePreflight.job.releaseProcess';
    const jobRow = (words: string): Locator =>
      window.row(new RegExp(`^OUTLIVE@1, killed · ${words}\\d+ s · job ${job.id}$`, 'u'));
    const processRow = (): Locator =>
      window.row(
        new RegExp(`^/usr/bin/python3 .*outlive\\.py .*, process that still runs, pid ${job.pid} · since`, 'u'),
      );
    const dialog = (): Locator => window.page.locator('.monaco-dialog-box');

    beforeEach(async () => {
      const { pueue } = window.host('gpu-3');
      lay = await layOutliving(pueue);
      job = await lay.add('the child of a shell', { label: 'OUTLIVE@1' });
      await pueue.must(['kill', '--signal', 'sigterm', String(job.id)]);
      await untilStates(pueue, new Map([[job.id, 'Killed']]));
      await window.driver.execute('pueuePreflight.host.refresh', [{ host: 'gpu-3' }]);
      const survived = jobRow('1 process still runs · ');
      await survived.waitFor();
      // VS Code leaves a row closed that it has shown before it had anything below it.
      if ((await survived.getAttribute('aria-expanded')) === 'false') await survived.click();
      await processRow().waitFor();
    });

    afterEach(async () => {
      await lay.stop();
      await window.host('gpu-3').pueue.must(['remove', String(job.id)]);
      await window.driver.execute('pueuePreflight.host.refresh', [{ host: 'gpu-3' }]);
    });

    it('stands below its job and counts as live, until it is said by mouse to be no part of it', async () => {
      const { page } = window;
      await window.row(/^gpu-3, 1 live · 0 waiting · 1 failed$/u).waitFor();
      await jobRow('1 process still runs · ').waitFor();
      assert.equal(await processRow().getAttribute('aria-level'), '4');

      await processRow().hover();
      await processRow().getByRole('button', { name: 'Not Part of the Job…' }).click();
      await dialog().waitFor();
      await paintInThemes(window, 'survivor');
      const text = await dialog().innerText();
      for (const part of ['gpu-3', `job ${job.id} (killed) OUTLIVE@1`, `PID: ${job.pid}`, 'outlive.py', 'not touched'])
        assert.ok(text.includes(part), `${part} in ${text}`);
      assert.match(text, /Started: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, \d+ s ago/u);
      assert.equal(await page.locator('.monaco-dialog-box .monaco-button:focus').innerText(), 'Copy PID');
      await dialog()
        .getByRole('button', { name: `Not Part of Job ${job.id}` })
        .click();

      await processRow().waitFor({ state: 'detached' });
      await window.row(/^gpu-3, 0 live · 0 waiting · 1 failed$/u).waitFor();
      await jobRow('').waitFor();
      await outputLine(page, new RegExp(`job\\s${job.id}:\\sdone`, 'u')).waitFor();
      assert.equal(identify(job.pid)?.pid, job.pid, 'the process was not touched');
      assert.deepEqual(await window.notifications(), []);
    });

    it('stays where the first answer is taken, which copies its number', async () => {
      const asked = window.driver.execute(release, [{ host: 'gpu-3', pid: job.pid }]);
      await dialog().waitFor();
      await window.page.keyboard.press('Enter');
      const { targets } = (await asked) as { targets: { target: string; outcome: string }[] };
      assert.deepEqual(
        targets.map(({ target, outcome }) => [target, outcome]),
        [[String(job.id), 'cancelled']],
      );
      await window.row(/^gpu-3, 1 live/u).waitFor();
      assert.equal(await processRow().count(), 1);
    });

    it('is asked for by its row in a quick pick, and one that is not there is alreadySo', async () => {
      const { page, driver } = window;
      const outcomeOf = async (asked: Promise<unknown>): Promise<unknown> =>
        ((await asked) as { targets: { outcome: string }[] }).targets[0]?.outcome;
      assert.equal(await outcomeOf(driver.execute(release, [{ host: 'gpu-3', pid: 1 }])), 'alreadySo');
      const asked = driver.execute(release, [{}]);
      const choice = page.locator('.quick-input-widget:visible');
      await choice.getByPlaceholder('Which process is not part of its job?').waitFor();
      const options = await choice.getByRole('option').allInnerTexts();
      assert.equal(options.length, 1);
      assert.match(options[0]!, new RegExp(`outlive\\.py[^]*gpu-3 · job ${job.id} · pid ${job.pid}`, 'u'));
      await choice.getByRole('option').click();
      await dialog()
        .getByRole('button', { name: `Not Part of Job ${job.id}` })
        .click();
      assert.equal(await outcomeOf(asked), 'done');
      await processRow().waitFor({ state: 'detached' });
    });
  });
}
