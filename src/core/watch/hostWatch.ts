/**
 * Who wants to know of one host, and how closely it is watched for them: the only poller of that host in this window. The
 * host tells its changes, so that between full readings it is only waited for. A host that cannot be read keeps its last
 * snapshot; it never empties.
 */
import { questionWaiting, timedOut } from '../hostProblems';
import type { Clock, HostReader, Log } from '../ports';
import { mayRetryUnattended, ProblemError, type Problem } from '../problem';
import type { HostSnapshot } from '../snapshot';
import { ChangeWait } from './changeWait';
import { HostReadings, type HostReadingsOptions, type HostState } from './hostReadings';
import { Interest, type Attention } from './interest';
import { isOfConnection, isOfLink, untilNextReadingMs } from './pace';
import { Poller } from './poller';
import { WantedReadings } from './wantedReadings';

export type { HostState, Reading } from './hostReadings';

export interface HostWatchOptions extends HostReadingsOptions {
  readonly reader: HostReader;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly intervalMs: () => number;
  /** Whether a person wants to be told what happens while nobody looks; by default not. */
  readonly isTold?: () => boolean;
  readonly log?: Log;
  /** How long the first reading lets others go first. */
  readonly startDelayMs?: number;
}

/** Longest time that one reading by the poller may take. */
const pollTimeoutMs = 30_000;
/** How long a reading is given, beyond its own limit, to say itself why it ended. */
const lastWordMs = 250;
/** A try to connect that is older is given up for a new one when there is a reason to think that the link is back. */
const staleTryMs = 5_000;

export class HostWatch {
  readonly #options: HostWatchOptions;
  readonly #closing = new AbortController();
  readonly #readings: HostReadings;
  readonly #wait: ChangeWait;
  readonly #poller: Poller;
  readonly #wanted = new WantedReadings();
  readonly #interest: Interest;
  #attention: Attention = 'idle';
  /** The reading that a person asked for. */
  #refresh: Promise<void> | null = null;
  /** The wait for changes failed by itself; after the next reading it is tried again. */
  #waitFailed = false;
  /** Called when a person begins to be asked. */
  #whenAsked: (() => void)[] = [];

