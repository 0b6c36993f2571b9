/** Refreshing changes what has changed on the host and nothing else: what is open stays open, what is chosen stays chosen. */
import assert from 'node:assert/strict';
import { untilStates } from '../lab/queueState';
import type { LabWindow } from './labWindow';

/** Registers the suite. */
export function suiteOfRefreshes(window: LabWindow): void {
  describe('a refresh', () => {
    it('brings a job that was added and takes one that was removed, and keeps expansion and selection', async () => {
      const { pueue } = window.host('gpu-1');
      const group = window.row(/^sweep, /u);
      const chosen = window.row(/^DOGEUSDT@500, /u);
      const job = await pueue.add('./sweep.sh NEWUSDT 1 ok', { label: 'NEWUSDT@1', stashed: true });
      try {
        await untilStates(pueue, new Map([[job, 'Stashed']]));
        await group.click();
        await window.row(/^ADAUSDT@250, /u).waitFor({ state: 'hidden' });
        await chosen.click();
        await window.titleButton('Refresh').click();
        await window.row(new RegExp(`^NEWUSDT@1, stashed · starts only when enqueued · job ${job}$`, 'u')).waitFor();
        assert.equal(await group.getAttribute('aria-expanded'), 'false');
        assert.equal(await chosen.getAttribute('aria-selected'), 'true');
        assert.match((await window.focusedRow()) ?? '', /^DOGEUSDT@500, queued · .* · job 8$/u);
        assert.equal(await window.row(/^ADAUSDT@250, /u).count(), 0);
      } finally {
        await pueue.must(['remove', String(job)]);
      }
      const host = window.row(/^gpu-1, /u);
      await host.hover();
      await host.getByRole('button', { name: 'Refresh' }).click();
      await window.row(/^NEWUSDT@1, /u).waitFor({ state: 'detached' });
      assert.equal(await group.getAttribute('aria-expanded'), 'false');
      assert.equal(await chosen.getAttribute('aria-selected'), 'true');
      await group.click();
      await window.row(/^ADAUSDT@250, /u).waitFor();
    });

    it('keeps a host closed that was closed, with its counts of now', async () => {
      const { pueue } = window.host('gpu-2');
      const twistie = window.row(/^gpu-2, /u).locator('.monaco-tl-twistie');
      const child = window.row(/^LTCUSDT@250, failed, exit code 1 · .* · job 0$/u);
      const closed = (counts: string): Promise<void> =>
        window
          .row(new RegExp(`^gpu-2, ${counts}$`, 'u'))
          .and(window.page.locator('[aria-expanded=false]'))
          .waitFor();
      await twistie.click();
      await child.waitFor({ state: 'detached' });
      const job = await pueue.add('./sweep.sh NEWUSDT 1 ok', { label: 'NEWUSDT@1' });
      try {
        await window.titleButton('Refresh').click();
        await closed('1 live · 2 waiting · 1 failed');
      } finally {
        await pueue.must(['remove', String(job)]);
      }
      await window.driver.execute('pueuePreflight.host.audit', [{ host: 'gpu-2' }]);
      await closed('1 live · 1 waiting · 1 failed');
      await twistie.click();
      await child.waitFor();
    });
  });
}
