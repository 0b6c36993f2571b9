/** Queues of any size, made from the jobs that real daemons have printed. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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
  const many = Array.from({ length: jobs }, (_, id) => [id, madeJob(id, envs, lenders)] as const);
  return JSON.stringify({ tasks: Object.fromEntries(many), groups: recorded.groups });
}

/** Writes such a status into a file piece by piece: that of 100,000 jobs can be longer than a text of JavaScript. */
export async function writeMadeStatus(path: string, jobs: number, variables: number): Promise<void> {
  const envs = sweepEnvironment(variables);
  const lenders = Object.keys(recorded.tasks);
  function* pieces(): Generator<string> {
    yield '{"tasks":{';
    for (let id = 0; id < jobs; id++)
      yield `${id === 0 ? '' : ','}"${id}":${JSON.stringify(madeJob(id, envs, lenders))}`;
    yield `},"groups":${JSON.stringify(recorded.groups)}}`;
  }
  await pipeline(Readable.from(pieces()), createWriteStream(path));
}

function madeJob(id: number, envs: Readonly<Record<string, string>>, lenders: readonly string[]): object {
  const command = `./sweep.sh SYMBOL${id % 97} ${id}`;
  const own = { id, label: `SYMBOL${id % 97}@${id}`, command, original_command: command };
  const path = '/tmp/pp-AbCdEf/home/project';
  return { ...recorded.tasks[lenders[id % lenders.length]!], ...own, path, dependencies: [], envs };
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
