/** What a job that is queued again has to wait for: the jobs that the first one waited for, as they are by now. */
import type { MadeGood } from '../audit/sameWork';
import { isLive, isWaiting, stateName, type Job } from '../pueue/job';
import { instantOf } from '../text/time';
import { sourceKey } from './requeuePlan';

export interface Parents {
  /** Ids in the queue. */
  readonly after: readonly number[];
  /** Sources that are queued again too. */
  readonly afterSources: readonly Job[];
  /** Jobs that count as satisfied and must stay so. */
  readonly ground: readonly Job[];
  readonly notes: readonly string[];
  /** One sentence; `null` where no parent stands against it. */
  readonly refusal: string | null;
}

export interface ParentsContext {
  /** Where the parents are looked for: the queue, or the snapshot that the job is of. */
  readonly jobs: ReadonlyMap<number, Job>;
  readonly madeGood: ReadonlyMap<Job, MadeGood['by']>;
  /** By {@link sourceKey}: those that are chosen, and whether they are queued again as it stands. */
  readonly chosen: ReadonlyMap<string, boolean>;
  /** Whether ids mean jobs of the queue. Those of a snapshot name nothing there. */
  readonly inQueue: boolean;
}

export function parentsOf(job: Job, context: ParentsContext): Parents {
  const after: number[] = [];
  const afterSources: Job[] = [];
  const ground: Job[] = [];
  const notes: string[] = [];
  for (const id of job.dependencies) {
    const parent = context.jobs.get(id);
    if (parent === undefined || isLater(parent, job)) {
      notes.push(`It waited for job ${id}, which is no longer in the queue; that counts as done.`);
      continue;
    }
    const chosen = context.chosen.get(sourceKey(parent));
    if (chosen === true) {
      afterSources.push(parent);
      continue;
    }
    const by = context.madeGood.get(parent) ?? parent;
    const { state } = by;
    if (state.kind === 'done' && state.result.kind === 'success') {
      if (context.inQueue) ground.push(by);
      if (by !== parent) notes.push(`Job ${by.id} has made good what failed in job ${id}, for which it waited.`);
    } else if (context.inQueue && (isLive(by) || isWaiting(by))) {
      after.push(by.id);
      if (by !== parent) notes.push(`It waits for job ${by.id}, which does the work of job ${id} again.`);
    } else {
      const why = chosen === false ? 'is chosen too and not queued again' : `is ${stateName(state)}`;
      const refusal = `It waits for job ${id}, which ${why}. Choose that one too, or first.`;
      return { after: [], afterSources: [], ground: [], notes, refusal };
    }
  }
  return { after, afterSources, ground, notes, refusal: null };
}

/** A job that was created later got the id of the one that is meant. */
function isLater(parent: Job, job: Job): boolean {
  const [one, other] = [instantOf(parent.createdAt), instantOf(job.createdAt)];
  return one !== null && other !== null && one > other;
}
