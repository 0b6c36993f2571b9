/** What is to be done about a followed job, by what is known of its host. */
import type { PendingQuestion } from '../ports';
import { jobGone, jobReplaced } from '../log/logProblems';
import type { Problem } from '../problem';
import { startOf, type Job, type JobIdentity } from '../pueue/job';
import { indexQueue, whyWaiting } from '../pueue/whyWaiting';
import { isSameInstant } from '../text/time';
import { visible } from '../text/visible';
import type { HostState } from '../watch/hostWatch';

export type Phase =
  /** What the job is doing is not known at the moment: nothing is read, since it may be of another run by now. */
  | { readonly kind: 'unknown'; readonly problem: Problem | null; readonly question: PendingQuestion | null }
  /** It has not been started; a file that lies there is of an earlier run. */
  | { readonly kind: 'waits'; readonly job: Job; readonly why: readonly string[] }
  | { readonly kind: 'runs'; readonly job: Job; readonly start: string }
  /** `start` is `null` where it never ran. */
  | { readonly kind: 'over'; readonly job: Job; readonly start: string | null }
  /** There is nothing to follow any more. */
  | { readonly kind: 'gone'; readonly problem: Problem };

/** @param state `null` where the host is not configured any more */
export function phaseOf(host: string, { id, createdAt }: JobIdentity, state: HostState | null): Phase {
  if (state === null) return { kind: 'gone', problem: hostGone(host) };
  const { reading, problem, question } = state;
  // A reading of before the host was lost says nothing of now.
  if (problem !== null || reading === null || question !== null) return { kind: 'unknown', problem, question };
  const job = reading.snapshot.queue.jobs.find((each) => each.id === id);
  if (job === undefined) return { kind: 'gone', problem: jobGone(host, id) };
  if (createdAt !== null && !isSameInstant(createdAt, job.createdAt))
    return { kind: 'gone', problem: jobReplaced(host, id, createdAt, job.createdAt) };
  const start = startOf(job.state);
  switch (job.state.kind) {
    case 'running':
    case 'paused':
      return start === null ? { kind: 'waits', job, why: [unknownStart] } : { kind: 'runs', job, start };
    case 'done':
      // pueue leaves the file of an earlier run where a dependency of the next one failed.
      return { kind: 'over', job, start: job.state.result.kind === 'dependencyFailed' ? null : start };
    case 'unknown':
      return { kind: 'waits', job, why: ['its state is not known'] };
    default:
      return { kind: 'waits', job, why: whyWaiting(job, indexQueue(reading.snapshot.queue)) };
  }
}

const unknownStart = 'it runs, but since when is not known, so its log cannot be told from that of an earlier run';

function hostGone(host: string): Problem {
  return {
    code: 'invalidInput',
    message: `${visible(host, 80)}: the host is not configured any more.`,
    next: 'Add it again by Add Host… and follow the job anew.',
  };
}
