/** The order of jobs in a group: what one looks for first comes first. */
import { isFailed, isLive, isWaiting, type Job } from '../../core/pueue/job';

/** Live, waiting in the order in which pueue starts them, unknown, failed newest first, stashed, succeeded newest first. */
export function orderJobs(jobs: readonly Job[]): Job[] {
  return [...jobs].sort((a, b) => {
    const rankA = rank(a);
    const rankB = rank(b);
    if (rankA !== rankB) return rankA - rankB;
    if (rankA === waitingRank) return b.priority - a.priority || a.id - b.id;
    return rankA >= failedRank ? b.id - a.id : a.id - b.id;
  });
}

const waitingRank = 1;
const failedRank = 3;

function rank(job: Job): number {
  if (isLive(job)) return 0;
  if (isWaiting(job)) return waitingRank;
  if (job.state.kind === 'unknown') return 2;
  if (isFailed(job)) return failedRank;
  return job.state.kind === 'stashed' ? 4 : 5;
}
