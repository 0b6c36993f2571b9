/** P7: how soon a line of a followed job is seen, and what a job costs that prints faster than anybody reads. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { FollowScreen } from '../../src/core/follow/followScreen';
import { JobFollow } from '../../src/core/follow/jobFollow';
import { untilStates } from '../lab/queueState';
import { registerProcess, unregister } from '../lab/registry';
import type { RemoteHost, Way } from '../ssh/remoteHost';
import { systemClock } from '../../src/systemClock';
import { WatchedHost } from '../support/followedJob';
import { heldMegabytes } from './hugeQueue';
import type { Row } from './table';

/** As the setting has it by default. */
const refreshMs = 2_000;
/** Between two lines, so that each is shown by itself. */
const lineSeconds = 0.53;
const floodBytesPerSecond = 10e6;
const floodLineBytes = 100;
const mega = 1e6;

/** A terminal that keeps nothing of what it is given. */
class PassingScreen extends FollowScreen {
  readonly updates: number[] = [];

  override output(bytes: Uint8Array): void {
    this.updates.push(performance.now());
    super.output(bytes);
  }
}

/** A job that is followed as by the terminal of a window. */
class Follower {
  readonly watched: WatchedHost;
  readonly screen: PassingScreen;
  readonly end: Promise<unknown>;
  readonly #abort = new AbortController();

  private constructor(watched: WatchedHost, id: number, onText: (text: string) => void) {
    this.watched = watched;
    this.screen = new PassingScreen(onText);
    const run = { id, createdAt: null, start: null };
    const follow = new JobFollow({ host: watched, run, lines: 0, screen: this.screen, clock: systemClock });
    this.end = follow.run(this.#abort.signal);
  }

  static async begin(way: Way, id: number, onText: (text: string) => void): Promise<Follower> {
    const watched = new WatchedHost(way.reader, refreshMs);
    await watched.refresh();
    return new Follower(watched, id, onText);
  }

  /** @returns milliseconds until following had ended */
  async stop(): Promise<number> {
    const began = performance.now();
    this.#abort.abort();
    await this.end;
    return performance.now() - began;
  }
}

/** Times that a job prints, told apart from all that stands between them. */
class Delays {
  readonly samples: number[] = [];
  #rest = '';

  constructor(readonly wanted: number) {}

