/** The soak of one transport: its cycles, and what is said of them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RemoteHost } from '../ssh/remoteHost';
import { growthOf, type Growth } from './growth';
import { cutAgainAndAgain, type CyclesOptions, type Look, type UnderWay } from './linkCycles';
import { seeded } from './seeded';

/** What is asked of the host while its link is cut. */
const underWay: readonly UnderWay[] = [(reader, signal) => reader.proposeCheckpoints(null, signal, 30_000)];

export interface LinkSoakOptions extends Pick<CyclesOptions, 'transport' | 'cycles' | 'cyclesALook' | 'onLook'> {
  readonly host: RemoteHost;
  readonly seed: number;
  /** The steepest rise of the heap that passes. Few cycles tell little of it. */
  readonly mostHeapBytesPerCycle: number;
}

export interface LinkSoak {
  readonly lines: readonly string[];
  readonly isGood: boolean;
}

/** @throws Error where the link does not come back, or where anything but its loss is told of it */
export async function soakLink(options: LinkSoakOptions): Promise<LinkSoak> {
  const { transport, seed, mostHeapBytesPerCycle } = options;
  const collectGarbage = garbageCollector();
  const { looks, count, warnings } = await cutAgainAndAgain({
    ...options,
    random: seeded(seed),
    underWay,
    collectGarbage,
  });
  const kinds = Object.entries(count).map(([cut, times]) => `${times} ${cut}`);
  const found = growthsOf(looks, mostHeapBytesPerCycle);
  const lines = [
    `${transport}, seed ${seed}: ${options.cycles} cycles (${kinds.join(', ')})`,
    ...found.map(({ line }) => `  ${line}`),
    ...warnings.map((warning) => `  Node warned: ${warning}`),
  ];
  return { lines, isGood: warnings.length === 0 && found.every(({ isOver }) => !isOver) };
}

function growthsOf(looks: readonly Look[], mostHeapBytesPerCycle: number): readonly Growth[] {
  const of = (key: keyof Look) => looks.map((look) => ({ cycles: look.cycles, value: look[key] }));
  // One thing that stays behind in each twentieth cycle is found.
  const most = 0.05;
  return [
    growthOf({ what: 'heap', mostPerCycle: mostHeapBytesPerCycle, unit: 'bytes', points: of('heapBytes') }),
    growthOf({ what: 'sockets, pipes and processes of Node', mostPerCycle: most, points: of('resources') }),
    growthOf({ what: 'timers', mostPerCycle: most, points: of('timers') }),
    growthOf({ what: 'listeners', mostPerCycle: most, points: of('listeners') }),
    growthOf({ what: 'connections', mostPerCycle: most, points: of('connections') }),
    growthOf({ what: 'helpers on the host', mostPerCycle: most, points: of('helpers') }),
    growthOf({ what: 'threads of the helper', mostPerCycle: most, points: of('threads') }),
    growthOf({ what: 'ssh processes', mostPerCycle: most, points: of('sshProcesses') }),
  ];
}

/** A full collection, also in a Node that was started without `--expose-gc`. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  return () => {
    // What a finalizer lets go is free only after a second one.
    collect();
    collect();
  };
}
