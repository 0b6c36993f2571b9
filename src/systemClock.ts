/** The real clock behind the `Clock` port. */
import { performance } from 'node:perf_hooks';
import type { Clock } from './core/ports';

/** The longest time that `setTimeout` can wait, in milliseconds; what is more would fire at once. */
const longestWait = 2 ** 31 - 1;

/** How much too early Node's timers may fire: they count whole milliseconds, from a time that is up to one old. */
const earlyMs = 1;

/** Timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, Math.min(Math.ceil(ms) + earlyMs, longestWait));
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
