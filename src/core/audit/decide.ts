/**
 * The decision matrix, made total: every queue, readable or not, falls into exactly one row, and `pass` is only ever the
 * answer where nothing is live, failed, waiting or unknown.
 */
import { isLive, isWaiting, shownLabel, stateName, type Group, type Job } from '../pueue/job';
import { formatVersion, versionSupport } from '../pueue/version';
import { checkpointsComplete, type HostSnapshot, type SurvivingRun } from '../snapshot';
import { formatCount, formatList } from '../text/format';
import { visible } from '../text/visible';
import type { ScopeLimits } from './projectScope';
import { splitFailures, type MadeGood } from './sameWork';
import { missedReason, survivorReasons, tracingFacts } from './survivors';

export type Verdict = 'pass' | 'review' | 'block';
export type DecisionRow = 'idle' | 'failed-only' | 'live-only' | 'live-and-failed' | 'cannot-tell';

export interface Decision {
  readonly verdict: Verdict;
  readonly row: DecisionRow;
  /** What the row advises. */
  readonly action: string;
  /** The evidence, one sentence each; never empty. */
  readonly reasons: readonly string[];
}

/** What the matrix was applied to. */
export interface Scope {
  /** Names of the groups that were looked at. */
  readonly groups: readonly string[];
  /** Running or paused. */
  readonly live: readonly Job[];
  /** Runs that are over and have live processes, which count as live too; `null` where they could not be traced. */
  readonly survivors: readonly SurvivingRun[] | null;
  /** Without superseded jobs. */
  readonly failed: readonly Job[];
  readonly madeGood: readonly MadeGood[];
  readonly waiting: readonly Job[];
  readonly unknownJobs: readonly Job[];
  readonly unknownGroups: readonly Group[];
  /** What a project file leaves out of it; `null` where all groups count. */
  readonly limits: ScopeLimits | null;
}

/**
 * The scope without a project file: all groups. {@link scopeOfProject} narrows it.
 *
 * @param before an earlier reading of the same host: what did not change since is not looked at again
 */
export function scopeOf(
  snapshot: HostSnapshot,
  before: { readonly snapshot: HostSnapshot; readonly scope: Scope } | null = null,
): Scope {
  const { jobs, groups } = snapshot.queue;
  const survivors = snapshot.processes.kind === 'traced' ? snapshot.processes.runs : null;
  if (before?.snapshot.queue === snapshot.queue) return { ...before.scope, survivors };
  const known =
    before === null
      ? null
      : { jobs: before.snapshot.queue.jobs, open: before.scope.failed, madeGood: before.scope.madeGood };
  const failures = splitFailures(jobs, known);
  return {
    groups: groups.map((group) => group.name),
    live: jobs.filter(isLive),
    survivors,
    failed: failures.open,
    madeGood: failures.madeGood,
    waiting: jobs.filter(isWaiting),
    unknownJobs: jobs.filter((job) => job.state.kind === 'unknown'),
    unknownGroups: groups.filter((group) => group.status === 'unknown'),
    limits: null,
  };
}

/** The live of the matrix: jobs, and the runs that survive them, as far as these are known. */
export function countLive({ live, survivors }: Scope): number {
  return live.length + (survivors?.length ?? 0);
}

/** Likely, not certain: imports may come late. */
const oldCode = 'they most likely keep the old code, but what a job imports late is new code.';
const actions: Record<DecisionRow, string> = {
  idle: 'Safe to deploy and requeue.',
  'failed-only': 'Deploy the fix, then handle the failed jobs.',
  'live-only': `Wait for completion, or deploy and let the running jobs finish; ${oldCode}`,
  'live-and-failed': `Deploy the fix, handle the failed jobs, and let the running jobs finish; ${oldCode}`,
  'cannot-tell': 'Do not deploy. Find out first what could not be read.',
};
/** Where no job is live and only processes outlived theirs: these are no jobs, and the queue knows nothing of their end. */
const survivorActions: Partial<Record<DecisionRow, string>> = {
  'live-only': `Wait until the processes of ended jobs have ended, or deploy and let them finish; ${oldCode}`,
  'live-and-failed': `Deploy the fix, let the processes of ended jobs finish, and handle the failed jobs once they have; ${oldCode}`,
};
const drain = 'Drain the affected groups for the deploy window.';

