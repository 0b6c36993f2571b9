/** Notices that the computer has slept: a timer comes far too late, by whichever clock went on meanwhile. */
import type { Clock } from '../ports';

export class WakeSense {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #due: { readonly wall: number; readonly monotonic: number };

  /** @param intervalMs after which the timer that begins now is to call */
  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#due = { wall: clock.now() + intervalMs, monotonic: clock.monotonic() + intervalMs };
  }

  /** Asked by the timer's call: whether it is late by more than two intervals. Linux stops the monotonic clock in sleep. */
  hasSlept(): boolean {
    const lateMs = Math.max(this.#clock.now() - this.#due.wall, this.#clock.monotonic() - this.#due.monotonic);
    return lateMs > 2 * this.#intervalMs;
  }
}
