/** Fills lab hosts with real jobs of every kind, and waits until pueue says so. */
import { chmod, mkdir, rmdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PueueHost } from './pueueHost';
import { untilStates, type LabState } from './queueState';

/** Name and value of a secret that lies in the environment of one job; tests assert that the value appears nowhere. */
export const canaryVariable = 'PP_CANARY_SECRET';
/** See {@link canaryVariable}. */
export const canarySecret = 'canary-7f3b91d2c4e8';

/** Where the lab's checkpoints lie, as a setting writes it. */
export const checkpointDirectory = '~/.cache/myapp/checkpoints';

/** Ids of the jobs of a busy host by what they are. */
export interface BusyJobs {
  readonly running: number;
  /** No free slot: `default` has one. */
  readonly queued: number;
  /** In the paused group `maintenance`. */
  readonly queuedInPausedGroup: number;
  /** Waits for `running`. */
  readonly waiting: number;
  readonly paused: number;
  readonly stashed: number;
  readonly delayed: number;
  /** Exit code 1. */
  readonly failed: number;
  /** Exit code 127. */
  readonly notFound: number;
  readonly killed: number;
  readonly dependencyFailed: number;
  readonly failedToSpawn: number;
  readonly succeeded: number;
}

/** The stand-in for a parameter sweep: says where it is, then ends as told or goes on until it is stopped. */
const sweepScript = `#!/bin/sh
# sweep.sh SYMBOL THRESHOLD [ok|fail]
echo "sweep of $1 at threshold $2"
case "$3" in
  ok) echo "done: 250 of 250 days"; exit 0 ;;
  fail) echo "ValueError: checkpoint was written for threshold 500, not $2" >&2; exit 1 ;;
esac
day=0
while :; do
  day=$((day + 1))
  echo "day $day of 250"
  sleep 5
done
`;

/** The script that the jobs of all scenarios run. */
export async function layProject(host: PueueHost): Promise<void> {
  const script = join(host.home, 'project/sweep.sh');
  await writeFile(script, sweepScript);
  await chmod(script, 0o755);
}

/** Writes checkpoint files, some of them days old, one of them damaged. @returns their paths */
export async function layCheckpoints(host: PueueHost): Promise<readonly string[]> {
  const directory = join(host.home, checkpointDirectory.slice(2));
  await mkdir(directory, { recursive: true });
  const hour = 3600_000;
  const files: readonly (readonly [string, number, string | null])[] = [
    ['DOGEUSDT_250_20240101_20240630.json', 0.2, null],
    ['BTCUSDT_100_20240101_20240630.json', 5, null],
    ['ETHUSDT_500_20230101_20231231.json', 9 * 24, null],
    ['SHIBUSDT_1000_20230101_20231231.json', 30 * 24, '{"symbol": "SHIBUSDT", "thresh'],
  ];
  for (const [name, hoursOld, text] of files) {
    const [symbol, threshold] = name.split('_');
    const path = join(directory, name);
    await writeFile(path, text ?? JSON.stringify({ symbol, threshold: Number(threshold), last_day: 120, bars: [] }));
    const time = new Date(Date.now() - hoursOld * hour);
    await utimes(path, time, time);
  }
  return files.map(([name]) => join(directory, name));
}

/**
 * A host with a job of every kind, in the groups `default` (one slot), `sweep` and `maintenance` (paused), and with
 * checkpoints. `layBusy` does the same on 3.4.1 and 4.0.4.
 */
export async function layBusy(host: PueueHost): Promise<BusyJobs> {
  await layProject(host);
  await layCheckpoints(host);
  for (const group of ['sweep', 'maintenance']) await host.must(['group', 'add', group]);
  await host.must(['parallel', '--group', 'sweep', '8']);
  await host.must(['pause', '--group', 'maintenance']);
  const finished = await layFinished(host);

  const running = await host.add('./sweep.sh DOGEUSDT 250', {
    label: 'DOGEUSDT@250',
    env: { [canaryVariable]: canarySecret },
  });
  await untilStates(host, new Map([[running, 'Running']]));
  const paused = await host.add('./sweep.sh BTCUSDT 100', { label: 'BTCUSDT@100', group: 'sweep' });
  await untilStates(host, new Map([[paused, 'Running']]));
  await host.must(['pause', String(paused)]);
  const jobs: BusyJobs = {
    ...finished,
    running,
    paused,
    queued: await host.add('./sweep.sh DOGEUSDT 500', { label: 'DOGEUSDT@500' }),
    queuedInPausedGroup: await host.add('./sweep.sh SHIBUSDT 1000 ok', {
      label: 'SHIBUSDT@1000',
      group: 'maintenance',
    }),
    waiting: await host.add('./sweep.sh DOGEUSDT 750 ok', { label: 'DOGEUSDT@750', group: 'sweep', after: [running] }),
    stashed: await host.add('./sweep.sh ETHUSDT 250', { label: 'ETHUSDT@250', stashed: true }),
    delayed: await host.add('./sweep.sh ETHUSDT 500', { label: 'ETHUSDT@500', delay: '3h' }),
  };
  await untilStates(host, expectedStates(jobs));
  return jobs;
}

