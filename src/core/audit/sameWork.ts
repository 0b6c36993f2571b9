/** Which jobs are the same work, and which failures have been made good since. */
import { isFailed, isLive, isWaiting, startOf, type Job } from '../pueue/job';
import { instantOf } from '../text/time';

/**
 * The failed jobs that still count: not superseded by the same work, created later, that is live, waiting or succeeded.
 * Two jobs are the same work when directory and command are equal, or when label (without a trailing `-retry`) and group
 * are equal and there is a label. A success that ended before the failed run began made nothing good: a job that is
 * restarted in place keeps the time of its creation.
 *
 * Runs in time linear in the number of jobs, so that ten thousand finished jobs do not stall the editor.
 */
export function openFailures(jobs: readonly Job[]): readonly Job[] {
  const failed = jobs.filter(isFailed);
  if (failed.length === 0) return failed;
  const latest = new Map<string, Job>();
  for (const job of jobs) {
    if (!makesGood(job)) continue;
    for (const key of workKeys(job)) {
      const known = latest.get(key);
      if (known === undefined || isLater(job, known)) latest.set(key, job);
    }
  }
  return failed.filter(
    (job) =>
      !workKeys(job).some((key) => {
        const other = latest.get(key);
        return other !== undefined && isLater(other, job) && !endedBefore(other, job);
      }),
  );
}

function makesGood(job: Job): boolean {
  return isLive(job) || isWaiting(job) || (job.state.kind === 'done' && job.state.result.kind === 'success');
}

/** The length of the first part tells where it ends, whatever stands in it. */
function workKeys(job: Job): string[] {
  const keys = [`command ${job.directory.length} ${job.directory} ${job.command}`];
  if (job.label !== null) keys.push(`label ${job.group.length} ${job.group} ${job.label.replace(/-retry$/u, '')}`);
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
