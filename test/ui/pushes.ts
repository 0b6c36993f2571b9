/** What the hosts tell by themselves: rows that change without a refresh, a badge, and one notification. */
import assert from 'node:assert/strict';
import { notificationsKey, type LabWindow } from './labWindow';

/** Registers the suite. */
export function suiteOfPushes(window: LabWindow): void {
  describe('a host that changes by itself', () => {
    // On a busy machine a reading is dear, and the next one comes no sooner than 50 times its cost later.
    const seenWithinMs = 15_000;

    it('shows a job that was added, and that it is gone, without a refresh', async () => {
      const { pueue } = window.host('gpu-2');
      const job = await pueue.add('./sweep.sh NEWUSDT 1 ok', { label: 'NEWUSDT@1', stashed: true });
      try {
        await window.row(/^NEWUSDT@1, stashed/u).waitFor({ timeout: seenWithinMs });
        await window.row(/^gpu-2, 1 live · 1 waiting · 1 failed$/u).waitFor();
      } finally {
        await pueue.must(['remove', String(job)]);
      }
      await window.row(/^NEWUSDT@1, /u).waitFor({ state: 'detached', timeout: seenWithinMs });
    });

    it('says that its daemon has died, and is well again when that is back', async () => {
      const { pueue } = window.host('gpu-3');
      await pueue.stopDaemon();
      try {
        await window.row(/^gpu-3, cannot be read, daemon down/u).waitFor({ timeout: seenWithinMs });
      } finally {
        await pueue.startDaemon();
      }
      await window.row(/^gpu-3, 0 live · 0 waiting · 0 failed$/u).waitFor({ timeout: seenWithinMs });
    });
  });

  describe('a job that fails while nobody looks', () => {
    const container = (): ReturnType<LabWindow['page']['locator']> =>
      window.page.locator('.activitybar .action-item').filter({ has: window.page.locator('a[aria-label^="Pueue"]') });
    const badge = (): ReturnType<LabWindow['page']['locator']> => container().locator('.badge-content');
    /** Twice the time between two looks of a host that nobody looks at. */
    const toldWithinMs = 20_000;
    let jobs: number[] = [];
    // The badge covers the icon, so a click of the mouse is one on the badge.
    const look = (): Promise<unknown> => window.driver.execute('workbench.view.extension.pueuePreflight');

    const fail = async (label: string): Promise<number> => {
      const job = await window.host('gpu-3').pueue.add('./sweep.sh NEWUSDT 1 fail', { label });
      jobs.push(job);
      return job;
    };

    beforeEach(async () => {
      await window.driver.setSetting(notificationsKey, 'failures');
      await window.driver.execute('workbench.view.explorer');
    });
    afterEach(async () => {
      await window.driver.setSetting(notificationsKey, 'off');
      if (jobs.length > 0) await window.host('gpu-3').pueue.must(['remove', ...jobs.map(String)]);
      jobs = [];
      await look();
    });

    it('is counted by the badge until somebody looks, and told once, with its log', async () => {
      const { page, driver } = window;
      assert.equal(await badge().isVisible(), false);
      const job = await fail('NEWUSDT@1');
      await badge().filter({ hasText: /^1$/u }).waitFor({ timeout: toldWithinMs });
      const label = (await container().locator('a').getAttribute('aria-label')) ?? '';
      assert.match(label, /1 job failed since you last looked: 1 on gpu-3/u);
      await driver.execute('notifications.showList');
      const message = page.locator('.notification-list-item').filter({ hasText: `Job ${job} failed on gpu-3.` });
      await message.waitFor();
      await message.hover();
      if (process.env['PICTURES'] !== undefined)
        await page.screenshot({ path: `${process.env['PICTURES']}/notice.png` });
      await message.getByRole('button', { name: 'Open Log' }).click();
      await page.locator('.editor-instance').getByText('ValueError: checkpoint was written').first().waitFor();
      await look();
      await badge().waitFor({ state: 'hidden' });
      await window.row(/^NEWUSDT@1, failed/u).waitFor();
      assert.deepEqual(await window.notifications(), []);
    });

    it('is told no more where that was turned off in the message, and the setting says so', async () => {
      const { page, driver } = window;
      const job = await fail('NEWUSDT@2');
      await badge().filter({ hasText: /^1$/u }).waitFor({ timeout: toldWithinMs });
      await driver.execute('notifications.showList');
      const message = page.locator('.notification-list-item').filter({ hasText: `Job ${job} failed on gpu-3.` });
      await message.hover();
      await message.getByRole('button', { name: 'Turn Off' }).click();
      await message.waitFor({ state: 'detached' });
      await fail('NEWUSDT@3');
      // Seen at once because the view is opened, and then nobody needs to be told.
      await look();
      await window.row(/^NEWUSDT@3, failed/u).waitFor();
      assert.deepEqual(await window.notifications(), []);
      await badge().waitFor({ state: 'hidden' });
    });
  });
}
