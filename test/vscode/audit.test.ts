/** The commands in the extension host of a real VS Code, against the lab's hosts over ssh. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import * as vscode from 'vscode';
import type { AuditReport } from '../../src/core/audit/auditReport';
import type { ActionReport, FleetReport } from '../../src/core/audit/fleetReport';
import type { LabInfo } from './launch';

const extensionId = 'pueue-preflight.pueue-preflight';
const lab = JSON.parse(readFileSync(process.env['PP_LAB']!, 'utf8')) as LabInfo;
const names = lab.hosts.map(({ name }) => name);

/** Bundles of the extension that are loaded so far, by the end of their path. */
function loaded(): string[] {
  const root = `${vscode.extensions.getExtension(extensionId)!.extensionPath}/dist/`;
  return Object.keys(require.cache)
    .filter((path) => path.startsWith(root))
    .map((path) => path.slice(root.length))
    .sort();
}

function run<T>(command: string, argument?: unknown): Thenable<T> {
  return vscode.commands.executeCommand<T>(`pueuePreflight.${command}`, argument);
}

async function withHosts<T>(hosts: unknown, act: () => Promise<T>): Promise<T> {
  const configuration = vscode.workspace.getConfiguration('pueuePreflight');
  const before = configuration.inspect('hosts')?.globalValue;
  await configuration.update('hosts', hosts, vscode.ConfigurationTarget.Global);
  try {
    return await act();
  } finally {
    await configuration.update('hosts', before, vscode.ConfigurationTarget.Global);
  }
}

