/**
 * What is known of one host, kept up to date while somebody looks: the only poller of that host in this window. A host
 * that cannot be read keeps its last snapshot; it never empties.
 */
import { scopeOf, type Scope } from '../audit/decide';
import { questionWaiting, timedOut } from '../hostProblems';
import type { Clock, HostReader, PendingQuestion } from '../ports';
import { isProblemError, mayRetryUnattended, ProblemError, type Problem } from '../problem';
import type { HostSnapshot } from '../snapshot';
import { retryPauseMs } from './backOff';

/** The last complete reading, and when it came by our own clocks. */
export interface Reading {
  readonly snapshot: HostSnapshot;
  readonly scope: Scope;
  /** Monotonic milliseconds of ours: ages are counted from here, since the host's clock is another one. */
  readonly readAt: number;
  /** Wall clock of ours, for "as of 12:03:10". */
  readonly readAtWall: number;
}

/** The state that rows show. */
export interface HostState {
  readonly reading: Reading | null;
  /** Why the host cannot be read at the moment; then `reading` is of earlier. */
  readonly problem: Problem | null;
  /** What a person is being asked before the host can be read. */
  readonly question: PendingQuestion | null;
}

export interface HostWatchOptions {
  readonly name: string;
  readonly reader: HostReader;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly intervalMs: () => number;
  /** For an error that is no known failure. */
  readonly onUnexpected: (error: unknown, host: string) => Problem;
}

/** Longest time that one reading by the poller may take. */
const pollTimeoutMs = 30_000;
/** How long a reading is given, beyond its own limit, to say itself why it ended. */
const lastWordMs = 250;
/** A reading may cost the host at most this part of one core: 2 %. */
const costFactor = 50;

export class HostWatch {
  readonly #options: HostWatchOptions;
  readonly #listeners: (() => void)[] = [];
  readonly #closing = new AbortController();
  #state: HostState = { reading: null, problem: null, question: null };
  #visible = false;
  #holds = 0;
  #poll: Promise<void> | null = null;
  /** The reading that a person asked for. */
  #wanted: Promise<void> | null = null;
  #cancelTimer: () => void = () => undefined;
  #asked = 0;
  #answered = 0;
  #underWay = 0;
  #failingSince: number | null = null;
  /** Called when a person begins to be asked. */
  #whenAsked: (() => void)[] = [];

