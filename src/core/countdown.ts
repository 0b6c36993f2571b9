/** A limit that stands still while a person thinks. */
import type { Clock } from './ports';

export class Countdown {
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  #leftMs: number;
  /** Monotonic time at which it began to run; `null` while it stands still. */
  #runningSince: number | null = null;
  #cancelTimer: () => void = () => undefined;

  /** Stands still until {@link run}. `onEnd` is called once, when `ms` have been run through. */
  constructor(clock: Clock, ms: number, onEnd: () => void) {
    this.#clock = clock;
    this.#leftMs = ms;
    this.#onEnd = onEnd;
  }

  /** Goes on. */
  run(): void {
    if (this.#runningSince !== null) return;
    this.#runningSince = this.#clock.monotonic();
    this.#cancelTimer = this.#clock.after(Math.max(1, this.#leftMs), this.#onEnd);
  }

  /** Stands still, for a while or for ever. @returns the milliseconds that are left */
  stop(): number {
    if (this.#runningSince !== null) this.#leftMs -= this.#clock.monotonic() - this.#runningSince;
    this.#runningSince = null;
    this.#cancelTimer();
    return this.#leftMs;
  }
}