/** The row where the host could not be read at all. */
export function cannotTell(reason: string): Decision {
  return { verdict: 'block', row: 'cannot-tell', action: actions['cannot-tell'], reasons: [reason] };
}

/** Judges a complete reading. */
export function decide(snapshot: HostSnapshot, scope: Scope): Decision {
  const unknown = unknownReasons(snapshot, scope);
  if (unknown.length > 0)
    return {
      verdict: 'block',
      row: 'cannot-tell',
      action: actions['cannot-tell'],
      reasons: [...unknown, ...evidence(snapshot, scope)],
    };
  const row = rowOf(countLive(scope) > 0, scope.failed.length > 0);
  const doubts = doubtsOf(snapshot, scope);
  // What even a pass does not claim.
  const missed = missedReason(tracingFacts(snapshot));
  const pass = row === 'idle' && scope.waiting.length === 0 && doubts.length === 0;
  const action = pass || row !== 'idle' ? advice(row, scope) : 'Deploy only after looking at the reasons below.';
  return {
    verdict: pass ? 'pass' : 'review',
    row,
    action: scope.waiting.length > 0 ? `${action} ${drain}` : action,
    reasons: [...evidence(snapshot, scope), ...doubts, ...(pass && missed !== null ? [missed] : [])],
  };
}

function advice(row: DecisionRow, { live }: Scope): string {
  return (live.length === 0 ? survivorActions[row] : undefined) ?? actions[row];
}

function rowOf(live: boolean, failed: boolean): DecisionRow {
  if (live) return failed ? 'live-and-failed' : 'live-only';
  return failed ? 'failed-only' : 'idle';
}

/** What forbids any judgement. */
function unknownReasons(snapshot: HostSnapshot, scope: Scope): string[] {
  const reasons: string[] = [];
  if (versionSupport(snapshot.version) !== 'known')
    reasons.push(
      `pueue ${formatVersion(snapshot.version)} is newer than the versions this extension knows (3.x and 4.x).`,
    );
  if (scope.unknownJobs.length > 0)
    reasons.push(
      `${formatCount(scope.unknownJobs.length, 'job')} in a state that this extension does not know: ${ids(scope.unknownJobs)}.`,
    );
  if (scope.unknownGroups.length > 0)
    reasons.push(
      `${formatCount(scope.unknownGroups.length, 'group')} in a state that this extension does not know: ${names(scope.unknownGroups)}.`,
    );
  if (!snapshot.queue.groups.some(({ name }) => name === 'default'))
    reasons.push('The reply lacks the group "default", which pueue always has.');
  return reasons;
}

/** What stands against a pass without forbidding a judgement. */
function doubtsOf(snapshot: HostSnapshot, { madeGood, limits }: Scope): string[] {
  const doubts: string[] = [];
  const counts = (group: string): boolean => limits?.leftOut.includes(group) !== true;
  const killed = killedSinceBoot(snapshot).filter(({ group }) => counts(group));
  if (killed.length > 0)
    doubts.push(
      `${formatCount(killed.length, 'job')} killed or errored since the host started (${ids(killed)}): that does not mean dead, and not every process of ${killed.length === 1 ? 'it' : 'them'} can be found for certain.`,
    );
  const { untraced } = tracingFacts(snapshot);
  if (untraced !== null) doubts.push(`Processes of ended jobs could not be looked for: ${untraced}.`);
  const guessed = madeGood.filter(({ labelsDiffer }) => labelsDiffer);
  if (guessed.length > 0)
    doubts.push(
      `${formatCount(guessed.length, 'failed job')} counted as made good by the same command under another label (${pairs(guessed)}): their environments may differ, and were not compared.`,
    );
  const resetting = snapshot.queue.groups.filter(({ name, status }) => status === 'reset' && counts(name));
  if (resetting.length > 0)
    doubts.push(`${formatCount(resetting.length, 'group')} being reset at this moment: ${names(resetting)}.`);
  if (!checkpointsComplete(snapshot.checkpoints))
    doubts.push('Not every configured checkpoint directory could be read to its end.');
  if (limits !== null) doubts.push(...limitDoubts(limits));
  return doubts;
}

