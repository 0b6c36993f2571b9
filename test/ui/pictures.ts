/**
 * The pictures of the README, made of the same window that the suites use. They are taken in each run, so that they can be
 * taken at all is known; `UPDATE_PICTURES=1` puts them into `media/readme`.
 */
import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';
import { checkoutRoot } from '../vscode/launchProfile';

const themeKey = 'workbench.colorTheme';
/** Wide enough for the descriptions of the rows. */
const sideBarWidth = 540;

/** Registers the suite. */
export function suiteOfPictures(window: LabWindow): void {
  describe('the pictures of the README', () => {
    let narrowWidth = 0;

    before(async () => {
      await window.driver.setSetting(themeKey, 'Default Dark Modern');
      await window.page.locator('.monaco-workbench.vs-dark').waitFor();
      narrowWidth = await dragSideBar(window, sideBarWidth);
    });

    after(async () => {
      await dragSideBar(window, narrowWidth);
      await window.driver.setSetting(themeKey, undefined);
    });

    it('show the hosts, and the audit of one of them', async () => {
      const { page, driver } = window;
      await driver.execute('pueuePreflight.output.show');
      await driver.execute('workbench.output.action.clearOutput');
      await driver.execute('pueuePreflight.host.audit', [{ host: 'gpu-1' }]);
      await outputLine(page, /Verdict\s+REVIEW/u).waitFor();
      await take(window, 'audit');
    });
  });
}

/** Drags the border of the side bar. @returns the width that it had */
async function dragSideBar({ page }: LabWindow, width: number): Promise<number> {
  const box = await page.locator('.part.sidebar').boundingBox();
  assert.ok(box);
  const middle = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width, middle);
  await page.mouse.down();
  await page.mouse.move(box.x + width, middle, { steps: 5 });
  await page.mouse.up();
  // The pointer would leave a highlighted border in the picture.
  await page.mouse.move(box.x + width + 300, middle);
  return box.width;
}

async function take(window: LabWindow, name: string): Promise<void> {
  const [taken] = await window.pictures(`picture-${name}`);
  assert.ok(taken);
  if (process.env['UPDATE_PICTURES'] !== '1') return;
  const folder = join(checkoutRoot(), 'media/readme');
  await mkdir(folder, { recursive: true });
  await copyFile(taken, join(folder, `${name}.png`));
}
