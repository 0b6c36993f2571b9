/** Which of the jobs that a person named a verb takes, as pueue 3.2 to 4.0 do, and why not the others. */
import type { Problem } from '../problem';
import { startOf, stateName, type Job, type JobStateName, type Queue } from '../pueue/job';
import type { SurvivingRun } from '../snapshot';
import { formatList } from '../text/format';
import { visible } from '../text/visible';
import type { JobVerb } from './hostAct';

/** A job as a caller named it. What is left out is not held against it. */
export interface NamedRun {
  readonly id: number;
  readonly createdAt: string | null;
  readonly start?: string | null;
}

/** Why a named job is not among those that are acted on. */
export interface LeftOut {
  readonly id: number;
  readonly outcome: 'alreadySo' | 'refused';
  readonly reason: string;
}

export interface SortedTargets {
  readonly taken: readonly Job[];
  readonly leftOut: readonly LeftOut[];
  /** Named jobs that are another one by now, or gone, or in another run. */
  readonly changed: readonly number[];
}

const finished: readonly JobStateName[] = [
  ...(['succeeded', 'failed', 'killed', 'failedToSpawn', 'dependencyFailed', 'errored'] as const),
];

/** The states that a verb takes, and those in which there is nothing left to do. */
const states: Readonly<
  Record<JobVerb, { readonly takes: readonly JobStateName[]; readonly has: readonly JobStateName[] }>
> = {
  kill: { takes: ['running', 'paused'], has: finished },
  pause: { takes: ['running'], has: ['paused'] },
  resume: { takes: ['paused'], has: ['running'] },
  stash: { takes: ['queued', 'locked'], has: ['stashed'] },
  enqueue: { takes: ['stashed', 'scheduled', 'locked'], has: ['queued'] },
  remove: { takes: ['queued', 'scheduled', 'locked', 'stashed', ...finished], has: [] },
};

/** @param survivors runs that are over and have live processes: they can still be killed */
export function sortTargets(
  verb: JobVerb,
  named: readonly NamedRun[],
  queue: Queue,
  survivors: readonly SurvivingRun[],
): SortedTargets {
  const taken: Job[] = [];
  const leftOut: LeftOut[] = [];
  const { found, changed } = findNamed(named, queue);
  for (const job of found) {
    const reason = whyNot(verb, job, survivors);
    if (reason === null) taken.push(job);
    else leftOut.push({ id: job.id, ...reason });
  }
  return { taken, leftOut, changed };
}

/** Jobs that were named, as they are now, each once, and the ids of those that are another one, gone, or in another run. */
export function findNamed(
  named: readonly NamedRun[],
  { jobs }: Queue,
): { readonly found: readonly Job[]; readonly changed: readonly number[] } {
  const found: Job[] = [];
  const changed: number[] = [];
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const seen = new Set<number>();
  for (const run of named) {
    if (seen.has(run.id)) continue;
    seen.add(run.id);
    const job = byId.get(run.id);
    if (job === undefined || !isSame(run, job)) changed.push(run.id);
    else found.push(job);
  }
  return { found, changed };
}

function isSame({ createdAt, start }: NamedRun, job: Job): boolean {
  if (createdAt !== null && createdAt !== job.createdAt) return false;
  return start === undefined || start === null || start === startOf(job.state);
}

function whyNot(verb: JobVerb, job: Job, survivors: readonly SurvivingRun[]): Omit<LeftOut, 'id'> | null {
  const name = stateName(job.state);
  const refused = (reason: string): Omit<LeftOut, 'id'> => ({ outcome: 'refused', reason });
  if (job.createdAt === null) return refused('It has no time of creation, so it could not be told from a later job.');
  if (name === 'unknown') return refused('Its state is not known to this version, so nothing is done to it.');
  const { takes, has } = states[verb];
  if (takes.includes(name)) return null;
  if (verb === 'kill' && survivors.some((run) => isOfJob(run, job))) return null;
  if (has.includes(name)) return { outcome: 'alreadySo', reason: `It is ${stateWords[name]}.` };
  if (verb === 'stash' && name === 'scheduled')
    return refused('pueue does not stash a job that waits for its time. Enqueue it, or remove it.');
  if (verb === 'remove') return refused(`It is ${stateWords[name]}. Kill it first.`);
  return refused(`It is ${stateWords[name]}. ${hints[verb]}`.trimEnd());
}

function isOfJob(run: SurvivingRun, job: Job): boolean {
  return run.id === job.id && run.createdAt === job.createdAt && run.start === startOf(job.state);
}

const hints: Readonly<Record<JobVerb, string>> = {
  kill: 'Only what runs or is paused can be killed; Remove takes it out of the queue.',
  pause: 'Only a running job can be paused.',
  resume: 'Only a paused job can be resumed.',
  stash: 'Only what waits in the queue can be stashed.',
  enqueue: 'Only what is stashed or waits for its time can be enqueued.',
  remove: '',
};

export const stateWords: Readonly<Record<JobStateName, string>> = {
  running: 'running',
  paused: 'paused',
  queued: 'queued',
  scheduled: 'scheduled',
  locked: 'locked',
  stashed: 'stashed',
  succeeded: 'finished with success',
  failed: 'failed',
  killed: 'killed',
  failedToSpawn: 'failed to spawn',
  dependencyFailed: 'dependency failed',
  errored: 'errored',
  unknown: 'in an unknown state',
};

/** Named jobs are not what they were. */
export function changedTargets(host: string, ids: readonly number[]): Problem {
  const [one, many] = [`job ${ids[0] ?? ''} is`, `jobs ${formatList(ids)} are`];
  return {
    code: 'stale',
    message: `${visible(host, 80)}: nothing was done: ${ids.length === 1 ? one : many} gone, another one, or in another run by now.`,
    next: 'Look at what is there now, and repeat the command if it is still wanted.',
  };
}
