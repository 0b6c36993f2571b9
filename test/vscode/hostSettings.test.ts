/** Add Host and Remove Host by id: what is written to the user's settings, and what is left alone there. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AuditReport } from '../../src/core/audit/auditReport';
import type { ActionReport } from '../../src/core/audit/fleetReport';

function run<T>(command: string, argument?: unknown): Thenable<T> {
  return vscode.commands.executeCommand<T>(`pueuePreflight.${command}`, argument);
}

/** What an action ended in, in short. */
function ended({ problem, targets }: ActionReport): unknown {
  return problem?.code ?? targets.map(({ target, outcome }) => [target, outcome]);
}

function stored(): unknown {
  return vscode.workspace.getConfiguration('pueuePreflight').inspect('hosts')?.globalValue;
}

async function store(hosts: unknown): Promise<void> {
  const configuration = vscode.workspace.getConfiguration('pueuePreflight');
  await configuration.update('hosts', hosts, vscode.ConfigurationTarget.Global);
}

describe('the hosts of the settings', () => {
  let before: unknown;

  beforeEach(() => {
    before = stored();
  });

  afterEach(async () => {
    await store(before);
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('take an alias by its name, and it can be audited at once', async () => {
    await store([]);
    assert.deepEqual(ended(await run('host.add', { host: 'gpu-3' })), [['gpu-3', 'done']]);
    assert.deepEqual(stored(), ['gpu-3']);
    const report = await run<AuditReport>('host.audit', { host: 'gpu-3' });
    assert.deepEqual([report.problem, report.decision.verdict], [null, 'pass']);
  });

  it('take this machine as an object', async () => {
    await store(['gpu-3']);
    assert.deepEqual(ended(await run('host.add', { host: 'this-machine' })), [['this-machine', 'done']]);
    assert.deepEqual(stored(), ['gpu-3', { name: 'this-machine', transport: 'local' }]);
  });

  it('stay as they are where the host is there already', async () => {
    const hosts = [{ name: 'gpu-3', checkpoints: ['~/c'] }, 7];
    await store(hosts);
    assert.deepEqual(ended(await run('host.add', { host: 'gpu-3' })), [['gpu-3', 'alreadySo']]);
    assert.deepEqual(stored(), hosts);
  });

  it('lose none of two that come together, and keep what cannot be used', async () => {
    const wrong = [{ name: 'typo', prot: 22 }, 7];
    await store(wrong);
    await Promise.all(['gpu-1', 'gpu-2', 'gpu-3'].map((host) => run('host.add', { host })));
    assert.deepEqual(stored(), [...wrong, 'gpu-1', 'gpu-2', 'gpu-3']);
    await Promise.all(['gpu-3', 'gpu-1'].map((host) => run('host.remove', { host })));
    assert.deepEqual(stored(), [...wrong, 'gpu-2']);
  });

  it('take nothing that is no destination', async () => {
    await store(['gpu-3']);
    for (const host of ['-oProxyCommand=x', 'a b', 'a/b', ''])
      assert.equal(ended(await run('host.add', { host })), 'invalidInput', host);
    assert.deepEqual(stored(), ['gpu-3']);
  });

  it('lose exactly the one that is removed', async () => {
    await store(['gpu-1', { name: 'gpu-2', port: 1 }, 'gpu-3']);
    const action = await run<ActionReport>('host.remove', { kind: 'host', id: 'host/gpu-2', host: 'gpu-2' });
    assert.deepEqual(ended(action), [['gpu-2', 'done']]);
    assert.deepEqual(stored(), ['gpu-1', 'gpu-3']);
    assert.equal(ended(await run('host.remove', { host: 'gpu-2' })), 'invalidInput');
    assert.equal(ended(await run('host.configure', { host: 'gpu-2' })), 'invalidInput');
  });

  it('are not replaced where they are no list', async () => {
    await store('gpu-1');
    const action = await run<ActionReport>('host.add', { host: 'gpu-3' });
    assert.match(action.problem?.message ?? '', /must be a list/u);
    assert.equal(stored(), 'gpu-1');
  });

  it('that cannot be written are reported so, and a later change is', async () => {
    await vscode.commands.executeCommand('workbench.action.openSettingsJson');
    const { uri } = vscode.window.activeTextEditor!.document;
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const intact = await vscode.workspace.fs.readFile(uri);
    const broken = Buffer.from('{ "pueuePreflight.hosts": [ ');
    await vscode.workspace.fs.writeFile(uri, broken);
    try {
      const action = await run<ActionReport>('host.add', { host: 'gpu-9' });
      assert.match(action.problem?.message ?? '', /^The user settings could not be written: ./u);
      assert.match(action.problem!.next, /Open the user settings as JSON/u);
      assert.deepEqual([action.problem!.code, action.targets], ['invalidInput', []]);
      assert.deepEqual(Buffer.from(await vscode.workspace.fs.readFile(uri)), broken);
    } finally {
      await vscode.workspace.fs.writeFile(uri, intact);
    }
    await store(['gpu-3']);
    assert.deepEqual(ended(await run('host.add', { host: 'gpu-1' })), [['gpu-1', 'done']]);
  });
});
