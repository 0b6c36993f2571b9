/** Which jobs are the same work, and which failures have been made good since. */
import { isFailed, isLive, isWaiting, type Job } from '../pueue/job';

/**
 * The failed jobs that still count: not superseded by the same work, created later, that is live, waiting or succeeded.
 * Two jobs are the same work when directory and command are equal, or when label (without a trailing `-retry`) and group
 * are equal and there is a label.
 *
 * Runs in time linear in the number of jobs, so that ten thousand finished jobs do not stall the editor.
 */
export function openFailures(jobs: readonly Job[]): readonly Job[] {
  const latest = new Map<string, Job>();
  for (const job of jobs) {
    if (!makesGood(job)) continue;
    for (const key of workKeys(job)) {
      const known = latest.get(key);
      if (known === undefined || isLater(job, known)) latest.set(key, job);
    }
  }
  return jobs.filter(
    (job) =>
      isFailed(job) &&
      !workKeys(job).some((key) => {
        const other = latest.get(key);
        return other !== undefined && isLater(other, job);
      }),
  );
}

function makesGood(job: Job): boolean {
  return isLive(job) || isWaiting(job) || (job.state.kind === 'done' && job.state.result.kind === 'success');
}

function workKeys(job: Job): string[] {
  const keys = [JSON.stringify(['command', job.directory, job.command])];
  if (job.label !== null) keys.push(JSON.stringify(['label', job.group, job.label.replace(/-retry$/u, '')]));
  return keys;
}

/** By creation, compared as instants; within one millisecond by the digits that `Date` drops, then by id. */
function isLater(a: Job, b: Job): boolean {
  const [timeA, timeB] = [Date.parse(a.createdAt ?? ''), Date.parse(b.createdAt ?? '')];
  if (timeA !== timeB) return timeA > timeB;
  const [fractionA, fractionB] = [fraction(a.createdAt), fraction(b.createdAt)];
  return fractionA === fractionB ? a.id > b.id : fractionA > fractionB;
}

function fraction(time: string | null): string {
  return (/\.(\d+)/u.exec(time ?? '')?.[1] ?? '').padEnd(9, '0');
}
