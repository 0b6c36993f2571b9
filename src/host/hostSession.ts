/**
 * One session with one host: a running helper behind a byte stream. Several requests may be under way at once. A request
 * ends with an answer, with a problem, or with `lost` where the stream ended first; lost is never taken for an answer.
 */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import {
  badReply,
  cancelled,
  linkLost,
  noGreeting,
  pythonMissing,
  pythonUnusable,
  requestTooLong,
  timedOut,
  tooLarge,
} from '../core/hostProblems';
import type { ByteStream, Clock, Log, StreamEnd } from '../core/ports';
import { isProblemError, ProblemError, type Problem } from '../core/problem';
import { formatBytes } from '../core/text/format';
import { visible } from '../core/text/visible';
import {
  bootstrapBytes,
  greetingOf,
  noInterpreterMark,
  noPythonExitCode,
  noPythonMark,
  type HelperProgram,
} from './bootstrap';
import { decodeReply, encodeRequest, FrameReader, replyCap, requestCap, type RawReply } from './frames';
import { Heartbeat } from './heartbeat';
import type { HostRequest } from './hostRequest';
import { Preamble } from './preamble';

/** What the helper says of itself when it is up. */
const helloShape = v.object({
  protocol: v.literal(1),
  helper: v.string(),
  python: v.array(v.number()),
  executable: v.string(),
  platform: v.string(),
  pid: v.number(),
  home: v.string(),
});
const replyShape = v.union([
  v.object({ ok: v.unknown() }),
  v.object({ error: v.object({ code: v.string(), detail: v.optional(v.nullable(v.string()), null) }) }),
  v.object({ tooOld: v.string() }),
]);

const greetingMs = 10_000;

export interface SessionOptions {
  readonly host: string;
  readonly python: string | null;
  readonly program: HelperProgram;
  readonly clock: Clock;
  readonly log: Log;
}

interface Pending {
  resolve(answer: unknown): void;
  reject(error: ProblemError): void;
}

export class HostSession {
  readonly #options: SessionOptions;
  readonly #stream: ByteStream;
  readonly #preamble: Preamble;
  readonly #frames = new FrameReader();
  readonly #pending = new Map<number, Pending>();
  readonly #endListeners: ((problem: Problem) => void)[] = [];
  #nextId = 1;
  #greeted = false;
  #ended: Problem | null = null;
  #errorText = '';
  readonly #heartbeat: Heartbeat;
  #cancelDeadline: () => void = () => undefined;

