/**
 * Keeps one wait for a change of a host under way. What the last wait has answered outlives pauses and lost links, so that
 * a change that came meanwhile is told by the next one.
 */
import type { Clock, HostReader } from '../ports';
import type { WatchAnswer } from './watchRequest';

/** Longest wait in one request. The heartbeat knows sooner whether the link is alive. */
const forMs = 60_000;

export interface ChangeWaitOptions {
  readonly reader: Pick<HostReader, 'watch'>;
  readonly clock: Clock;
  /** Each answer; `changed`: whether it is another one than before, `null` where there was none before. */
  readonly onAnswer: (answer: WatchAnswer, changed: boolean | null) => void;
  /** The wait has ended by a failure and is not begun again by itself. */
  readonly onFailure: (error: unknown) => void;
}

export class ChangeWait {
  readonly #options: ChangeWaitOptions;
  #sign: string | null = null;
  #underWay: { readonly everyMs: number; readonly abort: AbortController } | null = null;

  constructor(options: ChangeWaitOptions) {
    this.#options = options;
  }

  /** How the host looked before its first reading: where the first wait begins with that, it tells whatever came after. */
  knows(sign: string | null): void {
    this.#sign ??= sign;
  }

  /** Begins to wait, or goes on, with a look of the host each `everyMs`. */
  begin(everyMs: number): void {
    if (this.#underWay?.everyMs === everyMs) return;
    this.end();
    const abort = new AbortController();
    this.#underWay = { everyMs, abort };
    // Cannot reject: it tells a failure.
    void this.#go(everyMs, abort.signal);
  }

  end(): void {
    this.#underWay?.abort.abort();
    this.#underWay = null;
  }

  async #go(everyMs: number, signal: AbortSignal): Promise<void> {
    const { reader, clock, onAnswer, onFailure } = this.#options;
    try {
      while (!signal.aborted) {
        const asked = clock.monotonic();
        const answer = await reader.watch({ sign: this.#sign, everyMs, forMs }, signal);
        if (aborted(signal)) return;
        const changed = this.#sign === null ? null : answer.sign !== this.#sign;
        this.#sign = answer.sign;
        onAnswer(answer, changed);
        // A host that changes all the time, or whose waits end at once, is still asked at the pace of its looks only.
        await this.#pause(asked + everyMs - clock.monotonic(), signal);
      }
    } catch (error) {
      if (aborted(signal)) return;
      this.#underWay = null;
      onFailure(error);
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const go = (): void => {
        cancelTimer();
        signal.removeEventListener('abort', go);
        resolve();
      };
      const cancelTimer = this.#options.clock.after(ms, go);
      signal.addEventListener('abort', go);
    });
  }
}

/** Asked anew each time: a signal changes while one waits. */
function aborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
