/** No hosts, wrong entries, a setting of another type: what the view says, and that the other hosts stay. */
import assert from 'node:assert/strict';
import { treeLabels } from '../vscode/launchActions';
import type { LabWindow } from './labWindow';
import { outputLine, outputText } from './outputPanel';

/** Registers the suite. */
export function suiteOfSettings(window: LabWindow): void {
  describe('the setting with the hosts', () => {
    it('that is empty shows what to do, with the way to the settings', async () => {
      const { page } = window;
      await window.setHosts([]);
      const welcome = page.locator('.part.sidebar .welcome-view-content');
      await welcome.filter({ hasText: 'See the pueue jobs of your hosts here' }).waitFor();
      assert.ok(!(await welcome.innerText()).includes('`'), 'the welcome view knows no Markdown for code');
      await welcome.locator('a').filter({ hasText: 'user settings' }).click();
      const search = page.locator('.settings-editor .suggest-input-container');
      await search.filter({ hasText: 'pueuePreflight.hosts' }).waitFor();
      await page.locator('.settings-editor').getByText('Hosts that run pueue.').waitFor();
    });

    it('that is empty is what an audit names as the reason', async () => {
      const { page, driver } = window;
      await driver.execute('pueuePreflight.output.show');
      await driver.execute('workbench.output.action.clearOutput');
      await window.setHosts([]);
      await page.locator('.part.sidebar .welcome-view-content').waitFor();
      await window.palette('Audit');
      await outputLine(page, 'No host is configured').waitFor();
      assert.match(await outputText(page), /^Audit of \(no host\): BLOCK, cannot-tell · /mu);
    });

    it('with wrong entries says which and why, and keeps the others', async () => {
      const entries = ['gpu-3', { name: 'typo', prot: 22 }, { name: 'gpu-9', port: 'x' }, 7, 'gpu-3'];
      await window.setHosts(entries);
      const expected = [
        /^Entry 2 \(typo\) of the hosts cannot be used: "prot" is no key of a host \(setting pueuePreflight\.hosts\), setting is wrong$/u,
        /^Entry 3 \(gpu-9\) of .*: "port" must be a number .*, setting is wrong$/u,
        /^Entry 4 of .*: it must be a text or an object .*, setting is wrong$/u,
        /^Entry 5 \(gpu-3\) of .*: the name stands there twice .*, setting is wrong$/u,
      ];
      for (const label of expected) await window.row(label).waitFor();
      await window.row(/^gpu-3, 0 live/u).waitFor();
      await window.row(/^SOLUSDT@500, succeeded/u).waitFor();
      assert.equal((await treeLabels(window.page)).length, 1 + 5 + 4);
    });

    it('that is no list at all says so in the view', async () => {
      await window.setHosts('gpu-1');
      await window
        .row(/^None of the hosts can be used: the setting pueuePreflight\.hosts must be a list, setting is wrong$/u)
        .waitFor();
      assert.equal((await treeLabels(window.page)).length, 1);
    });
  });
}
