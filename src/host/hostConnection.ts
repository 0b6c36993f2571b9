/**
 * The one connection of this window with one host: opened when something is asked, kept, and opened again after it was
 * lost. Reads may be asked again by themselves; nothing else would ever be.
 */
import { actGoesOn, actUnfinished, neverBegun } from '../core/acts/actProblems';
import type { EnvironmentDifference, EnvironmentOwner } from '../core/acts/environmentDifference';
import type { AnswerOf, HostAct } from '../core/acts/hostAct';
import { cancelled, silentHost } from '../core/hostProblems';
import type { EntryPart, EntryRequest } from '../core/checkpoint/readEntry';
import type { CheckpointProposals } from '../core/checkpointProposals';
import type { HostExamination } from '../core/doctor/hostExamination';
import type { KeptSnapshots, SnapshotJobs } from '../core/emergency/snapshotJobs';
import type { FollowedPart, FollowRequest } from '../core/follow/followedPart';
import type { JournalPart } from '../core/history/journalRecords';
import { savedLogBytes, type SavedLogPart } from '../core/history/savedLog';
import type { HostSettings } from '../core/hostSettings';
import type { Clock, Connector, HostQuestions, HostReader, Log, LoginQuestions, PendingQuestion } from '../core/ports';
import type { ProjectOnHost } from '../core/project/projectOnHost';
import type { JobRun, LogPart, LogRequest } from '../core/log/logOfRun';
import { isProblemError, ProblemError, type Problem } from '../core/problem';
import { answerLost, type ProcessRelease, type ReleaseOutcome } from '../core/release';
import type { HostSnapshot } from '../core/snapshot';
import type { WatchAnswer, WatchRequest } from '../core/watch/watchRequest';
import { maskedLine } from '../core/text/maskSecrets';
import { actRequest, type ActRequest } from './actRequest';
import { bootstrapCommand, type HelperProgram } from './bootstrap';
import { Countdown } from '../core/countdown';
import { compareEnvironmentsRequest } from './compareEnvironmentsRequest';
import { entryRequest } from './entryRequest';
import { examineRequest } from './examineRequest';
import { followRequest } from './followRequest';
import { historyRequest, savedLogRequest } from './historyRequest';
import type { HostRequest } from './hostRequest';
import { HostSession } from './hostSession';
import { keptSnapshotsRequest, snapshotJobsRequest } from './keptSnapshotsRequest';
import { proposalsRequest } from './proposalsRequest';
import { lastLinesRequest } from './lastLinesRequest';
import { logRequest } from './logRequest';
import { releaseRequest } from './releaseRequest';
import { resolveActRequest } from './resolveActRequest';
import { HeldSnapshot, snapshotRequest } from './snapshotRequest';
import { watchRequest } from './watchRequest';

const watchedHeartbeatMs = 5_000;
const idleHeartbeatMs = 60_000;
/** Beside what a wait on the host may take: for connecting and the way back. */
const waitMarginMs = 30_000;
/** How long it may take to learn what became of an act whose answer was lost. */
const resolveMs = 60_000;
/** How long what a person did last is the reason for what is done now. */
const actLastsMs = 60_000;

export interface ConnectionOptions {
  readonly settings: HostSettings;
  /** What an approved project file says of the host, asked at each reading. Without it there is none. */
  readonly project?: () => ProjectOnHost | null;
  readonly connector: Connector;
  /** Without it nobody is asked. */
  readonly questions?: HostQuestions;
  readonly program: HelperProgram;
  readonly clock: Clock;
  readonly log: Log;
}

/** One try to connect. It lasts as long as somebody waits for it. */
interface Attempt {
  readonly session: Promise<HostSession>;
  readonly abort: AbortController;
  /** The time of each one who waits. It stands still while a person is asked. */
  readonly waiting: Set<Countdown>;
  /** Whether a person is asked in its name. */
  isAsking: boolean;
  /**
   * The server may wait for the person elsewhere, who holds a telephone perhaps, until the end of the attempt. Its phases
   * have limits of their own.
   */
  isInHand: boolean;
}

