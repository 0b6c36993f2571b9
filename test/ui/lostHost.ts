/** A host that goes away while one looks: the last rows stay, with their age and the reason, until it is back. */
import assert from 'node:assert/strict';
import { chooseFromMenu } from '../vscode/launchActions';
import { layFakePueue } from './fakePueue';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';

/** Registers the suite. */
export function suiteOfLostHost(window: LabWindow): void {
  describe('a host that cannot be read any more', () => {
    const reason = /^the pueue daemon does not answer\. What its jobs are doing is not known\.$/u;
    const next = /^Next: Run ".* status --json" on gpu-3/u;

    const finding = /^daemon: None runs where the client looks, but .*, found on the host$/u;

    const stop = (): Promise<void> => window.host('gpu-3').pueue.stopDaemon();

    const colorOf = (row: RegExp): Promise<string | null> =>
      window.row(row).locator('.custom-view-tree-node-item-icon').getAttribute('style');

    afterEach(async () => {
      const { pueue } = window.host('gpu-3');
      if (pueue.daemonPid() === null) await pueue.startDaemon();
      await window.driver.execute('pueuePreflight.host.refresh', [{ host: 'gpu-3' }]);
    });

    it('keeps its last rows with their age and the reason, and is well again after the daemon is', async () => {
      const { page } = window;
      const before = await window.rowsBelow('gpu-3');
      const color = await colorOf(/^SOLUSDT@500, succeeded/u);
      assert.ok(color);
      await stop();
      await chooseFromMenu(page, window.row(/^gpu-3, /u), 'Refresh');
      const lost =
        /^gpu-3, cannot be read, daemon down · as of \d+ (?:s|min)(?: \d+ s)? ago · 0 live · 0 waiting · 0 failed$/u;
      await window.row(lost).waitFor();
      await window.row(reason).waitFor();
      await window.row(finding).waitFor();
      await window.untilRowsBelow('gpu-3', [reason, next, finding, ...before]);
      assert.notEqual(await colorOf(/^SOLUSDT@500, succeeded/u), color);
      assert.deepEqual(await window.notifications(), []);
      await window.row(/^gpu-1, 2 live · 4 waiting · 5 failed$/u).waitFor();

      await window.host('gpu-3').pueue.startDaemon();
      await window.titleButton('Refresh').click();
      await window.row(/^gpu-3, 0 live · 0 waiting · 0 failed$/u).waitFor();
      await window.row(reason).waitFor({ state: 'detached' });
      await window.untilRowsBelow('gpu-3', before);
      assert.equal(await colorOf(/^SOLUSDT@500, succeeded/u), color);
    });

    it('grows older while one looks, and its running jobs do not', async () => {
      const start = new Date().toISOString();
      const fake = await layFakePueue('fake', [{ group: 'default', label: 'SWEEP@1', state: 'running', start }]);
      try {
        await window.setHosts([fake.entry]);
        await window.row(/^SWEEP@1, running · \d s · job 0$/u).waitFor();
        await fake.breakDown();
        await window.titleButton('Refresh').click();
        await window.row(/^fake, cannot be read, bad reply · as of \d s ago · 1 live/u).waitFor();
        await window.row(/^fake, cannot be read, bad reply · as of 1\d s ago · 1 live/u).waitFor();
        assert.equal(await window.row(/^SWEEP@1, running · \d s · job 0$/u).count(), 1);
      } finally {
        await fake.remove();
      }
    });

    it('is blocked by an audit of all, which the other hosts’ answers do not suffer from', async () => {
      await stop();
      await window.titleButton('Audit All Hosts').click();
      await outputLine(window.page, /gpu-3\s+BLOCK\s+cannot-tell:\s+daemonDown/u).waitFor();
      await outputLine(window.page, /gpu-2\s+REVIEW\s+live-and-failed/u).waitFor();
    });
  });
}
