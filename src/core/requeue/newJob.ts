/** A job that a person writes: what is wrong with it, what it would do twice, and the act that adds it. */
import type { AddJobs } from '../acts/hostAct';
import { targetOf } from '../acts/targets';
import { stateName, type Job } from '../pueue/job';
import type { HostSnapshot } from '../snapshot';
import { visible } from '../text/visible';
import { refusalOfCommand } from './planRow';
import { absentOf, parentsIn } from './requeueAct';
import { SameWorkInQueue } from './sameWorkInQueue';

export interface NewJob {
  readonly command: string;
  readonly directory: string;
  readonly group: string;
  readonly label: string | null;
  readonly after: readonly number[];
  /** Whose environment it gets; `null` for that of a login shell. */
  readonly environmentOf: Job | null;
}

/** Why it cannot be added, as one sentence; `null` where nothing stands against it. */
export function refusalOfNewJob(job: NewJob, { queue }: HostSnapshot, refreshFlag: string | null): string | null {
  const { command, directory, group, after } = job;
  if (!directory.startsWith('/')) return 'The directory is no absolute path on the host.';
  if (!queue.groups.some(({ name }) => name === group)) return `There is no group ${visible(group, 60)}.`;
  for (const id of after) {
    const parent = queue.jobs.find((each) => each.id === id);
    if (parent === undefined) return `Job ${id}, for which it is to wait, is not in the queue.`;
    const { state } = parent;
    if (state.kind === 'unknown' || (state.kind === 'done' && state.result.kind !== 'success'))
      return `Job ${id}, for which it is to wait, is ${stateName(state)}.`;
  }
  return refusalOfCommand(command) ?? new SameWorkInQueue(queue.jobs, refreshFlag).refusal(job);
}

/** @param newKey makes a fresh UUID at each call */
export function addJobAct(
  job: NewJob,
  { queue }: HostSnapshot,
  refreshFlag: string | null,
  newKey: () => string,
): AddJobs {
  const { command, directory, group, label, after, environmentOf } = job;
  const source = environmentOf === null || environmentOf.createdAt === null ? null : targetOf(environmentOf);
  const added = { command, directory, group, label, priority: 0, after };
  return {
    kind: 'add',
    id: newKey(),
    jobs: [
      {
        ...{ key: newKey(), ...added, source, snapshotId: null, retryOf: null, afterAdded: [], stashed: false },
        ...{ reason: 'Added by hand.', refresh: false, flagsAdded: [] },
      },
    ],
    ground: [],
    parents: parentsIn(queue, after),
    absent: absentOf([added], refreshFlag),
    ...{ quarantine: [], unchanged: [], untracedConsent: false },
  };
}
