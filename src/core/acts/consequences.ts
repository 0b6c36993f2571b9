/** What a verb does beyond what its name says, on this version of pueue and with this queue. Told before a person agrees. */
import type { Group, Job, JobState, Queue } from '../pueue/job';
import { stateName } from '../pueue/job';
import { nextSteps, unfinishedDependants } from '../pueue/schedule';
import { formatList } from '../text/format';
import { visible } from '../text/visible';
import type { GroupVerb, JobVerb } from './hostAct';

/** A verb on jobs, or on a group, before it is done. */
export type AskedAct =
  | { readonly kind: 'jobs'; readonly verb: JobVerb; readonly jobs: readonly Job[]; readonly graceMs: number | null }
  | {
      readonly kind: 'group';
      readonly verb: GroupVerb;
      readonly group: Group;
      /** `setParallel` only. */
      readonly parallel: number | null;
      /** `resume`: jobs that are paused again. `clean`: jobs that are removed. */
      readonly jobs: readonly Job[];
    };

export interface Consequences {
  /** Jobs that start because of it. */
  readonly starts: readonly number[];
  /** Jobs that fail because one that they wait for did not succeed. */
  readonly fails: readonly number[];
  /** All of it, sentence by sentence. */
  readonly sentences: readonly string[];
}

export function consequencesOf(asked: AskedAct, queue: Queue): Consequences {
  const before = nextSteps(queue);
  const after = nextSteps(queueAfter(asked, queue));
  const starts = without(after.starts, before.starts);
  const fails = without(after.fails, before.fails);
  const affected = asked.kind === 'group' ? [asked.group.name] : [...new Set(asked.jobs.map(({ group }) => group))];
  const unknown = after.unknownGroups.filter((name) => affected.includes(name));
  const sentences = [
    ...(asked.kind === 'jobs' ? ofJobs(asked, queue, starts, fails) : ofGroup(asked, queue, starts)),
    ...(fails.length > 0 && !(asked.kind === 'jobs' && asked.verb === 'kill')
      ? [`${jobs(fails)} ${fails.length === 1 ? 'fails' : 'fail'} at once ("dependency failed").`]
      : []),
    ...unknown.map(
      (name) => `The state of the group ${quoted(name)} is not known, so what starts in it cannot be told.`,
    ),
  ];
  return { starts, fails, sentences };
}

const done = (kind: 'killed' | 'success'): JobState => ({ kind: 'done', result: { kind }, start: null, end: null });

/** The queue as the verb leaves it, before pueue goes on with it. */
function queueAfter(asked: AskedAct, queue: Queue): Queue {
  const ids = new Set(asked.jobs.map(({ id }) => id));
  const withStates = (state: (job: Job) => JobState): Queue => ({
    ...queue,
    jobs: queue.jobs.map((job) => (ids.has(job.id) ? { ...job, state: state(job) } : job)),
  });
  const withGroup = (change: Partial<Group>): Queue => ({
    ...queue,
    groups: queue.groups.map((group) =>
      asked.kind === 'group' && group.name === asked.group.name ? { ...group, ...change } : group,
    ),
  });
  switch (asked.verb) {
    case 'kill':
      return withStates(({ state }) => (state.kind === 'done' ? state : done('killed')));
    case 'pause':
      return withStates(({ state }) => ({ kind: 'paused', start: 'start' in state ? state.start : null }));
    case 'stash':
      return withStates(() => ({ kind: 'stashed' }));
    case 'enqueue':
      return withStates(() => ({ kind: 'queued', enqueuedAt: null }));
    case 'remove':
    case 'clean':
      return { ...queue, jobs: queue.jobs.filter(({ id }) => !ids.has(id)) };
    case 'drain':
      return withGroup({ status: 'paused' });
    case 'setParallel':
      return withGroup({ parallel: asked.parallel });
    case 'resume':
      return asked.kind === 'group' ? withGroup({ status: 'running' }) : queue;
  }
}

function ofJobs(
  asked: Extract<AskedAct, { kind: 'jobs' }>,
  queue: Queue,
  starts: readonly number[],
  fails: readonly number[],
): string[] {
  const { verb } = asked;
  const ids = asked.jobs.map(({ id }) => id);
  const paused = groupsOf(asked.jobs, queue).filter(({ status }) => status === 'paused');
  const waiting = [...new Set(ids.flatMap((id) => unfinishedDependants(id, queue.jobs)))].filter(
    (id) => !ids.includes(id),
  );
  switch (verb) {
    case 'kill':
      return [
        ...(starts.length > 0
          ? [
              `A kill does not pause the group: ${jobs(starts)} ${starts.length === 1 ? 'takes the freed slot' : 'take the freed slots'} at once. Drain the group first to prevent that.`,
            ]
          : []),
        ...(fails.length > 0
          ? [
              `${jobs(fails)} ${fails.length === 1 ? 'waits' : 'wait'} for what is killed and ${fails.length === 1 ? 'fails' : 'fail'} ("dependency failed")${asked.graceMs === null ? '' : ', or starts where a program ends with success on SIGTERM'}.`,
            ]
          : []),
        ...(waiting.length > fails.length
          ? [
              `${jobs(without(waiting, fails))} ${verbOf(waiting.length - fails.length, 'waits', 'wait')} for what is killed.`,
            ]
          : []),
        ...(asked.graceMs === null
          ? []
          : [`SIGTERM comes first, and after ${asked.graceMs / 1000} s SIGKILL to what still runs.`]),
        'All processes that the jobs have started are ended, but those that were said to be no part of them. Checkpoints are left as they are: decide on them before a requeue.',
      ];
    case 'pause':
      return ['A paused job keeps its slot, so nothing starts in its place.'];
    case 'resume':
      return paused.map(({ name }) => `The group ${quoted(name)} stays paused: only these jobs go on.`);
    case 'stash':
      return waiting.length === 0
        ? []
        : [`${jobs(waiting)} ${verbOf(waiting.length, 'waits', 'wait')} for what is stashed.`];
    case 'enqueue':
      return [
        ...losesTime(asked.jobs),
        ...(starts.length > 0 ? [`${jobs(starts)} ${verbOf(starts.length, 'starts', 'start')} at once.`] : []),
        ...paused.map(({ name }) => `The group ${quoted(name)} is paused: nothing starts in it until it is resumed.`),
      ];
    case 'remove':
      return [...lostByRemoval(asked.jobs, queue), 'Logs are saved on the host first.'];
  }
}