  /** Starts the helper. Requests may be sent at once: they travel in the same round trip. */
  constructor(stream: ByteStream, options: SessionOptions) {
    this.#stream = stream;
    this.#options = options;
    const nonce = randomBytes(16);
    this.#preamble = new Preamble(greetingOf(nonce));
    this.#heartbeat = new Heartbeat({
      clock: options.clock,
      ping: (intervalMs) => {
        this.#forget({ op: 'ping', intervalMs });
      },
      onSilence: (limitMs) => {
        this.#end(linkLost(options.host, `silent for ${limitMs / 1000} s`));
      },
    });
    stream.onData((bytes) => {
      this.#receive(bytes);
    });
    stream.onErrorData((bytes) => {
      this.#errorText = (this.#errorText + Buffer.from(bytes).toString('latin1')).slice(-4096);
    });
    stream.onEnd((end) => {
      this.#end(this.#endProblem(end));
    });
    stream.write(bootstrapBytes(options.python, nonce, options.program));
    this.#cancelDeadline = options.clock.after(greetingMs, () => {
      const noise =
        this.#preamble.skipped === 0
          ? 'nothing came'
          : `only ${formatBytes(this.#preamble.skipped)} of other output came`;
      this.#end(noGreeting(options.host, `${noise} within 10 s`));
    });
  }

  /** The problem that ended the session, or `null` while it is usable. */
  get ended(): Problem | null {
    return this.#ended;
  }

  /** Called once, with the reason; at once where the session has ended already. */
  onDidEnd(listener: (problem: Problem) => void): void {
    if (this.#ended !== null) listener(this.#ended);
    else this.#endListeners.push(listener);
  }

  /** @throws ProblemError also with `timedOut` after `timeoutMs`, and `cancelled`; both are told to the helper */
  async request<T>(request: HostRequest<T>, signal: AbortSignal, timeoutMs: number): Promise<T> {
    const { host, clock } = this.#options;
    if (signal.aborted) throw new ProblemError(cancelled(host));
    const id = this.#nextId++;
    const [sentAtMs, began] = [clock.now(), clock.monotonic()];
    const answer = this.#send(id, request.message);
    const giveUp = (problem: Problem): void => {
      if (!this.#pending.has(id)) return;
      this.#settle(id)?.reject(new ProblemError(problem));
      this.#forget({ op: 'cancel', id });
    };
    const onAbort = (): void => {
      giveUp(cancelled(host));
    };
    const cancelTimer = clock.after(timeoutMs, () => {
      giveUp(timedOut(host, timeoutMs));
    });
    signal.addEventListener('abort', onAbort);
    try {
      const message = await answer;
      return request.parse(message, this.#stream.route, { sentAtMs, tookMs: clock.monotonic() - began });
    } finally {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Sets the pace of the heartbeat and asks at once. Unless it gets slower, a link that is silent for 5 s is lost. */
  setHeartbeat(milliseconds: number): void {
    this.#heartbeat.setInterval(milliseconds);
  }

  /** Ends the session from our side; what is under way is lost. */
  close(): void {
    this.#end(linkLost(this.#options.host, 'closed by this window'));
  }

  #send(id: number, message: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(new ProblemError(this.#ended));
        return;
      }
      const frame = encodeRequest(id, message);
      if (frame === null) {
        reject(new ProblemError(requestTooLong(this.#options.host, requestCap)));
        return;
      }
      this.#pending.set(id, { resolve, reject });
      this.#stream.write(frame);
    });
  }

  /** Sends something whose answer only counts as a sign of life. */
  #forget(message: object): void {
    const frame = encodeRequest(this.#nextId++, message);
    if (this.#ended === null && frame !== null) this.#stream.write(frame);
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #receive(bytes: Uint8Array): void {
    if (this.#ended !== null) return;
    this.#heartbeat.heard();
    try {
      const rest = this.#preamble.feed(bytes);
      if (rest === null) return;
      for (const reply of this.#frames.feed(rest)) this.#take(reply);
    } catch (error) {
      this.#end(this.#brokenStream(error));
    }
  }

  #take(reply: RawReply): void {
    decodeReply(reply).then(
      (message) => {
        this.#dispatch(reply.id, message);
      },
      (error: unknown) => {
        this.#end(this.#brokenStream(error));
      },
    );
  }

  #dispatch(id: number, message: unknown): void {
    // It was being unpacked when the session ended; a greeting would start a heartbeat that nobody stops.
    if (this.#ended !== null) return;
    const { host, log } = this.#options;
    const parsed = v.safeParse(replyShape, message);
    if (!parsed.success) {
      this.#end(badReply(host, 'a reply of the helper has another shape'));
      return;
    }
    const reply = parsed.output;
    if (id === 0) {
      this.#greet(reply);
      return;
    }
    const pending = this.#settle(id);
    if (pending === undefined) return;
    if ('ok' in reply) pending.resolve(reply.ok);
    else {
      const { code, detail } = 'error' in reply ? reply.error : { code: 'tooOld', detail: null };
      const what = visible(`${code} ${detail ?? ''}`.trim());
      log.warn(`${host}: the helper refused a request: ${what}`);
      pending.reject(
        new ProblemError(code === 'tooLarge' ? tooLarge(host, replyCap) : badReply(host, `the helper says "${what}"`)),
      );
    }
  }

  #greet(reply: v.InferOutput<typeof replyShape>): void {
    const { host, program, log } = this.#options;
    if ('tooOld' in reply) {
      this.#end(pythonMissing(host, reply.tooOld));
      return;
    }
    const hello = v.safeParse(helloShape, 'ok' in reply ? reply.ok : null);
    if (!hello.success || hello.output.helper !== program.sha256) {
      this.#end(noGreeting(host, 'another program answered'));
      return;
    }
    const { executable, python, platform, pid } = hello.output;
    log.info(
      `${host}: helper ${pid} is up: ${visible(executable)} ${python.join('.')} on ${visible(platform)}, ${formatBytes(this.#preamble.skipped)} of other output skipped`,
    );
    this.#greeted = true;
    this.#cancelDeadline();
    this.#heartbeat.start();
  }

  #brokenStream(error: unknown): Problem {
    const { host } = this.#options;
    const why = error instanceof Error ? error.message : String(error);
    return this.#greeted || this.#preamble.found ? badReply(host, why) : noGreeting(host, why);
  }

  #endProblem({ exitCode, signal, error }: StreamEnd): Problem {
    const { host, python } = this.#options;
    // The transport knows better than the missing greeting why there is none.
    if (!this.#greeted && isProblemError(error)) return error.problem;
    const how =
      error?.message ??
      (signal !== null ? `ended by ${signal}` : exitCode !== null ? `exit code ${exitCode}` : 'the connection ended');
    if (this.#greeted || (exitCode === null && signal === null)) return linkLost(host, how);
    if (exitCode === noPythonExitCode && this.#errorText.includes(noPythonMark)) return pythonMissing(host, null);
    if (exitCode === noPythonExitCode && this.#errorText.includes(noInterpreterMark))
      return python === null ? noGreeting(host, 'something read its input first') : pythonUnusable(host, python);
    return noGreeting(host, `the login shell ended first (${how})`);
  }

  #end(problem: Problem): void {
    if (this.#ended !== null) return;
    this.#ended = problem;
    this.#heartbeat.stop();
    this.#cancelDeadline();
    this.#stream.close();
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(new ProblemError(problem));
    for (const listener of this.#endListeners) listener(problem);
  }
}
