/**
 * What pueue does next with a queue, as its scheduler does (pueue 3.2 to 4.0, `next_task_id` and
 * `check_failed_dependencies`): by priority, then by id, in groups that run and have a free slot.
 */
import { isLive, type Job, type Queue } from './job';

export interface NextSteps {
  /** Jobs that start at once, in this order. */
  readonly starts: readonly number[];
  /** Jobs that fail at once, because one that they wait for did not succeed. */
  readonly fails: readonly number[];
  /** Groups of which it cannot be told. */
  readonly unknownGroups: readonly string[];
}

export function nextSteps({ jobs, groups }: Queue): NextSteps {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const byName = new Map(groups.map((group) => [group.name, group]));
  const failed = failingDependants(jobs, byId, (job) => byName.get(job.group)?.status === 'running');
  const isReady = (job: Job): boolean =>
    job.state.kind === 'queued' &&
    !failed.has(job.id) &&
    job.dependencies.every((id) => {
      const parent = byId.get(id);
      return parent === undefined || (parent.state.kind === 'done' && parent.state.result.kind === 'success');
    });
  const starts: number[] = [];
  const unknownGroups: string[] = [];
  for (const { name, status, parallel } of groups) {
    const own = jobs.filter(({ group }) => group === name);
    if (status !== 'paused' && (status !== 'running' || parallel === null)) unknownGroups.push(name);
    if (status !== 'running' || parallel === null) continue;
    const free = parallel === 0 ? Infinity : Math.max(0, parallel - own.filter(isLive).length);
    const ready = own.filter(isReady).sort((a, b) => b.priority - a.priority || a.id - b.id);
    starts.push(...ready.slice(0, free).map(({ id }) => id));
  }
  return { starts, fails: [...failed], unknownGroups };
}

/** One that fails so lets those fail that wait for it. */
function failingDependants(
  jobs: readonly Job[],
  byId: ReadonlyMap<number, Job>,
  runs: (job: Job) => boolean,
): ReadonlySet<number> {
  const failed = new Set<number>();
  const isFailed = (id: number): boolean => {
    const state = byId.get(id)?.state;
    return failed.has(id) || (state?.kind === 'done' && state.result.kind !== 'success');
  };
  const waiting = jobs.filter((job) => job.state.kind === 'queued' && job.dependencies.length > 0 && runs(job));
  let before = -1;
  while (failed.size > before) {
    before = failed.size;
    for (const job of waiting) if (job.dependencies.some(isFailed)) failed.add(job.id);
  }
  return failed;
}

/** Jobs that are not finished and wait for this one: pueue removes it only together with them. */
export function unfinishedDependants(id: number, jobs: readonly Job[]): readonly number[] {
  return jobs.filter((job) => job.dependencies.includes(id) && job.state.kind !== 'done').map((job) => job.id);
}
