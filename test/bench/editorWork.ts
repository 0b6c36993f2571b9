/** P3: what a large queue costs the extension host, beside one `JSON.parse` of what pueue prints. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { auditSnapshot } from '../../src/core/audit/auditReport';
import { scopeOf, type Scope } from '../../src/core/audit/decide';
import type { HostSnapshot } from '../../src/core/snapshot';
import { registerFolder, unregister } from '../lab/registry';
import { FakePueue } from '../support/fakePueue';
import { localHost, sha256, type LocalHost } from '../support/localHost';
import { madeStatus } from './madeStatus';
import { interleave, ratios, timed, type Contender } from './samples';
import type { Row } from './table';
import { BenchTree } from './treeWork';

const timeoutMs = 120_000;
/** How often the event loop is looked at, in milliseconds; a block is told too long by at most that. */
const resolutionMs = 1;

/** What the sample before has left would be collected at the cost of this one. @throws Error where that cannot be had */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('start node with --expose-gc, as npm run bench does');
  globalThis.gc();
}

/** How long it is looked whether anything still works, and what is so little that nothing does. Both in milliseconds. */
const stillness = { lookMs: 50, mostCpuMs: 0.5 };

/** Collects, and waits until V8's own threads have swept up: the CPU that takes is told by nothing else, and has no event. */
async function untilStill(): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    if (tries < 2) collectGarbage();
    const before = process.cpuUsage();
    await setTimeout(stillness.lookMs);
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 <= stillness.mostCpuMs) return;
  }
}

