/** Refresh: reads one host, or all, now, with progress in the view. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { noHosts, unknownHost } from '../../core/hostSettings';
import { hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import { readHost } from './arguments';
import { actionProblem } from './register';

export async function refreshHosts(argument: unknown, hosts: Hosts): Promise<ActionReport> {
  const { host } = readHost(argument);
  const watches = host === null ? hosts.watches : hosts.watches.filter(({ name }) => name === host);
  if (watches.length === 0) {
    const names = hosts.watches.map(({ name }) => name);
    return actionProblem(host === null ? noHosts() : unknownHost(host, names), host);
  }
  for (const { name } of watches) hosts.doctor(name)?.lookAgain();
  await vscode.window.withProgress({ location: { viewId: hostsViewId } }, () =>
    Promise.all(watches.map((watch) => watch.refresh())),
  );
  return {
    kind: 'action',
    version: 1,
    host,
    takenAt: new Date().toISOString(),
    problem: watches.length === 1 ? (watches[0]?.state.problem ?? null) : null,
    targets: watches.map(({ name, state: { problem } }) => ({
      target: name,
      outcome: problem === null ? 'done' : 'failed',
      reason: problem?.message ?? null,
    })),
  };
}
