/** The real clock, which can also jump: so that nobody waits for a link that is silent for 20 s. It knows its timers. */
import type { Clock } from '../../src/core/ports';
import { systemClock } from '../../src/systemClock';

interface Timer {
  readonly due: number;
  readonly callback: () => void;
  readonly cancel: () => void;
}

export class SkippingClock implements Clock {
  readonly #timers = new Set<Timer>();
  #skippedMs = 0;

  /** How many timers are still to fire. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return systemClock.now() + this.#skippedMs;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#skippedMs;
  }

  after(ms: number, callback: () => void): () => void {
    const fire = (): void => {
      this.#timers.delete(timer);
      callback();
    };
    const timer: Timer = { due: this.monotonic() + ms, callback: fire, cancel: systemClock.after(ms, fire) };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      timer.cancel();
    };
  }

  /** Jumps ahead. What had to fire meanwhile does so now, in its order. */
  skip(ms: number): void {
    const end = this.monotonic() + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ due }) => due <= end).sort((one, other) => one.due - other.due);
      if (next === undefined) break;
      this.#skippedMs += Math.max(0, next.due - this.monotonic());
      next.cancel();
      next.callback();
    }
    this.#skippedMs += Math.max(0, end - this.monotonic());
  }
}