/** CPU of this process in milliseconds; what the host does runs in others. */
export async function cpuOf(act: () => Promise<void>): Promise<number> {
  await untilStill();
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The longest block of the event loop during an act, in milliseconds. */
export async function longestBlockOf(act: () => Promise<void>): Promise<number> {
  collectGarbage();
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  await act();
  // A block is seen only when the watch's own timer has come up after it.
  for (let turn = 0; turn < 3; turn++) await setTimeout(resolutionMs);
  delay.disable();
  return delay.max / 1e6 - resolutionMs;
}

/** What the extension keeps of a host. */
interface Held {
  readonly snapshot: HostSnapshot;
  readonly scope: Scope;
  readonly tree: BenchTree;
}

/** How many jobs change between two refreshes. */
const changes = 10;

/**
 * Refreshes and an audit of a queue of `jobs`, over the transport `local`, so that no cipher is counted: one that reads all
 * of it, as the first one of a session, one after a few jobs have changed, and one after nothing has.
 */
export async function measureEditorWork(jobs: number, rounds: number): Promise<readonly Row[]> {
  const pueue = await FakePueue.make();
  registerFolder(pueue.home);
  try {
    const raw = madeStatus(jobs);
    const [before, after] = [join(pueue.home, 'before'), join(pueue.home, 'after')];
    await writeFile(before, raw);
    await writeFile(after, changed(raw, jobs));
    let shown = before;
    const show = async (path: string): Promise<void> => {
      shown = path;
      await pueue.runs(`cat '${path}'`);
    };
    await show(before);
    const open: LocalHost[] = [];
    const held = new WeakMap<LocalHost, Held>();
    const warm = async (): Promise<LocalHost> => {
      const local = localHost(pueue.env);
      open.push(local);
      // Connects, and reads nothing of the queue.
      await local.reader.watch({ sign: null, everyMs: 1000, forMs: 0 }, new AbortController().signal);
      return local;
    };
    const read = async ({ reader }: LocalHost): Promise<HostSnapshot> => {
      const snapshot = await reader.read(new AbortController().signal, timeoutMs);
      if (snapshot.queue.jobs.length !== jobs) throw new Error('the large queue was not read whole');
      return snapshot;
    };
    // What the watch of a host and its open rows do with a reading, and what the command does.
    const refresh = async (local: LocalHost): Promise<void> => {
      const snapshot = await read(local);
      const before = held.get(local);
      const scope = scopeOf(snapshot, before);
      if (scope.live.length === 0) throw new Error('the large queue was taken for idle');
      const tree = before?.tree ?? new BenchTree();
      tree.showsReading(snapshot, scope);
      if (before === undefined) tree.tell(tree.root());
      else tree.tellChanges();
      held.set(local, { snapshot, scope, tree });
    };
    const audit = async (local: LocalHost): Promise<void> => {
      const snapshot = await read(local);
      // The watch has looked at it by then, and the command gives the editor a turn.
      const scope = scopeOf(snapshot);
      await setImmediate();
      const { decision } = auditSnapshot('lab', snapshot, sha256, scope);
      if (decision.verdict === 'pass') throw new Error('the large queue was taken for idle');
    };
    // The first ones compile the code on both sides.
    const kept = await warm();
    for (let count = 0; count < 2; count++) await audit(await warm());
    for (let count = 0; count < 2; count++) await refresh(kept);
    const whole = (
      measure: (act: () => Promise<void>) => Promise<number>,
      act: (local: LocalHost) => Promise<void>,
    ): Contender => {
      return async () => {
        const local = await warm();
        try {
          return await measure(() => act(local));
        } finally {
          local.reader.close();
        }
      };
    };
    const next = (measure: (act: () => Promise<void>) => Promise<number>, isChanged: boolean): Contender => {
      return async () => {
        if (isChanged) await show(shown === before ? after : before);
        else await refresh(kept);
        return measure(() => refresh(kept));
      };
    };
    const parses: number[] = [];
    const samples = await interleave(rounds, {
      refreshCpu: whole(cpuOf, refresh),
      changeCpu: next(cpuOf, true),
      unchangedCpu: next(cpuOf, false),
      auditCpu: whole(cpuOf, audit),
      // Apart from the CPU, because watching the event loop costs some.
      refreshBlock: whole(longestBlockOf, refresh),
      changeBlock: next(longestBlockOf, true),
      auditBlock: whole(longestBlockOf, audit),
      parseCpu: () =>
        cpuOf(async () => {
          parses.push(await timed(() => Promise.resolve(JSON.parse(raw) as unknown)));
        }),
    });
    for (const { reader } of open) reader.close();
    const { parseCpu } = samples;
    const beside = `JSON.parse of pueue's reply, ${jobs} jobs`;
    // The goals are of a large queue: of a small one the rest of a reading weighs more.
    const isJudged = jobs >= 10_000;
    const cpu = (what: string, atMost: number | null, taken: readonly number[]): Row => ({
      ...{ id: 'P3', what: `CPU of ${what} / ${beside}`, atMost: isJudged ? atMost : null },
      samples: ratios(taken, parseCpu),
    });
    const block = (what: string, atMost: number | null, taken: readonly number[]): Row => ({
      ...{ id: 'P3', what: `longest block of ${what} / ${beside}`, atMost: isJudged ? atMost : null },
      samples: ratios(taken, parses),
    });
    return [
      cpu('a whole refresh, its first page of the tree included', 0.6, samples.refreshCpu),
      block('a whole refresh', 1 / 3, samples.refreshBlock),
      cpu(`a refresh after ${changes} jobs changed, its rows included`, 0.1, samples.changeCpu),
      block(`a refresh after ${changes} jobs changed`, 1 / 3, samples.changeBlock),
      cpu('a refresh after nothing changed', null, samples.unchangedCpu),
      cpu('a whole audit', null, samples.auditCpu),
      block('a whole audit', null, samples.auditBlock),
      { id: 'P3', what: `${beside} (${(raw.length / 1e6).toFixed(1)} MB)`, atMost: null, unit: 'ms', samples: parses },
    ];
  } finally {
    await pueue.remove();
    unregister(pueue.home);
  }
}

/** The status with other labels on a few of its jobs, spread over the queue. */
function changed(raw: string, jobs: number): string {
  let text = raw;
  for (let count = 0; count < changes; count++) {
    const id = Math.floor((count * jobs) / changes);
    text = text.replace(`@${id}",`, `@${id}-again",`);
  }
  return text;
}
