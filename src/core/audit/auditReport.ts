/** The audit report: facts about a host at a moment, judged by the decision matrix. Shapes: a fixed contract. */
import { CheckpointJudge } from '../checkpoint/judge';
import type { JudgedCheckpoints } from '../checkpoint/judgedCheckpoints';
import type { CheckpointState, Judgement } from '../checkpoint/judgement';
import type { DoctorReport } from '../doctor/doctorReport';
import type { Sha256 } from '../ports';
import type { Route } from '../route';
import type { Problem } from '../problem';
import {
  isLive,
  jobStateNames,
  startOf,
  stateName,
  type Group,
  type Job,
  type JobIdentity,
  type JobStateName,
} from '../pueue/job';
import { formatVersion } from '../pueue/version';
import { runMilliseconds } from '../pueue/runTime';
import {
  checkpointsComplete,
  type CheckpointDirectory,
  type HostSnapshot,
  type RanCommand,
  type SizedFile,
  type SurvivingRun,
} from '../snapshot';
import { maskSecrets } from '../text/maskSecrets';
import { instantOf, secondsToRfc3339 } from '../text/time';
import type { AuditChanges } from './auditChanges';
import { cannotTell, countLive, decide, scopeOf, type Decision, type Scope } from './decide';
import { tracingFacts, type TracingFacts } from './survivors';

/** Jobs by state, exclusive, and three sums. Every member is `null` where the host was not fully read. */
export type AuditCounts = { readonly [Name in JobStateName | 'live' | 'waiting' | 'notSucceeded']: number | null };

export interface AuditReport {
  readonly kind: 'audit';
  readonly version: 1;
  readonly host: string;
  /** RFC 3339; the host's clock, or ours where the host was not reached. */
  readonly takenAt: string;
  readonly problem: Problem | null;
  readonly pueueVersion: string | null;
  readonly counts: AuditCounts;
  readonly active:
    | readonly (JobIdentity & {
        readonly group: string;
        readonly label: string | null;
        readonly state: 'running' | 'paused';
        readonly start: string | null;
        /** How long it goes on, by a clock of the host that is not set meanwhile where that is known. */
        readonly seconds: number | null;
      })[]
    | null;
  readonly groups: readonly Group[] | null;
  /** Processes of ended runs that are still alive, commands masked. `null`: they could not be traced. */
  readonly survivors:
    | readonly {
        readonly id: number;
        /** `null` where the job is no longer in the queue and was not seen while it was. */
        readonly createdAt: string | null;
        readonly pid: number;
        readonly command: string;
        readonly since: string;
      }[]
    | null;
  /** How far the look at processes went. */
  readonly tracing: TracingFacts | null;
  /** What the matrix used. */
  readonly scope: {
    readonly groups: readonly string[] | null;
    readonly live: number | null;
    readonly failed: number | null;
    readonly waiting: number | null;
    readonly unknown: number | null;
    /** Runs with a live process. */
    readonly survivors: number | null;
  };
  readonly checkpoints:
    | readonly {
        readonly path: string;
        readonly bytes: number | null;
        readonly modifiedAt: string;
        readonly state: CheckpointState;
        readonly owner: JobIdentity | null;
        readonly reason: string;
      }[]
    | null;
  /** The configured directories as they were found. */
  readonly checkpointDirectories:
    | readonly (Pick<CheckpointDirectory, 'configured' | 'path' | 'state' | 'error'> & { readonly entries: number })[]
    | null;
  /** The file that pueue writes its whole state into at every change; `null` where it was not found. */
  readonly stateFile: SizedFile | null;
  readonly decision: Decision;
  /** Hex SHA-256; equal exactly where nothing that a plan could depend on has changed. */
  readonly fingerprint: string | null;
  /** What was run on the host to learn this, in order. */
  readonly commands: readonly RanCommand[] | null;
  /** The way that the host was reached, and why this one. */
  readonly transport: Route | null;
  /** What differs from the complete audit before this one in the same window; `null` where there was none, or nothing was read. */
  readonly changes: AuditChanges | null;
  /** How the host is set up. `null`: it was not asked, or could not be reached. */
  readonly doctor: DoctorReport | null;
}

/**
 * The report of a host that was read completely.
 *
 * @param scope of this snapshot, where it is known already: ten thousand jobs take a while to sort
 * @param judged its checkpoints, by what an approved project file says; without it none is judged
 */
