/** The real clock behind the `Clock` port. */
import { performance } from 'node:perf_hooks';
import type { Clock } from './core/ports';

/** Timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
