/** The jobs that a command names, as they are in a reading of this moment. */
import { isSameInstant } from '../text/time';
import { startOf, type Job } from '../pueue/job';
import type { HostSnapshot } from '../snapshot';
import type { JobRun } from '../log/logOfRun';
import type { RequeuedJob } from './requeueReport';
import type { RequeueSource } from './requeuePlan';

export interface FoundSources {
  readonly sources: readonly RequeueSource[];
  /** Those that are no longer what was named, for the report. */
  readonly gone: readonly RequeuedJob[];
}

export function findSources({ queue }: HostSnapshot, runs: readonly JobRun[]): FoundSources {
  const sources: RequeueSource[] = [];
  const gone: RequeuedJob[] = [];
  const byId = new Map(queue.jobs.map((job) => [job.id, job]));
  for (const run of runs) {
    const job = byId.get(run.id);
    const reason = job === undefined ? 'It is no longer in the queue.' : changed(run, job);
    if (job !== undefined && reason === null) sources.push({ job, snapshotId: null });
    else {
      const source = { id: run.id, createdAt: run.createdAt };
      gone.push({
        ...{ source, outcome: 'refused', newId: null, label: null, command: '' },
        refresh: false,
        reason: reason ?? '',
      });
    }
  }
  return { sources, gone };
}

function changed(run: JobRun, job: Job): string | null {
  if (run.createdAt !== null && !isSameInstant(run.createdAt, job.createdAt)) return 'Its id is another job’s by now.';
  const start = startOf(job.state);
  if (run.start !== null && !isSameInstant(run.start, start)) return 'It was started again since it was shown.';
  return null;
}

/** Jobs that failed because of chosen ones, and those that failed because of them. */
export function failedDependants({ queue }: HostSnapshot, chosen: readonly Job[]): Job[] {
  const ids = new Set(chosen.map(({ id }) => id));
  const found: Job[] = [];
  for (let grown = true; grown;) {
    grown = false;
    for (const job of queue.jobs) {
      const fits = job.state.kind === 'done' && job.state.result.kind === 'dependencyFailed';
      if (!fits || ids.has(job.id) || !job.dependencies.some((id) => ids.has(id))) continue;
      ids.add(job.id);
      found.push(job);
      grown = true;
    }
  }
  return found;
}
