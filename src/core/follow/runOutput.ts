/**
 * The output of one run, shown part by part. One part is under way at a time, so nothing piles up; a part counts once it is
 * shown, so nothing is lost or shown twice.
 */
import { isOfEarlierRun } from '../log/logOfRun';
import { logOlderThanRun } from '../log/logProblems';
import type { Clock } from '../ports';
import { isProblemError, mayRetryUnattended, type Problem } from '../problem';
import type { FollowedHost } from './followedHost';
import type { FollowedPart, LogPosition, ReadPart } from './followedPart';
import type { FollowedScreen } from './followScreen';
import * as words from './followWords';

/** At most ten updates a second. */
const updateMs = 100;
/** Longest wait of the host for more output. */
const waitMs = 60_000;

export interface RunOutputOptions {
  readonly host: FollowedHost;
  readonly clock: Clock;
  readonly screen: FollowedScreen;
  readonly job: number;
  /** Of the run. */
  readonly start: string;
  /** Lines of the past to begin with; `null` for all there is. */
  readonly lines: number | null;
}

export interface FollowSignals {
  readonly wait: AbortSignal;
  readonly stop: AbortSignal;
}

export type Shown =
  /** There was a part, or none in time. */
  | 'more'
  /** Everything up to the size that the log had when it was first asked about. */
  | 'end'
  /** The file is not what it was, so that it may be the log of another run; nothing of it was shown. */
  | 'doubt'
  /** It cannot be read, which was said; another try would not help. */
  | 'unreadable'
  /** There was no answer; another try may help. */
  | 'noAnswer';

export class RunOutput {
  readonly #options: RunOutputOptions;
  #position: LogPosition | null = null;
  #lines: number | null;
  #doubted: ReadPart | null = null;
  #isUnreadable = false;
  #isMissing = false;
  /** Size of the log when it was first asked about after the end of the run. */
  #endSize: number | null = null;
  #updatedAt = -Infinity;

  constructor(options: RunOutputOptions) {
    this.#options = options;
    this.#lines = options.lines;
  }

  /**
   * Shows the next part.
   *
   * @param isOver whether the run had ended before the call: then nothing is waited for
   * @param isCurrent whether the run is still the one that the log is of, and is to be shown; asked when a part has come
   * @param signals what ends the wait for a part, and what ends following: only that cuts the pause before an update short
   */
  async next(isOver: boolean, isCurrent: () => boolean, signals: FollowSignals): Promise<Shown> {
    if (this.#isUnreadable) return 'unreadable';
    const { host, job } = this.#options;
    const asked = { job, position: this.#position, lines: this.#lines, forMs: isOver ? 0 : waitMs };
    let part: FollowedPart;
    try {
      part = await host.followLog(asked, signals.wait);
    } catch (error) {
      if (!isProblemError(error)) throw error;
      const { problem } = error;
      if (problem.code === 'cancelled' || (mayRetryUnattended(problem.code) && problem.code !== 'badReply'))
        return 'noAnswer';
      return this.#giveUp(problem);
    }
    if (part.state === 'gone') return this.#miss(part.path, isOver);
    if (part.state !== 'whole') {
      this.#doubted = part;
      return 'doubt';
    }
    return this.#take(part, isOver, isCurrent, signals.stop);
  }

  /** The run is still the one that it was, so what was written anew is its own. */
  settleDoubt(): void {
    const { screen } = this.#options;
    if (this.#doubted === null) return;
    if (this.#doubted.state === 'rewritten') {
      screen.breakOff();
      screen.say(words.rewrittenWords());
      this.#beginAnew();
    } else this.#position = this.#doubted.position;
    this.#doubted = null;
  }

  async #take(part: ReadPart, isOver: boolean, isCurrent: () => boolean, stop: AbortSignal): Promise<Shown> {
    const { host, clock, job, start, screen } = this.#options;
    if (isOfEarlierRun(part, start))
      return this.#giveUp(logOlderThanRun(host.name, job, part.path, part.modified, start));
    if (isOver) this.#endSize ??= part.size;
    if (part.bytes.length > 0 || part.skipped > 0) {
      await sleep(clock, this.#updatedAt + updateMs - clock.monotonic(), stop);
      // Asked again then, if it is of this run at all.
      if (!isCurrent()) return 'more';
      if (part.skipped > 0) {
        screen.breakOff();
        screen.say(
          this.#position === null && this.#lines !== null
            ? words.earlierWords(part.skipped)
            : words.skippedWords(part.skipped),
        );
      }
      screen.output(part.bytes);
      this.#updatedAt = clock.monotonic();
    }
    this.#position = part.position;
    this.#isMissing = false;
    const isAtEnd = this.#endSize !== null && (part.position.offset >= this.#endSize || part.bytes.length === 0);
    return isAtEnd ? 'end' : 'more';
  }

  #miss(path: string, isOver: boolean): Shown {
    const { screen } = this.#options;
    screen.breakOff();
    if (!this.#isMissing) screen.say(words.noFileWords(path, isOver));
    this.#isMissing = true;
    this.#beginAnew();
    return isOver ? 'end' : 'more';
  }

  #giveUp(problem: Problem): Shown {
    this.#isUnreadable = true;
    this.#options.screen.breakOff();
    this.#options.screen.say(words.problemWords(problem));
    return 'unreadable';
  }

  /** With the first byte of a file that has not been read. */
  #beginAnew(): void {
    this.#position = null;
    this.#lines = null;
  }
}

/** Resolves after `ms`, or as soon as the signal is raised. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}
