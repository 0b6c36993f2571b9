/** Emergency Stop… up to the last question: the plan as a document, with its buttons, and everything that leaves the host as it is. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { jobStates, untilStates } from '../lab/queueState';
import { layIdle } from '../lab/scenarios';
import { chooseFromMenu } from '../vscode/launchActions';
import type { LabWindow } from './labWindow';
import { paintInThemes } from './themes';

interface Planned {
  readonly deployId: string;
  readonly outcome: string;
  readonly plan: readonly { readonly id: string; readonly state: string }[];
  readonly problem: { readonly code: string } | null;
}

/** Registers the suite. */
export function suiteOfEmergencyStops(window: LabWindow): void {
  const dialog = (): Locator => window.page.locator('.monaco-dialog-box');
  const button = (name: string): Locator =>
    window.page.locator('.part.editor .editor-actions').getByRole('button', { name, exact: true });

  describe('an emergency stop', () => {
    const stop = 'pueuePreflight.host.emergencyStop';
    let running: number;
    let waiting: number;

    const plan = async (): Promise<Planned> => (await window.driver.execute(stop, [{ host: 'gpu-3' }])) as Planned;
    const apply = (deployId: string): Promise<Planned> =>
      window.driver.execute('pueuePreflight.plan.apply', [{ deployId }]) as Promise<Planned>;
    /** The lines of an editor that opens are drawn anew while they are read, so each is waited for. */
    const line = (part: string): Locator => {
      const text = new RegExp(part.replace(/[.?[\]]/gu, '\\$&').replaceAll(' ', '\\s'), 'u');
      return window.page.locator('.part.editor .view-line').filter({ hasText: text }).first();
    };

    beforeEach(async () => {
      const { pueue } = window.host('gpu-3');
      running = await pueue.add('sleep 1000', { label: 'DOGEUSDT@250' });
      waiting = await pueue.add('python sweep.py --token abc123 --symbol BTC', {
        label: 'BTCUSDT@500',
        after: [running],
      });
      await untilStates(pueue, new Map([[running, 'Running'], [waiting, 'Queued']])); // prettier-ignore
      await window.driver.execute('pueuePreflight.host.refresh', [{ host: 'gpu-3' }]);
      await window.row(/^gpu-3, 1 live · 1 waiting/u).waitFor();
    });

    afterEach(async () => {
      const { pueue } = window.host('gpu-3');
      // Nothing of what is tried here may have changed the host.
      await untilStates(pueue, new Map([[running, 'Running'], [waiting, 'Queued']])); // prettier-ignore
      assert.match(await pueue.must(['group', '--json']), /"status":"Running"/u);
      await pueue.must(['kill', String(running)]);
      await untilStates(pueue, new Map([[running, 'Killed'], [waiting, 'DependencyFailed']])); // prettier-ignore
      await pueue.must(['remove', String(running), String(waiting)]);
      await window.driver.execute('pueuePreflight.host.refresh', [{ host: 'gpu-3' }]);
    });

    it('is planned from the row by mouse, read in its document, and asked about with the harmless answer first', async () => {
      const { page } = window;
      await window.row(/^gpu-3, /u).click({ button: 'right' });
      const entry = page.locator('.context-view').getByRole('menuitem', { name: 'Emergency Stop…' });
      // A menu takes no click in the moment in which it comes up.
      await entry.hover();
      await page.keyboard.press('Enter');
      for (const part of ['Emergency stop of gpu-3', 'What cannot be undone', `job ${running} DOGEUSDT@250`])
        await line(part).waitFor();
      await line('pause --all --wait').waitFor();
      assert.equal(await page.locator('.view-line').filter({ hasText: 'abc123' }).count(), 0);
      await paintInThemes(window, 'emergency-plan');

      await button('Apply…').click();
      await dialog().waitFor();
      await paintInThemes(window, 'emergency-question');
      assert.match(await dialog().innerText(), /Stop \d+ jobs of gpu-3 \(1 live\)\?/u);
      assert.equal(await page.locator('.monaco-dialog-box .monaco-button:focus').innerText(), 'Show Details');
      await window.cancelDialog();
      await line('Planned. Nothing was done yet.').waitFor();

      await button('Cancel').click();
      await line('Dropped. Nothing was done.').waitFor();
      await button('Apply…').waitFor({ state: 'detached' });
    });

    it('asks once where it is applied twice, and a wrong name stops nothing', async () => {
      const { deployId, outcome } = await plan();
      assert.equal(outcome, 'planned');
      const [first, second] = [apply(deployId), apply(deployId)];
      await dialog().waitFor();
      await dialog().getByRole('button', { name: /^Stop \d+ Jobs$/u }).click(); // prettier-ignore
      const box = window.page.locator('.quick-input-widget:visible input');
      await box.fill('gpu-1');
      await box.press('Enter');
      await window.page.keyboard.press('Escape');
      const reports = await Promise.all([first, second]);
      assert.deepEqual(reports[0], reports[1]);
      assert.deepEqual([reports[0].outcome, reports[0].problem?.code], ['planned', 'cancelled']);
      assert.equal(await dialog().count(), 0);
    });

    it('is changed by keyboard, and planned anew where jobs came meanwhile', async () => {
      const { deployId } = await plan();
      const edited = window.driver.execute('pueuePreflight.plan.edit', [{ deployId }]) as Promise<Planned>;
      const choice = window.page.locator('.quick-input-widget:visible');
      await choice.getByText('Grace time: 10 s').waitFor();
      await paintInThemes(window, 'emergency-edit');
      await window.page.keyboard.press('ArrowDown');
      await window.page.keyboard.press('ArrowDown');
      await window.page.keyboard.press('Enter');
      await choice.getByText('Jobs: stay in the queue').waitFor();
      await window.page.keyboard.press('Enter');
      assert.deepEqual((await edited).plan.find(({ id }) => id === 'remove')?.state, 'skipped');

      const { pueue } = window.host('gpu-3');
      const added = await pueue.add('true', { stashed: true });
      await window.driver.execute('pueuePreflight.host.refresh', [{ host: 'gpu-3' }]);
      const stale = await apply(deployId);
      await pueue.must(['remove', String(added)]);
      assert.deepEqual([stale.outcome, stale.problem?.code], ['planned', 'stale']);
      await line('Changed since the plan before').waitFor();
      await line(`Job ${added} was added.`).waitFor();
      assert.equal(await dialog().count(), 0);
    });

    it('of a plan that is not there says so', async () => {
      assert.equal((await apply('nonsense')).problem?.code, 'invalidInput');
      const none = (await window.driver.execute(stop, [{ host: 'gpu-3', group: 'none' }])) as Planned;
      assert.deepEqual([none.outcome, none.problem?.code], ['refused', 'invalidInput']);
    });
  });

  describe('an emergency stop that is applied', () => {
    const home = (): string => window.host('gpu-3').pueue.home;
    const line = (part: RegExp): Locator =>
      window.page.locator('.part.editor .view-line').filter({ hasText: part }).first();

    afterEach(async () => {
      const { pueue } = window.host('gpu-3');
      await pueue.run(['kill', '--all']);
      for (const folder of ['q', 'q.pueue-preflight-quarantine'])
        await rm(join(home(), folder), { recursive: true, force: true });
      while (Object.keys((JSON.parse(await pueue.must(['status', '--json'])) as { tasks: object }).tasks).length > 0)
        await pueue.run(['remove', ...[...(await jobStates(pueue)).keys()].map(String)]);
      await pueue.must(['start', '--all']);
      await layIdle(pueue);
      await window.driver.execute('pueuePreflight.host.refresh', [{ host: 'gpu-3' }]);
    });

    it('from the row of the host by mouse ends, keeps and removes everything, and says what comes next', async () => {
      const { page } = window;
      const { pueue } = window.host('gpu-3');
      await mkdir(join(home(), 'q'));
      await writeFile(join(home(), 'q/DOGEUSDT_250.json'), '{"day": 1}');
      const hosts = window.lab.settings['pueuePreflight.hosts'] as (string | { name: string })[];
      const named = hosts.map((host) => (typeof host === 'string' ? { name: host } : host));
      await window.setHosts(named.map((host) => (host.name === 'gpu-3' ? { ...host, checkpoints: ['~/q'] } : host)));
      // It ignores SIGTERM, so that there is a grace time in which the plan is seen being done.
      const running = await pueue.add(
        `exec python3 -c "import signal, time; signal.signal(15, signal.SIG_IGN); open('deaf', 'w'); time.sleep(1000)"`,
        { label: 'DOGEUSDT@250' },
      );
      const waiting = await pueue.add('true', { label: 'BTCUSDT@500', after: [running] });
      await untilStates(pueue, new Map([[running, 'Running'], [waiting, 'Queued']])); // prettier-ignore
      while (!existsSync(join(home(), 'project/deaf'))) await new Promise((resolve) => setImmediate(resolve));
      await window.driver.execute('pueuePreflight.host.refresh', [{ host: 'gpu-3' }]);
      await window.row(/^gpu-3, 1 live · 1 waiting/u).waitFor();

      await chooseFromMenu(page, window.row(/^gpu-3, /u), 'Emergency Stop…');
      await line(/Emergency\sstop\sof\sgpu-3/u).waitFor();
      await button('Apply…').click();
      await dialog()
        .getByRole('button', { name: /^Stop \d+ Jobs$/u })
        .click();
      const box = page.locator('.quick-input-widget:visible input');
      await box.waitFor();
      await paintInThemes(window, 'emergency-typed');
      await box.fill('gpu-3');
      await box.press('Enter');

      await line(/\[>\]\s2\.\sEnd\s1\sjob.*under\sway/u).waitFor();
      await paintInThemes(window, 'emergency-applying');
      await line(
        /Stopped\.\sEverything\sthat\swas\splanned\sis\sdone\.\sDeploy\sfresh\scode,\sthen\srequeue\./u,
      ).waitFor();
      for (const part of [/Snapshot\sof\s\d+\sjobs:\s\//u, /Logs:\sbelow\s\//u, /Checkpoints:\s\/.*quarantine\//u])
        await line(part).waitFor();
      await paintInThemes(window, 'emergency-stopped');
      await button('Apply…').waitFor({ state: 'detached' });
      await window.row(/^gpu-3, 0 live/u).waitFor();
      assert.equal((await jobStates(pueue)).size, 0);
      assert.match(await pueue.must(['group', '--json']), /"status":"Paused"/u);
      assert.deepEqual(await readdir(join(home(), 'q')), []);
      const told = (await window.notifications()).filter((text) => text.includes('stopped.'));
      assert.deepEqual(told, ['gpu-3: stopped. Deploy fresh code, then requeue.']);
    });
  });
}
