/**
 * A day's work with a project file: what it says of checkpoints, a killed job that goes on where it was, a refresh that is
 * agreed to by name, and the table in between, which is the README's picture of the decision.
 */
import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import type { ActionReport } from '../../src/core/audit/fleetReport';
import type { RequeueReport } from '../../src/core/requeue/requeueReport';
import { jobStates, untilStates } from '../lab/queueState';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';
import { takeReadmePicture } from './readmePicture';
import { paintInThemes } from './themes';

/** Writes its checkpoint as its first act, goes on from one that is there, and fails but for one symbol. */
const program = `import json, os, sys, time
symbol = sys.argv[sys.argv.index('--symbol') + 1]
path = os.path.expanduser('~/checkpoints/%s_2024.json' % symbol)
fresh = '--force-refresh' in sys.argv or not os.path.exists(path)
print('begins anew' if fresh else 'goes on', flush=True)
with open(path, 'w') as file:
    file.write('{' if symbol == 'ETH' else json.dumps({'row': 120000}))
print('row 120000', flush=True)
if symbol == 'BTC':
    time.sleep(1000)
sys.exit('ZeroDivisionError: division by zero')
`;

/** Registers the suite. */
export function suiteOfWorkdays(window: LabWindow): void {
  describe("a day's work with a project file", () => {
    const host = 'gpu-3';
    const pueue = () => window.host(host).pueue;
    const root = (): string => join(pueue().home, 'checkpoints');
    const projectFile = (): string => join(window.folder, 'pueue-preflight.json');
    const refresh = (): Promise<unknown> => window.driver.execute('pueuePreflight.host.refresh', [{ host }]);
    const dialog = (): Locator => window.page.locator('.monaco-dialog-box');
    const list = (): Locator => window.page.locator('.quick-input-widget:visible');
    const item = (words: RegExp): Locator => list().locator('.monaco-list-row').filter({ hasText: words });
    const symbols = ['SOL@250', 'ETH@250', 'DOGE@250', 'DOGE@500', 'BTC@250'] as const;
    const ids = new Map<string, number>();
    const id = (label: (typeof symbols)[number]): number => ids.get(label)!;

    /** What lies below the lower edge is not drawn, and rows come in steps. */
    const scrollTo = async (row: Locator): Promise<void> => {
      do {
        await window.page.locator('.part.sidebar [role=tree]').focus();
        await window.page.keyboard.press('End');
      } while (
        !(await row.waitFor({ timeout: 1000 }).then(
          () => true,
          () => false,
        ))
      );
    };

    const lay = async (): Promise<void> => {
      await mkdir(root());
      await writeFile(join(pueue().home, 'project', 'populate.py'), program);
      await pueue().must(['group', 'add', 'train']);
      while (!(await pueue().must(['group', '--json'])).includes('"train"'))
        await new Promise((r) => setTimeout(r, 50));
      await pueue().must(['parallel', '--group', 'train', '4']);
      for (const label of symbols) {
        const [symbol, threshold] = label.split('@');
        const command = `python3 populate.py --symbol ${symbol} --threshold ${threshold}`;
        ids.set(label, await pueue().add(command, { label, group: 'train' }));
      }
      const ended = symbols.slice(0, 4).map((label) => [id(label), 'Failed'] as const);
      await untilStates(pueue(), new Map([...ended, [id('BTC@250'), 'Running']]));
      while (!(await readdir(root())).includes('BTC_2024.json')) await new Promise((r) => setTimeout(r, 50));
      const file = {
        ...{ hosts: [host], path: '~/project' },
        queue: { groups: ['train'], label: '{symbol}@{threshold}', forceRefreshFlag: '--force-refresh' },
        checkpoints: [{ directory: '~/checkpoints', pattern: '{symbol}_{year}.json' }],
      };
      await writeFile(projectFile(), `${JSON.stringify(file, null, 2)}\n`);
      await window.row(/^Project file (not approved|changed)/u).waitFor();
      const asked = window.driver.execute('pueuePreflight.project.approve') as Promise<ActionReport>;
      const approve = window.page.locator('.notifications-center.visible').getByRole('button', { name: 'Approve' });
      await window.page.locator('.part.editor').getByText('{symbol}_{year}.json').first().waitFor();
      await window.driver.execute('notifications.showList');
      await approve.click();
      assert.equal((await asked).targets[0]?.outcome, 'done');
      await window.driver.execute('workbench.action.closeAllEditors');
      await window.driver.execute('workbench.action.closePanel');
      await refresh();
    };

    const clean = async (): Promise<void> => {
      await window.page.locator('.part.sidebar [role=tree]').focus();
      await window.page.keyboard.press('Home');
      await rm(projectFile(), { force: true });
      await pueue().run(['kill', '--group', 'train']);
      const left = async (): Promise<string[]> => {
        const states = await jobStates(pueue());
        return [...states.keys()].filter((each) => each >= Math.min(...ids.values())).map(String);
      };
      for (let jobs = await left(); jobs.length > 0; jobs = await left()) await pueue().run(['remove', ...jobs]);
      await pueue().must(['group', 'remove', 'train']);
      await rm(root(), { recursive: true });
      await rm(`${root()}.pueue-preflight-quarantine`, { recursive: true, force: true });
      await window.row(/^Project file /u).waitFor({ state: 'hidden' });
      await refresh();
    };

    const seesCollision = async (): Promise<void> => {
      await window.row(/^Checkpoints, 1 damaged · 1 colliding · 4 entries$/u).click();
      const row = window.row(
        new RegExp(`^DOGE_2024\\.json, colliding · jobs ${id('DOGE@500')} and ${id('DOGE@250')} · `, 'u'),
      );
      await scrollTo(row);
      const hover = window.page.locator('.monaco-hover').filter({ hasText: 'the pattern lacks {threshold}' });
      await window.pointAt(row, hover);
      await paintInThemes(window, 'colliding');
      await window.page.mouse.move(900, 300);
      await window.row(/^Checkpoints, 1 damaged/u).click();
    };

    const readsTheTable = async (): Promise<void> => {
      const killed = window.driver.execute('pueuePreflight.job.kill', [{ host, jobs: [{ id: id('BTC@250') }] }]);
      await dialog()
        .getByRole('button', { name: `Kill Job ${id('BTC@250')}` })
        .click();
      await list().getByRole('textbox').fill(host);
      await window.page.keyboard.press('Enter');
      assert.equal(((await killed) as ActionReport).targets[0]?.outcome, 'done');
      await window.driver.execute('workbench.action.closePanel');

      const jobs = symbols.map((label) => ({ id: id(label) }));
      const asked = window.driver.execute('pueuePreflight.job.requeue', [{ host, jobs }]) as Promise<RequeueReport>;
      await item(/It just died/u).waitFor();
      await window.page.keyboard.press('Enter');
      // Two that lead to one checkpoint are not queued together.
      await item(/Requeue 4 Jobs…/u).waitFor();
      await item(/\(DOGE@250\): refused.*leads to the same checkpoint/u).waitFor();
      await item(/4 jobs: exit 1, last line "ZeroDivisionError: division by zero"/u).waitFor();
      await item(/\(SOL@250\): resume.*its checkpoint is intact/u).waitFor();
      await item(/\(BTC@250\): resume.*its checkpoint is intact/u).waitFor();
      await item(/\(ETH@250\): refresh.*damaged.*--threshold 250 --force-refresh/u).waitFor();
      await item(/\(DOGE@500\): refresh.*jobs with other parameters.*--threshold 500 --force-refresh/u).waitFor();
      await window.driver.setSetting('workbench.colorTheme', 'Default Dark Modern');
      await window.page.locator('.monaco-workbench.vs-dark').waitFor();
      await takeReadmePicture(window, 'requeue', list());
      await window.driver.setSetting('workbench.colorTheme', undefined);
      await paintInThemes(window, 'decision');
      await window.page.keyboard.press('Escape');
      assert.equal((await asked).problem?.code, 'cancelled');
    };

    const resumesTheKilledJob = async (): Promise<void> => {
      const before = id('BTC@250');
      const asked = window.driver.execute('pueuePreflight.job.requeue', [{ host, jobs: [{ id: before }] }]);
      await item(/It just died/u).waitFor();
      await window.page.keyboard.press('Enter');
      await item(/Requeue 1 Job…/u).waitFor();
      await window.page.keyboard.press('Enter');
      await dialog().getByText('Kept, to go on from: BTC_2024.json.').waitFor();
      await paintInThemes(window, 'resume-question');
      await dialog().getByRole('button', { name: 'Requeue 1 Job', exact: true }).click();
      const [added] = ((await asked) as RequeueReport).jobs;
      assert.deepEqual([added?.outcome, added?.refresh, added?.label], ['added', false, 'BTC@250-retry']);
      const output = (): Promise<string> => pueue().must(['log', String(added?.newId)]);
      while (!(await output()).includes('goes on')) await new Promise((r) => setTimeout(r, 50));
    };

    const refreshesOne = async (): Promise<void> => {
      const asked = window.driver.execute('pueuePreflight.job.requeue', [{ host, jobs: [{ id: id('SOL@250') }] }]);
      await item(/The fix changes the output/u).click();
      await item(/typed consent · The fix is said to change the output\./u).waitFor();
      await window.page.keyboard.press('Enter');
      await dialog().getByText('Into quarantine first, from where it can be restored: SOL_2024.json.').waitFor();
      await dialog()
        .getByText(/A refresh gives up 1 checkpoint \(15 B, written .* of its last run and cached data/u)
        .waitFor();
      await paintInThemes(window, 'refresh-question');
      await dialog().getByRole('button', { name: 'Requeue 1 Job', exact: true }).click();
      await list().getByRole('textbox').fill('gpu-2');
      await list().getByText('This is not gpu-3.').waitFor();
      await list().getByRole('textbox').fill(host);
      await window.page.keyboard.press('Enter');
      const [added] = ((await asked) as RequeueReport).jobs;
      assert.deepEqual([added?.outcome, added?.refresh], ['added', true]);
      await outputLine(window.page, /SOL_2024\.json:\sdone\s→/u).waitFor();
      await untilStates(pueue(), new Map([[added!.newId!, 'Failed']]));
      assert.match(await pueue().must(['log', String(added?.newId)]), /begins anew/u);
      await scrollTo(window.row(/^Checkpoints, 1 damaged/u));
      await window.row(/^Checkpoints, 1 damaged/u).click();
      await scrollTo(window.row(/^Quarantine, 1 entry · 15 B/u));
      await paintInThemes(window, 'refreshed');
    };

    it('leads from a collision over the reasons to a resume and to a refresh', async () => {
      try {
        await lay();
        await seesCollision();
        await readsTheTable();
        await resumesTheKilledJob();
        await refreshesOne();
      } finally {
        await clean();
      }
    });
  });
}
