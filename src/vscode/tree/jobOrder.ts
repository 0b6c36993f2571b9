/** The order of jobs in a group: what one looks for first comes first. */
import { isFailed, isLive, isWaiting, type Job } from '../../core/pueue/job';

/**
 * Live, unknown, failed newest first, waiting in the order in which pueue starts them, stashed, succeeded newest first. Where
 * thousands wait, a failure still stands on the first page.
 *
 * Takes time linear in the number of jobs: they come in the order of their ids, so nothing but priorities needs sorting.
 *
 * @param jobs by ascending id
 */
export function orderJobs(jobs: readonly Job[]): Job[] {
  const live: Job[] = [];
  const unknown: Job[] = [];
  const failed: Job[] = [];
  const waiting: Job[] = [];
  const stashed: Job[] = [];
  const succeeded: Job[] = [];
  for (const job of jobs) {
    if (isLive(job)) live.push(job);
    else if (isWaiting(job)) waiting.push(job);
    else if (job.state.kind === 'unknown') unknown.push(job);
    else if (isFailed(job)) failed.push(job);
    else if (job.state.kind === 'stashed') stashed.push(job);
    else succeeded.push(job);
  }
  return live.concat(unknown, failed.reverse(), inOrderOfStart(waiting), stashed.reverse(), succeeded.reverse());
}

/** The higher priority first, then the lower id. Distinct priorities are few, however many jobs there are. */
function inOrderOfStart(waiting: readonly Job[]): Job[] {
  const byPriority = new Map<number, Job[]>();
  for (const job of waiting) {
    const alike = byPriority.get(job.priority);
    if (alike === undefined) byPriority.set(job.priority, [job]);
    else alike.push(job);
  }
  return [...byPriority].sort(([a], [b]) => b - a).flatMap(([, jobs]) => jobs);
}
