/** From an empty view to the first verdict, by mouse; and the way back, by keyboard. */
import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Locator } from 'playwright-core';
import { chooseFromMenu, treeLabels } from '../vscode/launchActions';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';

/** Registers the suite. */
export function suiteOfFirstMinute(window: LabWindow): void {
  describe('the first minute', () => {
    const welcome = (): Locator => window.page.locator('.part.sidebar .welcome-view-content');
    const quickInput = (): Locator => window.page.locator('.quick-input-widget:visible');
    const option = (text: string | RegExp): Locator => quickInput().getByRole('option').filter({ hasText: text });

    /** A line of a quick pick that takes several. */
    const entry = (text: string | RegExp): Locator =>
      quickInput().locator('.quick-input-list .monaco-list-row').filter({ hasText: text });

    beforeEach(async () => {
      await window.driver.execute('pueuePreflight.output.show');
      await window.driver.execute('workbench.output.action.clearOutput');
      await window.driver.execute('workbench.action.closePanel');
    });

    afterEach(() => {
      window.hostsWereChanged();
    });

    async function empty(): Promise<void> {
      await window.setHosts([]);
      await welcome().filter({ hasText: 'nothing is installed there' }).waitFor();
    }

    async function typeCommand(title: string): Promise<void> {
      const { page } = window;
      await page.keyboard.press('F1');
      await page.keyboard.type(title);
      await quickInput().locator('.monaco-list-row.focused').filter({ hasText: title }).waitFor();
      await page.keyboard.press('Enter');
    }

    it('leads from the welcome view to a verdict by mouse alone', async () => {
      const { page } = window;
      await empty();
      await welcome().getByRole('button', { name: 'Add Host…' }).click();
      await option('gpu-3').waitFor();
      const offered = await quickInput().getByRole('option').allInnerTexts();
      assert.deepEqual(
        ['gpu-1', 'gpu-2', 'gpu-3', 'This Machine', 'Other Destination…'].filter(
          (label) => !offered.some((text) => text.includes(label)),
        ),
        [],
      );
      assert.ok(
        offered.some((text) => text.includes(hostname())),
        'it says which machine this one is',
      );
      await option('gpu-3').click();
      await window.row(/^gpu-3, 0 live · 0 waiting · 0 failed$/u).waitFor();
      await page.locator('.part.sidebar .monaco-list-row.focused[aria-label^="gpu-3, "]').waitFor();
      await chooseFromMenu(page, window.row(/^gpu-3, /u), 'Audit');
      await outputLine(page, /Verdict\s+PASS\s+idle/u).waitFor();
      assert.deepEqual(await window.notifications(), []);
    });

    it('offers no host a second time, and says when there is no other', async () => {
      await window.titleButton('Add Host…').click();
      await option('Other Destination…').waitFor();
      assert.deepEqual(
        (await quickInput().getByRole('option').allInnerTexts()).filter((text) => text.includes('gpu-')),
        [],
      );
      await quickInput().getByText('every host of the ssh configuration is here already').waitFor();
      await window.page.keyboard.press('Escape');
      await quickInput().waitFor({ state: 'hidden' });
    });

    it('does not say of a configuration that cannot be read that it names no host', async () => {
      const key = 'pueuePreflight.sshConfigFile';
      await empty();
      await window.driver.setSetting(key, '/nowhere/config');
      try {
        await welcome().getByRole('button', { name: 'Add Host…' }).click();
        await quickInput().getByText('the ssh configuration could not be read to its end: see the log').waitFor();
        assert.equal(await option('names no host').count(), 0);
        await window.page.keyboard.press('Escape');
      } finally {
        await window.driver.setSetting(key, window.lab.settings[key]);
      }
    });

    it('takes a destination that is typed, once it can be one', async () => {
      const { page } = window;
      await empty();
      await welcome().getByRole('button', { name: 'Add Host…' }).click();
      await option('Other Destination…').click();
      const input = quickInput().locator('input[type=text]');
      await quickInput().getByText('An ssh destination').waitFor();
      await input.fill('-oProxyCommand=x');
      await quickInput().getByText('It must not begin with "-".').waitFor();
      await input.fill('gpu-3');
      await page.keyboard.press('Enter');
      await window.row(/^gpu-3, 0 live/u).waitFor();
    });

    it('adds this machine by a link, under the name of the computer', async () => {
      await empty();
      await welcome().locator('a').filter({ hasText: 'This Machine' }).click();
      const escaped = hostname().replace(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);
      await window.row(new RegExp(`^${escaped}, `, 'u')).waitFor();
    });

    it('takes a host away and back by keyboard alone', async () => {
      const { page } = window;
      await typeCommand('Pueue: Remove Host');
      await quickInput().getByPlaceholder('Which host is removed?').waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await window.row(/^gpu-2, /u).waitFor({ state: 'detached' });
      assert.deepEqual(await window.notifications(), [
        '1 host was removed from the settings. Nothing on it was touched.',
      ]);
      await typeCommand('Notifications: Show Notifications');
      const undo = page.locator('.notifications-center.visible').getByRole('button', { name: 'Undo' });
      await undo.waitFor();
      const focused = undo.and(page.locator(':focus'));
      for (let tabs = 0; tabs < 8 && (await focused.count()) === 0; tabs += 1) await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await window.row(/^gpu-2, 1 live/u).waitFor();
      const hosts = (await treeLabels(page)).filter((label) => label.startsWith('gpu-'));
      assert.deepEqual(
        hosts.map((label) => label.slice(0, 5)),
        ['gpu-1', 'gpu-2', 'gpu-3'],
      );
    });

    it('leads by the rows of entries that cannot be used to the setting, and takes them away', async () => {
      await window.setHosts(['gpu-3', { name: 'typo', prot: 22 }, 'gpu-3']);
      await window.row(/^Entry 2 \(typo\)/u).click();
      await window.page
        .locator('.part.editor')
        .getByRole('tab', { name: /^settings\.json/u })
        .waitFor();
      for (const label of [/^Entry 2 \(typo\)/u, /^Entry 2 \(gpu-3\) .* twice/u]) {
        await chooseFromMenu(window.page, window.row(label), 'Remove Host');
        await window.row(label).waitFor({ state: 'detached' });
      }
      await window.row(/^gpu-3, 0 live/u).waitFor();
      assert.equal((await treeLabels(window.page)).filter((label) => label.startsWith('Entry')).length, 0);
    });

    it('proposes the checkpoint directories that lie on the host, and shows the files of the one that is chosen', async () => {
      const strange = join(window.host('gpu-1').pueue.home, 'project/$(trash)/checkpoints');
      await mkdir(strange, { recursive: true });
      await window.setHosts(['gpu-1']);
      await window.row(/^gpu-3, /u).waitFor({ state: 'detached' });
      const none = window.row(/^Checkpoints, no directory is configured$/u);
      await none.hover();
      await none.getByRole('button', { name: 'Configure Host…' }).click();
      await option('Checkpoint Directories…').click();
      const proposal = entry(/~\/\.cache\/myapp\/checkpoints.*4 files, newest .* ago/su);
      await proposal.click();
      await entry('~/project/$(trash)/checkpoints').waitFor();
      assert.equal(await quickInput().locator('.codicon-trash').count(), 0, 'a name is drawn as no icon');
      await quickInput().getByRole('button', { name: 'OK' }).click();
      await window.row(/^Checkpoints, 4 entries$/u).waitFor();
      await rm(dirname(strange), { recursive: true });
    });

    it('lets a directory be typed for a host that cannot be searched, and says why it was not', async () => {
      const { page } = window;
      await window.setHosts([{ name: 'dead', transport: 'local', pueue: '/nowhere/pueue' }]);
      await chooseFromMenu(page, window.row(/^dead, cannot be read, pueue missing$/u), 'Configure Host…');
      await option('Checkpoint Directories…').click();
      await quickInput().getByText('The host could not be searched: dead: no pueue client was found').waitFor();
      await entry('Other Directory…').click();
      await quickInput().getByRole('button', { name: 'OK' }).click();
      await quickInput().getByText('An absolute path on the host').waitFor();
      await quickInput().locator('input[type=text]').fill('models');
      await quickInput().getByText('It must be an absolute path or begin with "~/".').waitFor();
      await quickInput().locator('input[type=text]').fill('~/models');
      await page.keyboard.press('Enter');
      await quickInput().waitFor({ state: 'hidden' });
      await chooseFromMenu(page, window.row(/^dead, cannot be read, pueue missing$/u), 'Configure Host…');
      await option(/Checkpoint Directories….*~\/models/su).waitFor();
      await option(/Pueue Client….*\/nowhere\/pueue/su).waitFor();
      await page.keyboard.press('Escape');
      await quickInput().waitFor({ state: 'hidden' });
    });
  });
}
