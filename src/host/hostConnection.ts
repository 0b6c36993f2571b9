/**
 * The one connection of this window with one host: opened when something is asked, kept, and opened again after it was
 * lost. Reads may be asked again by themselves; nothing else would ever be.
 */
import { cancelled, silentHost } from '../core/hostProblems';
import type { HostSettings } from '../core/hostSettings';
import type { Clock, Connector, HostReader, Log } from '../core/ports';
import { isProblemError, ProblemError, type Problem } from '../core/problem';
import { answerLost, type ProcessRelease, type ReleaseOutcome } from '../core/release';
import type { HostSnapshot } from '../core/snapshot';
import { bootstrapCommand, type HelperProgram } from './bootstrap';
import type { HostRequest } from './hostRequest';
import { HostSession } from './hostSession';
import { releaseRequest } from './releaseRequest';
import { snapshotRequest } from './snapshotRequest';

const visibleHeartbeatMs = 5_000;
const idleHeartbeatMs = 60_000;

export interface ConnectionOptions {
  readonly settings: HostSettings;
  readonly connector: Connector;
  readonly program: HelperProgram;
  readonly clock: Clock;
  readonly log: Log;
}

/** One try to connect. It lasts as long as somebody waits for it. */
interface Attempt {
  readonly session: Promise<HostSession>;
  readonly abort: AbortController;
  waiting: number;
}

export class HostConnection implements HostReader {
  readonly #options: ConnectionOptions;
  readonly #loseListeners: ((problem: Problem) => void)[] = [];
  #session: HostSession | null = null;
  #attempt: Attempt | null = null;
  #heartbeatMs = idleHeartbeatMs;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  read(signal: AbortSignal, timeoutMs: number): Promise<HostSnapshot> {
    return this.#look(snapshotRequest(this.#options.settings), signal, timeoutMs);
  }

  releaseProcess(release: ProcessRelease, timeoutMs: number): Promise<ReleaseOutcome> {
    return this.#act(releaseRequest(this.#options.settings.name, release), timeoutMs);
  }

  /**
   * A request that changes something: sent once. What fails before it is sent is told as it is; after that, whatever is
   * no whole answer leaves open whether it was done.
   */
  async #act<T>(request: HostRequest<T>, timeoutMs: number): Promise<T> {
    const { clock, settings } = this.#options;
    const deadline = clock.monotonic() + timeoutMs;
    const { signal } = new AbortController();
    const session = this.#usable() ?? (await this.#open(signal, timeoutMs));
    try {
      return await session.request(request, signal, Math.max(1, deadline - clock.monotonic()));
    } catch (error) {
      if (!isProblemError(error)) throw error;
      throw new ProblemError(answerLost(settings.name, error.problem), { cause: error });
    }
  }

  /** A request that only reads, so that it may be asked again by itself. `timeoutMs` is for everything, connecting included. */
  async #look<T>(request: HostRequest<T>, signal: AbortSignal, timeoutMs: number): Promise<T> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + timeoutMs;
    const warm = this.#usable();
    if (warm !== null) {
      try {
        return await warm.request(request, signal, timeoutMs);
      } catch (error) {
        // A session that died unnoticed (sleep, a changed network) is worth one more try with a fresh one.
        if (!isProblemError(error) || error.problem.code !== 'lost' || this.#closed) throw error;
      }
    }
    const session = await this.#open(signal, deadline - clock.monotonic());
    return session.request(request, signal, Math.max(1, deadline - clock.monotonic()));
  }

  setAttention(attention: 'visible' | 'idle'): void {
    this.#heartbeatMs = attention === 'visible' ? visibleHeartbeatMs : idleHeartbeatMs;
    this.#usable()?.setHeartbeat(this.#heartbeatMs);
  }

  onDidLoseLink(listener: (problem: Problem) => void): void {
    this.#loseListeners.push(listener);
  }

  close(): void {
    this.#closed = true;
    this.#attempt?.abort.abort();
    this.#session?.close();
  }

  #usable(): HostSession | null {
    return this.#session !== null && this.#session.ended === null ? this.#session : null;
  }

  /** Waits for a session, for at most `timeoutMs`. Several who wait share one attempt; the last who gives up ends it. */
  #open(signal: AbortSignal, timeoutMs: number): Promise<HostSession> {
    const { clock, settings } = this.#options;
    const { name } = settings;
    if (signal.aborted || this.#closed) return Promise.reject(new ProblemError(cancelled(name)));
    const attempt = (this.#attempt ??= this.#begin());
    attempt.waiting += 1;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
      };
      const giveUp = (problem: Problem): void => {
        stop();
        attempt.waiting -= 1;
        if (attempt.waiting === 0) this.#abandon(attempt);
        reject(new ProblemError(problem));
      };
      const onAbort = (): void => {
        giveUp(cancelled(name));
      };
      const cancelTimer = clock.after(Math.max(1, timeoutMs), () => {
        giveUp(silentHost(name, timeoutMs));
      });
      signal.addEventListener('abort', onAbort);
      attempt.session.then(resolve, reject).finally(stop);
    });
  }

  #begin(): Attempt {
    const abort = new AbortController();
    const attempt: Attempt = { session: this.#connect(abort.signal), abort, waiting: 0 };
    const done = (): void => {
      if (this.#attempt === attempt) this.#attempt = null;
    };
    attempt.session.then(done, done);
    return attempt;
  }

  /** Who asks next gets an attempt of its own, however long this one takes to end. */
  #abandon(attempt: Attempt): void {
    if (this.#attempt !== attempt) return;
    this.#attempt = null;
    attempt.abort.abort();
  }

  async #connect(signal: AbortSignal): Promise<HostSession> {
    const { connector, settings, program, clock, log } = this.#options;
    const stream = await connector.connect(bootstrapCommand, signal);
    if (signal.aborted) {
      stream.close();
      throw new ProblemError(cancelled(settings.name));
    }
    const session = new HostSession(stream, { host: settings.name, python: settings.python, program, clock, log });
    session.setHeartbeat(this.#heartbeatMs);
    session.onDidEnd((problem) => {
      log.info(`${settings.name}: session ended: ${problem.code}`);
      if (!this.#closed) for (const listener of this.#loseListeners) listener(problem);
    });
    this.#session = session;
    return session;
  }
}
