/** The watch of a host on real parts: whatever it shows can be waited for, and its readings are counted. */
import type { Clock, HostReader } from '../../src/core/ports';
import { HostWatch, type HostState, type HostWatchOptions } from '../../src/core/watch/hostWatch';
import { pauseForCostMs } from '../../src/core/watch/pace';
import { systemClock } from '../../src/systemClock';

export interface WatchedHost {
  readonly watch: HostWatch;
  /** Full readings so far. */
  readonly readings: () => number;
  /** Resolves with the first state that satisfies a condition, and how many milliseconds that took. */
  until(condition: (state: HostState) => boolean): Promise<number>;
  /** Until the cost of the last reading allows the next one. */
  untilFree(): Promise<void>;
  /** The same behind the first reading. */
  untilRead(): Promise<void>;
}

/** Reads at the interval only where a test says so: an hour. */
export function watchedHost(
  reader: HostReader,
  more: Partial<HostWatchOptions> = {},
  clock: Clock = systemClock,
): WatchedHost {
  let readings = 0;
  const counting: HostReader = {
    read: (...parts) => {
      readings += 1;
      return reader.read(...parts);
    },
    watch: (...parts) => reader.watch(...parts),
    proposeCheckpoints: (...parts) => reader.proposeCheckpoints(...parts),
    readLog: (...parts) => reader.readLog(...parts),
    readLastLines: (...parts) => reader.readLastLines(...parts),
    readCheckpoint: (...parts) => reader.readCheckpoint(...parts),
    followLog: (...parts) => reader.followLog(...parts),
    examine: (...parts) => reader.examine(...parts),
    releaseProcess: (...parts) => reader.releaseProcess(...parts),
    act: (...parts) => reader.act(...parts),
    compareEnvironment: (...parts) => reader.compareEnvironment(...parts),
    readSnapshots: (...parts) => reader.readSnapshots(...parts),
    readSnapshotJobs: (...parts) => reader.readSnapshotJobs(...parts),
    onDidChangeQuestion: (...parts) => {
      reader.onDidChangeQuestion(...parts);
    },
    allowQuestions: () => {
      reader.allowQuestions();
    },
    setAttention: (...parts) => {
      reader.setAttention(...parts);
    },
    onDidLoseLink: (...parts) => {
      reader.onDidLoseLink(...parts);
    },
    close: () => {
      reader.close();
    },
  };
  const watch = new HostWatch({
    ...{ name: 'lab', reader: counting, clock, random: Math.random, intervalMs: () => 3_600_000 },
    onUnexpected: (error) => {
      throw error;
    },
    ...more,
  });
  const until = (condition: (state: HostState) => boolean): Promise<number> => {
    const began = performance.now();
    return new Promise((resolve) => {
      let isDone = false;
      const look = (): void => {
        if (isDone || !condition(watch.state)) return;
        isDone = true;
        resolve(performance.now() - began);
      };
      watch.onDidChange(look);
      look();
    });
  };
  const untilFree = async (): Promise<void> => {
    const { reading } = watch.state;
    if (reading === null) return;
    const leftMs = reading.readAt + pauseForCostMs(reading.snapshot) - clock.monotonic();
    await new Promise<void>((resolve) => clock.after(Math.max(0, leftMs), resolve));
  };
  const untilRead = async (): Promise<void> => {
    await until(({ reading }) => reading !== null);
    await untilFree();
  };
  return { watch, readings: () => readings, until, untilFree, untilRead };
}
