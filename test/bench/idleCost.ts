/** P9: what it costs to look at a host that does nothing, and not to look at it. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createHostReader } from '../../src/host/main';
import { systemClock } from '../../src/systemClock';
import { writeSshClientFiles } from '../lab/sshd';
import type { RemoteHost } from '../ssh/remoteHost';
import { hostSettings } from '../support/hostSettings';
import { KeptLog } from '../support/localHost';
import type { Row } from './table';

/** How long is looked at what. */
export interface IdleExtent {
  readonly watchedSeconds: number;
  readonly idleSeconds: number;
}

const timeoutMs = 60_000;
/** Linux counts the CPU of a process in hundredths of a second (`getconf CLK_TCK`). */
const tickMs = 10;

interface HelperCpu {
  readonly ownMs: number;
  readonly childrenMs: number;
}

/** CPU of the helper and of the programs that it has started and that have ended, after proc(5). */
function cpuOfHelper(pid: number): HelperCpu {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number) as [number, number, number, number];
  return { ownMs: (user + system) * tickMs, childrenMs: (childUser + childSystem) * tickMs };
}

/** Each reading traces the processes of the whole machine, so on one that is crowded it costs more. */
function countProcesses(): number {
  return readdirSync('/proc').filter((name) => /^\d+$/u.test(name)).length;
}

/** CPU of an act, in milliseconds. */
interface Cost {
  readonly wholeMs: number;
  readonly ownMs: number;
  readonly helper: HelperCpu;
}

async function costOf(helper: number, act: () => Promise<void>): Promise<Cost> {
  const [own, before, began] = [process.cpuUsage(), cpuOfHelper(helper), performance.now()];
  await act();
  const { user, system } = process.cpuUsage(own);
  const after = cpuOfHelper(helper);
  return {
    wholeMs: performance.now() - began,
    ownMs: (user + system) / 1000,
    helper: { ownMs: after.ownMs - before.ownMs, childrenMs: after.childrenMs - before.childrenMs },
  };
}

/** How often a host looks for changes for somebody who looks at it. */
const lookMs = 250;

/**
 * The wait for changes that the window of somebody who looks keeps under way, and a whole reading each second, which nothing
 * does on a host that tells its changes. Without the lab's proxy in between: that would be counted as ours.
 */
async function measureLooking(host: RemoteHost, seconds: number): Promise<readonly Row[]> {
  const alias = 'direct';
  const folder = join(host.pueue.folder, alias);
  await mkdir(folder);
  const { port, hostPublicKeys } = host.sshd;
  const { configFile } = await writeSshClientFiles(folder, [{ alias, port, hostPublicKeys, identity: host.identity }]);
  const log = new KeptLog();
  const connector = host.connector({ alias, folder, configFile }, {}, systemClock, log);
  const reader = createHostReader({ settings: hostSettings(alias), connector, clock: systemClock, log });
  try {
    const read = (): Promise<unknown> => reader.read(new AbortController().signal, timeoutMs);
    reader.setAttention('visible');
    await read();
    const pid = Number(/helper (\d+) is up/u.exec(log.lines.join('\n'))?.[1]);
    const forMs = seconds * 1000;
    const watched = await costOf(pid, async () => {
      const { sign } = await reader.watch({ sign: null, everyMs: lookMs, forMs: 0 }, new AbortController().signal);
      await reader.watch({ sign, everyMs: lookMs, forMs }, new AbortController().signal);
    });
    const looked = await costOf(pid, async () => {
      const began = performance.now();
      for (let second = 1; second <= seconds; second++) {
        await read();
        await setTimeout(Math.max(0, began + second * 1000 - performance.now()));
      }
    });
    if (watched.wholeMs < forMs) throw new Error('the host changed while it was to stand still');
    const row = (what: string, atMost: number | null, { wholeMs }: Cost, milliseconds: number): Row => ({
      ...{ id: 'P9', what, atMost, unit: '%', samples: [(100 * milliseconds) / wholeMs] },
    });
    const [waiting, reading] = [`of a core, waiting for changes at a look each ${lookMs} ms`, 'at a reading a second'];
    return [
      row(`CPU of the extension host, ${waiting}`, 0.5, watched, watched.ownMs),
      row(`CPU of the helper, ${waiting}`, 0.5, watched, watched.helper.ownMs),
      row(`CPU of the extension host, of a core, ${reading}`, 0.5, looked, looked.ownMs),
      row(
        `CPU of the helper, of a core, ${reading}, ${countProcesses()} processes being looked at`,
        null,
        looked,
        looked.helper.ownMs,
      ),
      row(
        `CPU of the pueue that it starts, built without optimisation, ${reading}`,
        null,
        looked,
        looked.helper.childrenMs,
      ),
    ];
  } finally {
    reader.close();
  }
}

/** Nobody looks: only signs of life may pass. */
async function measureIdleBytes(host: RemoteHost, seconds: number): Promise<readonly Row[]> {
  const way = await host.way();
  try {
    way.reader.setAttention('idle');
    await way.reader.read(new AbortController().signal, timeoutMs);
    // The answer to the first heartbeat is under way still.
    await setTimeout(1000);
    const before = way.proxy.bytes('up') + way.proxy.bytes('down');
    await setTimeout(seconds * 1000);
    const bytes = way.proxy.bytes('up') + way.proxy.bytes('down') - before;
    const what = `bytes on the wire in ${seconds} s while nobody looks`;
    return [{ id: 'P9', what, atMost: null, unit: 'bytes', samples: [bytes] }];
  } finally {
    way.reader.close();
  }
}

export async function measureIdle(host: RemoteHost, extent: IdleExtent): Promise<readonly Row[]> {
  return [
    ...(await measureLooking(host, extent.watchedSeconds)),
    ...(await measureIdleBytes(host, extent.idleSeconds)),
  ];
}
