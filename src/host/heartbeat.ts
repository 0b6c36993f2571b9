/** Asks the helper for a sign of life at a pace, and notices where none comes. Any byte counts. */
import type { Clock } from '../core/ports';
import { WakeSense } from '../core/watch/wakeSense';

/** A link is dead after this long without a byte, or after two heartbeats where these are rarer. */
const silenceMs = 20_000;
/** The same from a doubt on: somebody begins to look, or the computer has slept. */
const doubtMs = 5_000;
/** The first heartbeats come at the pace of somebody who looks. */
const firstIntervalMs = 5_000;

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly ping: (intervalMs: number) => void;
  /** Called once, with what the link has been silent for. */
  readonly onSilence: (limitMs: number) => void;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #intervalMs = firstIntervalMs;
  #isRunning = false;
  #quietSince: number;
  /** When a doubt arose that no byte has dispelled since. */
  #doubtedAt: number | null = null;
  #cancelBeat: () => void = () => undefined;
  #cancelDeadline: () => void = () => undefined;

  /** Does not beat before {@link start}. */
  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#quietSince = options.clock.monotonic();
  }

  start(): void {
    this.#isRunning = true;
    this.#beat();
  }

  stop(): void {
    this.#isRunning = false;
    this.#cancelBeat();
    this.#cancelDeadline();
  }

  /** Something came. */
  heard(): void {
    this.#quietSince = this.#options.clock.monotonic();
    this.#doubtedAt = null;
  }

  /** Sets the pace and asks at once. Unless it gets slower, it is known within 5 s whether the link is alive. */
  setInterval(milliseconds: number): void {
    const isSlower = milliseconds > this.#intervalMs;
    // At a slower pace nothing was asked, so the silence until here is no sign of a dead link.
    if (milliseconds !== this.#intervalMs) this.#quietSince = this.#options.clock.monotonic();
    this.#intervalMs = milliseconds;
    if (!this.#isRunning) return;
    if (isSlower) this.#beat();
    else this.#doubt();
  }

  #doubt(): void {
    this.#doubtedAt ??= this.#options.clock.monotonic();
    this.#beat();
  }

  #beat(): void {
    const { clock, ping } = this.#options;
    this.#cancelBeat();
    ping(this.#intervalMs);
    const wake = new WakeSense(clock, this.#intervalMs);
    this.#cancelBeat = clock.after(this.#intervalMs, () => {
      if (wake.hasSlept()) this.#doubt();
      else this.#beat();
    });
    this.#awaitLife();
  }

  #awaitLife(): void {
    const { clock, onSilence } = this.#options;
    this.#cancelDeadline();
    const usual = { since: this.#quietSince, limitMs: Math.max(silenceMs, 2 * this.#intervalMs) };
    const doubted = { since: this.#doubtedAt ?? Infinity, limitMs: doubtMs };
    const { since, limitMs } = doubted.since + doubtMs < usual.since + usual.limitMs ? doubted : usual;
    const left = since + limitMs - clock.monotonic();
    if (left <= 0) onSilence(limitMs);
    else
      this.#cancelDeadline = clock.after(left, () => {
        this.#awaitLife();
      });
  }
}
