/**
 * For whoever judges the looks: with `PICTURES=<folder>` the tests of what is worth looking at paint the window there in
 * each kind of theme.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabWindow } from './labWindow';

const themeKey = 'workbench.colorTheme';
const themes = [
  ['dark', 'Default Dark Modern', 'vs-dark'],
  ['light', 'Default Light Modern', 'vs'],
  ['high-contrast', 'Default High Contrast', 'hc-black'],
] as const;

/** Takes `<name>-<kind>.png` in each kind of theme, as the window stands. */
export async function paintInThemes({ page, driver }: LabWindow, name: string): Promise<void> {
  const folder = process.env['PICTURES'];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  for (const [kind, theme, mark] of themes) {
    await driver.setSetting(themeKey, theme);
    await page.locator(`.monaco-workbench.${mark}`).waitFor();
    await page.screenshot({ path: join(folder, `${name}-${kind}.png`) });
  }
  await driver.setSetting(themeKey, undefined);
}
