/** The first picture of the README: the hosts, and the audit of one of them. */
import assert from 'node:assert/strict';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';
import { takeReadmePicture } from './readmePicture';
import { paintInThemes } from './themes';

const themeKey = 'workbench.colorTheme';
/** Wide enough for the descriptions of the rows. */
const sideBarWidth = 540;

/** Registers the suite. */
export function suiteOfFirstPicture(window: LabWindow): void {
  describe('the first picture of the README', () => {
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

    it('shows the hosts, and the audit of one of them', async () => {
      const { page, driver } = window;
      await driver.execute('pueuePreflight.output.show');
      await driver.execute('workbench.output.action.clearOutput');
      await driver.execute('pueuePreflight.host.audit', [{ host: 'gpu-1' }]);
      // The panel is as high as the verdict with its evidence needs it.
      await outputLine(page, /killed\s+or\s+errored/u).waitFor();
      const panel = await page.locator('.part.panel').boundingBox();
      assert.ok(panel);
      await drag(window, [panel.x + panel.width / 2, panel.y - 3], [panel.x + panel.width / 2, panel.y - 180]);
      await outputLine(page, /Verdict\s+REVIEW/u).waitFor();
      await page.locator('.monaco-sash.hover').waitFor({ state: 'detached' });
      await takeReadmePicture(window, 'audit');
      await paintInThemes(window, 'audit');
      await drag(window, [panel.x + panel.width / 2, panel.y - 180], [panel.x + panel.width / 2, panel.y - 3]);
    });
  });
}

/** Drags the border of the side bar. @returns the width that it had */
async function dragSideBar(window: LabWindow, width: number): Promise<number> {
  const box = await window.page.locator('.part.sidebar').boundingBox();
  assert.ok(box);
  const middle = box.y + box.height / 2;
  await drag(window, [box.x + box.width, middle], [box.x + width, middle]);
  return box.width;
}

async function drag(
  { page }: LabWindow,
  from: readonly [number, number],
  to: readonly [number, number],
): Promise<void> {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(...to, { steps: 5 });
  await page.mouse.up();
  // The pointer would leave a highlighted border in the picture.
  await page.mouse.move(1000, 100);
}
