/** The host that is measured: a real pueued behind a real sshd, with jobs like the lab's and environments of a stated size. */
import { layLargeQueue } from '../lab/largeQueue';
import { layCheckpoints } from '../lab/scenarios';
import { untilStates } from '../lab/queueState';
import { RemoteHost } from '../ssh/remoteHost';
import { sweepEnvironment, variableCount } from '../lab/sweepEnvironment';

/** What the environment of a job still needs beside what the lab's sessions have. */
function environmentOf({ pueue }: RemoteHost): Readonly<Record<string, string>> {
  return sweepEnvironment(variableCount - Object.keys(pueue.env).length);
}

const symbols = ['DOGEUSDT', 'BTCUSDT', 'ETHUSDT', 'SHIBUSDT', 'SOLUSDT', 'LTCUSDT'];

/** Adds stashed jobs with the labels and commands of a parameter sweep. */
export async function addJobs(host: RemoteHost, count: number): Promise<void> {
  const env = environmentOf(host);
  for (let index = 0; index < count; index++) {
    const symbol = symbols[index % symbols.length]!;
    const threshold = 250 * (1 + Math.floor(index / symbols.length));
    await host.pueue.add(`./sweep.sh ${symbol} ${threshold}`, { label: `${symbol}@${threshold}`, stashed: true, env });
  }
}

/** A host with one running job, `jobs - 1` stashed ones and four checkpoint files. */
export async function startBenchHost(jobs: number): Promise<RemoteHost> {
  const host = await RemoteHost.start({ version: '4.0.4' });
  try {
    await layCheckpoints(host.pueue);
    const running = await host.pueue.add('sleep 100000', { label: 'DOGEUSDT@100', env: environmentOf(host) });
    await untilStates(host.pueue, new Map([[running, 'Running']]));
    await addJobs(host, jobs - 1);
    return host;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/** A host with `jobs` jobs, one of which runs, and four checkpoint files. */
export async function startLargeBenchHost(jobs: number): Promise<RemoteHost> {
  const host = await RemoteHost.start({ version: '4.0.4' });
  try {
    await layLargeQueue(host.pueue, jobs - 1);
    return host;
  } catch (error) {
    await host.stop();
    throw error;
  }
}
