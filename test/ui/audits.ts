/** Audit by mouse and palette: the report in the panel, the focus where it was, the document behind Show Details. */
import assert from 'node:assert/strict';
import { canarySecret } from '../lab/scenarios';
import { chooseFromMenu } from '../vscode/launchActions';
import type { LabWindow } from './labWindow';
import { editorText, outputLine, outputText, shownChannel } from './outputPanel';

/** Empties the channel. */
async function clearOutput({ driver }: LabWindow): Promise<void> {
  await driver.execute('pueuePreflight.output.show');
  await driver.execute('workbench.output.action.clearOutput');
  await driver.execute('workbench.action.closePanel');
}

/** Registers the suite. */
export function suiteOfAudits(window: LabWindow): void {
  describe('an audit', () => {
    beforeEach(() => clearOutput(window));

    it('from a host’s menu shows the report and leaves the focus on the host', async () => {
      const { page, driver } = window;
      await chooseFromMenu(page, window.row(/^gpu-2, /u), 'Audit');
      await outputLine(page, 'Verdict').waitFor();
      assert.match((await window.focusedRow()) ?? 'the focus left the tree', /^gpu-2, /u);
      assert.equal(await shownChannel(page), 'Pueue Preflight');
      const text = (await driver.documentText('Pueue Preflight')) ?? '';
      assert.match(text, /^Audit of gpu-2: REVIEW, live-and-failed · pueue 3\.4\.1 · /mu);
      assert.match(text, /^Jobs {9}live 1: running 1, paused 0$/mu);
      assert.match(text, /^Live jobs {4}2 {2}DOGEUSDT@250 {2}default {2}running {2}started \d+ /mu);
      assert.match(text, /^ +DOGEUSDT_250_20240101_20240630\.json +62 B /mu);
      assert.match(text, /\/pueue --color never status --json +exit 0 in \d+ ms$/mu);
      assert.match(text, /^Verdict {6}REVIEW {2}live-and-failed$/mu);
      assert.ok(!text.includes(canarySecret));
    });

    it('of all hosts runs from the palette and ends with one line for each host', async () => {
      await window.palette('Audit All Hosts');
      await outputLine(window.page, /gpu-3\s+PASS/u).waitFor();
      const text = await outputText(window.page);
      assert.match(
        text,
        /^ {2}gpu-1 {2}REVIEW {2}live-and-failed, read at [\d:]+\n {2}gpu-2 {2}REVIEW {2}live-and-failed, read .*\n {2}gpu-3 {2}PASS {4}idle, read/mu,
      );
    });

    it('from the palette asks which host is meant', async () => {
      const { page } = window;
      await window.palette('Audit');
      const choice = page.locator('.quick-input-widget:visible');
      await choice.getByPlaceholder('Which host?').waitFor();
      assert.deepEqual(await choice.getByRole('option').allInnerTexts(), ['gpu-1', 'gpu-2', 'gpu-3']);
      await choice.getByRole('option', { name: 'gpu-3' }).click();
      await outputLine(page, /Verdict\s+PASS\s+idle/u).waitFor();
    });

    it('that is not wanted any more says nothing', async () => {
      const { page } = window;
      await window.palette('Audit');
      const choice = page.locator('.quick-input-widget:visible').getByPlaceholder('Which host?');
      await choice.press('Escape');
      await choice.waitFor({ state: 'hidden' });
      // What comes after it in the channel is another audit, so that nothing of the first one can still be on its way.
      await window.driver.execute('pueuePreflight.host.audit', [{ host: 'gpu-3' }]);
      await outputLine(page, /Verdict\s+PASS/u).waitFor();
      assert.equal(await page.locator('.part.panel .view-line').filter({ hasText: 'Verdict' }).count(), 1);
      assert.deepEqual(await window.notifications(), []);
    });

    it('stands as a button on a host’s row', async () => {
      const host = window.row(/^gpu-3, /u);
      await host.hover();
      await host.getByRole('button', { name: 'Audit' }).click();
      await outputLine(window.page, /Verdict\s+PASS\s+idle/u).waitFor();
    });

    it('of all hosts stands in the title of the view', async () => {
      await window.titleButton('Audit All Hosts').click();
      await outputLine(window.page, /gpu-2\s+REVIEW/u).waitFor();
    });

    it('opens as a read-only document by Show Details', async () => {
      const { page, driver } = window;
      await driver.execute('pueuePreflight.host.audit', [{ host: 'gpu-1' }]);
      // The panel opens with the report, and a menu that is open then closes.
      await outputLine(page, /killed\s+or\s+errored/u).waitFor();
      await chooseFromMenu(page, window.row(/^gpu-1, /u), 'Show Details');
      const editor = page.locator('.part.editor');
      await editor.getByText('Audit of gpu-1: REVIEW').waitFor();
      const text = (await driver.documentText('/gpu-1.audit.txt')) ?? '';
      assert.match(text, /^Audit of gpu-1: REVIEW, live-and-failed · pueue 4\.0\.4 · /mu);
      assert.match(text, /^Groups {7}default +running +1 of 1 slot used\n +maintenance +paused +0 of 1 slot used$/mu);
      assert.match(text, /^Fingerprint {2}[\da-f]+$/mu);
      await editor.getByRole('tab', { name: /^gpu-1\.audit\.txt/u }).waitFor();
      await page.keyboard.type('changed');
      await page.getByRole('alert').filter({ hasText: 'Editor is read-only' }).waitFor();
      assert.ok((await editorText(page)).startsWith('Audit of gpu-1'));
      await page.keyboard.press('Escape');
    });

    it('comes to the front again by Show Output, in the title of the view', async () => {
      const { page, driver } = window;
      await driver.execute('pueuePreflight.host.audit', [{ host: 'gpu-3' }]);
      await driver.execute('workbench.action.closePanel');
      await page.locator('.part.panel').waitFor({ state: 'hidden' });
      await window.titleButton('Show Output').click();
      await outputLine(page, /Verdict\s+PASS/u).waitFor();
      assert.equal(await shownChannel(page), 'Pueue Preflight');
    });
  });
}