export class HostConnection implements HostReader {
  readonly #options: ConnectionOptions;
  readonly #loseListeners: ((problem: Problem) => void)[] = [];
  readonly #questionListeners: ((question: PendingQuestion | null) => void)[] = [];
  /** What each helper knows that we hold: it forgets with its session. */
  readonly #held = new WeakMap<HostSession, HeldSnapshot>();
  #session: HostSession | null = null;
  #attempt: Attempt | null = null;
  #heartbeatMs = idleHeartbeatMs;
  #closed = false;
  /**
   * A person is asked in one attempt, and then only after having acted: a box that comes by itself after a lost link would
   * take the keys of who is typing elsewhere.
   */
  #mayAsk = true;
  #actedAt = -Infinity;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  read(signal: AbortSignal, timeoutMs: number): Promise<HostSnapshot> {
    const { settings, project } = this.#options;
    return this.#look(
      (session) => snapshotRequest(settings, this.#heldBy(session), project?.() ?? null),
      signal,
      timeoutMs,
    );
  }

  proposeCheckpoints(
    snapshot: HostSnapshot | null,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<CheckpointProposals> {
    return this.#look(proposalsRequest(this.#options.settings.name, snapshot), signal, timeoutMs);
  }

  readLog(request: LogRequest, signal: AbortSignal, timeoutMs: number): Promise<LogPart> {
    return this.#look(logRequest(this.#options.settings, request), signal, timeoutMs);
  }

  readLastLines(runs: readonly JobRun[], signal: AbortSignal, timeoutMs: number): Promise<ReadonlyMap<number, string>> {
    return this.#look(lastLinesRequest(this.#options.settings, runs), signal, timeoutMs);
  }

  readCheckpoint(request: EntryRequest, signal: AbortSignal, timeoutMs: number): Promise<EntryPart> {
    return this.#look(entryRequest(this.#options.settings.name, request), signal, timeoutMs);
  }

  watch(request: WatchRequest, signal: AbortSignal): Promise<WatchAnswer> {
    return this.#look(watchRequest(this.#options.settings, request), signal, request.forMs + waitMarginMs);
  }

  followLog(request: FollowRequest, signal: AbortSignal): Promise<FollowedPart> {
    return this.#look(followRequest(this.#options.settings, request), signal, request.forMs + waitMarginMs);
  }

  examine(signal: AbortSignal, timeoutMs: number): Promise<HostExamination> {
    return this.#look(examineRequest(this.#options.settings), signal, timeoutMs);
  }

  compareEnvironment(
    owners: readonly EnvironmentOwner[],
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<readonly (EnvironmentDifference | null)[]> {
    return this.#look(compareEnvironmentsRequest(this.#options.settings, owners), signal, timeoutMs);
  }

  readSnapshots(signal: AbortSignal, timeoutMs: number): Promise<KeptSnapshots> {
    return this.#look(keptSnapshotsRequest(this.#options.settings.name), signal, timeoutMs);
  }

  readSnapshotJobs(snapshotId: string, signal: AbortSignal, timeoutMs: number): Promise<SnapshotJobs> {
    return this.#look(snapshotJobsRequest(this.#options.settings.name, snapshotId), signal, timeoutMs);
  }

  readHistory(timeoutMs: number): Promise<JournalPart> {
    return this.#look(historyRequest(this.#options.settings.name), new AbortController().signal, timeoutMs);
  }

  readSavedLog(name: string, timeoutMs: number): Promise<SavedLogPart> {
    const request = savedLogRequest(this.#options.settings.name, name, savedLogBytes);
    return this.#look(request, new AbortController().signal, timeoutMs);
  }

  releaseProcess(release: ProcessRelease, timeoutMs: number): Promise<ReleaseOutcome> {
    return this.#act(releaseRequest(this.#options.settings.name, release), timeoutMs);
  }

  async act<A extends HostAct>(
    act: A,
    timeoutMs: number,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<AnswerOf<A>> {
    const { settings, clock } = this.#options;
    const request = actRequest(settings, act, () => clock.now() / 1000);
    const { session, leftMs } = this.#warm(timeoutMs) ?? (await this.#open(signal, timeoutMs));
    try {
      return await session.request(request, signal, Math.max(1, leftMs));
    } catch (error) {
      if (!isProblemError(error) || !mayHaveActed(error.problem)) throw error;
      return this.#resolve(act.id, request, error.problem);
    }
  }

  /** Asks the host what became of an act whose answer did not come. */
  async #resolve<T>(id: string, request: ActRequest<T>, problem: Problem): Promise<T> {
    const { settings } = this.#options;
    const { signal } = new AbortController();
    const resolved = await this.#look(resolveActRequest(settings, id), signal, resolveMs).catch((error: unknown) => {
      throw new ProblemError(answerLost(settings.name, problem), { cause: error });
    });
    switch (resolved.state) {
      case 'ended':
        return request.parseRecorded(resolved.answer);
      case 'void':
        throw new ProblemError(problem.code === 'cancelled' ? problem : neverBegun(settings.name, problem));
      case 'begun':
        throw new ProblemError(actUnfinished(settings.name, resolved.commands.map(maskedLine)));
      case 'running':
        throw new ProblemError(actGoesOn(settings.name));
    }
  }

  /**
   * A request that changes something: sent once. What fails before it is sent is told as it is; after that, whatever is
   * no whole answer leaves open whether it was done.
   */
  async #act<T>(request: HostRequest<T>, timeoutMs: number): Promise<T> {
    const { signal } = new AbortController();
    const { session, leftMs } = this.#warm(timeoutMs) ?? (await this.#open(signal, timeoutMs));
    try {
      return await session.request(request, signal, Math.max(1, leftMs));
    } catch (error) {
      if (!isProblemError(error)) throw error;
      throw new ProblemError(answerLost(this.#options.settings.name, error.problem), { cause: error });
    }
  }

  /**
   * A request that only reads, so that it may be asked again by itself. `timeoutMs` is for everything, connecting
   * included, but for the time that a person takes to answer a question.
   */
  async #look<T>(
    asked: HostRequest<T> | ((session: HostSession) => HostRequest<T>),
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<T> {
    const { clock } = this.#options;
    const requestFor = typeof asked === 'function' ? asked : () => asked;
    const deadline = clock.monotonic() + timeoutMs;
    const warm = this.#usable();
    if (warm !== null) {
      try {
        return await warm.request(requestFor(warm), signal, timeoutMs);
      } catch (error) {
        // A session that died unnoticed (sleep, a changed network) is worth one more try with a fresh one.
        if (!isProblemError(error) || error.problem.code !== 'lost' || this.#closed) throw error;
      }
    }
    const { session, leftMs } = await this.#open(signal, deadline - clock.monotonic());
    return session.request(requestFor(session), signal, Math.max(1, leftMs));
  }

  #heldBy(session: HostSession): HeldSnapshot {
    let held = this.#held.get(session);
    if (held === undefined) this.#held.set(session, (held = new HeldSnapshot()));
    return held;
  }

  onDidChangeQuestion(listener: (question: PendingQuestion | null) => void): void {
    this.#questionListeners.push(listener);
  }

  allowQuestions(): void {
    this.#mayAsk = true;
    this.#actedAt = this.#options.clock.monotonic();
  }

  setAttention(attention: 'visible' | 'watched' | 'idle'): void {
    this.#heartbeatMs = attention === 'idle' ? idleHeartbeatMs : watchedHeartbeatMs;
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

  /** The session that is open, so that what is asked of it is sent in this very moment; `null` where there is none. */
  #warm(timeoutMs: number): { session: HostSession; leftMs: number } | null {
    const session = this.#usable();
    return session === null ? null : { session, leftMs: timeoutMs };
  }

  /**
   * Waits for a session, for at most `timeoutMs`, and says what is left of them. Several who wait share one attempt; the
   * last who gives up ends it.
   */
  #open(signal: AbortSignal, timeoutMs: number): Promise<{ session: HostSession; leftMs: number }> {
    const { clock, settings } = this.#options;
    const { name } = settings;
    if (signal.aborted || this.#closed) return Promise.reject(new ProblemError(cancelled(name)));
    const attempt = (this.#attempt ??= this.#begin());
    return new Promise((resolve, reject) => {
      const stop = (): number => {
        signal.removeEventListener('abort', onAbort);
        attempt.waiting.delete(countdown);
        return countdown.stop();
      };
      const giveUp = (problem: Problem): void => {
        stop();
        if (attempt.waiting.size === 0) this.#abandon(attempt);
        reject(new ProblemError(problem));
      };
      const onAbort = (): void => {
        giveUp(cancelled(name));
      };
      const countdown = new Countdown(clock, timeoutMs, () => {
        giveUp(silentHost(name, timeoutMs));
      });
      attempt.waiting.add(countdown);
      if (!attempt.isAsking && !attempt.isInHand) countdown.run();
      signal.addEventListener('abort', onAbort);
      attempt.session
        .then((session) => {
          resolve({ session, leftMs: stop() });
        }, reject)
        .finally(stop);
    });
  }

  #begin(): Attempt {
    const abort = new AbortController();
    const asking = { waiting: new Set<Countdown>(), isAsking: false, isInHand: false };
    let hasAsked = false;
    const ask = this.#asker(asking, () => {
      hasAsked = true;
    });
    const attempt: Attempt = Object.assign(asking, { session: this.#connect(abort.signal, ask), abort });
    const done = (): void => {
      if (this.#attempt === attempt) this.#attempt = null;
      if (attempt.isInHand && this.#attempt?.isAsking !== true) this.#tellQuestion(null);
    };
    attempt.session.then(
      () => {
        if (hasAsked) this.#mayAsk = false;
        done();
      },
      () => {
        // A question that was withdrawn is not one that was answered with no.
        if (hasAsked && !abort.signal.aborted) this.#mayAsk = false;
        done();
      },
    );
    return attempt;
  }

  /** Who asks next gets an attempt of its own, however long this one takes to end. */
  #abandon(attempt: Attempt): void {
    if (this.#attempt !== attempt) return;
    this.#attempt = null;
    // A code was sent or a telephone has asked: the next one only for who acts again.
    if (attempt.isInHand) this.#mayAsk = false;
    attempt.abort.abort();
  }

  /** Asks the person in the name of one attempt, and stops the clocks of all who wait for it meanwhile. */
  #asker(attempt: Pick<Attempt, 'waiting' | 'isAsking' | 'isInHand'>, onAsk: () => void): LoginQuestions {
    const { questions } = this.#options;
    const ask = async <T>(kind: PendingQuestion, none: T, put: (asked: HostQuestions) => Promise<T>): Promise<T> => {
      if (questions === undefined || !this.#mayAsk) return none;
      onAsk();
      attempt.isAsking = true;
      this.#tellQuestion(kind);
      for (const countdown of attempt.waiting) countdown.stop();
      try {
        const answer = await put(questions);
        if (kind === 'secondFactor') attempt.isInHand = true;
        return answer;
      } finally {
        attempt.isAsking = false;
        // The box of an attempt that was given up may go after a later one has put its own.
        if (!attempt.isInHand && this.#attempt?.isAsking !== true) this.#tellQuestion(null);
        if (!attempt.isInHand) for (const countdown of attempt.waiting) countdown.run();
      }
    };
    return {
      mayAsk: () => questions !== undefined && this.#mayAsk && questions.mayAsk(),
      noteBegun: () => {
        if (attempt.isInHand) return;
        onAsk();
        attempt.isInHand = true;
        this.#tellQuestion('secondFactor');
        for (const countdown of attempt.waiting) countdown.stop();
      },
      trustHostKey: (question, signal) => ask('hostKey', false, (asked) => asked.trustHostKey(question, signal)),
      unlockKey: (question, signal) => ask('passphrase', false, (asked) => asked.unlockKey(question, signal)),
      answer: (question, signal) => ask(question.kind, null, (asked) => asked.answer(question, signal)),
      requestTouch: (host, signal) => ask('securityKey', undefined, (asked) => asked.requestTouch(host, signal)),
    };
  }

  #tellQuestion(question: PendingQuestion | null): void {
    for (const listener of this.#questionListeners) listener(question);
  }

  async #connect(signal: AbortSignal, questions: LoginQuestions): Promise<HostSession> {
    const { connector, settings, program, clock, log } = this.#options;
    const stream = await connector.connect(bootstrapCommand, signal, questions);
    if (signal.aborted) {
      stream.close();
      throw new ProblemError(cancelled(settings.name));
    }
    const session = new HostSession(stream, { host: settings.name, python: settings.python, program, clock, log });
    session.setHeartbeat(this.#heartbeatMs);
    session.onDidEnd((problem) => {
      log.info(`${settings.name}: session ended: ${problem.code}`);
      // An act may be what has found the link dead; it is still to be served.
      if (clock.monotonic() - this.#actedAt > actLastsMs) this.#mayAsk = false;
      if (!this.#closed) for (const listener of this.#loseListeners) listener(problem);
    });
    this.#session = session;
    return session;
  }
}

/** Whether the host may have got the request all the same. */
function mayHaveActed({ code }: Problem): boolean {
  return code === 'lost' || code === 'timedOut' || code === 'badReply' || code === 'cancelled';
}
