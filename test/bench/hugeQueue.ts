/** P3 at a size that pueue itself is not usable at: what is held of it here and on the host, fed from a generated status. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scopeOf, type Scope } from '../../src/core/audit/decide';
import type { HostSnapshot } from '../../src/core/snapshot';
import { registerFolder, unregister } from '../lab/registry';
import { FakePueue } from '../support/fakePueue';
import { localHost, type LocalHost } from '../support/localHost';
import { collectGarbage, cpuOf, longestBlockOf } from './editorWork';
import { writeMadeStatus } from './madeStatus';
import type { Row } from './table';

const timeoutMs = 300_000;
/** Fewer than elsewhere, so that the status stays at a size that a disk of a build machine takes in a moment. */
const variables = 10;

/** What is in use by this process after all garbage is gone, in MB: objects and buffers. */
export function heldMegabytes(): number {
  for (let count = 0; count < 2; count++) collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** The most that the helper has had in memory so far, in MB. */
async function helperPeakMegabytes({ log }: LocalHost): Promise<number> {
  const pid = /helper (\d+) is up/u.exec(log.lines.join('\n'))?.[1];
  const peak = /VmHWM:\s+(\d+) kB/u.exec(await readFile(`/proc/${pid ?? ''}/status`, 'utf8'))?.[1];
  if (peak === undefined) throw new Error('the memory of the helper is not shown');
  return Number(peak) / 1000;
}

interface Held {
  readonly snapshot: HostSnapshot;
  readonly scope: Scope;
}

/** One whole reading of a queue of `jobs`, what stays of it, and one after nothing has changed. */
export async function measureHugeQueue(jobs: number): Promise<readonly Row[]> {
  const pueue = await FakePueue.make();
  registerFolder(pueue.home);
  try {
    const status = join(pueue.home, 'huge');
    await writeMadeStatus(status, jobs, variables);
    await pueue.runs(`cat '${status}'`);
    const warm = async (): Promise<LocalHost> => {
      const local = localHost(pueue.env);
      // Connects, and reads nothing of the queue.
      await local.reader.watch({ sign: null, everyMs: 1000, forMs: 0 }, new AbortController().signal);
      return local;
    };
    const refresh = async ({ reader }: LocalHost, known?: Held): Promise<Held> => {
      const snapshot = await reader.read(new AbortController().signal, timeoutMs);
      if (snapshot.queue.jobs.length !== jobs) throw new Error('the huge queue was not read whole');
      return { snapshot, scope: scopeOf(snapshot, known) };
    };
    const other = await warm();
    const block = await longestBlockOf(async () => {
      await refresh(other);
    });
    other.reader.close();
    const local = await warm();
    const before = heldMegabytes();
    const held: Held[] = [];
    const keep = async (): Promise<void> => {
      held.push(await refresh(local, held.pop()));
    };
    const whole = await cpuOf(keep);
    const growth = heldMegabytes() - before;
    const again = await cpuOf(keep);
    const peak = await helperPeakMegabytes(local);
    local.reader.close();
    const of = `${jobs} jobs`;
    return [
      { id: 'P3', what: `heap growth by a reading of ${of}`, atMost: 150, unit: 'MB', samples: [growth] },
      { id: 'P3', what: `CPU of a whole refresh, ${of}`, atMost: null, unit: 'ms', samples: [whole] },
      { id: 'P3', what: `longest block of a whole refresh, ${of}`, atMost: null, unit: 'ms', samples: [block] },
      { id: 'P3', what: `CPU of a refresh after nothing changed, ${of}`, atMost: null, unit: 'ms', samples: [again] },
      {
        id: 'P3',
        what: `the helper's memory at its most, ${of}, ${variables} variables each`,
        atMost: null,
        unit: 'MB',
        samples: [peak],
      },
    ];
  } finally {
    await pueue.remove();
    unregister(pueue.home);
  }
}