describe('the extension', () => {
  it('is activated without loading ssh2 or the helper', async () => {
    const extension = vscode.extensions.getExtension(extensionId)!;
    await extension.activate();
    assert.ok(extension.isActive);
    // Activation is what a view or a command causes; nothing of the lab has been asked yet.
    assert.deepEqual(loaded(), ['extension.js']);
  });

  it('contributes its commands and no other', async () => {
    // The workbench makes commands of its own for the view, all under the view's name.
    const own = (await vscode.commands.getCommands(true)).filter((id) => /^pueuePreflight\.(?!hosts\.)/u.test(id));
    const { contributes } = vscode.extensions.getExtension(extensionId)!.packageJSON as {
      contributes: { commands: { command: string }[] };
    };
    assert.deepEqual(own.sort(), contributes.commands.map(({ command }) => command).sort());
  });

  it('audits one host and resolves with its report', async () => {
    const report = await run<AuditReport>('host.audit', { host: 'gpu-1' });
    assert.equal(report.problem, null);
    assert.deepEqual([report.kind, report.version, report.host, report.pueueVersion], ['audit', 1, 'gpu-1', '4.0.4']);
    assert.deepEqual([report.counts.running, report.counts.paused, report.decision.row], [1, 1, 'live-and-failed']);
    assert.deepEqual(loaded(), ['commands.js', 'extension.js', 'host.js', 'ssh.js']);
  });

  it('takes a tree row for an argument, as a menu gives it', async () => {
    const report = await run<AuditReport>('host.audit', { kind: 'host', id: 'host/gpu-2', host: 'gpu-2' });
    assert.deepEqual([report.host, report.pueueVersion, report.counts.live], ['gpu-2', '3.4.1', 1]);
  });

  it('audits all hosts in the order of the settings', async () => {
    const fleet = await run<FleetReport>('host.auditAll');
    assert.deepEqual([fleet.kind, fleet.host, fleet.problem, fleet.stoppedAt], ['fleet', null, null, null]);
    assert.deepEqual(
      fleet.hosts.map(({ host }) => host),
      names,
    );
    assert.deepEqual(
      fleet.hosts.map(({ decision }) => decision.verdict),
      ['review', 'review', 'pass'],
    );
  });

  it('lets one dead host neither delay nor spoil the others', async () => {
    const sockets: Socket[] = [];
    // Accepts and says nothing, for ever.
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    try {
      await withHosts([{ name: 'silent', host: '127.0.0.1', port }, ...names], async () => {
        const all = run<FleetReport>('host.auditAll');
        const quick = run<AuditReport>('host.audit', { host: 'gpu-3' });
        const first = await Promise.race([all, quick]);
        assert.equal(first.kind, 'audit', 'a host that answers is not held up');
        const { hosts } = await all;
        assert.match(hosts[0]!.problem!.message, /silent/u);
        assert.deepEqual(
          hosts.map(({ host, problem }) => [host, problem?.code ?? null]),
          [['silent', 'unreachable'], ...names.map((name) => [name, null])],
        );
        assert.equal(hosts[0]!.decision.verdict, 'block');
        assert.equal(hosts[0]!.counts.live, null);
      });
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('says of a host that is not configured that it is not, and never rejects', async () => {
    const report = await run<AuditReport>('host.audit', { host: 'nowhere' });
    assert.equal(report.problem?.code, 'invalidInput');
    assert.match(report.problem.next, /gpu-1, gpu-2, gpu-3/u);
    const action = await run<ActionReport>('host.refresh', { host: 'nowhere' });
    assert.equal(action.problem?.code, 'invalidInput');
  });

  it('reports an entry of the setting that cannot be used beside the hosts that can', async () => {
    await withHosts([{ name: 'typo', prot: 22 }, 'gpu-3', 7], async () => {
      const named = await run<AuditReport>('host.audit', { host: 'typo' });
      assert.match(named.problem!.message, /"prot" is no key of a host/u);
      const { hosts } = await run<FleetReport>('host.auditAll');
      assert.deepEqual(
        hosts.map(({ host, problem }) => [host, problem?.code ?? null]),
        [
          ['gpu-3', null],
          ['typo', 'invalidInput'],
          ['', 'invalidInput'],
        ],
      );
    });
    await withHosts('gpu-1', async () => {
      const { hosts } = await run<FleetReport>('host.auditAll');
      assert.deepEqual(
        hosts.map(({ problem }) => problem?.code),
        ['invalidInput'],
      );
    });
    await withHosts([], async () => {
      const fleet = await run<FleetReport>('host.auditAll');
      assert.equal(fleet.problem?.code, 'invalidInput');
      const report = await run<AuditReport>('host.audit');
      assert.equal(report.problem?.code, 'invalidInput');
    });
  });

  it('refreshes one host, or all', async () => {
    const one = await run<ActionReport>('host.refresh', { host: 'gpu-1' });
    assert.deepEqual(one.targets, [{ target: 'gpu-1', outcome: 'done', reason: null }]);
    const all = await run<ActionReport>('host.refresh');
    assert.deepEqual(
      all.targets.map(({ target, outcome }) => [target, outcome]),
      names.map((name) => [name, 'done']),
    );
  });

  it('opens the newest report of a host as a read-only document', async () => {
    await run('host.audit', { host: 'gpu-1' });
    const action = await run<ActionReport>('report.open', { host: 'gpu-1' });
    assert.equal(action.problem, null);
    const { document } = vscode.window.activeTextEditor!;
    assert.equal(document.uri.scheme, 'pueue-preflight');
    assert.match(document.getText(), /^Audit of gpu-1: REVIEW, live-and-failed/u);
    await assert.rejects(async () => vscode.workspace.fs.writeFile(document.uri, Buffer.from('x')));
    await run('host.auditAll');
    await run('report.open');
    assert.match(vscode.window.activeTextEditor!.document.getText(), /All hosts/u);
    const none = await run<ActionReport>('report.open', { host: 'gpu-1', kind: 'deploy' });
    assert.equal(none.problem?.code, 'invalidInput');
  });

  it('shows the output', async () => {
    const action = await run<ActionReport>('output.show');
    assert.deepEqual([action.kind, action.problem], ['action', null]);
  });

  it('takes no setting from the workspace', async () => {
    const configuration = vscode.workspace.getConfiguration('pueuePreflight');
    const values = { hosts: ['planted'], sshConfigFile: '/planted', refreshIntervalSeconds: 1 };
    for (const [key, value] of Object.entries(values)) {
      await assert.rejects(async () => configuration.update(key, value, vscode.ConfigurationTarget.Workspace));
      assert.notDeepEqual(vscode.workspace.getConfiguration('pueuePreflight').get(key), value);
    }
  });
});
