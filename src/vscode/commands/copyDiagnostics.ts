/** Copy Diagnostics (redacted): how a host is set up and how it is reached, on the clipboard and in the output. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { diagnosticsText, type WindowFacts } from '../../core/doctor/diagnosticsText';
import { diagnose } from '../../core/doctor/diagnose';
import type { DoctorReport } from '../../core/doctor/doctorReport';
import type { HostDoctor } from '../../core/doctor/hostDoctor';
import type { Clock } from '../../core/ports';
import { isProblemError } from '../../core/problem';
import { problemText } from '../../core/problemText';
import { hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import type { RecentLog } from '../recentLog';
import { readHost } from './arguments';
import { pickHost, unusableHost } from './hostChoice';
import { actionDone, actionProblem } from './register';

/** Longest time that the host is given to be reached and examined; what is known here is copied all the same. */
const timeoutMs = 15_000;
/** How long the status bar says that something was copied. */
const messageMs = 5000;

export interface DiagnosticsParts {
  readonly hosts: Hosts;
  readonly output: Output;
  readonly log: RecentLog;
  readonly clock: Clock;
  /** Of the window, names of the ssh configuration included. */
  readonly windowFacts: () => Promise<WindowFacts>;
}

/** @returns the report; `undefined` where the person chose no host */
export async function copyDiagnostics(argument: unknown, parts: DiagnosticsParts): Promise<ActionReport | undefined> {
  const { hosts, output, log, clock, windowFacts } = parts;
  const name = readHost(argument).host ?? (await pickHost(hosts));
  if (name === undefined) return undefined;
  const [watch, doctor, settings] = [hosts.find(name), hosts.doctor(name), hosts.destination(name)?.settings];
  if (watch === undefined || doctor === undefined || settings === undefined) {
    const problem = unusableHost(name, hosts);
    const report = actionProblem(problem, name === '' ? null : name);
    output.append(problemText('Copy Diagnostics', [problem], report.takenAt));
    return report;
  }
  const [examined, facts] = await vscode.window.withProgress({ location: { viewId: hostsViewId } }, () =>
    Promise.all([examine(doctor, watch.state.problem === null, clock), windowFacts()]),
  );
  const { state } = watch;
  const told = { settings, state, doctor: examined, log: log.about(name), wholeLog: log.lines };
  const text = diagnosticsText(facts, { ...told, monotonic: clock.monotonic() }, new Date(clock.now()).toISOString());
  await vscode.env.clipboard.writeText(text);
  output.append(text);
  vscode.window.setStatusBarMessage(
    vscode.l10n.t('Copied the diagnostics; the output shows what was copied.'),
    messageMs,
  );
  return actionDone(name, name);
}

/** A person who is asked something at the login may take longer than the text can wait for. */
async function examine(doctor: HostDoctor, isRead: boolean, clock: Clock): Promise<DoctorReport> {
  const abort = new AbortController();
  const cancelTimer = clock.after(timeoutMs, () => {
    abort.abort();
  });
  try {
    const examination = await doctor.examine(abort.signal, timeoutMs);
    return { problem: null, examination, findings: diagnose(examination, isRead) };
  } catch (error) {
    if (!isProblemError(error)) throw error;
    return { problem: error.problem, examination: null, findings: null };
  } finally {
    cancelTimer();
  }
}
