/** Ten thousand jobs, and the filter over them: typed, kept, cleared, and what is seen where nothing fits. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { treeLabels } from '../vscode/launchActions';
import { layFakePueue, type FakeHost, type FakeJob } from './fakePueue';
import type { LabWindow } from './labWindow';
import { paintInThemes } from './themes';

const minute = 60_000;

/** A sweep in the middle of its night: three run, one of them says how far it is; thousands wait, and thousands are done. */
function nightlySweep(jobs: number, now: number): readonly FakeJob[] {
  const ago = (minutes: number): string => new Date(now - minutes * minute).toISOString();
  return Array.from({ length: jobs }, (_none, id): FakeJob => {
    const symbol = ['DOGEUSDT', 'BTCUSDT', 'ETHUSDT', 'SOLUSDT'][id % 4]!;
    const job = { group: 'sweep', label: `${symbol}@${id}` };
    if (id % 500 === 7) return { ...job, state: 'failed', start: ago(700), end: ago(688) };
    if (id < jobs / 2) return { ...job, state: 'succeeded', start: ago(700), end: ago(690 - (id % 5)) };
    return id < jobs / 2 + 3 ? { ...job, state: 'running', start: ago(4) } : { ...job, state: 'queued' };
  });
}

/** The window has another home directory than the fake host. @returns a configuration that names where its logs are */
async function namesData(folder: string): Promise<string> {
  const path = join(folder, 'pueue.yml');
  await writeFile(path, `shared:\n  pueue_directory: ${join(folder, '.local/share/pueue')}\n`);
  return path;
}

/** Registers the suite. */
export function suiteOfLargeQueues(window: LabWindow): void {
  // The palette is of the same widget, and a key that is pressed before it has changed goes to the palette.
  const box = (): Locator => window.page.locator('.quick-input-widget').filter({ hasText: 'All words must fit' });
  const message = (): Locator => window.page.locator('.part.sidebar .tree-explorer-viewlet-tree-view .message');
  let host: FakeHost | null = null;

  async function show(jobs: readonly FakeJob[], parallel: number): Promise<FakeHost> {
    host = await layFakePueue('sweep-1', jobs, parallel);
    return host;
  }

  afterEach(async () => {
    await window.driver.execute('pueuePreflight.job.clearFilter');
    await host?.remove();
    host = null;
  });

  describe('ten thousand jobs', () => {
    it('show what runs and what failed first, how far it is and what is left about', async () => {
      const { entry, folder } = await show(nightlySweep(10_000, Date.now()), 3);
      await writeFile(
        join(folder, '.local/share/pueue/task_logs/5000.log'),
        'epoch\r 40%|####      | 400/1000 [03:58<05:57]',
      );
      await window.setHosts([{ ...entry, pueueConfig: await namesData(folder) }]);
      await window.row(/^sweep-1, 3 live · 4987 waiting · 20 failed$/u).waitFor();
      await window.row(/^sweep, group, 3 of 3 slots used · about 14 d left$/u).waitFor();
      await window.row(/^DOGEUSDT@5000, running · 40 % · 4 min(?: \d+ s)? · job 5000$/u).waitFor();
      await window.row(/^BTCUSDT@5001, running · 4 min(?: \d+ s)? · job 5001$/u).waitFor();
      assert.match((await treeLabels(window.page))[5]!, /^SOLUSDT@9507, failed, exit code 1/u);
      await paintInThemes(window, 'large-queue');
    });

    it('are filtered as one types, by the keyboard alone, and shown again by Escape', async () => {
      const { page } = window;
      const { entry } = await show(nightlySweep(10_000, Date.now()), 3);
      await window.setHosts([entry]);
      await window.row(/^sweep-1, 3 live/u).waitFor();
      await window.palette('Filter Jobs…');
      await box().waitFor();
      await page.keyboard.type('state:failed doge');
      await window.row(/^sweep-1, no job fits · 3 live/u).waitFor({ state: 'hidden' });
      await page.getByText('no job fits the filter').waitFor();
      await paintInThemes(window, 'filter-nothing');
      for (let count = 'doge'.length; count > 0; count--) await page.keyboard.press('Backspace');
      await page.keyboard.type('sol');
      await window.row(/^sweep-1, 20 of 10000 fit · 3 live · 4987 waiting · 20 failed$/u).waitFor();
      await window.row(/^sweep, group, 20 of 10000 · 3 of 3 slots used/u).waitFor();
      await message().getByText('"state:failed sol": 20 of 10000 jobs fit.').waitFor();
      await paintInThemes(window, 'filter-typing');
      await page.keyboard.press('Escape');
      await window.row(/^sweep-1, 3 live/u).waitFor();
      await message().waitFor({ state: 'hidden' });
    });

    it('stay filtered after Enter, with the filter above the rows and a button that clears it', async () => {
      const { page } = window;
      const { entry } = await show(nightlySweep(1000, Date.now()), 3);
      await window.setHosts([entry]);
      await window.row(/^sweep-1, 3 live/u).waitFor();
      await window.titleButton('Filter Jobs…').click();
      await box().waitFor();
      await page.keyboard.type('id:7');
      await window.row(/^SOLUSDT@7, failed/u).waitFor();
      await page.keyboard.press('Enter');
      await box().waitFor({ state: 'hidden' });
      await message().getByText('"id:7": 1 of 1000 jobs fit.').waitFor();
      assert.deepEqual((await treeLabels(page)).length, 3);
      await paintInThemes(window, 'filter-kept');
      await window.titleButton('Clear Filter').click();
      await window.row(/^sweep-1, 3 live/u).waitFor();
    });

    it('offer to clear a filter that leaves nothing', async () => {
      const { page, driver } = window;
      const { entry } = await show(nightlySweep(1000, Date.now()), 3);
      await window.setHosts([entry]);
      await window.row(/^sweep-1, 3 live/u).waitFor();
      await driver.execute('pueuePreflight.job.filter', [{ text: 'nowhere' }]);
      await page.locator('.part.sidebar').getByRole('button', { name: 'Clear Filter' }).last().click();
      await window.row(/^sweep-1, 3 live/u).waitFor();
    });
  });
}
