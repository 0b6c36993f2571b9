/** A queue of ten thousand jobs in the extension host: read, filtered by a command, audited twice. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AuditReport } from '../../src/core/audit/auditReport';
import type { ActionReport } from '../../src/core/audit/fleetReport';
import { FakePueue } from '../support/fakePueue';

const jobs = 10_000;
const time = '2026-01-02T03:04:05.000000000Z';

function run<T = ActionReport>(command: string, argument?: unknown): Thenable<T> {
  return vscode.commands.executeCommand<T>(`pueuePreflight.${command}`, argument);
}

function statusOf(running: number): string {
  const tasks = Array.from({ length: jobs }, (_none, id) => ({
    ...{ id, group: 'sweep', label: `SWEEP@${id}`, command: `run ${id}`, original_command: `run ${id}`, path: '/srv' },
    ...{ envs: {}, priority: 0, dependencies: [], created_at: time },
    status: id < running ? { Running: { enqueued_at: time, start: time } } : { Queued: { enqueued_at: time } },
  }));
  return JSON.stringify({
    tasks: Object.fromEntries(tasks.map((task) => [task.id, task])),
    groups: { default: { status: 'Running', parallel_tasks: 1 }, sweep: { status: 'Running', parallel_tasks: 9 } },
  });
}

describe('a queue of ten thousand jobs', () => {
  let pueue: FakePueue;
  const configuration = vscode.workspace.getConfiguration('pueuePreflight');
  const former = configuration.inspect('hosts')?.globalValue;

  before(async () => {
    pueue = await FakePueue.make();
    await pueue.prints(statusOf(1));
    const hosts = [{ name: 'many', transport: 'local', pueue: pueue.path }];
    await configuration.update('hosts', hosts, vscode.ConfigurationTarget.Global);
  });

  after(async () => {
    await run('job.clearFilter');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await configuration.update('hosts', former, vscode.ConfigurationTarget.Global);
    await pueue.remove();
  });

  it('is audited, and the audit after it says what has changed', async () => {
    const first = await run<AuditReport>('host.audit', { host: 'many' });
    assert.deepEqual([first.counts.running, first.counts.queued, first.changes], [1, jobs - 1, null]);
    assert.equal((await run('report.compare', { host: 'many' })).problem?.code, 'invalidInput');
    await pueue.prints(statusOf(3));
    const second = await run<AuditReport>('host.audit', { host: 'many' });
    assert.deepEqual(
      second.changes?.jobs.changed.map(({ id, before: from, after: to }) => [id, from, to]),
      [1, 2].map((id) => [id, 'queued', 'running']),
    );
    assert.equal(second.changes.unchanged, false);
    await run('report.compare', { host: 'many' });
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    assert.ok(tab?.input instanceof vscode.TabInputTextDiff);
    const text = async (uri: vscode.Uri): Promise<string> =>
      Buffer.from(await vscode.workspace.fs.readFile(uri)).toString();
    assert.match(await text(tab.input.original), /live 1: running 1/u);
    assert.match(await text(tab.input.modified), /live 3: running 3/u);
    assert.match(await text(tab.input.modified), /^ +2 jobs changed: 1 \(SWEEP@1\) queued → running and 2/mu);
  });

  it('is filtered by a command, which says what is filtered by then', async () => {
    const outcome = ({ problem, targets: [target] }: ActionReport): unknown =>
      problem?.code ?? [target?.target, target?.outcome];
    assert.deepEqual(outcome(await run('job.clearFilter')), ['', 'alreadySo']);
    assert.deepEqual(outcome(await run('job.filter', { text: ' id:77 ' })), ['id:77', 'done']);
    assert.deepEqual(outcome(await run('job.clearFilter')), ['', 'done']);
    assert.deepEqual(outcome(await run('job.filter', { text: '' })), ['', 'done']);
    assert.equal(outcome(await run('job.filter', { text: 7 })), 'invalidInput');
    const [slow, quick] = [run('job.filter', { text: 'sweep' }), run('job.filter', { text: 'id:1' })];
    await Promise.all([slow, quick]);
    assert.deepEqual(outcome(await run('job.clearFilter')), ['', 'done']);
  });

  it('has no filter once there is no host', async () => {
    await run('job.filter', { text: 'sweep' });
    await configuration.update('hosts', [], vscode.ConfigurationTarget.Global);
    assert.equal((await run('job.filter', { text: 'x' })).problem?.code, 'invalidInput');
    assert.equal((await run('job.clearFilter')).targets[0]?.outcome, 'alreadySo');
  });
});
