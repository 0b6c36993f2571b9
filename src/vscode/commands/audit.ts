/** Audit and Audit All Hosts: a full reading of each host, judged and reported. */
import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import { auditProblem, auditSnapshot, type AuditReport } from '../../core/audit/auditReport';
import { auditText } from '../../core/audit/auditText';
import { compareAudits, type AuditedHost } from '../../core/audit/compareAudits';
import { scopeOf } from '../../core/audit/decide';
import { fleetOf, type FleetReport } from '../../core/audit/fleetReport';
import { fleetText } from '../../core/audit/fleetText';
import type { Judgements } from '../../core/checkpoint/judgements';
import { scopeOfProject } from '../../core/audit/projectScope';
import { examineBeside } from '../../core/doctor/doctorReport';
import { noHosts } from '../../core/hostSettings';
import type { Clock, Sha256 } from '../../core/ports';
import { isProblemError } from '../../core/problem';
import type { HostSnapshot } from '../../core/snapshot';
import type { HostWatch } from '../../core/watch/hostWatch';
import { hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import type { Projects } from '../projects';
import type { Reports } from '../reports';
import { readHost } from './arguments';
import { pickHost, unusableHost } from './hostChoice';

/** Longest time for one host, connecting included. */
export const auditTimeoutMs = 15_000;

export interface AuditParts {
  readonly hosts: Hosts;
  readonly projects: Projects;
  readonly output: Output;
  readonly reports: Reports;
  readonly judgements: Judgements;
  readonly clock: Clock;
  readonly sha256: Sha256;
  /** The last complete audit of each host: a host that is reached in another way is another one. */
  readonly earlier: WeakMap<HostWatch, AuditedHost>;
}

/** @returns the report; `undefined` where the person chose no host */
export async function auditHost(argument: unknown, parts: AuditParts): Promise<AuditReport | undefined> {
  const { hosts, output, reports, clock } = parts;
  const name = readHost(argument).host ?? (await pickHost(hosts));
  if (name === undefined) return undefined;
  const watch = hosts.find(name);
  if (watch === undefined) {
    const report = auditProblem(name, unusableHost(name, hosts), clock.now());
    output.append(auditText({ ...report, host: name === '' ? vscode.l10n.t('(no host)') : name }));
    return report;
  }
  const report = await vscode.window.withProgress({ location: { viewId: hostsViewId } }, () =>
    audit(watch, parts, 'free'),
  );
  const text = auditText(report);
  output.append(text);
  reports.store(name, report.kind, text);
  return report;
}

/** All hosts at the same time: one that is dead neither delays nor spoils the others' answers. */
export async function auditAll(parts: AuditParts): Promise<FleetReport> {
  const { hosts, output, reports, clock } = parts;
  const { watches, invalid } = hosts;
  const audits = vscode.window.withProgress({ location: { viewId: hostsViewId } }, () =>
    Promise.all(watches.map((watch) => audit(watch, parts, 'counted'))),
  );
  const read = await audits;
  // A host whose setting cannot be used was not audited: it must not go missing from the answer.
  const unread = invalid.flatMap(({ host, problem }) =>
    host === null ? [] : [auditProblem(host, problem, clock.now())],
  );
  const all = [...read, ...unread];
  const fleet = fleetOf(all, clock.now(), all.length === 0 ? noHosts() : null);
  const text = fleetText(fleet);
  output.append(text);
  for (const report of read) reports.store(report.host, report.kind, auditText(report));
  reports.store(null, fleet.kind, text);
  return fleet;
}

/** @param thinking whether the time that a person takes to answer a question counts: one host must not hold up all */
async function audit(watch: HostWatch, parts: AuditParts, thinking: 'counted' | 'free'): Promise<AuditReport> {
  const { hosts, clock } = parts;
  const { signal } = new AbortController();
  // A file that was just approved, or that is still being read, counts for what is asked now.
  await parts.projects.settled();
  const reading =
    thinking === 'counted' ? watch.readWithin(signal, auditTimeoutMs) : watch.read(signal, auditTimeoutMs);
  const doctor = hosts.doctor(watch.name);
  const examining =
    doctor === undefined
      ? null
      : examineBeside(watch.name, (limit) => doctor.examine(limit, auditTimeoutMs), reading, clock);
  const [report, examined] = await Promise.all([judge(watch, reading, parts), examining]);
  return { ...report, doctor: examined };
}

async function judge(
  watch: HostWatch,
  reading: Promise<HostSnapshot>,
  { clock, sha256, earlier, judgements, projects }: AuditParts,
): Promise<AuditReport> {
  try {
    const snapshot = await reading;
    // The reading of ten thousand jobs has just been parsed: before as much is made of it again the editor gets a turn.
    await setImmediate();
    const { reading: shown } = watch.state;
    const all = shown?.snapshot === snapshot ? shown.scope : scopeOf(snapshot);
    const found = projects.find(watch.name);
    const scope = found === null ? all : scopeOfProject(all, snapshot, found.project, found.folder.name);
    const report = auditSnapshot(watch.name, snapshot, sha256, scope, judgements.of(watch.name, snapshot));
    const before = earlier.get(watch);
    const after = { report, snapshot };
    earlier.set(watch, after);
    return before === undefined ? report : { ...report, changes: compareAudits(before, after) };
  } catch (error) {
    // The watch turns every failure of a reading into a problem; anything else is an error of our own.
    if (!isProblemError(error)) throw error;
    return auditProblem(watch.name, error.problem, clock.now());
  }
}
