/** What a person does in a window, for pictures and interactive checks. */
import type { Locator, Page } from 'playwright-core';

/** Clicks the Pueue icon in the activity bar and waits for the first host. */
export async function showHosts(page: Page): Promise<void> {
  await page.locator('.activitybar a[aria-label^="Pueue"]').first().click();
  await treeRows(page).first().waitFor();
}

/** The visible rows of the tree; `aria-label` says what a row is. */
export function treeRows(page: Page): Locator {
  return page.locator('.sidebar [role=treeitem]');
}

/** The row whose label begins with `label`. */
export function treeRow(page: Page, label: string): Locator {
  return page.locator(`.sidebar [role=treeitem][aria-label^=${JSON.stringify(label)}]`).first();
}

/** Labels of the visible rows, from the top. */
export async function treeLabels(page: Page): Promise<readonly string[]> {
  const rows = await Promise.all(
    (await treeRows(page).all()).map(async (row) => ({
      label: (await row.getAttribute('aria-label')) ?? '',
      top: (await row.boundingBox())?.y ?? 0,
    })),
  );
  // Rows are recycled while scrolling: their order in the document is not the order on the screen.
  return rows.sort((one, other) => one.top - other.top).map(({ label }) => label);
}

/** Runs a command by its exact title, as in the palette: `Pueue: Audit`. What was used last stands first there. */
export async function runFromPalette(page: Page, title: string): Promise<void> {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget input[type=text]').first();
  await input.waitFor();
  await input.fill(`>${title}`);
  const list = page.locator('.quick-input-list');
  // The label goes on with the category or the keys, behind a comma.
  await list
    .locator(`[role=option][aria-label=${JSON.stringify(title)}], [aria-label^=${JSON.stringify(`${title}, `)}]`)
    .first()
    .click();
}

/** Opens a row's context menu and clicks an entry. */
export async function chooseFromMenu(page: Page, row: Locator, title: string): Promise<void> {
  const menu = page.locator('.context-view .monaco-menu');
  const entry = menu.getByRole('menuitem', { name: title, exact: true });
  const comes = (what: Locator, state: 'visible' | 'hidden'): Promise<boolean> =>
    what.waitFor({ state, timeout: 1000 }).then(
      () => true,
      () => false,
    );
  // A row that comes meanwhile moves the others, and the menu that opens is that of another one.
  for (let tries = 1; ; tries += 1) {
    await row.click({ button: 'right' });
    // The row that was hit gets the focus of the list.
    if ((await comes(entry, 'visible')) && (await row.and(page.locator('.monaco-list-row.focused')).count()) > 0) break;
    if (tries === 5) throw new Error(`No menu with “${title}”, but: ${(await menu.allInnerTexts()).join()}`);
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'hidden' });
  }
  // For the first 100 ms a menu takes no click, so that the one that opened it is not taken for a choice.
  await entry.click();
  if (!(await comes(entry, 'hidden'))) await entry.click();
  await entry.waitFor({ state: 'hidden' });
}
