/** A project file, from its text to its effect: reviewed by a person, asked about again where it changes, never in Restricted Mode. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import type { AuditReport } from '../../src/core/audit/auditReport';
import type { ActionReport } from '../../src/core/audit/fleetReport';
import { showHosts } from '../vscode/launchActions';
import type { LabWindow } from './labWindow';
import { outputLine } from './outputPanel';

/** Registers the suite. */
export function suiteOfProjects(window: LabWindow): void {
  describe('a project file', () => {
    const path = (): string => join(window.folder, 'pueue-preflight.json');
    const write = (file: object): Promise<void> => writeFile(path(), `${JSON.stringify(file, null, 2)}\n`);
    const audit = async (host = 'gpu-1'): Promise<AuditReport> =>
      (await window.driver.execute('pueuePreflight.host.audit', [{ host }])) as AuditReport;
    /** Shows the question in the list of messages: VS Code draws no toasts while it is driven. */
    const question = async (): Promise<Locator> => {
      await window.driver.execute('notifications.showList');
      const center = window.page.locator('.notifications-center.visible');
      await center.getByRole('button', { name: 'Approve' }).waitFor();
      return center;
    };
    const answer = async (title: string): Promise<void> => {
      await (await question()).getByRole('button', { name: title }).click();
    };
    const picture = async (name: string): Promise<void> => {
      const folder = process.env['PICTURES'];
      if (folder !== undefined) await window.page.screenshot({ path: join(folder, `${name}.png`) });
    };
    const unapproved = /^Project file not approved, /u;
    const changed = /^Project file changed since it was approved, /u;

    afterEach(async () => {
      await rm(path(), { force: true });
      await window.row(/^Project file /u).waitFor({ state: 'hidden' });
    });

    it('has no effect before it is reviewed, then narrows the audit and lists its checkpoints, and is asked about again', async () => {
      const before = await audit();
      await window.driver.execute('workbench.action.closePanel');
      const directory = '~/project-checkpoints';
      await mkdir(join(window.host('gpu-3').pueue.home, 'project-checkpoints'));
      await writeFile(join(window.host('gpu-3').pueue.home, 'project-checkpoints', 'A_1.json'), '{}');
      await write({
        hosts: ['gpu-1', 'gpu-3'],
        path: '~/elsewhere',
        queue: { groups: ['default'] },
        checkpoints: [{ directory }],
      });
      await window.row(unapproved).waitFor();
      assert.deepEqual((await audit()).scope.groups, before.scope.groups);
      await window.driver.execute('workbench.action.closePanel');

      await window.row(unapproved).click();
      await window.page.locator('.part.editor').getByText('project-checkpoints').first().waitFor();
      await question();
      await picture('project-review');
      await answer('Approve');
      await window.row(unapproved).waitFor({ state: 'hidden' });
      const after = await audit();
      assert.deepEqual(after.scope.groups, ['default']);
      assert.deepEqual(after.counts, before.counts);
      await outputLine(window.page, /Left\s+out\s+of\s+the\s+judgement/u).waitFor();
      const third = await audit('gpu-3');
      assert.ok(third.checkpoints?.some((each) => each.path.endsWith('/project-checkpoints/A_1.json')));
      assert.deepEqual((await audit('gpu-2')).scope.groups?.length, (await audit('gpu-2')).groups?.length);
      await window.driver.execute('workbench.action.closePanel');

      await write({ path: '~/elsewhere', queue: { groups: ['default'] } });
      await window.row(changed).waitFor();
      assert.deepEqual((await audit()).scope.groups, before.scope.groups);
      await window.driver.execute('workbench.action.closePanel');
      const asked = window.driver.execute('pueuePreflight.project.approve') as Promise<ActionReport>;
      await window.page.locator('.part.editor .monaco-diff-editor').waitFor();
      await window.page.locator('.part.editor .line-delete').first().waitFor();
      await question();
      await picture('project-diff');
      // What is approved is what was shown, and not what stands in the file by then.
      await write({ path: '~/elsewhere', queue: { groups: ['other'] } });
      await answer('Approve');
      const { targets } = await asked;
      assert.equal(targets[0]?.outcome, 'done');
      assert.match(targets[0].reason ?? '', /has changed since it was shown/u);
      await window.row(changed).waitFor();
      await write({ path: '~/elsewhere', queue: { groups: ['default'] } });
      await window.row(changed).waitFor({ state: 'hidden' });
      assert.deepEqual((await audit()).scope.groups, ['default']);
    });

    it('stays without effect where the person says no', async () => {
      await write({ path: '~/no', queue: { groups: ['default'] } });
      await window.row(unapproved).or(window.row(changed)).waitFor();
      const asked = window.driver.execute('pueuePreflight.project.approve') as Promise<ActionReport>;
      await window.page.locator('.part.editor').getByText('~/no').first().waitFor();
      await answer('Not Now');
      assert.equal((await asked).targets[0]?.outcome, 'cancelled');
      await window.row(unapproved).or(window.row(changed)).waitFor();
    });

    it('is marked where it has a fault, by the schema and by us, and explains its keys', async () => {
      await write({ path: '~/p', queue: { label: '{a}@{a}', nonsense: 1 }, hosts: ['gpu-1', 'gpu-9'] });
      await window.row(/^Project file has a fault, /u).click();
      const editor = window.page.locator('.part.editor .monaco-editor').first();
      await editor.locator('.squiggly-error, .squiggly-warning').first().waitFor();
      await write({ path: '~/p', queue: { label: '{a}@{a}' } });
      await editor.locator('.squiggly-error, .squiggly-warning').first().waitFor();
      await editor.getByText('"label"').first().hover();
      await window.page.getByText('How labels are made').first().waitFor();
      await picture('project-schema');
      const report = (await window.driver.execute('pueuePreflight.project.approve')) as ActionReport;
      assert.equal(report.problem?.code, 'invalidInput');
      assert.match(report.problem.message, /line 4, column 14: "queue\.label" names "\{\w+\}" twice/u);
    });

    it('is made from what the hosts tell, once, and shown', async () => {
      const made = (await window.driver.execute('pueuePreflight.project.create')) as ActionReport;
      assert.deepEqual([made.problem, made.targets[0]?.outcome], [null, 'done']);
      const file = JSON.parse(await readFile(path(), 'utf8')) as { hosts: string[]; path: string };
      assert.deepEqual(file.hosts.slice(0, 3), ['gpu-1', 'gpu-2', 'gpu-3']);
      await window.page
        .locator('.part.editor')
        .getByRole('tab', { name: /^pueue-preflight\.json/u })
        .waitFor();
      await picture('project-created');
      await outputLine(window.page, /Nothing\s+of\s+it\s+has\s+an\s+effect/u).waitFor();
      const text = await readFile(path(), 'utf8');
      const again = (await window.driver.execute('pueuePreflight.project.create')) as ActionReport;
      assert.equal(again.targets[0]?.outcome, 'alreadySo');
      assert.equal(await readFile(path(), 'utf8'), text);
    });

    it('is nothing in Restricted Mode, by command id either', async () => {
      await write({ path: '~/elsewhere', queue: { groups: ['default'] } });
      const restricted = await window.openRestricted(window.folder);
      await showHosts(restricted.page);
      await window.untilHostsAreRead(restricted.page);
      await restricted.driver.ready();
      for (const command of ['project.approve', 'project.create']) {
        const report = (await restricted.driver.execute(`pueuePreflight.${command}`)) as ActionReport;
        assert.equal(report.problem?.code, 'untrusted');
      }
      const report = (await restricted.driver.execute('pueuePreflight.host.audit', [{ host: 'gpu-1' }])) as AuditReport;
      assert.equal(report.scope.groups?.length, report.groups?.length);
      assert.equal(await window.row(/^Project file /u, restricted.page).count(), 0);
      await window.closeOther();
    });
  });
}
