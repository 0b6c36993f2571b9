/** Why a job is not starting, in the words of the queue: what holds it now, most telling first. */
import { secondsToTime } from '../text/time';
import { formatList, formatSlots } from '../text/format';
import { isLive, type Job, type Queue } from './job';

/** Look-ups over one queue, made once for all of its rows. */
export interface QueueIndex {
  readonly jobs: ReadonlyMap<number, Job>;
  /** By group, by ascending id in each. */
  readonly byGroup: ReadonlyMap<string, readonly Job[]>;
  readonly groups: ReadonlyMap<string, Queue['groups'][number]>;
  /** Running and paused jobs by group: a paused job keeps its slot (pueue `is_running`). */
  readonly live: ReadonlyMap<string, number>;
}

export function indexQueue({ jobs, groups }: Queue): QueueIndex {
  const live = new Map<string, number>();
  const byGroup = new Map<string, Job[]>();
  let byId: ReadonlyMap<number, Job> | null = null;
  for (const job of jobs) {
    const others = byGroup.get(job.group);
    if (others === undefined) byGroup.set(job.group, [job]);
    else others.push(job);
    if (isLive(job)) live.set(job.group, (live.get(job.group) ?? 0) + 1);
  }
  return {
    // Only a job that depends on another is looked up by its id, and in a large queue making this map takes longest.
    get jobs() {
      return (byId ??= new Map(jobs.map((job) => [job.id, job])));
    },
    ...{ byGroup, groups: new Map(groups.map((group) => [group.name, group])), live },
  };
}

/** @returns reasons for a job that waits or is held, else an empty list */
export function whyWaiting(job: Job, index: QueueIndex): string[] {
  switch (job.state.kind) {
    case 'stashed':
      return ['starts only when enqueued'];
    case 'scheduled':
      return [`delayed until ${secondsToTime(Date.parse(job.state.enqueueAt) / 1000)}`, ...holds(job, index)];
    case 'locked':
      return ['locked while it is edited'];
    case 'queued': {
      const reasons = [...holds(job, index), ...slotReason(job, index)];
      return reasons.length > 0 ? reasons : ['about to start'];
    }
    default:
      return [];
  }
}

function holds(job: Job, index: QueueIndex): string[] {
  const reasons: string[] = [];
  const group = index.groups.get(job.group);
  if (group?.status === 'paused') reasons.push('group paused');
  if (group?.status === 'reset') reasons.push('group is being reset');
  if (group === undefined || group.status === 'unknown') reasons.push('state of the group unknown');
  // pueue counts a dependency that was removed as fulfilled.
  const parents = job.dependencies.flatMap((id) => index.jobs.get(id) ?? []);
  const failed = parents.filter(({ state }) => state.kind === 'done' && state.result.kind !== 'success');
  const open = parents.filter(({ state }) => state.kind !== 'done');
  if (failed.length > 0) reasons.push(`depends on failed ${jobList(failed)}`);
  if (open.length > 0) reasons.push(`waits for ${jobList(open)}`);
  return reasons;
}

function slotReason(job: Job, { groups, live }: QueueIndex): string[] {
  const group = groups.get(job.group);
  if (group?.parallel === undefined || group.parallel === null || group.parallel === 0) return [];
  const used = live.get(job.group) ?? 0;
  return used >= group.parallel ? [`no free slot (${formatSlots(used, group.parallel)})`] : [];
}

function jobList(jobs: readonly Job[]): string {
  const ids = jobs.map(({ id }) => id);
  return `${ids.length === 1 ? 'job' : 'jobs'} ${formatList(ids)}`;
}
