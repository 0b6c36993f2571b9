/** What readings of one host have brought: the last complete one, or why there is none. Readings may overtake each other. */
import { scopeOf, type Scope } from '../audit/decide';
import type { Clock, HostReader, PendingQuestion } from '../ports';
import { isProblemError, ProblemError, type Problem } from '../problem';
import type { HostSnapshot } from '../snapshot';
import { isOfLink } from './pace';

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
  /** In one word, why changes are seen only by reading at the interval; `null` where the host tells them. */
  readonly blind?: string | null;
}

export interface HostReadingsOptions {
  readonly name: string;
  readonly reader: Pick<HostReader, 'read'>;
  readonly clock: Clock;
  /** For an error that is no known failure. */
  readonly onUnexpected: (error: unknown, host: string) => Problem;
}

export class HostReadings {
  readonly #options: HostReadingsOptions;
  readonly #listeners: (() => void)[] = [];
  #state: HostState = { reading: null, problem: null, question: null };
  #asked = 0;
  #answered = 0;
  #underWay = 0;
  #lastEnded = 0;
  #failingSince: number | null = null;
  #failedMs = 0;

  constructor(options: HostReadingsOptions) {
    this.#options = options;
  }

  get state(): HostState {
    return this.#state;
  }

  get isUnderWay(): boolean {
    return this.#underWay > 0;
  }

  /** Monotonic milliseconds at which the last reading ended, however it did. */
  get lastEnded(): number {
    return this.#lastEnded;
  }

  /** Monotonic milliseconds of the first failure in a row, of the link or over it; `null` where the last reading succeeded. */
  get failingSince(): number | null {
    return this.#failingSince;
  }

  /** Milliseconds that the last reading went on before it failed; 0 where it succeeded. The host may have worked all that time. */
  get failedMs(): number {
    return this.#failedMs;
  }

  onDidChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Changes what is known beside the readings. */
  set(more: Partial<Pick<HostState, 'question' | 'blind'>>): void {
    this.#set({ ...this.#state, ...more });
  }

  /** @throws ProblemError */
  async read(signal: AbortSignal, timeoutMs: number): Promise<HostSnapshot> {
    const order = ++this.#asked;
    const { reader, clock } = this.#options;
    this.#underWay += 1;
    const began = clock.monotonic();
    try {
      const snapshot = await reader.read(signal, timeoutMs);
      this.#end();
      if (this.#isNewest(order)) {
        this.#failingSince = null;
        this.#failedMs = 0;
        const scope = scopeOf(snapshot, this.#state.reading);
        const reading = { snapshot, scope, readAt: clock.monotonic(), readAtWall: clock.now() };
        this.#set({ ...this.#state, reading, problem: null });
      }
      return snapshot;
    } catch (error) {
      this.#end();
      const known = this.known(error);
      if (known.problem.code !== 'cancelled') this.#failedMs = clock.monotonic() - began;
      this.#fail(known.problem, order);
      throw known;
    }
  }

  /** What was found out without a reading. One that is under way tells by itself; it may go on over a fresh link. */
  fail(problem: Problem): void {
    if (!this.isUnderWay) this.#fail(problem, ++this.#asked);
  }

  known(error: unknown): ProblemError {
    if (isProblemError(error)) return error;
    return new ProblemError(this.#options.onUnexpected(error, this.#options.name), { cause: error });
  }

  #end(): void {
    this.#underWay -= 1;
    this.#lastEnded = this.#options.clock.monotonic();
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
    // That a link was lost all night does not make the first failure over the next one old.
    const before = this.#state.problem;
    if (before === null || isOfLink(before) !== isOfLink(problem)) this.#failingSince = this.#options.clock.monotonic();
    this.#set({ ...this.#state, problem });
  }

  #set(state: HostState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
