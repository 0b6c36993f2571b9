/** Real time, run faster: for waiting out the long limits of a link on real parts. */
import type { Clock } from '../../src/core/ports';
import { systemClock } from '../../src/systemClock';

/** @param factor how many of its milliseconds pass in one real one */
export function fastClock(factor: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic() * factor,
    after: (ms, callback) => systemClock.after(ms / factor, callback),
  };
}
