/** A job that is followed in a terminal, by mouse and by keyboard. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { descendants } from '../lab/processes';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { jobStates, untilStates } from '../lab/queueState';
import type { LabWindow } from './labWindow';

/** Waits until one helper runs below this process, and says which: the hosts of other suites are being let go. */
async function onlyHelper(): Promise<number> {
  for (;;) {
    const helpers = descendants(process.pid).filter(({ pid }) => isHelper(pid));
    if (helpers.length === 1) return helpers[0]!.pid;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function isHelper(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0-I\0-S\0-B\0-c\0');
  } catch {
    return false; // It has ended.
  }
}

function threads(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

/** Registers the suite. */
export function suiteOfFollowing(window: LabWindow): void {
  describe('following a job in a terminal', () => {
    let host: PueueHost | null = null;
    let gates = 0;

    const rows = (): Locator => window.page.locator('.part.panel .xterm-rows > div');
    /** A line of the terminal; a line of ours begins with its mark. */
    const line = (text: string | RegExp): Locator => rows().filter({ hasText: text }).first();
    const colorOf = async (text: Locator): Promise<number[]> => {
      const color = await text.evaluate((element) => {
        // Runs in the window.
        const { getComputedStyle } = globalThis as unknown as {
          getComputedStyle: (of: unknown) => { color: string };
        };
        return getComputedStyle(element).color;
      });
      return (color.match(/\d+/gu) ?? []).map(Number);
    };
    const terminals = (): Locator => window.page.locator('.part.panel .terminal-wrapper');
    const refresh = (): Promise<unknown> => window.driver.execute('pueuePreflight.host.refresh', [{ host: 'follow' }]);

    before(async () => {
      host = await startPueueHost({ version: '4.0.4', clientIn: null });
      await host.must(['parallel', '10']);
    });

    after(() => host?.stop());
    afterEach(() => window.driver.execute('workbench.action.terminal.killAll'));

    async function start(command: (wait: string) => string, label: string) {
      await window.setHosts([{ name: 'follow', transport: 'local', pueue: host!.pueue, pueueConfig: host!.config }]);
      // A row whose host is only being drawn hands over nothing when its button is pressed.
      await window.row(/^follow, \d+ live/u).waitFor();
      const gate = join(host!.home, `gate-${++gates}`);
      const id = await host!.add(command(`while [ ! -e ${gate} ]; do sleep 0.02; done`), { label });
      await untilStates(host!, new Map([[id, 'Running']]));
      await refresh();
      return { id, go: () => writeFile(gate, '') };
    }

    async function picture(name: string): Promise<void> {
      const folder = process.env['PICTURES'];
      if (folder === undefined) return;
      await mkdir(folder, { recursive: true });
      await window.page.screenshot({ path: join(folder, `${name}.png`) });
    }

    it('shows its output in its colours and nothing that acts, says how it ended, and opens its log', async () => {
      const { page } = window;
      const act = String.raw`\033]0;evil\007\033]52;c;eA==\007\033[2J\033]8;;https://example.org\007link\033]8;;\007`;
      const { id, go } = await start(
        (wait) =>
          String.raw`printf '\033[31mred\033[0m 漢字 😀 \342\200\256bidi ${act}\n'; printf '\302\246 Job 0 succeeded.\n'; ${wait}; printf 'last'; exit 3`,
        'SWEEP@1',
      );
      const row = window.row(new RegExp(`^SWEEP@1, running · .* · job ${id}$`, 'u'));
      await row.hover();
      await row.getByRole('button', { name: 'Follow in Terminal' }).click();
      await line(`¦ Following job ${id} on follow. Ctrl-C detaches; the job goes on.`).waitFor();
      const output = line('漢字');
      await output.waitFor();
      assert.match((await output.textContent()) ?? '', /^red 漢字 😀 \\u\{202e\}bidi link\s*$/u);
      // Against a dark ground the terminal brightens a colour, and writes it down in another way.
      const [red, green, blue] = await colorOf(output.locator('span', { hasText: /^red$/u }));
      assert.ok(red! > 1.5 * green! && red! > 1.5 * blue!, `rgb(${red}, ${green}, ${blue}) is red`);
      await line('\\u{a6} Job 0 succeeded.').waitFor();
      await window.page.locator('.part.panel').getByText('SWEEP@1 — follow').first().waitFor();
      await picture('follow-running');

      // A second call shows the same terminal.
      await window.driver.execute('pueuePreflight.job.follow', [{ host: 'follow', jobs: [{ id }] }]);
      assert.equal(await terminals().count(), 1);

      await go();
      await untilStates(host!, new Map([[id, 'Failed']]));
      await refresh();
      await line(new RegExp(`^¦ Job ${id} \\(SWEEP@1\\) failed with exit code 3 after `, 'u')).waitFor();
      await line(/^last\s*$/u).waitFor();
      await line('Press l for the log (Open Log), any other key to close.').waitFor();
      await picture('follow-ended');
      await terminals().click();
      await page.keyboard.press('PageUp');
      await page.keyboard.press('l');
      await page
        .locator('.part.editor')
        .getByRole('tab', { name: new RegExp(`^job-${id}\\.follow\\.log`, 'u') })
        .waitFor();
      await picture('follow-log');
      await terminals().click();
      await page.keyboard.press('Enter');
      await terminals().first().waitFor({ state: 'detached' });
      assert.deepEqual(await window.notifications(), []);
    });

    it('is left by Ctrl-C, which the job never learns of', async () => {
      const { page } = window;
      const { id, go } = await start((wait) => `echo begin; ${wait}; echo last`, 'left');
      await window.driver.execute('pueuePreflight.job.follow', [{ host: 'follow', jobs: [{ id }] }]);
      await line(/^begin\s*$/u).waitFor();
      await terminals().click();
      await page.keyboard.type('typed');
      await page.keyboard.press('Control+C');
      await line('¦ Detached; the job goes on. Press l for the log').waitFor();
      await picture('follow-detached');
      assert.equal((await jobStates(host!)).get(id), 'Running');
      assert.equal(await line('typed').count(), 0);
      await page.keyboard.press('Enter');
      await terminals().first().waitFor({ state: 'detached' });
      await go();
      await untilStates(host!, new Map([[id, 'Success']]));
    });

    it('opens a terminal for each of several, and says which it does not know', async () => {
      const one = await start((wait) => `echo first; ${wait}`, 'one');
      const two = await start((wait) => `echo second; ${wait}`, 'two');
      const report = await window.driver.execute('pueuePreflight.job.follow', [
        { host: 'follow', jobs: [{ id: one.id }, { id: two.id }, { id: 999 }] },
      ]);
      const { problem, targets } = report as { problem: unknown; targets: { target: string; outcome: string }[] };
      assert.equal(problem, null);
      assert.deepEqual(
        targets.map(({ outcome }) => outcome),
        ['done', 'done', 'failed'],
      );
      await window.page.locator('.part.panel').getByText('one — follow').first().waitFor();
      await window.page.locator('.part.panel').getByText('two — follow').first().waitFor();
      await one.go();
      await two.go();
    });

    it('waits for a job that is queued, and says for what', async () => {
      const first = await start((wait) => wait, 'parent');
      const id = await host!.add('echo begun', { after: [first.id], label: 'child' });
      await refresh();
      await window.driver.execute('pueuePreflight.job.follow', [{ host: 'follow', jobs: [{ id }] }]);
      await line(`¦ Not started yet: waits for job ${first.id}.`).waitFor();
      await first.go();
      await untilStates(host!, new Map([[id, 'Success']]));
      await refresh();
      await line(/^begun\s*$/u).waitFor();
      await line(/^¦ Job \d+ \(child\) succeeded after /u).waitFor();
      await picture('follow-waited');
      // The words are a link: xterm finds it where the pointer is.
      const words = line('Press l for the log').locator('span').first();
      const text = (await words.textContent()) ?? '';
      const box = await words.boundingBox();
      assert.ok(box);
      const x = box.x + (box.width * (text.indexOf('Open Log') + 3)) / text.length;
      await window.page.mouse.move(x, box.y + box.height / 2);
      await window.page.keyboard.down('Control');
      const log = window.page
        .locator('.part.editor')
        .getByRole('tab', { name: new RegExp(`^job-${id}\\.follow\\.log`, 'u') });
      // The providers of links are asked where the pointer moves to, and their answer is drawn later.
      for (let step = 0; (await log.count()) === 0; step += 1) {
        await window.page.mouse.move(x + (step % 5), box.y + box.height / 2);
        await window.page.mouse.click(x + (step % 5), box.y + box.height / 2, { delay: 100 });
      }
      await window.page.keyboard.up('Control');
    });

    it('says that the link was lost and is back, and loses nothing; closed it leaves nothing on the host', async () => {
      const gate = join(host!.home, 'gate-more');
      const { id, go } = await start(
        (wait) => `echo before; while [ ! -e ${gate} ]; do sleep 0.02; done; echo after; ${wait}`,
        'lost',
      );
      await window.driver.execute('pueuePreflight.job.follow', [{ host: 'follow', jobs: [{ id }] }]);
      await line(/^before\s*$/u).waitFor();
      process.kill(await onlyHelper(), 'SIGKILL');
      await writeFile(gate, '');
      await line(/ UTC: follow: the link was lost \(/u).waitFor();
      await line(/^¦ The host is back after \d+ s; following goes on\./u).waitFor();
      await line(/^after\s*$/u).waitFor();
      await picture('follow-lost');
      assert.equal(
        await rows()
          .filter({ hasText: /^before\s*$/u })
          .count(),
        1,
      );
      const helper = await onlyHelper();
      // One serves, one waits for changes of the queue, and one for more output.
      while (threads(helper) < 3) await refresh();
      const began = performance.now();
      await window.driver.execute('workbench.action.terminal.killAll');
      while (threads(helper) > 2) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.ok(performance.now() - began < 2000, 'the wait on the host ended with its terminal');
      assert.equal((await jobStates(host!)).get(id), 'Running');
      await go();
    });
  });
}
