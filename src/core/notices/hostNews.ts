/** What two readings of a host, one after the other, say that a person may want to be told. */
import type { JobRun } from '../log/logOfRun';
import { isFailed, isLive, isWaiting, startOf, stateName, type Job } from '../pueue/job';
import type { Reading } from '../watch/hostReadings';

/** How a run failed. */
export type FailureKind = 'failed' | 'killed' | 'failedToSpawn' | 'dependencyFailed' | 'errored';

/** A run that has failed. Nothing of it that the host could choose the words of. */
export interface FailedRun extends JobRun {
  readonly kind: FailureKind;
}

/**
 * Runs that have failed since the reading before, without those that the same work has made good already. A failure that
 * was there before is none, also where it counts only now because what had made it good is gone.
 */
export function newFailures(before: Reading, after: Reading): readonly FailedRun[] {
  const open = after.scope.failed;
  if (open.length === 0) return [];
  const known = new Set(before.snapshot.queue.jobs.filter(isFailed).map(runKey));
  return open.filter((job) => !known.has(runKey(job))).map(failedRun);
}

/** The runs of a reading that have failed and count as failed. */
export function openFailures({ scope }: Reading): ReadonlySet<string> {
  return new Set(scope.failed.map((job) => failureKey(failedRun(job))));
}

/** Tells one failed run from all others of its host. */
export function failureKey({ id, createdAt, start, kind }: FailedRun): string {
  return `${id} ${createdAt ?? ''} ${start ?? ''} ${kind}`;
}

/**
 * Groups that had live or waiting jobs at the reading before and have none any more. One with a job in an unknown state, or
 * with processes that outlived their job, is not drained, and one that is gone neither.
 */
export function drainedGroups(before: Reading, after: Reading): readonly string[] {
  const had = groupsOf(before, isAtWork(before));
  return had.size === 0 ? [] : idleGroups(after).filter((name) => had.has(name));
}

/** Groups of which it is known that nothing runs or waits in them. */
export function idleGroups(reading: Reading): readonly string[] {
  const works = isAtWork(reading);
  const busy = groupsOf(reading, (job) => works(job) || job.state.kind === 'unknown');
  return reading.snapshot.queue.groups.map(({ name }) => name).filter((name) => !busy.has(name));
}

/** Live, as processes that outlived their job are too, or waiting. */
function isAtWork({ scope }: Reading): (job: Job) => boolean {
  const survived = new Set((scope.survivors ?? []).map(({ id, createdAt }) => `${id} ${createdAt ?? ''}`));
  return (job) => isLive(job) || isWaiting(job) || survived.has(`${job.id} ${job.createdAt ?? ''}`);
}

function groupsOf({ snapshot }: Reading, isMeant: (job: Job) => boolean): ReadonlySet<string> {
  return new Set(snapshot.queue.jobs.filter(isMeant).map(({ group }) => group));
}

function failedRun(job: Job): FailedRun {
  const { id, createdAt, state } = job;
  return { id, createdAt, start: startOf(state), kind: stateName(state) as FailureKind };
}

function runKey(job: Job): string {
  return failureKey(failedRun(job));
}
