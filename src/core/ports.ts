/**
 * What the core and its adapters need from the outside, as interfaces. The adapters never see each other; only
 * `extension.ts` joins them.
 */
import type { Problem } from './problem';
import type { ProcessRelease, ReleaseOutcome } from './release';
import type { HostSnapshot } from './snapshot';

/** How a byte stream ended. All `null` where the link was cut: then nothing is known of the other side. */
export interface StreamEnd {
  /** Exit code of the remote or local command, where one was reported. */
  readonly exitCode: number | null;
  /** Signal name without `SIG`-guessing, as reported (for example `SIGKILL`). */
  readonly signal: string | null;
  /** The transport's own error, where there was one. */
  readonly error: Error | null;
}

/** A duplex byte stream to a command that was started on a host. The whole transport interface. */
export interface ByteStream {
  /** Sends bytes. Never throws; after the end it does nothing. */
  write(bytes: Uint8Array): void;
  /** Bytes of the command's standard output, in order. Set once, directly after the stream was made; nothing is lost before. */
  onData(listener: (bytes: Uint8Array) => void): void;
  /** Bytes of the command's standard error. They are always drained, so a flood there cannot stall the stream. */
  onErrorData(listener: (bytes: Uint8Array) => void): void;
  /** Called exactly once, after the last data. */
  onEnd(listener: (end: StreamEnd) => void): void;
  /** Ends the stream and whatever carries it. The command on the host sees end of file. */
  close(): void;
}

/** Opens the byte stream of one host: starts `command` there through the host's login shell. */
export interface Connector {
  /**
   * @param command the constant bootstrap command; never built from user data
   * @param signal cancels the attempt and frees what it holds
   * @throws ProblemError with `unreachable`, `hostKeyUnknown`, `hostKeyChanged`, `authenticationFailed`,
   * `notSupported`, `refused`, `invalidInput` or `cancelled`
   */
  connect(command: string, signal: AbortSignal): Promise<ByteStream>;
}

/** Wall and monotonic time, and timers, so that tests need not sleep. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never run backwards. */
  monotonic(): number;
  /** Calls back once after `ms`. The returned function cancels. */
  after(ms: number, callback: () => void): () => void;
}

/** Hex SHA-256 of a text in UTF-8. */
export type Sha256 = (text: string) => string;

/** One line for the diagnostic log. Never given environments, passphrases or raw remote output. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** Reads one host over its one connection, which is opened when it is needed and opened again when it was lost. */
export interface HostReader {
  /**
   * A complete reading, in one request.
   *
   * @param timeoutMs for everything, connecting included
   * @throws ProblemError; a reading that was not complete is always a problem
   */
  read(signal: AbortSignal, timeoutMs: number): Promise<HostSnapshot>;
  /**
   * Journals on the host that a process is no part of a job. An act: it is sent once and never again by itself.
   *
   * @throws ProblemError, with `lost` where the answer did not come
   */
  releaseProcess(release: ProcessRelease, timeoutMs: number): Promise<ReleaseOutcome>;
  /** How closely the link is watched: a heartbeat each 5 s while somebody looks, else each 60 s. */
  setAttention(attention: 'visible' | 'idle'): void;
  /** Called when an open link ended without our doing. */
  onDidLoseLink(listener: (problem: Problem) => void): void;
  close(): void;
}