  readonly take = (text: string): void => {
    const lines = (this.#rest + text).split(/\r?\n/u);
    this.#rest = lines.pop() ?? '';
    for (const line of lines)
      if (/^\d{19}$/u.test(line) && this.samples.length < this.wanted)
        this.samples.push(Date.now() - Number(line) / mega);
  };
}

/** A job beside those that are there, and what takes it away again. */
async function startJob({ pueue }: RemoteHost, command: string): Promise<{ id: number; end: () => Promise<void> }> {
  await pueue.must(['parallel', '2']);
  const id = await pueue.add(command);
  await untilStates(pueue, new Map([[id, 'Running']]));
  return {
    id,
    async end() {
      await pueue.must(['kill', String(id)]);
      await untilStates(pueue, new Map([[id, 'Killed']]));
      await pueue.must(['remove', String(id)]);
    },
  };
}

/** How soon a line is seen, at a round trip, beside `pueue follow` over ssh. The clocks of both sides are one. */
export async function measureLines(host: RemoteHost, rttMs: number, count: number): Promise<readonly Row[]> {
  const way = await host.way({ delayMs: { up: rttMs / 2, down: rttMs / 2 } });
  const { id, end } = await startJob(host, `while :; do date +%s%N; sleep ${lineSeconds}; done`);
  const [ours, theirs] = [new Delays(count), new Delays(count)];
  try {
    const follower = await Follower.begin(way, id, ours.take);
    const plain = pueueFollow(way, id, theirs.take);
    // Both are there when the lines that count come.
    while (ours.samples.length < count || theirs.samples.length < count)
      await new Promise((resolve) => setTimeout(resolve, 1000 * lineSeconds));
    await follower.stop();
    await plain.stop();
    follower.watched.watch.close();
  } finally {
    await end();
  }
  const row = (what: string, atMost: number | null, samples: readonly number[]): Row => ({
    ...{ id: 'P7', what: `${what}, at RTT ${rttMs} ms`, atMost, unit: 'ms', samples },
  });
  return [
    row('a line of a followed job is shown after', rttMs / 2 + 150, ours.samples),
    row('the same by `pueue follow` over ssh', null, theirs.samples),
  ];
}

/** The plain way: pueue's own command over an `ssh` that stays open. */
function pueueFollow(way: Way, id: number, take: (text: string) => void): { stop: () => Promise<void> } {
  const argv = ['-F', way.configFile, '-o', 'BatchMode=yes', way.alias, `~/.cargo/bin/pueue follow --lines 1 ${id}`];
  const child = spawn('ssh', argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  if (child.pid !== undefined) registerProcess(child.pid);
  createInterface({ input: child.stdout }).on('line', (line) => {
    take(`${line}\n`);
  });
  const ended = new Promise<void>((resolve) => child.once('close', resolve));
  return {
    async stop() {
      child.kill('SIGTERM');
      await ended;
      unregister(null);
    },
  };
}

/** The most updates in any second. */
function mostInASecond(times: readonly number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
}

/** A job that prints 10 MB a second, on a line of a round trip of 50 ms that takes what is asked, or less. */
export async function measureFlood(
  host: RemoteHost,
  { seconds, bytesPerSecond }: { readonly seconds: number; readonly bytesPerSecond: number },
): Promise<readonly Row[]> {
  const way = await host.way({
    delayMs: { up: 25, down: 25 },
    bandwidth: { up: bytesPerSecond, down: bytesPerSecond },
  });
  const { id, end } = await startJob(host, flood());
  try {
    let shown = 0;
    const follower = await Follower.begin(way, id, (text) => {
      shown += text.length;
    });
    const helper = /helper (\d+) is up/u.exec(way.log.lines.join('\n'))?.[1] ?? '';
    const helperBefore = await residentMegabytes(helper);
    const before = heldMegabytes();
    const cpuBefore = process.cpuUsage();
    const began = performance.now();
    let most = 0;
    while (performance.now() - began < seconds * 1000) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      const { heapUsed, external } = process.memoryUsage();
      most = Math.max(most, (heapUsed + external) / mega);
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    const wholeMs = performance.now() - began;
    const held = heldMegabytes() - before;
    const helperGrowth = (await residentMegabytes(helper)) - helperBefore;
    const cancelMs = await follower.stop();
    const answeredMs = await timeOf(() => way.reader.watch({ sign: null, everyMs: 1000, forMs: 0 }, never));
    follower.watched.watch.close();
    if (shown === 0) throw new Error('nothing was shown of a job that prints all the time');
    const width = bytesPerSecond === 0 ? '' : `, on a line of ${bytesPerSecond / 1e3} KB/s`;
    const of = `a job that prints ${floodBytesPerSecond / mega} MB/s${width}`;
    const row = (what: string, atMost: number | null, unit: Row['unit'], value: number): Row => ({
      ...{ id: 'P7', what: `${what}, ${of}`, atMost, samples: [value] },
      ...(unit === undefined ? {} : { unit }),
    });
    return [
      row('updates in any second', 10, undefined, mostInASecond(follower.screen.updates)),
      row('memory held after it', 10, 'MB', held),
      row('memory at its most, garbage included', null, 'MB', most - before),
      row('memory of the helper', 32, 'MB', helperGrowth),
      row('CPU of the extension host, of a core', null, '%', (user + system) / 10 / wholeMs),
      row('a cancel is answered after', 1000, 'ms', cancelMs),
      row('and the host answers the next question after', null, 'ms', answeredMs),
    ];
  } finally {
    await end();
  }
}

const never = new AbortController().signal;

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

async function residentMegabytes(pid: string): Promise<number> {
  return Number(/^VmRSS:\s+(\d+) kB/mu.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000;
}

/** Prints its lines in tenths of a second, and makes up for what came late. */
function flood(): string {
  const lines = floodBytesPerSecond / floodLineBytes / 10;
  return `exec python3 -c "
import sys, time
n, began = 0, time.monotonic()
while True:
    sys.stdout.write(''.join('%0${floodLineBytes - 1}d\\n' % (n + each) for each in range(${lines})))
    sys.stdout.flush()
    n += ${lines}
    time.sleep(max(0, began + n / ${lines * 10} - time.monotonic()))
"`;
}
