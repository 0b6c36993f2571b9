/** Queues of any size, made from the jobs that real daemons have printed. */
import { inflateSync } from 'node:zlib';
import { stateName, type JobStateName } from '../../src/core/pueue/job';
import { FakePueue } from '../support/fakePueue';
import { recordedQueue, recordedStatus } from '../support/fixtures';
import { localHost } from '../support/localHost';
import { sweepEnvironment, variableCount } from '../lab/sweepEnvironment';

const recorded = JSON.parse(recordedStatus('4.0.4')) as {
  readonly tasks: Readonly<Record<string, object>>;
  readonly groups: object;
};

/** The id of one recorded job of each kind. */
export const recordedKinds: ReadonlyMap<JobStateName, string> = new Map(
  recordedQueue('4.0.4').jobs.map(({ id, state }) => [stateName(state), String(id)]),
);

/**
 * `pueue status --json` of a queue of distinct jobs with labels, commands and paths like the lab's, each with an environment
 * of {@link variableCount} variables.
 *
 * @param lenders ids of the recorded jobs that lend their states, in turn
 */
export function madeStatus(jobs: number, lenders: readonly string[] = Object.keys(recorded.tasks)): string {
  const envs = sweepEnvironment(variableCount);
  const path = '/tmp/pp-AbCdEf/home/project';
  const many = Array.from({ length: jobs }, (_, id) => {
    const command = `./sweep.sh SYMBOL${id % 97} ${id}`;
    const own = {
      id,
      label: `SYMBOL${id % 97}@${id}`,
      command,
      original_command: command,
      path,
      dependencies: [],
      envs,
    };
    return [id, { ...recorded.tasks[lenders[id % lenders.length]!], ...own }] as const;
  });
  return JSON.stringify({ tasks: Object.fromEntries(many), groups: recorded.groups });
}

/** How many bytes a job of one kind is in the helper's reply, before that is deflated. */
export async function bytesOfAJob(kind: JobStateName): Promise<number> {
  const jobs = 1_000;
  const pueue = await FakePueue.make();
  try {
    await pueue.prints(madeStatus(jobs, [recordedKinds.get(kind)!]));
    const { reader, tap } = localHost(pueue.env);
    const { queue } = await reader.read(new AbortController().signal, 30_000);
    reader.close();
    const reply = tap.replies()?.at(-1);
    if (reply?.deflated !== true || queue.jobs.some(({ state }) => stateName(state) !== kind))
      throw new Error('the queue was not read as it is');
    return inflateSync(reply.bytes).length / jobs;
  } finally {
    await pueue.remove();
  }
}
