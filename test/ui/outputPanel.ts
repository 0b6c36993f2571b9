/** The output panel as it is on the screen. */
import type { Locator, Page } from 'playwright-core';

const panel = '.part.panel';

/** The line of the panel that holds `text` (in a pattern a space is `\\s`); Playwright waits for it where it is acted on. */
export function outputLine(page: Page, text: string | RegExp): Locator {
  return page.locator(`${panel} .view-line`).filter({ hasText: text }).first();
}

/** The text that stands in the panel now, from the top; lines that are scrolled out are not in it. */
export async function outputText(page: Page): Promise<string> {
  return linesOf(page, panel);
}

/** The text of the open editor, as far as it is on the screen. */
export async function editorText(page: Page): Promise<string> {
  return linesOf(page, '.part.editor');
}

/** Name of the channel that the panel shows. */
export async function shownChannel(page: Page): Promise<string> {
  return page.locator(panel).getByRole('toolbar', { name: 'Output actions' }).getByLabel('Switch Output').inputValue();
}

async function linesOf(page: Page, part: string): Promise<string> {
  const lines = await Promise.all(
    (await page.locator(`${part} .view-line`).all()).map(async (line) => ({
      text: (await line.textContent()) ?? '',
      top: (await line.boundingBox())?.y ?? 0,
    })),
  );
  // The editor draws spaces as no-break spaces, and its lines in any order.
  lines.sort((one, other) => one.top - other.top);
  return lines.map(({ text }) => text.replaceAll('\u00a0', ' ')).join('\n');
}