export function auditSnapshot(
  host: string,
  snapshot: HostSnapshot,
  sha256: Sha256,
  scope: Scope = scopeOf(snapshot),
  judged: JudgedCheckpoints = new CheckpointJudge(null).judge(snapshot, Infinity),
): AuditReport {
  const { queue } = snapshot;
  const complete = checkpointsComplete(snapshot.checkpoints);
  return {
    kind: 'audit',
    version: 1,
    host,
    takenAt: secondsToRfc3339(snapshot.takenAt),
    problem: null,
    pueueVersion: formatVersion(snapshot.version),
    counts: countJobs(queue.jobs),
    active: queue.jobs.filter(isLive).map((job) => ({
      id: job.id,
      createdAt: job.createdAt,
      group: job.group,
      label: job.label,
      state: job.state.kind === 'paused' ? 'paused' : 'running',
      start: startOf(job.state),
      seconds: wholeSeconds(runMilliseconds(job, snapshot)),
    })),
    groups: queue.groups,
    survivors:
      survivorsOf(snapshot)?.flatMap(({ id, createdAt, processes }) =>
        processes.map(({ pid, command, since }) => ({
          id,
          createdAt,
          pid,
          command: maskSecrets(command),
          since: secondsToRfc3339(since),
        })),
      ) ?? null,
    scope: {
      groups: scope.groups,
      live: countLive(scope),
      failed: scope.failed.length,
      waiting: scope.waiting.length,
      unknown: scope.unknownJobs.length + scope.unknownGroups.length,
      survivors: scope.survivors?.length ?? null,
    },
    checkpoints: complete ? snapshot.checkpoints.flatMap((directory) => judged.in(directory)).map(judgedEntry) : null,
    checkpointDirectories: snapshot.checkpoints.map(({ entries, ...directory }) => ({
      ...directory,
      entries: entries.length,
    })),
    tracing: tracingFacts(snapshot),
    stateFile: snapshot.stateFile,
    decision: decide(snapshot, scope),
    fingerprint: fingerprintOf(snapshot, sha256),
    commands: snapshot.commands,
    transport: snapshot.route,
    changes: null,
    doctor: null,
  };
}

/** The report of a host that was not, or not fully, read: nothing in it can be taken for a number. */
export function auditProblem(host: string, problem: Problem, takenAtMs: number): AuditReport {
  const names = [...jobStateNames, 'live', 'waiting', 'notSucceeded'] as const;
  return {
    kind: 'audit',
    version: 1,
    host,
    takenAt: new Date(takenAtMs).toISOString(),
    problem,
    pueueVersion: null,
    counts: Object.fromEntries(names.map((name) => [name, null])) as AuditCounts,
    active: null,
    groups: null,
    survivors: null,
    scope: { groups: null, live: null, failed: null, waiting: null, unknown: null, survivors: null },
    checkpoints: null,
    checkpointDirectories: null,
    tracing: null,
    stateFile: null,
    decision: cannotTell(problem.message),
    fingerprint: null,
    commands: null,
    transport: null,
    changes: null,
    doctor: null,
  };
}

/** Of the whole host, whatever the scope. */
function survivorsOf({ processes }: HostSnapshot): readonly SurvivingRun[] | null {
  return processes.kind === 'traced' ? processes.runs : null;
}

function wholeSeconds(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.floor(milliseconds / 1000);
}

function countJobs(jobs: readonly Job[]): AuditCounts {
  const counts = Object.fromEntries(jobStateNames.map((name) => [name, 0])) as Record<JobStateName, number>;
  for (const job of jobs) counts[stateName(job.state)] += 1;
  return {
    ...counts,
    live: counts.running + counts.paused,
    waiting: counts.queued + counts.scheduled + counts.locked,
    notSucceeded: counts.failed + counts.killed + counts.failedToSpawn + counts.dependencyFailed + counts.errored,
  };
}

function judgedEntry({ entry, state, owners, reason }: Judgement) {
  const { path, bytes, modified } = entry;
  const [owner] = owners;
  return {
    ...{ path, bytes, modifiedAt: secondsToRfc3339(modified), state, reason },
    owner: owner === undefined ? null : { id: owner.id, createdAt: owner.createdAt },
  };
}

/** Hex SHA-256; equal exactly where nothing that a plan could depend on has changed. */
export function fingerprintOf(snapshot: HostSnapshot, sha256: Sha256): string {
  return sha256(fingerprintText(snapshot));
}

/** Canonical JSON: arrays in a fixed order of fields, groups by name, jobs by id, times as instants. */
function fingerprintText({ version, daemonStart, queue }: HostSnapshot): string {
  const groups = queue.groups
    .map((group) => [group.name, group.status, group.parallel])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  const jobs = queue.jobs.map((job) => [
    job.id,
    instantOf(job.createdAt),
    instantOf(startOf(job.state)),
    stateName(job.state),
    job.group,
    job.label,
  ]);
  return JSON.stringify({ pueueVersion: formatVersion(version), daemonStart, groups, jobs });
}
