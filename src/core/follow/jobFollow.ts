/**
 * Follows one job to its end: waits for its start, shows its output as it comes, tells one run from the next, says when the host
 * cannot be asked and when it can again, and what became of the job.
 */
import type { JobRun } from '../log/logOfRun';
import type { Clock } from '../ports';
import type { Job } from '../pueue/job';
import { isSameInstant } from '../text/time';
import { pauseForCostMs } from '../watch/pace';
import type { FollowedHost } from './followedHost';
import type { FollowedScreen } from './followScreen';
import * as words from './followWords';
import { phaseOf, type Phase } from './phase';
import { RunOutput, sleep } from './runOutput';

/** Between two readings because of a log that was written anew, and between tries after a failure. */
const pauseMs = 1000;

export interface JobFollowOptions {
  readonly host: FollowedHost;
  /** The job that is meant, and the run of it that was seen last. */
  readonly run: JobRun;
  /** Of the past, to begin with. */
  readonly lines: number;
  readonly clock: Clock;
  readonly screen: FollowedScreen;
}

/** How following ended, where nobody stopped it. */
export interface FollowEnd {
  /** Whether there is a log to open. */
  readonly hasLog: boolean;
}

type Started = Extract<Phase, { kind: 'runs' | 'over' }>;
type Unknown = Extract<Phase, { kind: 'unknown' }>;

export class JobFollow {
  readonly #options: JobFollowOptions;
  readonly #watchers = new Set<() => void>();
  #output: { readonly start: string; readonly of: RunOutput } | null = null;
  /** Start of the run that is shown, or that was seen last. */
  #start: string | null;
  #lines: number | null;
  #isPaused = false;
  /** The reason for waiting that was said last. */
  #waitsFor = '';
  #unknown: { readonly since: number; readonly kind: string } | null = null;
  #refreshedAt = -Infinity;

  constructor(options: JobFollowOptions) {
    this.#options = options;
    this.#start = options.run.start;
    this.#lines = options.lines;
  }

