/** Which jobs are the same work, and which failures have been made good since. */
import { isFailed, isLive, isWaiting, startOf, type Job } from '../pueue/job';
import { instantOf } from '../text/time';

/** A failure that no longer counts, and the job that made it good. */
export interface MadeGood {
  readonly failed: Job;
  readonly by: Job;
  /** Both have a label, and another one: then only the command says that they are the same work. */
  readonly labelsDiffer: boolean;
}

/**
 * The failed jobs, split into those that still count and those that the same work made good: created later, and live,
 * waiting or succeeded. Two jobs are the same work when directory and command are equal, or when label (without a
 * trailing `-retry`) and group are equal and there is a label. A success that ended before the failed run began made
 * nothing good: a job that is restarted in place keeps the time of its creation.
 *
 * Runs in time linear in the number of jobs, so that ten thousand finished jobs do not stall the editor.
 */
export function splitFailures(jobs: readonly Job[]): {
  readonly open: readonly Job[];
  readonly madeGood: readonly MadeGood[];
} {
  const open: Job[] = [];
  const madeGood: MadeGood[] = [];
  const failures = jobs.filter(isFailed);
  if (failures.length === 0) return { open, madeGood };
  const latest = new Map<string, Job>();
  for (const job of jobs) {
    if (!makesGood(job)) continue;
    for (const key of workKeys(job)) {
      const known = latest.get(key);
      if (known === undefined || isLater(job, known)) latest.set(key, job);
    }
  }
  for (const failed of failures) {
    const others = workKeys(failed).flatMap((key) => latest.get(key) ?? []);
    const able = others.filter((other) => isLater(other, failed) && !endedBefore(other, failed));
    const by = able.find((other) => !labelsDiffer(failed, other)) ?? able[0];
    if (by === undefined) open.push(failed);
    else madeGood.push({ failed, by, labelsDiffer: labelsDiffer(failed, by) });
  }
  return { open, madeGood };
}

function labelsDiffer(a: Job, b: Job): boolean {
  return a.label !== null && b.label !== null && withoutRetry(a.label) !== withoutRetry(b.label);
}

function withoutRetry(label: string): string {
  return label.replace(/-retry$/u, '');
}

function makesGood(job: Job): boolean {
  return isLive(job) || isWaiting(job) || (job.state.kind === 'done' && job.state.result.kind === 'success');
}

/** The length of the first part tells where it ends, whatever stands in it. */
function workKeys(job: Job): string[] {
  const keys = [`command ${job.directory.length} ${job.directory} ${job.command}`];
  if (job.label !== null) keys.push(`label ${job.group.length} ${job.group} ${withoutRetry(job.label)}`);
  return keys;
}

/** By creation, compared as instants, then by id. */
function isLater(a: Job, b: Job): boolean {
  const [timeA, timeB] = [instantOf(a.createdAt) ?? '', instantOf(b.createdAt) ?? ''];
  return timeA === timeB ? a.id > b.id : timeA > timeB;
}

function endedBefore({ state }: Job, job: Job): boolean {
  const [end, start] = [instantOf(state.kind === 'done' ? state.end : null), instantOf(startOf(job.state))];
  return end !== null && start !== null && end <= start;
}
