/** A window that does not trust its folder, and a first start besides: looking and auditing work there as everywhere. */
import assert from 'node:assert/strict';
import { chooseFromMenu, showHosts } from '../vscode/launchActions';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';

/** Registers the suite. */
export function suiteOfRestrictedMode(window: LabWindow): void {
  describe('a window in Restricted Mode', () => {
    it('shows the hosts, says that there is no report yet, audits one, and says why it opens no terminal', async () => {
      const restricted = await window.openRestricted();
      const { page } = restricted;
      await page.locator('.part.statusbar').getByText('Restricted Mode').waitFor();
      await showHosts(page);
      await window.untilHostsAreRead(page);
      await restricted.driver.ready();
      await chooseFromMenu(page, window.row(/^gpu-3, /u, page), 'Show Details');
      await page.getByRole('alert').filter({ hasText: 'There is no report yet' }).waitFor({ state: 'attached' });
      assert.deepEqual(await window.notifications(restricted), ['There is no report yet. Run Audit on a host first.']);
      await restricted.driver.execute('notifications.clearAll');
      await chooseFromMenu(page, window.row(/^gpu-3, /u, page), 'Audit');
      await outputLine(page, /Verdict\s+PASS\s+idle/u).waitFor();
      assert.deepEqual(await window.notifications(restricted), []);

      const job = window.row(/^LTCUSDT@250, failed, exit code 1 · .* · job 2$/u, page);
      await job.hover();
      await job.getByRole('button', { name: 'Follow in Terminal' }).click();
      await page
        .locator('.part.editor')
        .getByRole('tab', { name: /^job-2\.gpu-1\.log/u })
        .waitFor();
      await outputLine(page, /Follow\s+in\s+Terminal:\s+this\s+window\s+is\s+in\s+Restricted\s+Mode/u).waitFor();
      assert.deepEqual(await window.notifications(restricted), [
        'Terminals that follow a job are not available in Restricted Mode; its log opens as a document.',
      ]);
      assert.equal(await page.locator('.part.panel .terminal-wrapper').count(), 0);
      await restricted.driver.execute('notifications.clearAll');

      await chooseFromMenu(page, window.row(/^gpu-3, /u, page), 'Open SSH Terminal');
      const refusal = 'This may change something on a host, so it is not available in Restricted Mode.';
      await page.getByRole('alert').filter({ hasText: refusal }).waitFor({ state: 'attached' });
      assert.deepEqual(await window.notifications(restricted), [refusal]);
      assert.equal(await page.locator('.part.panel .terminal-wrapper').count(), 0);
      await restricted.driver.execute('notifications.showList');
      const center = page.locator('.notifications-center.visible');
      await center.getByRole('button', { name: 'Manage Workspace Trust' }).click();
      await page.getByText('You are in Restricted Mode').waitFor();
      await window.closeOther();
    });
  });
}
