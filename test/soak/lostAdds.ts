/** Adds jobs while link, helper or daemon are taken away at moments of a seed, and holds each answer against the real queue. */
import { readFileSync } from 'node:fs';
import type { AddedOutcome, JobToAdd } from '../../src/core/acts/hostAct';
import { isProblemError } from '../../src/core/problem';
import { descendants, isAlive, type ProcessIdentity } from '../lab/processes';
import type { PueueHost } from '../lab/pueueHost';
import { addJobs, jobToAdd, rawTasks } from '../support/addJobs';
import { localHost, type LocalHost } from '../support/localHost';

/** What is taken away: the link, without a sign; the helper, by `kill -9`; pueued, by `kill -9`. */
export type Loss = 'link' | 'helper' | 'daemon';

/** The longest that is waited with a loss: a few jobs are added in less, even on a slow machine. */
const latestMs = 250;
const mostJobs = 4;

export interface LostAdds {
  /** How the jobs ended by the answers: outcome, or the code of the problem. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Where an answer was not true, in words. Empty where all is well. */
  readonly wrong: readonly string[];
}

/** @param random numbers from 0 up to 1 */
export async function loseAdds(host: PueueHost, loss: Loss, rounds: number, random: () => number): Promise<LostAdds> {
  const outcomes = new Map<string, number>();
  const wrong: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const local = localHost(host.env);
    try {
      await local.audit();
      const jobs = chain(host, 1 + Math.floor(random() * mostJobs));
      const answers = await addThrough(host, local, jobs, loss, random() * latestMs);
      if (loss === 'daemon') {
        await host.stopDaemon();
        await host.startDaemon();
      }
      const tasks = await rawTasks(host);
      for (const job of jobs) {
        const answer = answers.get(job.key)!;
        outcomes.set(answer.outcome, (outcomes.get(answer.outcome) ?? 0) + 1);
        const found = tasks.filter(({ label }) => label === job.label);
        const isStashed = found.some(({ status }) => JSON.stringify(status).includes('Stashed'));
        // pueued (3.4.1, 4.0.4) keeps on the disk that a job was enqueued only once the next job starts.
        const what = untruth(answer, found, isStashed, loss === 'daemon');
        if (what !== null) wrong.push(`round ${round}: ${what}: ${JSON.stringify(answer)}`);
      }
      const ids = tasks.map(({ id }) => String(id));
      if (ids.length > 0) await host.run(['remove', ...ids]);
    } finally {
      local.reader.close();
    }
  }
  return { outcomes, wrong };
}

/** Jobs that wait for one another; their labels are found again in any queue. */
function chain(host: PueueHost, count: number): JobToAdd[] {
  return Array.from({ length: count }, (_, at) => {
    const job = jobToAdd(host, { command: 'true', afterAdded: at === 0 ? [] : [at - 1] });
    return { ...job, label: job.key };
  });
}

interface Answer {
  readonly outcome: AddedOutcome['outcome'] | 'never' | 'unresolved';
  readonly newId: number | null;
  readonly why: string | null;
}

async function addThrough(
  host: PueueHost,
  local: LocalHost,
  jobs: readonly JobToAdd[],
  loss: Loss,
  afterMs: number,
): Promise<ReadonlyMap<string, Answer>> {
  const helper = loss === 'helper' ? helperOf(host) : null;
  const answered = local.reader.act(addJobs(jobs), 60_000).then(
    ({ added }) => new Map<string, Answer>(added.map((each) => [each.key, each])),
    (error: unknown) => {
      if (!isProblemError(error)) throw error;
      const { code, message } = error.problem;
      const outcome = code === 'lost' ? 'unresolved' : 'never';
      return new Map<string, Answer>(jobs.map(({ key }) => [key, { outcome, newId: null, why: message }]));
    },
  );
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  if (loss === 'link') local.tap.cut();
  else if (helper !== null) {
    if (isAlive(helper)) process.kill(helper.pid, 'SIGKILL');
  } else {
    const pid = host.daemonPid();
    if (pid !== null) process.kill(pid, 'SIGKILL');
  }
  return answered;
}

/** What an answer says that is not so, or `null`. */
function untruth(
  { outcome, newId, why }: Answer,
  found: readonly { id: number }[],
  isStashed: boolean,
  mayForget: boolean,
): string | null {
  if (found.length > 1) return 'queued twice';
  const [task] = found;
  switch (outcome) {
    case 'added':
    case 'adopted':
      if (task === undefined && why === null) return 'said to be added, and is not there';
      if (task !== undefined && task.id !== newId) return `is job ${task.id}`;
      return isStashed && !mayForget ? 'said to be added, and is stashed' : null;
    case 'refused':
      if (newId === null) return task === undefined ? null : 'refused, and is there';
      return task === undefined || isStashed ? null : 'said to be left stashed, and is not';
    case 'never':
      return task === undefined ? null : 'said to have never begun, and is there';
    // Whether it is there cannot be told; the answer says so.
    case 'lost':
    case 'unresolved':
      return null;
  }
}

/** The helper of the only session that this process has with the host. */
function helperOf(host: PueueHost): ProcessIdentity {
  const daemon = host.daemonPid();
  const found = descendants(process.pid, daemon === null ? [] : [daemon]).filter(({ pid }) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('python'),
  );
  const [helper] = found;
  if (helper === undefined || found.length > 1) throw new Error(`${found.length} helpers run`);
  return helper;
}
