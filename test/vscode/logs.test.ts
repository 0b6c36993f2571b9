/** Open Log, Copy Command and Open SSH Terminal called by id: what they resolve with, and what stands in the window then. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { ActionReport } from '../../src/core/audit/fleetReport';
import type { LabInfo } from './launch';

const lab = JSON.parse(readFileSync(process.env['PP_LAB']!, 'utf8')) as LabInfo;
const host = 'gpu-1';

function run(command: string, argument?: unknown): Thenable<ActionReport> {
  return vscode.commands.executeCommand<ActionReport>(`pueuePreflight.${command}`, argument);
}

const outcomes = ({ targets }: ActionReport): [string, string][] =>
  targets.map(({ target, outcome }) => [target, outcome]);
const shownText = (): string => vscode.window.activeTextEditor?.document.getText() ?? '';

describe('the commands of a job and of a host', () => {
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('know the lab', () => {
    assert.ok(lab.hosts.some(({ name }) => name === host));
  });

  it('open the log of each job that has one, and say of each other why not', async () => {
    const report = await run('job.openLog', { host, jobs: [{ id: 2 }, { id: 4 }, { id: 3 }, { id: 99 }] });
    assert.equal(report.problem, null, 'some were opened');
    assert.deepEqual(outcomes(report), [
      ['2', 'done'],
      ['4', 'failed'],
      ['3', 'done'],
      ['99', 'failed'],
    ]);
    assert.match(report.targets[1]!.reason!, /a job that it depends on failed/u);
    assert.match(report.targets[3]!.reason!, /no longer in the queue/u);
    assert.match(shownText(), /^Log of job 3 \(LTCUSDT@500\) on gpu-1: failed, exit code 127\n/u);
  });

  it('open no more than ten logs at once', async () => {
    const report = await run('job.openLog', { host, jobs: Array.from({ length: 12 }, () => ({ id: 2 })) });
    assert.deepEqual(
      outcomes(report).map(([, outcome]) => outcome),
      [...Array.from({ length: 10 }, () => 'done'), 'refused', 'refused'],
    );
  });

  it('take a log of another run for a problem', async () => {
    const { problem } = await run('job.openLog', { host, jobs: [{ id: 2, createdAt: '2020-01-01T00:00:00Z' }] });
    assert.equal(problem?.code, 'stale');
    assert.equal(vscode.window.activeTextEditor, undefined);
  });

  it('read a log again that came back with the window', async () => {
    const { targets } = await run('job.openLog', { host, jobs: [{ id: 2 }] });
    const uri = vscode.Uri.parse(targets[0]!.reason!);
    // What is not kept is made again from its path alone; another path of the same run is such a document.
    const again = uri.with({ path: uri.path.replace('/job-2.gpu-1.log', '/job-2.restored.log') });
    const text = Buffer.from(await vscode.workspace.fs.readFile(again)).toString();
    assert.match(text, /^Log of job 2 \(LTCUSDT@250\) on gpu-1: failed, exit code 1\n/u);
    const gone = again.with({ path: again.path.replace('/gpu-1/', '/gone/') });
    assert.match(Buffer.from(await vscode.workspace.fs.readFile(gone)).toString(), /not configured any more/u);
    await assert.rejects(async () => vscode.workspace.fs.writeFile(uri, Buffer.from('x')));
  });

  it('name what is wrong with an argument', async () => {
    for (const jobs of [3, 'x', [{ id: -1 }], [{ id: 1.5 }], [{ id: '2' }], [{}], [null], [{ id: 2, createdAt: 3 }]])
      for (const command of ['job.openLog', 'job.copyCommand']) {
        const { problem } = await run(command, { host, jobs });
        assert.deepEqual(
          [problem?.code, problem?.message],
          ['invalidInput', 'The argument "jobs" does not name jobs.'],
        );
      }
    for (const command of ['job.openLog', 'job.copyCommand', 'host.openTerminal'])
      assert.equal((await run(command, { host: 'gone', jobs: [{ id: 2 }] })).problem?.code, 'invalidInput', command);
    assert.equal((await run('log.showEarlier')).problem?.code, 'invalidInput');
  });

  it('copy the command lines of jobs, one a line, all or none', async () => {
    await vscode.env.clipboard.writeText('before');
    const none = await run('job.copyCommand', { host, jobs: [{ id: 10 }, { id: 99 }] });
    assert.equal(none.problem?.code, 'stale');
    assert.equal(await vscode.env.clipboard.readText(), 'before');
    const report = await run('job.copyCommand', { host, jobs: [{ id: 10 }, { id: 6 }] });
    assert.deepEqual(outcomes(report), [
      ['10', 'done'],
      ['6', 'done'],
    ]);
    assert.equal(await vscode.env.clipboard.readText(), './sweep.sh DOGEUSDT 750 ok\n./sweep.sh DOGEUSDT 250');
  });

  it('open a terminal on a host that cannot be read, with nothing of it taken for an option', async () => {
    const configuration = vscode.workspace.getConfiguration('pueuePreflight');
    const before = configuration.inspect('hosts')?.globalValue;
    const dead = { name: 'dead', host: 'nowhere.invalid', user: 'me', port: 2, identityFile: '~/k', proxyJump: 'a,b' };
    const bad = { name: 'bad', proxyJump: '-oProxyCommand=x' };
    await configuration.update('hosts', [dead, bad], vscode.ConfigurationTarget.Global);
    try {
      assert.equal((await run('host.openTerminal', { host: 'dead' })).problem, null);
      const terminal = vscode.window.terminals.find(({ name }) => name === 'dead')!;
      const { shellPath, shellArgs } = terminal.creationOptions as vscode.TerminalOptions;
      const file = configuration.get<string>('sshConfigFile')!;
      assert.equal(shellPath, 'ssh');
      assert.deepEqual(shellArgs, [
        ...['-i', '~/k', '-F', file, '-l', 'me', '-p', '2', '-J', 'a,b', '--', 'nowhere.invalid'],
      ]);
      terminal.dispose();
      assert.equal((await run('host.openTerminal', { host: 'bad' })).problem?.code, 'invalidInput');
      assert.ok(!vscode.window.terminals.some(({ name }) => name === 'bad'));
    } finally {
      await configuration.update('hosts', before, vscode.ConfigurationTarget.Global);
    }
  });
});