  /** @returns how it ended; `null` where `signal` was raised */
  async run(signal: AbortSignal): Promise<FollowEnd | null> {
    const { host, run, screen } = this.#options;
    const stop = host.onDidChange(() => {
      for (const watcher of [...this.#watchers]) watcher();
    });
    screen.say(words.headWords(host.name, run.id));
    try {
      for (;;) {
        const end = await this.#turn(signal);
        if (signal.aborted) return null;
        if (end !== null) return end;
      }
    } finally {
      stop();
    }
  }

  async #turn(signal: AbortSignal): Promise<FollowEnd | null> {
    const { screen } = this.#options;
    const phase = this.#phase();
    if (phase.kind !== 'unknown') this.#tellReturn();
    switch (phase.kind) {
      case 'unknown':
        this.#tellUnknown(phase);
        await this.#untilChange(signal);
        return null;
      case 'gone':
        screen.breakOff();
        screen.say(words.problemWords(phase.problem));
        return { hasLog: false };
      case 'waits':
        this.#tellWaiting(phase.why);
        await this.#untilChange(signal);
        return null;
      case 'runs':
        this.#tellPause(phase.job);
        await this.#showRun(phase, phase.start, signal);
        return null;
      case 'over':
        if (phase.start !== null && !(await this.#showRun(phase, phase.start, signal))) return null;
        screen.breakOff();
        screen.say(words.endWords(phase.job));
        return { hasLog: phase.start !== null };
    }
  }

  /** @returns whether there is nothing more to show of a run that is over */
  async #showRun({ kind, job }: Started, start: string, signal: AbortSignal): Promise<boolean> {
    const isOver = kind === 'over';
    const output = this.#outputOf(start);
    const isCurrent = (): boolean => this.#isOf(start, job.state.kind);
    const current = this.#while(isCurrent, signal);
    const signals = { wait: current.signal, stop: signal };
    const shown = await output.next(isOver, () => !signal.aborted && this.#isOf(start), signals);
    current.end();
    switch (shown) {
      case 'more':
        return false;
      case 'end':
        return isOver;
      case 'doubt':
        if (await this.#isSameRun(start, signal)) output.settleDoubt();
        return false;
      case 'unreadable':
        if (!isOver && isCurrent()) await this.#untilChange(signal);
        return isOver;
      case 'noAnswer':
        // The next reading says why, or that all is well; else it is tried again.
        if (isCurrent()) await this.#untilChange(signal, pauseMs);
        return false;
    }
  }

  #outputOf(start: string): RunOutput {
    const { host, clock, screen, run } = this.#options;
    if (this.#output !== null && isSameInstant(this.#output.start, start)) return this.#output.of;
    if (this.#start !== null && !isSameInstant(this.#start, start)) {
      screen.breakOff();
      screen.say(words.restartedWords(start));
      this.#lines = null;
    } else if (this.#waitsFor !== '') screen.say(words.startedWords(start));
    this.#waitsFor = '';
    this.#start = start;
    const of = new RunOutput({ host, clock, screen, job: run.id, start, lines: this.#lines });
    this.#output = { start, of };
    return of;
  }

  /** By a reading that is later than what raised the doubt. A log that raises one after the other costs the host no more than others. */
  async #isSameRun(start: string, signal: AbortSignal): Promise<boolean> {
    const { host, clock } = this.#options;
    const { reading } = host.state ?? { reading: null };
    const pause = Math.max(pauseMs, reading === null ? 0 : pauseForCostMs(reading.snapshot));
    const current = this.#while(() => this.#isOf(start), signal);
    await sleep(clock, this.#refreshedAt + pause - clock.monotonic(), current.signal);
    current.end();
    if (signal.aborted || !this.#isOf(start)) return false;
    await host.refresh();
    this.#refreshedAt = clock.monotonic();
    return this.#isOf(start);
  }

  #phase(): Phase {
    const { host, run } = this.#options;
    return phaseOf(host.name, run, host.state);
  }

  /** Whether the run is the one that began then, and, where one is named, in that state. */
  #isOf(start: string, state?: Job['state']['kind']): boolean {
    const phase = this.#phase();
    if (phase.kind !== 'runs' && phase.kind !== 'over') return false;
    return isSameInstant(phase.start, start) && (state === undefined || state === phase.job.state.kind);
  }

  #tellUnknown({ problem, question }: Unknown): void {
    const { clock, screen } = this.#options;
    // Tries that fail one after the other, each in its way, are one outage.
    const kind = question !== null ? 'question' : words.isPassing(problem) ? 'passing' : (problem?.code ?? '');
    if (this.#unknown?.kind === kind) return;
    this.#unknown = { since: this.#unknown?.since ?? clock.monotonic(), kind };
    screen.say(words.unknownWords(clock.now() / 1000, problem, question));
  }

  #tellReturn(): void {
    const { clock, screen } = this.#options;
    if (this.#unknown === null) return;
    screen.say(words.backWords(clock.monotonic() - this.#unknown.since));
    this.#unknown = null;
  }

  /** All that it will write once it runs came since following began. */
  #tellWaiting(why: readonly string[]): void {
    const waitsFor = words.waitingWords(why);
    if (waitsFor !== this.#waitsFor) this.#options.screen.say(waitsFor);
    this.#waitsFor = waitsFor;
    this.#lines = null;
  }

  #tellPause({ state }: Job): void {
    const isPaused = state.kind === 'paused';
    if (isPaused !== this.#isPaused) this.#options.screen.say(words.pausedWords(isPaused));
    this.#isPaused = isPaused;
  }

  /** Resolves at the next change of the host, when the signal is raised, or after `ms`. */
  async #untilChange(signal: AbortSignal, ms = Infinity): Promise<void> {
    const current = this.#while(() => false, signal);
    await sleep(this.#options.clock, ms, current.signal);
    current.end();
  }

  /** A signal that is raised with the other one, and when a change of the host makes the condition false. */
  #while(holds: () => boolean, signal: AbortSignal): { readonly signal: AbortSignal; readonly end: () => void } {
    const abort = new AbortController();
    const look = (): void => {
      if (!holds()) abort.abort();
    };
    const stop = (): void => {
      abort.abort();
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    this.#watchers.add(look);
    return {
      signal: abort.signal,
      end: () => {
        signal.removeEventListener('abort', stop);
        this.#watchers.delete(look);
      },
    };
  }
}