  constructor(options: HostWatchOptions) {
    this.#options = options;
    options.reader.onDidLoseLink((problem) => {
      // A reading that is under way will tell how it ended; it may have gone on over a fresh link.
      if (this.#underWay > 0) return;
      this.#fail(problem, ++this.#asked);
      this.#schedule();
    });
    options.reader.onDidChangeQuestion((question) => {
      this.#set({ ...this.#state, question });
      if (question === null) return;
      for (const call of this.#whenAsked) call();
      this.#whenAsked = [];
    });
  }

  get name(): string {
    return this.#options.name;
  }

  /** The reader, for what a person asks of the host beyond its state. */
  forPerson(): HostReader {
    this.#options.reader.allowQuestions();
    return this.#options.reader;
  }

  get state(): HostState {
    return this.#state;
  }

  onDidChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** While nobody looks nothing is read. Becoming visible reads at once what is older than the interval, and what failed. */
  setVisible(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    this.#attend();
  }

  /** Keeps the host watched, also while nobody looks at it, until the returned function is called. */
  hold(): () => void {
    this.#holds += 1;
    if (this.#holds === 1) this.#attend();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      if (this.#holds === 0) this.#attend();
    };
  }

  #attend(): void {
    this.#options.reader.setAttention(this.#visible ? 'visible' : this.#holds > 0 ? 'watched' : 'idle');
    const { problem } = this.#state;
    this.#schedule(problem !== null && mayRetryUnattended(problem.code) ? 0 : this.#pauseMs());
  }

  /**
   * Reads now, because a person wants it: a poll that began earlier may not know of what the person has just done. Resolves
   * when the state shows the outcome.
   */
  async refresh(): Promise<void> {
    this.#options.reader.allowQuestions();
    this.#wanted ??= this.#readQuietly().finally(() => {
      this.#wanted = null;
    });
    await this.#wanted;
  }

  /** Waits until there is something to show: a reading, a problem, or a question that a person is asked first. */
  async untilFirstNews(): Promise<void> {
    const { reading, problem, question } = this.#state;
    if (reading !== null || problem !== null || question !== null) return;
    const asked = new Promise<void>((resolve) => {
      this.#whenAsked.push(resolve);
    });
    await Promise.race([this.#pollNow(), asked]);
  }

  async #pollNow(): Promise<void> {
    this.#poll ??= this.#readQuietly().finally(() => {
      this.#poll = null;
      this.#schedule();
    });
    await this.#poll;
  }

  #readQuietly(): Promise<void> {
    return this.#read(this.#closing.signal, pollTimeoutMs).then(
      () => undefined,
      () => undefined, // The state holds the problem.
    );
  }

  /**
   * A reading that begins after the call, for an audit; never the answer of an earlier poll. Its outcome is shown as any.
   * The time that a person takes to answer a question does not count.
   *
   * @throws ProblemError
   */
  read(signal: AbortSignal, timeoutMs: number): Promise<HostSnapshot> {
    this.#options.reader.allowQuestions();
    return this.#read(signal, timeoutMs);
  }

  /**
   * Like {@link read}, for who waits for many hosts: a person's time counts. Where it runs out, the reading goes on and
   * shows its outcome when the person has answered.
   *
   * @throws ProblemError
   */
  readWithin(signal: AbortSignal, timeoutMs: number): Promise<HostSnapshot> {
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      const cancelTimer = clock.after(timeoutMs + lastWordMs, () => {
        const { question } = this.#state;
        const problem = question === null ? timedOut(this.name, timeoutMs) : questionWaiting(this.name, question);
        reject(new ProblemError(problem));
      });
      this.read(signal, timeoutMs).then(resolve, reject).finally(cancelTimer);
    });
  }

  async #read(signal: AbortSignal, timeoutMs: number): Promise<HostSnapshot> {
    const order = ++this.#asked;
    const { reader, clock } = this.#options;
    this.#underWay += 1;
    try {
      const snapshot = await reader.read(signal, timeoutMs);
      this.#underWay -= 1;
      if (this.#isNewest(order)) {
        this.#failingSince = null;
        const reading = { snapshot, scope: scopeOf(snapshot), readAt: clock.monotonic(), readAtWall: clock.now() };
        this.#set({ ...this.#state, reading, problem: null });
      }
      return snapshot;
    } catch (error) {
      this.#underWay -= 1;
      const known = isProblemError(error)
        ? error
        : new ProblemError(this.#options.onUnexpected(error, this.name), { cause: error });
      this.#fail(known.problem, order);
      throw known;
    } finally {
      this.#schedule();
    }
  }

  close(): void {
    this.#cancelTimer();
    this.#visible = false;
    this.#holds = 0;
    this.#closing.abort();
    this.#options.reader.close();
  }

  /** An answer that was overtaken by a later question's answer is dropped. */
  #isNewest(order: number): boolean {
    if (order < this.#answered) return false;
    this.#answered = order;
    return true;
  }

  #fail(problem: Problem, order: number): void {
    // That somebody cancelled says nothing about the host.
    if (problem.code === 'cancelled' || !this.#isNewest(order)) return;
    this.#failingSince ??= this.#options.clock.monotonic();
    this.#set({ ...this.#state, problem });
  }

  #set(state: HostState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  #schedule(pause = this.#pauseMs()): void {
    this.#cancelTimer();
    if (pause === null || (!this.#visible && this.#holds === 0) || this.#poll !== null || this.#closing.signal.aborted)
      return;
    this.#cancelTimer = this.#options.clock.after(pause, () => {
      // Cannot reject: every failure becomes state.
      void this.#pollNow();
    });
  }

  /** Until the next reading; `null` where only a person can change the answer. */
  #pauseMs(): number | null {
    const { clock, random, intervalMs } = this.#options;
    const { reading, problem } = this.#state;
    if (problem !== null) {
      if (!mayRetryUnattended(problem.code)) return null;
      const linkFailed = problem.code === 'lost' || problem.code === 'unreachable';
      return linkFailed
        ? retryPauseMs(clock.monotonic() - (this.#failingSince ?? clock.monotonic()), random())
        : intervalMs();
    }
    if (reading === null) return 0;
    const interval = Math.max(intervalMs(), costFactor * reading.snapshot.hostMilliseconds);
    return Math.max(0, reading.readAt + interval - clock.monotonic());
  }
}
