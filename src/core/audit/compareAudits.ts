/** What differs between two audits of one host, so that who comes back after lunch need not compare two pages. */
import { startOf, stateName, type Group, type Job } from '../pueue/job';
import type { HostSnapshot, SurvivingProcess } from '../snapshot';
import { instantOf } from '../text/time';
import type { AuditChanges, ChangedGroup, ChangedJob, NamedJob } from './auditChanges';
import type { AuditReport } from './auditReport';

/** A complete audit with the reading that it was made of. */
export interface AuditedHost {
  readonly report: AuditReport;
  readonly snapshot: HostSnapshot;
}

/** Both audits are of the same host, and both are complete. */
export function compareAudits(before: AuditedHost, after: AuditedHost): AuditChanges {
  const [earlier, later] = [before.report, after.report];
  const fingerprintEqual = earlier.fingerprint !== null && earlier.fingerprint === later.fingerprint;
  const jobs = compareJobs(before.snapshot.queue.jobs, after.snapshot.queue.jobs);
  const groups = compareGroups(before.snapshot.queue.groups, after.snapshot.queue.groups);
  const survivors = compareLists(
    survivorsOf(before.snapshot),
    survivorsOf(after.snapshot),
    ({ pid, life }) => life ?? `${pid}`,
  );
  const checkpoints = compareLists(earlier.checkpoints, later.checkpoints, ({ path }) => path);
  const changedFiles = checkpoints?.both.filter(([a, b]) => a.bytes !== b.bytes || a.modifiedAt !== b.modifiedAt) ?? [];
  const decision = sameDecision(earlier.decision, later.decision)
    ? null
    : { before: earlier.decision, after: later.decision };
  const { daemonStart } = before.snapshot;
  const hasDaemon = daemonStart !== null && after.snapshot.daemonStart !== null;
  const daemonRestarted = hasDaemon ? daemonStart !== after.snapshot.daemonStart : null;
  const differs = [jobs.came, jobs.went, jobs.changed, groups, changedFiles].some((list) => list.length > 0);
  const isSame = (list: typeof survivors | typeof checkpoints): boolean =>
    list?.came.length === 0 && list.went.length === 0;
  return {
    since: earlier.takenAt,
    unchanged:
      fingerprintEqual &&
      !differs &&
      isSame(survivors) &&
      isSame(checkpoints) &&
      decision === null &&
      daemonRestarted === false &&
      later.decision.verdict !== 'block',
    fingerprintEqual,
    pueueVersion:
      earlier.pueueVersion === later.pueueVersion ? null : { before: earlier.pueueVersion, after: later.pueueVersion },
    daemonRestarted,
    decision,
    jobs,
    groups,
    survivors:
      survivors === null
        ? null
        : { came: survivors.came.map(({ pid }) => pid), went: survivors.went.map(({ pid }) => pid) },
    checkpoints:
      checkpoints === null
        ? null
        : {
            came: checkpoints.came.map(({ path }) => path),
            went: checkpoints.went.map(({ path }) => path),
            changed: changedFiles.map(([, { path }]) => path),
          },
  };
}

/**
 * All of them, or `null`. They are told apart by what the host says of their lives: the time of a birth is counted back from the wall
 * clock, so it is another one by some milliseconds in each reading.
 */
function survivorsOf({ processes: tracing }: HostSnapshot): readonly SurvivingProcess[] | null {
  if (tracing.kind === 'untraced' || tracing.runs.some(({ total, processes }) => total > processes.length)) return null;
  return tracing.runs.flatMap(({ processes }) => processes);
}

function sameDecision(a: AuditReport['decision'], b: AuditReport['decision']): boolean {
  return a.verdict === b.verdict && a.row === b.row;
}

/** A job that was removed and a later one under its id are two. Jobs that are one object in both readings are not looked at. */
function compareJobs(before: readonly Job[], after: readonly Job[]): AuditChanges['jobs'] {
  const earlier = new Map(before.map((job) => [job.id, job]));
  const [came, went, changed]: [NamedJob[], NamedJob[], ChangedJob[]] = [[], [], []];
  for (const job of after) {
    const known = earlier.get(job.id);
    if (known !== undefined && instantOf(known.createdAt) === instantOf(job.createdAt)) {
      earlier.delete(job.id);
      const change = known === job ? null : changeOf(known, job);
      if (change !== null) changed.push(change);
    } else came.push(named(job));
  }
  for (const job of earlier.values()) went.push(named(job));
  return { came, went, changed };
}

function changeOf(before: Job, after: Job): ChangedJob | null {
  const [from, to] = [stateName(before.state), stateName(after.state)];
  const [first, second] = [instantOf(startOf(before.state)), instantOf(startOf(after.state))];
  const again = first !== null && second !== null && first !== second;
  const renamed = before.group !== after.group || before.label !== after.label;
  return from === to && !again && !renamed ? null : { ...named(after), before: from, after: to, again, renamed };
}

function named({ id, createdAt, label, group }: Job): NamedJob {
  return { id, createdAt, label, group };
}

function compareGroups(before: readonly Group[], after: readonly Group[]): ChangedGroup[] {
  const { came, went, both } = compareKnown(before, after, ({ name }) => name);
  const facts = ({ status, parallel }: Group): Pick<Group, 'status' | 'parallel'> => ({ status, parallel });
  return [
    ...came.map((group) => ({ name: group.name, before: null, after: facts(group) })),
    ...went.map((group) => ({ name: group.name, before: facts(group), after: null })),
    ...both
      .filter(([a, b]) => a.status !== b.status || a.parallel !== b.parallel)
      .map(([a, b]) => ({ name: b.name, before: facts(a), after: facts(b) })),
  ];
}

interface Compared<T> {
  readonly came: readonly T[];
  readonly went: readonly T[];
  readonly both: readonly (readonly [before: T, after: T])[];
}

/** `null` where one of the lists is not known. */
function compareLists<T>(
  before: readonly T[] | null,
  after: readonly T[] | null,
  keyOf: (each: T) => string,
): Compared<T> | null {
  return before === null || after === null ? null : compareKnown(before, after, keyOf);
}

function compareKnown<T>(before: readonly T[], after: readonly T[], keyOf: (each: T) => string): Compared<T> {
  const earlier = new Map(before.map((each) => [keyOf(each), each]));
  const came: T[] = [];
  const both: [T, T][] = [];
  for (const each of after) {
    const known = earlier.get(keyOf(each));
    if (known === undefined) came.push(each);
    else both.push([known, each]);
    earlier.delete(keyOf(each));
  }
  return { came, went: [...earlier.values()], both };
}