  constructor(options: HostWatchOptions) {
    this.#options = options;
    const { reader, clock } = options;
    this.#readings = new HostReadings(options);
    this.#interest = new Interest(options.isTold ?? (() => false));
    this.#poller = new Poller({
      clock,
      read: (signal) => this.#readQuietly(signal),
      pauseMs: () => this.#pauseMs(),
    });
    this.#wait = new ChangeWait({
      reader,
      clock,
      onAnswer: ({ blind }, changed) => {
        this.#setBlind(blind);
        if (changed === null) this.#wanted.doubted(clock.monotonic());
        else if (changed) this.#wanted.changed(clock.monotonic());
        this.#poller.schedule();
      },
      onFailure: (error) => {
        this.#failWait(this.#readings.known(error).problem);
      },
    });
    reader.onDidLoseLink((problem) => {
      this.#readings.fail(problem);
      this.#attend();
    });
    reader.onDidChangeQuestion((question) => {
      this.#readings.set({ question });
      if (question === null) return;
      for (const call of this.#whenAsked) call();
      this.#whenAsked = [];
    });
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): HostState {
    return this.#readings.state;
  }

  onDidChange(listener: () => void): void {
    this.#readings.onDidChange(listener);
  }

  /** The reader, for what a person asks of the host beyond its state. */
  forPerson(): HostReader {
    this.#beginAct();
    return this.#options.reader;
  }

  /** Becoming visible reads at once what is older than the interval, and what failed. */
  setVisible(visible: boolean): void {
    if (visible === this.#interest.isVisible) return;
    this.#interest.isVisible = visible;
    this.#interest.isUsed ||= visible;
    this.#attend();
    if (visible) this.#hurry();
  }

  /** Whether the window has the focus. Getting it is a reason to look whether the link is alive, or back. */
  setFocused(focused: boolean): void {
    if (focused === this.#interest.isFocused) return;
    this.#interest.isFocused = focused;
    this.#attend();
    if (focused) this.wake();
  }

  /** The computer has slept, or somebody is back: a dead link is found within seconds, and a lost one tried at once. */
  wake(): void {
    if (this.#attention === 'idle') return;
    this.#options.reader.setAttention(this.#attention);
    this.#hurry();
  }

  /** Watches the host as for somebody who looks, until what is returned is called: something follows it. */
  hold(): () => void {
    const release = this.#interest.hold();
    this.#attend();
    return () => {
      release();
      this.#attend();
    };
  }

  /** To be called when a setting has changed. */
  settingsChanged(): void {
    this.#attend();
  }

  /**
   * Reads now, because a person wants it: a poll that began earlier may not know of what the person has just done. Resolves
   * when the state shows the outcome.
   */
  async refresh(): Promise<void> {
    this.#beginAct();
    this.#refresh ??= this.#readQuietly(this.#closing.signal).finally(() => {
      this.#refresh = null;
    });
    await this.#refresh;
  }

  /** Reads now, because something is in doubt for who follows the host. Nobody has acted, so no question may come. Never rejects. */
  async readAgain(): Promise<void> {
    await this.#readQuietly(this.#closing.signal);
  }

  /**
   * Reads now, because a command of ours has changed the host, and once more a little later: pueue acknowledges before its
   * state is final. Resolves after the first of them.
   */
  async afterAct(): Promise<void> {
    this.#beginAct();
    this.#wanted.acted(this.#options.clock.monotonic());
    await this.#readQuietly(this.#closing.signal);
  }

  /** Waits until there is something to show: a reading, a problem, or a question that a person is asked first. */
  async untilFirstNews(): Promise<void> {
    const { reading, problem, question } = this.state;
    if (reading !== null || problem !== null || question !== null) return;
    const asked = new Promise<void>((resolve) => {
      this.#whenAsked.push(resolve);
    });
    await Promise.race([this.#firstPoll(), asked]);
  }

  /**
   * A reading that begins after the call, for an audit; never the answer of an earlier poll. Its outcome is shown as any.
   * The time that a person takes to answer a question does not count.
   *
   * @throws ProblemError
   */
  read(signal: AbortSignal, timeoutMs: number): Promise<HostSnapshot> {
    this.#beginAct();
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
        const { question } = this.state;
        const problem = question === null ? timedOut(this.name, timeoutMs) : questionWaiting(this.name, question);
        reject(new ProblemError(problem));
      });
      this.read(signal, timeoutMs).then(resolve, reject).finally(cancelTimer);
    });
  }

  close(): void {
    this.#closing.abort();
    this.#wait.end();
    this.#poller.close();
    this.#options.reader.close();
  }

  /** A person does something with the host. A link that has died unnoticed is found before the person has waited for long. */
  #beginAct(): void {
    const { reader } = this.#options;
    this.#interest.isUsed = true;
    reader.allowQuestions();
    reader.setAttention(this.#attention);
    this.#giveUpStaleTry();
  }

  async #read(signal: AbortSignal, timeoutMs: number): Promise<HostSnapshot> {
    this.#wanted.begins(this.#options.clock.monotonic());
    try {
      const snapshot = await this.#readings.read(signal, timeoutMs);
      this.#waitFailed = false;
      this.#wait.knows(snapshot.sign);
      return snapshot;
    } finally {
      this.#attend();
    }
  }

  #readQuietly(signal: AbortSignal): Promise<void> {
    return this.#read(signal, pollTimeoutMs).then(
      () => undefined,
      () => undefined, // The state holds the problem.
    );
  }

  #firstPoll(): Promise<void> {
    const { clock, startDelayMs = 0 } = this.#options;
    if (startDelayMs === 0) return this.#poller.now();
    return new Promise((resolve) => {
      clock.after(startDelayMs, () => {
        resolve(this.#poller.now());
      });
    });
  }

  #failWait(problem: Problem): void {
    if (isOfConnection(problem)) this.#readings.fail(problem);
    else {
      this.#waitFailed = true;
      this.#setBlind(problem.code);
    }
    this.#attend();
  }

  #setBlind(blind: string | null): void {
    if (blind === (this.state.blind ?? null)) return;
    const how =
      blind === null ? 'tells its changes' : `does not tell its changes (${blind}): it is read at the interval`;
    this.#options.log?.info(`${this.name}: the host ${how}`);
    this.#readings.set({ blind });
  }

  /** Watches as closely as somebody wants it at the moment, and sets the timer for the next reading. */
  #attend(): void {
    if (this.#closing.signal.aborted) return;
    const { attention, everyMs } = this.#interest;
    if (attention !== this.#attention) {
      this.#attention = attention;
      this.#options.reader.setAttention(attention);
    }
    if (everyMs === null || !this.#canWait()) this.#wait.end();
    else this.#wait.begin(everyMs);
    this.#poller.schedule();
  }

  /** A host without its daemon is waited for as well: that it is back is a change. */
  #canWait(): boolean {
    const { reading, problem } = this.state;
    return !this.#waitFailed && (problem === null ? reading !== null : problem.code === 'daemonDown');
  }

  /** What may have healed is tried at once. */
  #hurry(): void {
    const { problem } = this.state;
    if (problem === null || !mayRetryUnattended(problem.code)) return;
    this.#giveUpStaleTry();
    this.#poller.schedule(0);
  }

  /** A try that hangs since the link went away would hold up the one that gets through. */
  #giveUpStaleTry(): void {
    const { problem, question } = this.state;
    // The focus comes back also from where a person has looked up the password, and the box must still be there.
    if (problem !== null && isOfLink(problem) && question === null) this.#poller.giveUp(staleTryMs);
  }

  #pauseMs(): number | null {
    if (this.#attention === 'idle') return null;
    const { clock, random, intervalMs, startDelayMs = 0 } = this.#options;
    const { reading, problem, blind = null } = this.state;
    const { lastEnded, failingSince, failedMs } = this.#readings;
    return untilNextReadingMs({
      ...{ clock, random, startDelayMs, problem, lastEnded, failingSince, failedMs, wanted: this.#wanted },
      intervalMs: intervalMs(),
      snapshot: reading?.snapshot ?? null,
      // A daemon that answers again may leave all its files as they are.
      isPolled: this.#attention === 'visible' || blind !== null || problem !== null,
    });
  }
}
