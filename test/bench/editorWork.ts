/** P3: what a large queue costs the extension host, beside one `JSON.parse` of what pueue prints. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { auditSnapshot } from '../../src/core/audit/auditReport';
import { scopeOf } from '../../src/core/audit/decide';
import type { HostSnapshot } from '../../src/core/snapshot';
import { registerFolder, unregister } from '../lab/registry';
import { FakePueue } from '../support/fakePueue';
import { localHost, sha256 } from '../support/localHost';
import { madeStatus } from './madeStatus';
import { interleave, ratios, timed } from './samples';
import type { Row } from './table';

const timeoutMs = 120_000;
/** How often the event loop is looked at, in milliseconds; a block is told too long by at most that. */
const resolutionMs = 1;

/** What the sample before has left would be collected at the cost of this one. @throws Error where that cannot be had */
function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('start node with --expose-gc, as npm run bench does');
  globalThis.gc();
}

/** CPU of this process in milliseconds; what the host does runs in others. */
async function cpuOf(act: () => Promise<void>): Promise<number> {
  collectGarbage();
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The longest block of the event loop during an act, in milliseconds. */
async function longestBlockOf(act: () => Promise<void>): Promise<number> {
  collectGarbage();
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  await act();
  // A block is seen only when the watch's own timer has come up after it.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, resolutionMs));
  delay.disable();
  return delay.max / 1e6 - resolutionMs;
}

/** A refresh and an audit of a queue of `jobs`, over the transport `local`, so that no cipher is counted. */
export async function measureEditorWork(jobs: number, rounds: number): Promise<readonly Row[]> {
  const pueue = await FakePueue.make();
  registerFolder(pueue.home);
  try {
    const raw = madeStatus(jobs);
    await pueue.prints(raw);
    const { reader } = localHost(pueue.env);
    const read = async (): Promise<HostSnapshot> => {
      const snapshot = await reader.read(new AbortController().signal, timeoutMs);
      if (snapshot.queue.jobs.length !== jobs) throw new Error('the large queue was not read whole');
      return snapshot;
    };
    // What the watch of a host does with a reading, and what the command does.
    const refresh = async (): Promise<void> => {
      if (scopeOf(await read()).live.length === 0) throw new Error('the large queue was taken for idle');
    };
    const audit = async (): Promise<void> => {
      const snapshot = await read();
      // The watch has looked at it by then, and the command gives the editor a turn.
      const scope = scopeOf(snapshot);
      await setImmediate();
      const { decision } = auditSnapshot('lab', snapshot, sha256, scope);
      if (decision.verdict === 'pass') throw new Error('the large queue was taken for idle');
    };
    // The first ones compile the code on both sides.
    await refresh();
    await audit();
    const parses: number[] = [];
    const samples = await interleave(rounds, {
      refreshCpu: () => cpuOf(refresh),
      auditCpu: () => cpuOf(audit),
      // Apart from the CPU, because watching the event loop costs some.
      refreshBlock: () => longestBlockOf(refresh),
      auditBlock: () => longestBlockOf(audit),
      parseCpu: () =>
        cpuOf(async () => {
          parses.push(await timed(() => Promise.resolve(JSON.parse(raw) as unknown)));
        }),
    });
    reader.close();
    const { refreshCpu, auditCpu, refreshBlock, auditBlock, parseCpu } = samples;
    const beside = `JSON.parse of pueue's reply, ${jobs} jobs`;
    return [
      { id: 'P3', what: `CPU of a refresh / ${beside}`, atMost: 0.6, samples: ratios(refreshCpu, parseCpu) },
      {
        id: 'P3',
        what: `longest block of a refresh / ${beside}`,
        atMost: 1 / 3,
        samples: ratios(refreshBlock, parses),
      },
      { id: 'P3', what: `CPU of an audit / ${beside}`, atMost: null, samples: ratios(auditCpu, parseCpu) },
      { id: 'P3', what: `longest block of an audit / ${beside}`, atMost: null, samples: ratios(auditBlock, parses) },
      { id: 'P3', what: `${beside} (${(raw.length / 1e6).toFixed(1)} MB)`, atMost: null, unit: 'ms', samples: parses },
    ];
  } finally {
    await pueue.remove();
    unregister(pueue.home);
  }
}
