/** What Restart in Place would do to the jobs that a person named: which it takes, why not the others, and what is lost. */
import { stateName, type Job, type Queue } from '../pueue/job';
import type { HostSnapshot, SurvivingRun } from '../snapshot';
import { formatList } from '../text/format';
import { visible } from '../text/visible';
import { absentOf } from '../requeue/requeueAct';
import { SameWorkInQueue } from '../requeue/sameWorkInQueue';
import type { EntryTarget, RestartInPlace } from './hostAct';
import { targetOf } from './targets';
import { stateWords, type LeftOut } from './verbTargets';

/** What is decided of the checkpoints that a job would go on from. */
export type CheckpointDecision =
  | {
      readonly kind: 'resume';
      /** What it goes on from: must be as it was. */
      readonly kept: readonly EntryTarget[];
      /** Why the person has to type their consent; `null` where they need not. */
      readonly consent: string | null;
    }
  | { readonly kind: 'refuse'; readonly why: string };

export interface RestartPlan {
  readonly jobs: readonly Job[];
  readonly leftOut: readonly LeftOut[];
  /** What is kept, what is lost, and what else happens. */
  readonly consequences: readonly string[];
  /** Why the name of the host has to be typed; empty where it need not. */
  readonly consents: readonly string[];
  readonly act: Omit<RestartInPlace, 'id'>;
}

/**
 * @param decide what is to become of the checkpoints of a job
 * @param refreshFlag the flag without which commands are compared; `null` where none is known
 */
export function planRestart(
  { queue, processes }: Pick<HostSnapshot, 'queue' | 'processes'>,
  chosen: readonly Job[],
  decide: (job: Job) => CheckpointDecision,
  refreshFlag: string | null,
): RestartPlan {
  const sameWork = new SameWorkInQueue(queue.jobs, refreshFlag);
  const survivors = processes.kind === 'traced' ? processes.runs : [];
  const leftOut: LeftOut[] = [];
  const consents: string[] = [];
  const candidates: Job[] = [];
  const decisions = new Map<Job, CheckpointDecision>();
  for (const job of chosen) {
    const decision = decide(job);
    const reason =
      whyNot(job, survivors) ?? sameWork.refusal(job) ?? (decision.kind === 'refuse' ? decision.why : null);
    if (reason !== null) leftOut.push({ id: job.id, outcome: 'refused', reason });
    else {
      candidates.push(job);
      decisions.set(job, decision);
    }
  }
  const jobs = withParents(candidates, queue, leftOut);
  const taken = new Set(jobs.map(({ id }) => id));
  const kept = new Map<string, EntryTarget>();
  for (const job of jobs) {
    const decision = decisions.get(job);
    if (decision?.kind !== 'resume') continue;
    if (decision.consent !== null) consents.push(decision.consent);
    for (const entry of decision.kept) kept.set(entry.path, entry);
  }
  if (processes.kind === 'untraced' && jobs.length > 0)
    consents.push('Processes cannot be traced on this host: a program of an earlier run may still run.');
  return {
    jobs,
    leftOut,
    consequences: consequencesOf(jobs, queue, taken),
    consents,
    act: {
      kind: 'restart',
      targets: jobs.map(targetOf),
      untracedConsent: processes.kind === 'untraced',
      ground: [],
      absent: absentOf(jobs, refreshFlag),
      quarantine: [],
      unchanged: [...kept.values()],
    },
  };
}

function whyNot(job: Job, survivors: readonly SurvivingRun[]): string | null {
  if (job.createdAt === null) return 'It has no time of creation, so it could not be told from a later job.';
  if (job.state.kind !== 'done')
    return `It is ${stateWords[stateName(job.state)]}. Only what has ended can be restarted.`;
  const run = survivors.find((each) => each.id === job.id && each.createdAt === job.createdAt);
  return run === undefined
    ? null
    : `A program of it still runs: process ${formatList(run.processes.map(({ pid }) => pid))}. Wait for its end, or say by Not Part of the Job… that it is none.`;
}

/** Jobs whose parents have succeeded, are restarted with them, or are no longer in the queue, which pueue takes for done. */
function withParents(candidates: readonly Job[], { jobs }: Queue, leftOut: LeftOut[]): Job[] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  let taken = [...candidates];
  for (let changed = true; changed;) {
    const ids = new Set(taken.map(({ id }) => id));
    const open = (job: Job): Job | undefined =>
      job.dependencies
        .map((id) => byId.get(id))
        .find((parent) => parent !== undefined && !ids.has(parent.id) && stateName(parent.state) !== 'succeeded');
    const kept = taken.filter((job) => {
      const parent = open(job);
      if (parent === undefined) return true;
      const reason = `It waits for job ${parent.id}, which is ${stateWords[stateName(parent.state)]}. Restart that one with it.`;
      leftOut.push({ id: job.id, outcome: 'refused', reason });
      return false;
    });
    changed = kept.length < taken.length;
    taken = kept;
  }
  return taken;
}

function consequencesOf(jobs: readonly Job[], { jobs: all, groups }: Queue, taken: ReadonlySet<number>): string[] {
  if (jobs.length === 0) return [];
  const paused = groups.filter(({ name, status }) => status !== 'running' && jobs.some(({ group }) => group === name));
  const left = all.filter(
    (job) =>
      !taken.has(job.id) && stateName(job.state) === 'dependencyFailed' && job.dependencies.some((id) => taken.has(id)),
  );
  const succeeded = jobs.filter(({ state }) => stateName(state) === 'succeeded');
  return [
    'Kept, where a requeue makes a new job: id, time of creation, label, priority, dependencies, and the environment that was stored with the job.',
    'Lost, where a requeue keeps it: result, start and end of the earlier run in the queue; pueue empties the log when the job starts. The log is saved on the host first, and stays openable.',
    'The command runs as it was stored. Checkpoints are not touched.',
    ...(succeeded.length === 0
      ? []
      : [`Already finished with success: job ${formatList(succeeded.map(({ id }) => id))}.`]),
    ...paused.map(
      ({ name }) => `The group ${visible(name, 40)} does not run: its jobs wait in the queue until it does.`,
    ),
    ...(left.length === 0
      ? []
      : [
          `Failed with it and not restarted by this: job ${formatList(left.map(({ id }) => id))}. Select ${left.length === 1 ? 'it' : 'them'} too.`,
        ]),
  ];
}