function ofGroup(asked: Extract<AskedAct, { kind: 'group' }>, queue: Queue, starts: readonly number[]): string[] {
  const own = queue.jobs.filter(({ group }) => group === asked.group.name);
  const live = own.filter(({ state }) => state.kind === 'running' || state.kind === 'paused');
  const queued = own.filter(({ state }) => state.kind === 'queued');
  const paused = asked.jobs.map(({ id }) => id);
  const starting =
    starts.length === 0
      ? ['No job starts at once.']
      : [`${jobs(starts)} ${verbOf(starts.length, 'starts', 'start')} at once.`];
  switch (asked.verb) {
    case 'drain':
      return [
        live.length === 0
          ? 'Nothing runs in it.'
          : `${jobs(live.map(({ id }) => id))} ${verbOf(live.length, 'runs', 'run')} on to the end: no process is paused.`,
        `No other job starts until the group is resumed; ${queued.length} ${verbOf(queued.length, 'is', 'are')} queued.`,
      ];
    case 'resume':
      return [
        ...starting,
        ...(paused.length > 0
          ? [
              `pueue also wakes what was paused on purpose: ${jobs(paused)} ${verbOf(paused.length, 'goes', 'go')} on for a moment and ${verbOf(paused.length, 'is', 'are')} paused again at once. Use Resume on the job to let it go on.`,
            ]
          : []),
      ];
    case 'setParallel':
      return [
        ...starting,
        ...(asked.parallel !== null && asked.parallel !== 0 && asked.parallel < live.length
          ? [
              `${live.length} jobs are live: none of them is stopped, and none starts until fewer than ${asked.parallel} are left.`,
            ]
          : []),
      ];
    case 'clean': {
      const failed = asked.jobs.filter(({ state }) => stateName(state) !== 'succeeded');
      const succeeded = asked.jobs.length - failed.length;
      const left = own.filter(({ id, state }) => state.kind === 'done' && !paused.includes(id)).map(({ id }) => id);
      return [
        ...(failed.length === 0
          ? []
          : [`The logs of ${failed.length} that did not succeed are saved on the host first.`]),
        ...(succeeded === 0 ? [] : [`The logs of ${succeeded} that succeeded are lost.`]),
        ...(left.length > 0
          ? [
              `${jobs(left)} ${verbOf(left.length, 'stays', 'stay')}: other jobs still wait for ${verbOf(left.length, 'it', 'them')}.`,
            ]
          : []),
        ...reusedIds(asked.jobs, queue),
      ];
    }
  }
}

/** Finished jobs of a group that pueue would remove: without those that others still wait for. */
export function cleanable(group: string, { jobs: all }: Queue): readonly Job[] {
  const needed = new Set(all.filter(({ state }) => state.kind !== 'done').flatMap(({ dependencies }) => dependencies));
  return all.filter((job) => job.group === group && job.state.kind === 'done' && !needed.has(job.id));
}

function losesTime(asked: readonly Job[]): string[] {
  const scheduled = asked.filter(({ state }) => state.kind === 'scheduled').map(({ id }) => id);
  return scheduled.length === 0
    ? []
    : [`${jobs(scheduled)} no longer ${verbOf(scheduled.length, 'waits for its', 'wait for their')} time.`];
}

function lostByRemoval(asked: readonly Job[], queue: Queue): string[] {
  const ids = new Set(asked.map(({ id }) => id));
  const held = asked
    .map(({ id }) => ({ id, by: unfinishedDependants(id, queue.jobs).filter((other) => !ids.has(other)) }))
    .filter(({ by }) => by.length > 0);
  return [
    ...held.map(
      ({ id, by }) => `pueue keeps job ${id}, because ${jobs(by)} ${verbOf(by.length, 'waits', 'wait')} for it.`,
    ),
    'The command and the environment of a removed job are gone: it cannot be requeued.',
    ...reusedIds(asked, queue),
  ];
}

/** The next job gets the number after the highest that is left (pueue 2.0 to 4.0). */
function reusedIds(asked: readonly Job[], queue: Queue): string[] {
  const ids = new Set(asked.map(({ id }) => id));
  const highest = Math.max(-1, ...queue.jobs.filter(({ id }) => !ids.has(id)).map(({ id }) => id));
  return [...ids].some((id) => id > highest) ? [`Numbers from ${highest + 1} on are given to later jobs again.`] : [];
}

function groupsOf(asked: readonly Job[], queue: Queue): Group[] {
  const names = new Set(asked.map(({ group }) => group));
  return queue.groups.filter(({ name }) => names.has(name));
}

function jobs(ids: readonly number[]): string {
  return `${ids.length === 1 ? 'job' : 'jobs'} ${formatList(ids)}`;
}

function verbOf(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

function quoted(name: string): string {
  return `"${visible(name, 60)}"`;
}

function without(ids: readonly number[], others: readonly number[]): number[] {
  return ids.filter((id) => !others.includes(id));
}
