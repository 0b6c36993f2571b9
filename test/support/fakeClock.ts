/** A clock that stands still until it is told to go on. */
import type { Clock } from '../../src/core/ports';

export class FakeClock implements Clock {
  #time = 0;
  /** How far the wall clock went on while the other one stood still. */
  #slept = 0;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return 1_795_000_000_000 + this.#time + this.#slept;
  }

  monotonic(): number {
    return this.#time;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#time + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Milliseconds until the next timer; `null` where none is set. */
  get next(): number | null {
    return this.#timers.length === 0 ? null : Math.min(...this.#timers.map(({ at }) => at)) - this.#time;
  }

  /** Sleeps as a computer with Linux does: the wall clock goes on, timers and the monotonic clock do not. */
  sleep(ms: number): void {
    this.#slept += ms;
  }

  /** Lets `ms` pass, calling timers in order. */
  advance(ms: number): void {
    const end = this.#time + ms;
    for (;;) {
      const [due] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#time = Math.max(this.#time, due.at);
      due.callback();
    }
    this.#time = end;
  }
}
