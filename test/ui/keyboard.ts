/** Everything without a mouse: into the view, along the rows, through the menu, back in the tree. */
import assert from 'node:assert/strict';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';

/** Registers the suite. */
export function suiteOfKeyboard(window: LabWindow): void {
  describe('the keyboard alone', () => {
    beforeEach(async () => {
      await window.driver.execute('pueuePreflight.output.show');
      await window.driver.execute('workbench.output.action.clearOutput');
      await window.driver.execute('workbench.action.closePanel');
      await window.driver.execute('workbench.action.focusFirstEditorGroup');
    });

    async function untilFocused(label: RegExp): Promise<void> {
      await window.page
        .locator('.part.sidebar [role=tree]:focus')
        .getByRole('treeitem', { name: label })
        .and(window.page.locator('.focused'))
        .waitFor();
    }

    async function focusView(): Promise<void> {
      await window.palette('Focus on Hosts View');
      await window.page.locator('.part.sidebar [role=tree]:focus').waitFor();
      await window.page.keyboard.press('Home');
      await untilFocused(/^gpu-1, /u);
    }

    it('audits a host from the menu of its row', async () => {
      const { page } = window;
      await focusView();
      // Closed, the next host is one row away.
      await page.keyboard.press('ArrowLeft');
      await window
        .row(/^gpu-1, /u)
        .and(page.locator('[aria-expanded=false]'))
        .waitFor();
      await page.keyboard.press('ArrowDown');
      await untilFocused(/^gpu-2, /u);
      await page.keyboard.press('Shift+F10');
      const entry = page.locator('.context-view').getByRole('menuitem', { name: 'Audit', exact: true });
      await entry.waitFor();
      await page.keyboard.press('ArrowDown');
      await page.locator('.context-view .action-item.focused').filter({ hasText: 'Audit' }).waitFor();
      await page.keyboard.press('Enter');
      await outputLine(page, /Verdict\s+REVIEW\s+live-and-failed/u).waitFor();
      assert.match((await window.focusedRow()) ?? 'the focus left the tree', /^gpu-2, /u);
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowRight');
      await window
        .row(/^gpu-1, /u)
        .and(page.locator('[aria-expanded=true]'))
        .waitFor();
    });

    it('opens and closes a group with Enter', async () => {
      const { page } = window;
      await focusView();
      await page.keyboard.press('ArrowDown');
      await untilFocused(/^default, group, /u);
      const group = window.row(/^default, group, /u);
      await page.keyboard.press('Enter');
      await group.and(page.locator('[aria-expanded=false]')).waitFor();
      await page.keyboard.press('Enter');
      await group.and(page.locator('[aria-expanded=true]')).waitFor();
    });
  });
}
