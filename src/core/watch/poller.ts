/** Reads a host when the time has come, and never twice at once. */
import type { Clock } from '../ports';

export interface PollerOptions {
  readonly clock: Clock;
  /** One reading. Never rejects. */
  readonly read: (signal: AbortSignal) => Promise<void>;
  /** Milliseconds until the next reading; `null` for none by itself. */
  readonly pauseMs: () => number | null;
}

/** One reading. */
interface Poll {
  readonly done: Promise<void>;
  readonly abort: AbortController;
  /** Monotonic milliseconds. */
  readonly began: number;
}

export class Poller {
  readonly #options: PollerOptions;
  #poll: Poll | null = null;
  #isClosed = false;
  #cancelTimer: () => void = () => undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Sets the timer anew. While a reading is under way there is none; its end sets it. */
  schedule(pause = this.#options.pauseMs()): void {
    this.#cancelTimer();
    if (pause === null || this.#poll !== null || this.#isClosed) return;
    this.#cancelTimer = this.#options.clock.after(pause, () => {
      // Cannot reject, as the reading never does.
      void this.now();
    });
  }

  /** Reads now, or joins the reading that is under way. Resolves when it is over. */
  now(): Promise<void> {
    this.#poll ??= this.#begin();
    return this.#poll.done;
  }

  /** Ends a reading that began longer ago, so that the next one begins afresh. */
  giveUp(olderThanMs: number): void {
    const poll = this.#poll;
    if (poll === null || this.#options.clock.monotonic() - poll.began < olderThanMs) return;
    this.#poll = null;
    poll.abort.abort();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
    this.#poll?.abort.abort();
  }

  #begin(): Poll {
    const abort = new AbortController();
    const done = this.#options.read(abort.signal).finally(() => {
      if (this.#poll?.abort === abort) this.#poll = null;
      this.schedule();
    });
    return { done, abort, began: this.#options.clock.monotonic() };
  }
}
