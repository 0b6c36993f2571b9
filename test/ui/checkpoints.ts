/** Checkpoints as documents: what lies in a directory of them can be looked at and not changed. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import type { LabWindow } from './labWindow';
import { editorText, outputLine } from './outputPanel';

/** Registers the suite. */
export function suiteOfCheckpoints(window: LabWindow): void {
  describe('a checkpoint', () => {
    let host: PueueHost | null = null;
    let directory: string;
    const editor = (): Locator => window.page.locator('.part.editor');
    const line = (text: string | RegExp): Locator => editor().locator('.view-line').filter({ hasText: text }).first();

    before(async () => {
      host = await startPueueHost({ version: '4.0.4', clientIn: null });
      directory = join(host.folder, 'checkpoints');
      await mkdir(directory);
      await writeFile(join(directory, 'DOGE_2024.json'), '{"rows":[1.0,2],"done":false}');
      await writeFile(join(directory, 'model.pt'), Buffer.from('PK\u0003\u0004\u0000\u001b[2J', 'latin1'));
    });

    after(() => host?.stop());

    beforeEach(async () => {
      const { pueue, config } = host!;
      const entry = { name: 'kept', transport: 'local', pueue, pueueConfig: config, checkpoints: [directory] };
      await window.setHosts([entry]);
      await window.row(/^kept, 0 live/u).waitFor();
    });

    it('opens by the button on its row, laid out for reading, and cannot be changed', async () => {
      const { page } = window;
      await window.row(/^Checkpoints, 2 entries$/u).click();
      const row = window.row(/^DOGE_2024\.json, /u);
      await row.hover();
      await row.getByRole('button', { name: 'Open', exact: true }).click();
      await line('"rows": [').waitFor();
      const text = await editorText(page);
      assert.match(text, /^.*\/checkpoints\/DOGE_2024\.json on kept$/mu);
      assert.match(text, /^Shown in full: 29 B\. Laid out for reading/mu);
      await page.keyboard.type('changed');
      await page.getByRole('alert').filter({ hasText: 'Editor is read-only' }).waitFor();
      await page.keyboard.press('Escape');
    });

    it('opens from the palette, and binary shows as bytes in which nothing acts', async () => {
      await window.palette('Open');
      await window.page.locator('.quick-input-list').getByText('model.pt').first().click();
      await line('Binary, 9 B: no text to show').waitFor();
      await line('50 4b 03 04 00 1b 5b 32 4a').waitFor();
    });

    it('that is gone, and what is no checkpoint, is said in the output, where the person sees it', async () => {
      const { page, driver } = window;
      await writeFile(join(directory, 'gone.json'), '{}');
      await driver.execute('pueuePreflight.host.refresh', [{ host: 'kept' }]);
      await rm(join(directory, 'gone.json'));
      const call = (path: string): Promise<unknown> =>
        driver.execute('pueuePreflight.checkpoint.open', [{ host: 'kept', paths: [path] }]);
      await call(join(directory, 'gone.json'));
      await outputLine(page, /gone\.json\sis\sno\slonger\sthere/u).waitFor();
      await call(host!.config);
      await outputLine(page, /lies\sin\sno\sdirectory\sof\scheckpoints/u).waitFor();
      assert.deepEqual(await window.notifications(), []);
    });
  });
}