/** Counts what the row was chosen by. */
function evidence(snapshot: HostSnapshot, { live, failed, waiting, madeGood, survivors, limits }: Scope): string[] {
  const { processes } = snapshot;
  const reasons = [
    ...(limits === null ? [] : limitReasons(limits)),
    live.length === 0 ? 'No job is running or paused.' : `${formatCount(live.length, 'live job')}: ${ids(live)}.`,
  ];
  const paused = live.filter(({ state }) => state.kind === 'paused');
  if (paused.length > 0)
    reasons.push(
      `${formatCount(paused.length, 'job')} of these paused (${ids(paused)}): no paused job finishes until it is resumed.`,
    );
  const traced = processes.kind === 'traced' && survivors !== null ? { ...processes, runs: survivors } : processes;
  reasons.push(...survivorReasons(traced, snapshot.queue.jobs));
  reasons.push(
    failed.length === 0
      ? 'No failed job is left open.'
      : `${formatCount(failed.length, 'failed job')} not made good since: ${ids(failed)}.`,
  );
  // Those by another label are a doubt, and named there.
  const sure = madeGood.filter(({ labelsDiffer }) => !labelsDiffer);
  if (sure.length > 0)
    reasons.push(`${formatCount(sure.length, 'failed job')} counted as made good by the same work: ${pairs(sure)}.`);
  reasons.push(
    waiting.length === 0
      ? 'No job is waiting to start.'
      : `${formatCount(waiting.length, 'waiting job')}: ${ids(waiting)}; a job that starts during the deploy starts on half-deployed code.`,
  );
  return reasons;
}

/** Whose scope it is, and what is left out of it. */
function limitReasons({ path, folder, drawnIn, leftOut, outside }: ScopeLimits): string[] {
  const drawn = drawnIn.map(
    ({ group, jobs }) => `${visible(group, 60)} (by ${formatCount(jobs.length, 'job')}: ${ids(jobs)})`,
  );
  const reasons = [
    `Judged is what belongs to the project in ${visible(path, 100)}, by the project file of ${visible(folder, 60)}.`,
  ];
  if (drawn.length > 0)
    reasons.push(
      `${formatCount(drawn.length, 'more group')} because of jobs that wait there and run in its checkout or use its environments: ${formatList(drawn)}.`,
    );
  if (leftOut.length === 0) return reasons;
  const { live, failed, waiting, unknown } = outside;
  const counts = `${live} live, ${failed} failed, ${waiting} waiting${unknown === 0 ? '' : `, ${unknown} unknown`}`;
  const groups = `${formatCount(leftOut.length, 'group')} (${formatList(leftOut.map((group) => visible(group, 60)))})`;
  return [...reasons, `Left out of the judgement: ${groups} with ${counts}.`];
}

function limitDoubts({ missing, liveInside }: ScopeLimits): string[] {
  const doubts: string[] = [];
  if (missing.length > 0)
    doubts.push(
      `The project file names ${missing.length === 1 ? 'a group' : 'groups'} that this host does not have: ${formatList(missing.map((group) => visible(group, 60)))}.`,
    );
  if (liveInside.length > 0)
    doubts.push(
      `${formatCount(liveInside.length, 'live job')} of groups that are left out run in the checkout of the project or use its environments: ${ids(liveInside)}.`,
    );
  return doubts;
}

/** `1 (a@1) by 7 (a@1-retry), queued`. */
function pairs(madeGood: readonly MadeGood[]): string {
  return formatList(madeGood.map(({ failed, by }) => `${named(failed)} by ${named(by)}, ${stateName(by.state)}`));
}

/**
 * Killed, or errored: then pueue itself lost track of the process. A host whose boot time is not known counts every such
 * job: the safe side. The end may lie a second before the boot by clock correction.
 */
function killedSinceBoot(snapshot: HostSnapshot): Job[] {
  const { bootedAt } = snapshot;
  return snapshot.queue.jobs.filter(({ state }) => {
    if (state.kind !== 'done' || (state.result.kind !== 'killed' && state.result.kind !== 'errored')) return false;
    return bootedAt === null || state.end === null || Date.parse(state.end) / 1000 >= bootedAt - 1;
  });
}

function ids(jobs: readonly Job[]): string {
  return formatList(jobs.map(named));
}

function named(job: Job): string {
  const label = shownLabel(job);
  return label === null ? String(job.id) : `${job.id} (${visible(label, 60)})`;
}

function names(groups: readonly Group[]): string {
  return formatList(groups.map((group) => visible(group.name, 60)));
}
