/** Show Deploy History: what was done on a host, from the journal that lies there, as a document. */
import * as vscode from 'vscode';
import { historyText } from '../../core/history/historyText';
import type { ActionReport } from '../../core/audit/fleetReport';
import { isProblemError } from '../../core/problem';
import { problemText } from '../../core/problemText';
import type { Queue } from '../../core/pueue/job';
import type { HostWatch } from '../../core/watch/hostWatch';
import { hostsViewId } from '../contributions';
import { readHost } from './arguments';
import { pickHost, unusableHost } from './hostChoice';
import { lookMs } from './lookFresh';
import type { ActParts } from './performAct';
import { actionDone, actionProblem } from './register';

/** @returns the report; `undefined` where the person chose no host */
export async function showHistory(
  argument: unknown,
  { hosts, output, reports }: Pick<ActParts, 'hosts' | 'output' | 'reports'>,
): Promise<ActionReport | undefined> {
  const name = readHost(argument).host ?? (await pickHost(hosts));
  if (name === undefined) return undefined;
  const tell = (report: ActionReport): ActionReport => {
    if (report.problem !== null) output.append(problemText('Show Deploy History', [report.problem], report.takenAt));
    return report;
  };
  const watch = hosts.find(name);
  if (watch === undefined) return tell(actionProblem(unusableHost(name, hosts), name));
  try {
    const text = await vscode.window.withProgress({ location: { viewId: hostsViewId } }, async () => {
      const part = await watch.forPerson().readHistory(lookMs);
      return historyText(name, part, await queueNow(watch));
    });
    output.append(text);
    const uri = await reports.show(name, 'history', text);
    return actionDone(uri.toString(), name);
  } catch (error) {
    if (!isProblemError(error)) throw error;
    return tell(actionProblem(error.problem, name));
  }
}

/** What is true now, of which acts without an end are told; the journal is worth showing also where pueue does not answer. */
async function queueNow(watch: HostWatch): Promise<Queue | null> {
  try {
    return (await watch.read(new AbortController().signal, lookMs)).queue;
  } catch (error) {
    if (!isProblemError(error)) throw error;
    return null;
  }
}
