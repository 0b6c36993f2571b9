/** A queue that nobody could add job by job in a test's time: written as the state that pueued 4.0.4 reads when it starts. */
import { readFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sweepEnvironment, variableCount } from './sweepEnvironment';
import type { PueueHost } from './pueueHost';
import { layCheckpoints, layProject } from './scenarios';

/** The group of the many; it is paused, so that what waits in it goes on waiting. */
const manyGroup = 'sweep';
const symbols = ['DOGEUSDT', 'BTCUSDT', 'ETHUSDT', 'SHIBUSDT', 'SOLUSDT', 'LTCUSDT', 'XRPUSDT', 'ADAUSDT'];
/** Of a hundred jobs so many have failed, so many have succeeded, and the rest waits. */
const [failedOfHundred, succeededOfHundred] = [2, 68];
const minuteMs = 60_000;

/**
 * Gives a host `jobs` jobs in a paused group, each with an environment of 60 variables, and one more that runs. The failed
 * ones have a log.
 */
export async function layLargeQueue(host: PueueHost, jobs: number): Promise<void> {
  await layProject(host);
  await layCheckpoints(host);
  await host.stopDaemon();
  const data = join(host.folder, 'pueue');
  const empty = JSON.parse(await readFile(join(data, 'state.json'), 'utf8')) as { readonly groups: object };
  const groups = { ...empty.groups, [manyGroup]: { status: 'Paused', parallel_tasks: 8 } };
  const envs = { ...sweepEnvironment(variableCount - Object.keys(host.env).length), ...host.env };
  const project = join(host.home, 'project');
  const began = Date.now() - jobs * minuteMs;
  const tasks = Array.from({ length: jobs }, (_, id) => {
    const symbol = symbols[id % symbols.length]!;
    const threshold = 1_000 + Math.floor(id / symbols.length);
    const command = `./sweep.sh ${symbol} ${threshold}`;
    const task = {
      id,
      created_at: at(began),
      original_command: command,
      command,
      path: project,
      envs,
      group: manyGroup,
      dependencies: [],
      priority: 0,
      label: `${symbol}@${threshold}`,
      status: statusOf(id, began),
    };
    return [id, task] as const;
  });
  await writeFile(join(data, 'state.json'), JSON.stringify({ tasks: Object.fromEntries(tasks), groups }));
  const logs = join(data, 'task_logs');
  await mkdir(logs, { recursive: true });
  for (const [id, { command }] of tasks.filter(([each]) => hasFailed(each)))
    await writeFile(join(logs, `${id}.log`), `${command}\nValueError: checkpoint was written for another threshold\n`);
  await host.startDaemon();
  await host.add('./sweep.sh DOGEUSDT 250', { label: 'DOGEUSDT@250' });
}

function at(time: number): string {
  return new Date(time).toISOString();
}

function hasFailed(id: number): boolean {
  return id % 100 < failedOfHundred;
}

/** As pueue 4.x writes it. One job a minute, so that no two times are alike. */
function statusOf(id: number, began: number): object {
  const enqueued = { enqueued_at: at(began) };
  if (id % 100 >= failedOfHundred + succeededOfHundred) return { Queued: enqueued };
  const start = began + id * minuteMs;
  const result = hasFailed(id) ? { Failed: 1 } : 'Success';
  return { Done: { ...enqueued, start: at(start), end: at(start + minuteMs / 2), result } };
}