/** The state of each job of {@link layBusy}. */
export function expectedStates(jobs: BusyJobs): ReadonlyMap<number, LabState> {
  return new Map<number, LabState>([
    [jobs.running, 'Running'],
    [jobs.queued, 'Queued'],
    [jobs.queuedInPausedGroup, 'Queued'],
    [jobs.waiting, 'Queued'],
    [jobs.paused, 'Paused'],
    [jobs.stashed, 'Stashed'],
    [jobs.delayed, 'Stashed'],
    [jobs.failed, 'Failed'],
    [jobs.notFound, 'Failed'],
    [jobs.killed, 'Killed'],
    [jobs.dependencyFailed, 'DependencyFailed'],
    [jobs.failedToSpawn, 'FailedToSpawn'],
    [jobs.succeeded, 'Success'],
  ]);
}

type FinishedKind = 'failed' | 'notFound' | 'killed' | 'dependencyFailed' | 'failedToSpawn' | 'succeeded';

/** One job of each way to end, in the group `sweep`. */
async function layFinished(host: PueueHost): Promise<Pick<BusyJobs, FinishedKind>> {
  const group = 'sweep';
  // The directory goes away between add and start: 4.0.4 does not take a job whose directory is missing.
  const directory = join(host.home, 'removed');
  await mkdir(directory);
  const failedToSpawn = await host.add('./sweep.sh XRPUSDT 100', {
    label: 'XRPUSDT@100',
    group,
    stashed: true,
    directory,
  });
  await rmdir(directory);
  await host.must(['enqueue', String(failedToSpawn)]);
  const killed = await host.add('./sweep.sh ADAUSDT 250', { label: 'ADAUSDT@250', group });
  const failed = await host.add('./sweep.sh LTCUSDT 250 fail', { label: 'LTCUSDT@250', group });
  const jobs = {
    failedToSpawn,
    killed,
    failed,
    notFound: await host.add('myapp-sweep --symbol LTCUSDT --threshold 500', { label: 'LTCUSDT@500', group }),
    dependencyFailed: await host.add('./sweep.sh LTCUSDT 750 ok', { label: 'LTCUSDT@750', group, after: [failed] }),
    succeeded: await host.add('./sweep.sh SOLUSDT 250 ok', { label: 'SOLUSDT@250', group }),
  };
  await untilStates(host, new Map([[killed, 'Running']]));
  await host.must(['kill', String(killed)]);
  await untilStates(
    host,
    new Map<number, LabState>([
      [failedToSpawn, 'FailedToSpawn'],
      [killed, 'Killed'],
      [failed, 'Failed'],
      [jobs.notFound, 'Failed'],
      [jobs.dependencyFailed, 'DependencyFailed'],
      [jobs.succeeded, 'Success'],
    ]),
  );
  return jobs;
}

/** The checklist's own case: one job runs, one waits for its slot, one has failed; one of them has the canary. */
export async function layWorking(
  host: PueueHost,
): Promise<Pick<BusyJobs, 'running' | 'queued' | 'failed' | 'succeeded'>> {
  await layProject(host);
  await layCheckpoints(host);
  const failed = await host.add('./sweep.sh LTCUSDT 250 fail', { label: 'LTCUSDT@250' });
  const succeeded = await host.add('./sweep.sh SOLUSDT 250 ok', { label: 'SOLUSDT@250' });
  await untilStates(
    host,
    new Map([
      [failed, 'Failed'],
      [succeeded, 'Success'],
    ]),
  );
  const running = await host.add('./sweep.sh DOGEUSDT 250', {
    label: 'DOGEUSDT@250',
    env: { [canaryVariable]: canarySecret },
  });
  const queued = await host.add('./sweep.sh DOGEUSDT 500', { label: 'DOGEUSDT@500' });
  await untilStates(
    host,
    new Map([
      [running, 'Running'],
      [queued, 'Queued'],
    ]),
  );
  return { failed, succeeded, running, queued };
}

/** A host on which all is done and well. @returns ids of its jobs */
export async function layIdle(host: PueueHost): Promise<readonly number[]> {
  await layProject(host);
  const jobs: number[] = [];
  for (const threshold of [100, 250, 500]) {
    jobs.push(await host.add(`./sweep.sh SOLUSDT ${threshold} ok`, { label: `SOLUSDT@${threshold}` }));
  }
  await untilStates(host, new Map(jobs.map((id) => [id, 'Success'])));
  return jobs;
}
