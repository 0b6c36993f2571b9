/** How a host is set up, as a person sees it: in the audit, below a host that cannot be read, and on the clipboard. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { configText } from '../lab/pueueConfig';
import { makeLabFolder, removeLabFolder } from '../lab/labFolder';
import { canarySecret } from '../lab/scenarios';
import { chooseFromMenu } from '../vscode/launchActions';
import type { LabWindow } from './labWindow';
import { editorText, outputLine } from './outputPanel';
import { paintInThemes } from './themes';

/** Registers the suite. */
export function suiteOfDoctor(window: LabWindow): void {
  describe('the doctor', () => {
    let folder = '';

    beforeEach(async () => {
      folder = await makeLabFolder();
      await window.driver.execute('pueuePreflight.output.show');
      await window.driver.execute('workbench.output.action.clearOutput');
    });
    afterEach(() => removeLabFolder(folder));

    const readClipboard = async (): Promise<string> => {
      await window.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      return window.page.evaluate<string>('navigator.clipboard.readText()');
    };

    /** A host whose client looks for a daemon that was never started. */
    async function layStopped(): Promise<void> {
      const stopped = join(folder, 'stopped.yml');
      await writeFile(stopped, configText(join(folder, 'data'), join(folder, 'data/socket')));
      const { pueue } = window.host('gpu-3').pueue;
      await window.setHosts([{ name: 'heron', transport: 'local', pueue, pueueConfig: stopped }]);
    }

    it('has a section in the audit, which opens as a document', async () => {
      const { page, driver } = window;
      await driver.execute('pueuePreflight.host.audit', [{ host: 'gpu-2' }]);
      await outputLine(page, 'Verdict').waitFor();
      await driver.execute('workbench.action.closePanel');
      await chooseFromMenu(page, window.row(/^gpu-2, /u), 'Show Details');
      await page.locator('.part.editor .view-line').filter({ hasText: 'Fingerprint' }).waitFor();
      await paintInThemes(window, 'audit-host-section');
      const text = await editorText(page);
      assert.match(text, /^Host {9}system +Linux /mu);
      assert.match(text, /^ {13}pueue +pueue 3\.4\.1 {2}\/.*\/pueue/mu);
      assert.match(text, /^ {13}daemon +pueued 3\.4\.1, pid \d+, up /mu);
      assert.match(text, /^ {13}clock +within \d+\.\d+ s of this computer's$/mu);
      assert.ok(!text.includes(canarySecret));
    });

    it('says below a host that cannot be read what was found there, until it is well again', async () => {
      await layStopped();
      await window.row(/^the pueue daemon does not answer\. /u).waitFor();
      const finding = window.row(/^daemon: None runs where the client looks, but .*, found on the host$/u);
      await finding.waitFor();
      assert.equal(await finding.getAttribute('aria-level'), '2');
      await paintInThemes(window, 'error-findings');
      await window.driver.execute('pueuePreflight.host.audit', [{ host: 'heron' }]);
      await outputLine(window.page, /Verdict\s+BLOCK\s+cannot-tell/u).waitFor();
      await window.driver.execute('pueuePreflight.report.open', [{ host: 'heron' }]);
      await window.page.locator('.part.editor .view-line').filter({ hasText: 'Verdict' }).waitFor();
      assert.match(await editorText(window.page), /^ {2}problem {4}daemon +None runs where the client looks/mu);
      await window.reset();
      await finding.waitFor({ state: 'detached' });
    });

    it('copies diagnostics from a row, shows what it copied, and no name is in it', async () => {
      await layStopped();
      const finding = window.row(/^daemon: None runs where the client looks/u);
      await finding.waitFor();
      await chooseFromMenu(window.page, finding, 'Copy Diagnostics (redacted)');
      // The channel shows the end of what was copied.
      await outputLine(window.page, /Log\s+.*helper/u).waitFor();
      await paintInThemes(window, 'diagnostics');
      const text = await readClipboard();
      assert.match(text, /^Problem {6}daemonDown: <host>: the pueue daemon does not answer/mu);
      assert.match(text, /^ {2}problem {4}daemon +None runs where the client looks/mu);
      assert.match(text, /^Settings {5}transport local/mu);
      for (const name of ['heron', 'gpu-3', hostname(), userInfo().username, userInfo().homedir, canarySecret])
        assert.ok(!text.includes(name), `${name} in ${text}`);
    });

    it('copies what is known here of a host that cannot be reached', async () => {
      await window.setHosts([{ name: 'osprey', host: '127.0.0.1', port: 9, user: 'kestrel' }]);
      await window.row(/^osprey, cannot be read, unreachable$/u).waitFor();
      await chooseFromMenu(window.page, window.row(/^osprey, /u), 'Copy Diagnostics (redacted)');
      await outputLine(window.page, /Host\s+not\s+known:\s+Could\s+not\s+reach/u).waitFor();
      const text = await readClipboard();
      assert.match(text, /^Problem {6}unreachable: Could not reach <host>/mu);
      assert.match(text, /^Host {9}not known: /mu);
      for (const name of ['osprey', 'kestrel', '127.0.0']) assert.ok(!text.includes(name), `${name} in ${text}`);
    });
  });
}
