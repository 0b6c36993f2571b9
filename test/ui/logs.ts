/** Log, command and terminal of what a row stands for, by mouse and by keyboard. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { chooseFromMenu } from '../vscode/launchActions';
import { untilFile } from '../vscode/launchDriver';
import type { LabWindow } from './labWindow';
import { editorText, outputLine } from './outputPanel';

/**
 * In a browser VS Code tells the extension host of a large change in one message, and what follows it is held up until the
 * connection's next sign of life: 5 to 20 seconds were measured on code-server 4.139.1, in which the extension itself was idle.
 */
const growthTimeoutMs = 60_000;

/** Registers the suite. */
export function suiteOfLogs(window: LabWindow): void {
  const editor = (): Locator => window.page.locator('.part.editor');
  const line = (text: string | RegExp): Locator => editor().locator('.view-line').filter({ hasText: text }).first();
  const earlierButton = (): Locator => editor().getByRole('button', { name: 'Show Earlier Output' });
  const tab = (name: RegExp): Locator => editor().getByRole('tab', { name });

  describe('the log of a job', () => {
    it('opens by the button on its row, says what it is, and cannot be changed', async () => {
      const { page } = window;
      const row = window.row(/^LTCUSDT@250, failed, exit code 1 · .* · job 2$/u);
      await row.hover();
      await row.getByRole('button', { name: 'Open Log' }).click();
      await tab(/^job-2\.gpu-1\.log/u).waitFor();
      await line('Log of job 2 (LTCUSDT@250) on gpu-1: failed, exit code 1').waitFor();
      const text = await editorText(page);
      assert.match(text, /^Run started \d{4}-.* UTC · read \d{4}-.* UTC, both by the clock of the host$/mu);
      assert.match(text, /^Shown in full: \d+ B\.$/mu);
      assert.equal(await earlierButton().count(), 0);
      await page.keyboard.type('changed');
      await page.getByRole('alert').filter({ hasText: 'Editor is read-only' }).waitFor();
      await page.keyboard.press('Escape');
    });

    it('that is not there is said in the output, where the person sees it', async () => {
      const { page } = window;
      const row = window.row(/^LTCUSDT@750, a dependency failed · job 4$/u);
      await row.hover();
      await row.getByRole('button', { name: 'Open Log' }).click();
      await outputLine(page, 'gpu-1: job 4 has no log: a job that it depends on failed').waitFor();
      assert.equal(await tab(/\.log/u).count(), 0);
      assert.deepEqual(await window.notifications(), []);
    });
  });

  describe('a long log', () => {
    let host: PueueHost | null = null;

    before(async () => {
      host = await startPueueHost({ version: '4.0.4', clientIn: null });
      const id = await host.add('seq 1 200000; printf "\\033[31mred\\033[0m \\033]52;c;x\\007 \\342\\200\\256evil\\n"');
      await untilStates(host, new Map([[id, 'Success']]));
    });

    after(() => host?.stop());

    it('opens at its end, and shows what is earlier by a line, a button and the palette', async () => {
      const { page, driver } = window;
      await window.setHosts([{ name: 'long', transport: 'local', pueue: host!.pueue, pueueConfig: host!.config }]);
      await window.row(/^long, 0 live/u).waitFor();
      await driver.execute('pueuePreflight.job.openLog', [{ host: 'long', jobs: [{ id: 0 }] }]);
      await line('red \\x1b]52;c;x\\x07 \\u{202e}evil').waitFor();
      await line('200000').waitFor();
      const top = async (): Promise<void> => {
        await editor().locator('.view-lines').last().click();
        await driver.execute('cursorTop');
        await line('Log of job 0 on long: succeeded').waitFor();
      };
      await top();
      await line(/Shown\sfrom\sbyte\s76\d{4}\sof\s1288\d{3}\s.*\sColours\sare\sleft\sout\./u).waitFor();
      await editor().locator('.codelens-decoration').getByText('Show Earlier Output').click();
      await top();
      await line(/Shown\sfrom\sbyte\s24\d{4}\sof\s/u).waitFor();
      await earlierButton().first().waitFor();
      await window.palette('Show Earlier Output');
      await top();
      await line(/Shown\sin\sfull:\s1\.3\sMB\./u).waitFor();
      const gone = { state: 'hidden', timeout: growthTimeoutMs } as const;
      await editor().locator('.codelens-decoration').first().waitFor(gone);
      await earlierButton().first().waitFor(gone);
      assert.match(await editorText(page), /─\n1\n2\n3\n/u);
    });
  });

  describe('the command of a job', () => {
    it('goes to the clipboard by the button on its row', async () => {
      const { page } = window;
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      const row = window.row(/^DOGEUSDT@750, /u);
      await row.hover();
      await row.getByRole('button', { name: 'Copy Command' }).click();
      await page.locator('.part.statusbar').getByText('Copied the command of job 10.').waitFor();
      assert.equal(await page.evaluate('navigator.clipboard.readText()'), './sweep.sh DOGEUSDT 750 ok');
      assert.deepEqual(await window.notifications(), []);
    });
  });

  describe('a terminal', () => {
    afterEach(() => window.driver.execute('workbench.action.terminal.killAll'));

    it('on a host is opened from its row, by the same configuration as the connection', async () => {
      const { page } = window;
      const { home } = window.host('gpu-1').pueue;
      await chooseFromMenu(page, window.row(/^gpu-1, /u), 'Open SSH Terminal');
      const terminal = page.locator('.part.panel .terminal-wrapper.active');
      await terminal.waitFor();
      await page.locator('.part.panel').getByText('gpu-1').first().waitFor();
      await terminal.click();
      await page.keyboard.type(`touch ~/terminal-was-here\n`);
      await untilFile(home, 'terminal-was-here', 20_000);
      await rm(join(home, 'terminal-was-here'));
    });
  });
}
