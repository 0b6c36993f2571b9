/** Every verb on jobs and groups, by mouse, on a real daemon: its question, its effect, its report. */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { jobStates, untilStates, type LabState } from '../lab/queueState';
import { chooseFromMenu } from '../vscode/launchActions';
import type { LabWindow } from './labWindow';
import { editorText, outputLine } from './outputPanel';
import { paintInThemes } from './themes';

interface Report {
  readonly problem: { readonly code: string } | null;
  readonly targets: readonly { readonly target: string; readonly outcome: string; readonly reason: string | null }[];
}

/** Registers the suite. */
export function suiteOfVerbs(window: LabWindow): void {
  describe('a verb on jobs and groups', () => {
    const host = 'gpu-3';
    const row = (label: RegExp): Locator => window.row(label);
    const pueue = () => window.host(host).pueue;
    const dialog = (): Locator => window.page.locator('.monaco-dialog-box');
    const jobRow = (label: string): Locator => row(new RegExp(`^${label}, `, 'u'));
    const groupRow = (words = ''): Locator => row(new RegExp(`^verbs, group, ${words}`, 'u'));
    const refresh = (): Promise<unknown> => window.driver.execute('pueuePreflight.host.refresh', [{ host }]);
    const call = (id: string, argument: object): Promise<Report> =>
      window.driver.execute(`pueuePreflight.${id}`, [{ host, ...argument }]) as Promise<Report>;
    const until = (states: Record<number, LabState>): Promise<void> =>
      untilStates(pueue(), new Map(Object.entries(states).map(([id, state]) => [Number(id), state])));

    let added: number[];
    const add = async (command: string, label: string): Promise<number> => {
      const id = await pueue().add(command, { label, group: 'verbs' });
      added.push(id);
      return id;
    };

    const take = (target: Locator, entry: string): Promise<void> => chooseFromMenu(window.page, target, entry);
    const agree = async (verb: string, typed?: string): Promise<string> => {
      await dialog().waitFor();
      const text = await dialog().innerText();
      assert.equal(await window.page.locator('.monaco-dialog-box .monaco-button:focus').innerText(), 'Show Details');
      await dialog().getByRole('button', { name: verb, exact: true }).click();
      if (typed === undefined) return text;
      const box = window.page.locator('.quick-input-widget:visible');
      await box.getByRole('textbox').fill(typed);
      await window.page.keyboard.press('Enter');
      return text;
    };

    beforeEach(async () => {
      added = [];
      await pueue().must(['group', 'add', 'verbs']);
      while (!(await pueue().must(['group', '--json'])).includes('"verbs"'))
        await new Promise((r) => setTimeout(r, 50));
      await pueue().must(['parallel', '--group', 'verbs', '2']);
    });

    afterEach(async () => {
      await pueue().run(['kill', '--group', 'verbs']);
      const left = async (): Promise<number[]> =>
        [...(await jobStates(pueue())).keys()].filter((id) => added.includes(id));
      // pueue removes a killed job once it has noticed that its process has ended.
      while ((await left()).length > 0) await pueue().run(['remove', ...added.map(String)]);
      await pueue().must(['group', 'remove', 'verbs']);
      await refresh();
    });

    it('pauses, resumes and kills a job, and says who takes the freed slot', async () => {
      const job = await add('sleep 1000', 'FIRST@1');
      await add('sleep 1000', 'SECOND@1');
      const third = await add('sleep 1000', 'THIRD@1');
      await until({ [job]: 'Running', [third]: 'Queued' });
      await refresh();

      await take(jobRow('FIRST@1'), 'Pause');
      assert.match(await agree(`Pause Job ${job}`), /keeps its slot/u);
      await row(/^FIRST@1, paused/u).waitFor();
      await take(jobRow('FIRST@1'), 'Resume');
      await agree(`Resume Job ${job}`);
      await row(/^FIRST@1, running/u).waitFor();

      await take(jobRow('FIRST@1'), 'Kill…');
      await dialog().waitFor();
      await paintInThemes(window, 'kill');
      const text = await agree(`Kill Job ${job}`, host);
      assert.match(text, new RegExp(`job ${third} takes the freed slot at once`, 'u'));
      await row(/^FIRST@1, killed/u).waitFor();
      await row(/^THIRD@1, running/u).waitFor();
      await outputLine(window.page, new RegExp(`job\\s${job}:\\sdone`, 'u')).waitFor();
      await paintInThemes(window, 'killed');
    });

    it('stashes, enqueues and removes several selected jobs at once', async () => {
      await pueue().must(['pause', '--wait', '--group', 'verbs']);
      const ids = [await add('true', 'ONE@1'), await add('true', 'TWO@1')];
      await refresh();
      const both = async (entry: string): Promise<void> => {
        await jobRow('ONE@1').click();
        await jobRow('TWO@1').click({ modifiers: ['ControlOrMeta'] });
        await take(jobRow('TWO@1'), entry);
      };
      await both('Stash');
      await agree('Stash 2 Jobs');
      await row(/^ONE@1, stashed/u).waitFor();
      await row(/^TWO@1, stashed/u).waitFor();
      await both('Enqueue');
      assert.match(await agree('Enqueue 2 Jobs'), /is paused: nothing starts/u);
      await row(/^ONE@1, queued/u).waitFor();
      await both('Remove…');
      await dialog().waitFor();
      await paintInThemes(window, 'remove-two');
      await agree('Remove 2 Jobs', host);
      await jobRow('ONE@1').waitFor({ state: 'detached' });
      await jobRow('TWO@1').waitFor({ state: 'detached' });
      assert.deepEqual(
        [...(await jobStates(pueue())).keys()].filter((id) => ids.includes(id)),
        [],
      );
    });

    it('drains, resizes, resumes and cleans a group', async () => {
      const failed = await add('echo bad; exit 3', 'BAD@1');
      await until({ [failed]: 'Failed' });
      await refresh();
      await take(groupRow(), 'Drain (finish running, start none)');
      await agree('Drain Group');
      await groupRow('paused: starts no job').waitFor();
      const waiting = await add('sleep 1000', 'LATER@1');
      await refresh();
      await jobRow('LATER@1').waitFor();

      await take(groupRow(), 'Set Parallel…');
      const box = window.page.locator('.quick-input-widget:visible');
      await box.getByRole('textbox').fill('x');
      await box.getByText('Type a whole number.').waitFor();
      await box.getByRole('textbox').fill('3');
      await window.page.keyboard.press('Enter');
      await agree('Set 3 Slots');
      await groupRow('paused: starts no job · 0 of 3 slots used').waitFor();

      await take(groupRow(), 'Resume');
      await dialog().waitFor();
      await paintInThemes(window, 'resume-group');
      assert.match(await agree('Resume Group'), new RegExp(`job ${waiting} starts at once`, 'u'));
      await row(/^LATER@1, running/u).waitFor();

      await take(groupRow(), 'Clean Finished…');
      assert.match(await agree('Remove 1 Job', host), /1 that did not succeed are saved/u);
      await jobRow('BAD@1').waitFor({ state: 'detached' });
      await outputLine(window.page, /Its\slog\sis\skept/u).waitFor();
    });

    it('asks once for a double click, and cancels by Escape', async () => {
      const job = await add('sleep 1000', 'TWICE@1');
      await until({ [job]: 'Running' });
      const first = call('job.pause', { jobs: [{ id: job }] });
      const second = call('job.pause', { jobs: [{ id: job }] });
      assert.equal((await second).problem?.code, 'busy');
      await dialog().waitFor();
      await window.page.keyboard.press('Enter');
      await window.page.locator('.part.editor').getByText('nothing is done yet').waitFor();
      assert.match(await editorText(window.page), new RegExp(`pueue pause -- ${job}`, 'u'));
      await paintInThemes(window, 'verb-details');
      await window.driver.execute('notifications.showList');
      await window.page
        .locator('.notifications-center')
        .getByRole('button', { name: `Pause Job ${job}` })
        .click();
      assert.deepEqual(
        (await first).targets.map(({ outcome }) => outcome),
        ['done'],
      );
      await until({ [job]: 'Paused' });

      const third = call('job.resume', { jobs: [{ id: job }] });
      await window.cancelDialog();
      assert.deepEqual(
        (await third).targets.map(({ outcome }) => outcome),
        ['cancelled'],
      );
      await until({ [job]: 'Paused' });
    });

    it('refuses what is another job by now, and leaves out what the verb does not take', async () => {
      const job = await add('sleep 1000', 'STALE@1');
      await until({ [job]: 'Running' });
      const stale = await call('job.kill', { jobs: [{ id: job, createdAt: '2020-01-01T00:00:00Z' }] });
      assert.equal(stale.problem?.code, 'stale');
      const unfit = await call('job.enqueue', { jobs: [{ id: job }] });
      assert.deepEqual(
        unfit.targets.map(({ outcome }) => outcome),
        ['refused'],
      );
      assert.deepEqual((await call('job.resume', { jobs: [{ id: job }] })).targets[0]?.outcome, 'alreadySo');
      const mixed = await call('job.kill', { mixed: true, jobs: [{ id: job }] });
      assert.equal(mixed.problem?.code, 'invalidInput', 'rows of several hosts');
      assert.equal((await call('group.drain', { group: 'nope' })).problem?.code, 'invalidInput');
      assert.equal((await call('group.setParallel', { group: 'verbs', parallel: -1 })).problem?.code, 'invalidInput');
      await until({ [job]: 'Running' });
    });
  });
}
