/** Builds the object graph. The only file that sees every room. */
import { createHash } from 'node:crypto';
import type { ExtensionContext } from 'vscode';
import { unexpectedReading } from './core/hostProblems';
import type { Sha256 } from './core/ports';
import type { Problem } from './core/problem';
import { createLateReader } from './lateReader';
import { systemClock } from './systemClock';
import { auditAll, auditHost, type AuditParts } from './vscode/commands/audit';
import { openReport } from './vscode/commands/openReport';
import { showOutput } from './vscode/commands/showOutput';
import { releaseProcess } from './vscode/commands/releaseProcess';
import { refreshHosts } from './vscode/commands/refresh';
import { registerCommands } from './vscode/commands/register';
import { Hosts } from './vscode/hosts';
import { Output } from './vscode/output';
import { Reports } from './vscode/reports';
import { HostsTree } from './vscode/tree/hostsTree';
import type { MoreNode } from './vscode/tree/nodes';

export function activate({ subscriptions }: ExtensionContext): void {
  const clock = systemClock;
  const output = new Output();
  const { log } = output;
  const onUnexpected = (error: unknown, host: string): Problem => {
    output.unexpected(`reading ${host}`, error);
    return unexpectedReading(host);
  };
  const hosts = new Hosts({
    clock,
    random: Math.random,
    onUnexpected,
    createReader: (settings, sshConfigFile) => createLateReader({ settings, sshConfigFile, clock, log }),
  });
  const reports = new Reports();
  const tree = new HostsTree(hosts, clock);
  const sha256: Sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const parts: AuditParts = { hosts, output, reports, clock, sha256 };
  const commands = registerCommands(
    {
      'host.add': () => notBuilt(),
      'host.remove': () => notBuilt(),
      'host.configure': () => notBuilt(),
      'host.openTerminal': () => notBuilt(),
      'job.openLog': () => notBuilt(),
      'job.copyCommand': () => notBuilt(),
      'job.releaseProcess': (argument) => releaseProcess(argument, parts),
      'log.showEarlier': () => notBuilt(),
      'host.refresh': (argument) => refreshHosts(argument, hosts),
      'host.audit': (argument) => auditHost(argument, parts),
      'host.auditAll': () => auditAll(parts),
      'report.open': (argument) => openReport(argument, reports),
      'output.show': () => showOutput(output),
      // Only its row calls this command.
      'tree.showMore': (node) => tree.showMore(node as MoreNode),
    },
    output,
  );
  subscriptions.push(output, hosts, reports, tree, commands);
}

function notBuilt(): never {
  throw new Error('not built');
}
