/** Queues that no lab has: a thousand jobs in a group, and names made to do harm. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { chooseFromMenu } from '../vscode/launchActions';
import { hostileLabel, hostileLabelShown, layFakePueue, type FakeHost, type FakeJob } from './fakePueue';
import type { LabWindow } from './labWindow';
import { editorText, outputLine } from './outputPanel';

/** What must never reach the screen as it is: control characters (a tooltip has lines) and reversals of the direction. */
const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

function exactly(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`), 'u');
}

/** What is needed here of an element in the page. */
interface PageElement {
  readonly attributes: Iterable<{ readonly value: string }>;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

/** Texts and attributes of an element and everything in it. */
async function everythingIn(element: Locator): Promise<readonly string[]> {
  return element.evaluate((root: PageElement) =>
    [root, ...root.querySelectorAll('*')].flatMap(({ attributes, childNodes }) => [
      ...[...attributes].map(({ value }) => value),
      ...[...childNodes].filter(({ nodeType }) => nodeType === 3).map(({ textContent }) => textContent ?? ''),
    ]),
  );
}

/** Registers the suite. */
export function suiteOfLongAndHostile(window: LabWindow): void {
  let host: FakeHost | null = null;

  async function show(jobs: readonly FakeJob[]): Promise<void> {
    host = await layFakePueue('fake', jobs);
    await window.setHosts([host.entry]);
    await window.row(/^fake, \d+ live/u).waitFor();
  }

  afterEach(async () => {
    await host?.remove();
    host = null;
  });

  describe('a group of a thousand jobs', () => {
    it('shows its first page and more on request, by keyboard and by mouse', async () => {
      const { page } = window;
      await show(
        Array.from({ length: 1000 }, (_none, index) => ({
          group: 'many',
          label: `SWEEP@${index}`,
          state: 'succeeded',
        })),
      );
      const more = async (hidden: number): Promise<Locator> => {
        // The last two rows of the tree are it and the checkpoints.
        await page.keyboard.press('End');
        await window
          .row(/^Checkpoints, /u)
          .and(page.locator('.focused'))
          .waitFor();
        await page.keyboard.press('ArrowUp');
        const row = window.row(new RegExp(`^Show more, ${hidden} more jobs$`, 'u'));
        await row.and(page.locator('.focused')).waitFor();
        return row;
      };
      await window.row(/^fake, /u).click({ position: { x: 80, y: 10 } });
      await window
        .row(/^fake, /u)
        .and(page.locator('[aria-expanded=false]'))
        .waitFor();
      await page.keyboard.press('ArrowRight');
      await window.row(/^SWEEP@999, succeeded/u).waitFor();
      assert.equal(await (await more(800)).getAttribute('aria-setsize'), '201');
      await page.keyboard.press('Enter');
      // The focus goes on where the row has been.
      await window
        .row(/^SWEEP@799, succeeded/u)
        .and(page.locator('.focused'))
        .waitFor();
      const second = await more(300);
      assert.equal(await second.getAttribute('aria-setsize'), '701');
      await second.click();
      await window
        .row(/^SWEEP@299, succeeded/u)
        .and(page.locator('.focused'))
        .waitFor();
      await page.keyboard.press('End');
      const last = window.row(/^SWEEP@0, succeeded/u);
      await last.waitFor();
      assert.equal(await last.getAttribute('aria-setsize'), '1000');
    });
  });

  describe('a directory of hundreds of checkpoints', () => {
    it('says how many are not shown, and shows them on request', async () => {
      const { page } = window;
      host = await layFakePueue('fake', [{ group: 'default', label: 'SWEEP@1', state: 'succeeded' }]);
      const directory = join(host.folder, 'checkpoints');
      await mkdir(directory);
      for (let index = 0; index < 450; index += 1) await writeFile(join(directory, `${index}.json`), '{}');
      await window.setHosts([{ ...host.entry, checkpoints: [directory] }]);
      await window.row(/^Checkpoints, 450 entries$/u).click();
      await window.row(/^\d+\.json, 2 B · /u).waitFor();
      await page.keyboard.press('End');
      const more = window.row(/^Show more, 250 more entries$/u);
      await more.and(page.locator('.focused')).waitFor();
      assert.equal(await more.getAttribute('aria-setsize'), '201');
      await page.keyboard.press('Enter');
      const focused = page.locator('.part.sidebar .monaco-list-row.focused[aria-setsize="450"]');
      await focused.waitFor();
      assert.equal(await focused.getAttribute('aria-posinset'), '201');
    });
  });

  describe('a name made to do harm', () => {
    it('is written out in row, tooltip and report, and does nothing', async () => {
      const { page } = window;
      await show([
        { group: 'default', label: hostileLabel, state: 'running' },
        { group: hostileLabel, label: null, command: `run ${hostileLabel} --token canary`, state: 'running' },
      ]);
      const row = window.row(new RegExp(`^${exactly(hostileLabelShown).source}, running · .* · job 0$`, 'u'));
      await row.waitFor();
      await window.row(new RegExp(`^${exactly(hostileLabelShown).source}, group, `, 'u')).waitFor();
      await window.row(/^run \[x\]\(command:.*, running · .* · job 1$/u).waitFor();
      await window.pointAt(row, page.locator('.monaco-hover:visible').filter({ hasText: 'Command: ' }));
      await chooseFromMenu(page, window.row(/^fake, /u), 'Audit');
      await outputLine(page, 'Verdict').waitFor();
      const report = (await window.driver.documentText('Pueue Preflight')) ?? '';
      assert.match(report, exactly(hostileLabelShown.slice(0, 60)));
      assert.doesNotMatch(report, unseen);
      const tree = page.locator('.part.sidebar [role=tree] .monaco-list-rows');
      for (const part of [tree, page.locator('.part.panel .view-lines')]) {
        const wrong = (await everythingIn(part)).filter((text) => unseen.test(text));
        assert.deepEqual(wrong, []);
        assert.equal(await part.locator('img, a[href], [data-href], .codicon-trash').count(), 0);
      }
    });

    it('is written out in the choice of a job, in the head of its log and in the log itself', async () => {
      const { page } = window;
      host = await layFakePueue('fake', [{ group: 'default', label: hostileLabel, state: 'succeeded' }]);
      const pueueConfig = join(host.folder, 'pueue.yml');
      await mkdir(join(host.folder, 'task_logs'));
      await writeFile(join(host.folder, 'task_logs/0.log'), `${hostileLabel}\n\u001b[2J\u001b[31mred\n`);
      await writeFile(pueueConfig, `shared:\n  pueue_directory: ${host.folder}\n`);
      await window.setHosts([{ ...host.entry, pueueConfig }]);
      await window.row(/^fake, \d+ live/u).waitFor();
      await window.palette('Open Log');
      const choice = page.locator('.quick-input-widget:visible');
      await choice.getByPlaceholder('Which job?').waitFor();
      const option = choice.getByRole('option').first();
      await option.waitFor();
      assert.match(await option.innerText(), exactly(hostileLabelShown.slice(0, 60)));
      assert.deepEqual(
        (await everythingIn(choice.locator('.quick-input-list .monaco-list-rows').first())).filter((text) =>
          unseen.test(text),
        ),
        [],
      );
      assert.equal(await choice.locator('img, .quick-input-list a[href], .codicon-trash').count(), 0);
      await option.click();
      const lines = page.locator('.part.editor .view-lines');
      await lines.locator('.view-line').filter({ hasText: '\\x1b[2Jred' }).waitFor();
      const text = await editorText(page);
      assert.match(text, new RegExp(`^Log of job 0 \\(${exactly(hostileLabelShown.slice(0, 60)).source}`, 'mu'));
      assert.match(text, /^forged line$/mu, 'a line of the log stays a line of the log');
      const parts = [page.locator('.part.editor .view-lines'), page.locator('.part.editor .tabs-container')];
      for (const part of parts) {
        assert.deepEqual(
          (await everythingIn(part)).filter((each) => unseen.test(each)),
          [],
        );
        assert.equal(await part.locator('img, .codicon-trash').count(), 0);
      }
    });
  });
}
