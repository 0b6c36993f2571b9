/**
 * What the core and its adapters need from the outside, as interfaces. The adapters never see each other; only
 * `extension.ts` joins them.
 */
import type { AnswerOf, HostAct } from './acts/hostAct';
import type { EnvironmentDifference, EnvironmentOwner } from './acts/environmentDifference';
import type { EntryPart, EntryRequest } from './checkpoint/readEntry';
import type { CheckpointProposals } from './checkpointProposals';
import type { KeptSnapshots, SnapshotJobs } from './emergency/snapshotJobs';
import type { HostExamination } from './doctor/hostExamination';
import type { FollowedPart, FollowRequest } from './follow/followedPart';
import type { JobRun, LogPart, LogRequest } from './log/logOfRun';
import type { Problem } from './problem';
import type { ProcessRelease, ReleaseOutcome } from './release';
import type { Route } from './route';
import type { HostSnapshot } from './snapshot';
import type { WatchAnswer, WatchRequest } from './watch/watchRequest';

/** How a byte stream ended. All `null` where the link was cut: then nothing is known of the other side. */
export interface StreamEnd {
  /** Exit code of the remote or local command, where one was reported. */
  readonly exitCode: number | null;
  /** Signal name without `SIG`-guessing, as reported (for example `SIGKILL`). */
  readonly signal: string | null;
  /** The transport's own error, where there was one. A `ProblemError` where it knows why no connection came about. */
  readonly error: Error | null;
}

/** A duplex byte stream to a command that was started on a host. The whole transport interface. */
export interface ByteStream {
  readonly route: Route;
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

/** A server's key that nothing vouches for, as a person is asked about it. Every text is safe to show. */
export interface HostKeyQuestion {
  readonly host: string;
  /** Where the connection went: `name:port`. */
  readonly address: string;
  /** The short name that OpenSSH gives the type, for example `ED25519`. */
  readonly keyType: string;
  /** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** The known_hosts file that will hold the key, or why it can be trusted only until the window closes. */
  readonly store: { readonly file: string } | { readonly reason: string };
  /** The command that prints the same fingerprint on the host itself. */
  readonly compareCommand: string;
}

/** What a passphrase did: it opened the key, it is the wrong one, or it was the last one that is tried. */
export type UnlockOutcome = 'open' | 'wrong' | 'spent';

/** An encrypted key that would let us in, as a person is asked for its passphrase. Every text is safe to show. */
export interface PassphraseQuestion {
  readonly host: string;
  /** File, type and fingerprint. The same key may be asked about for several hosts. */
  readonly key: string;
  /** Whether another host's question has opened the key meanwhile, so that nobody needs to be asked. */
  isOpen(): boolean;
  /** Tries a passphrase. It is neither kept nor logged. */
  open(passphrase: string): UnlockOutcome;
}

/** Something that a server, or a program that logs in for us, wants to be told. Every text is safe to show. */
export interface PromptQuestion {
  readonly host: string;
  readonly kind: 'password' | 'secondFactor' | 'passphrase';
  /** Who asks for whom: `user@host:port` and, where one is known, the fingerprint of the host's key. */
  readonly asker: string;
  /** What the server says before its prompts; empty for nothing. */
  readonly instruction: string;
  /** One answer each. `echo`: what is typed may be seen. */
  readonly prompts: readonly { readonly text: string; readonly echo: boolean }[];
  /** Whether the answer before this one was refused. */
  readonly wasWrong: boolean;
}

/**
 * Asks a person what only a person knows, one question at a time over all hosts. Never rejects: a question that cannot
 * be shown, that is cancelled or that is withdrawn by its signal is answered `false`.
 */
export interface HostQuestions {
  /** Whether anybody would be asked now. Where not, nothing is begun that would send a code to a telephone. */
  mayAsk(): boolean;
  trustHostKey(question: HostKeyQuestion, signal: AbortSignal): Promise<boolean>;
  /** `true` once the key is open. */
  unlockKey(question: PassphraseQuestion, signal: AbortSignal): Promise<boolean>;
  /** One answer for each prompt, or `null` where there is none. An answer is neither kept nor logged. */
  answer(question: PromptQuestion, signal: AbortSignal): Promise<readonly string[] | null>;
  /** Tells the person to touch the security key that lets us in to `host`, until the signal says that it is over. */
  requestTouch(host: string, signal: AbortSignal): Promise<void>;
}

/** The same in the name of one attempt to connect. */
export interface LoginQuestions extends HostQuestions {
  /** The login goes on to what may reach the person elsewhere: the server sends a code, or has a telephone ask. */
  noteBegun(): void;
}

/**
 * The keys that a person has opened, by the encrypted text of each: shared by the hosts of a window, gone with it, and
 * never written anywhere. Only who put a key in knows its form.
 */
export type UnlockedKeys = Map<string, unknown>;

/** What a person is being asked at the moment. */
export type PendingQuestion = 'hostKey' | 'passphrase' | 'password' | 'secondFactor' | 'securityKey';

/** Opens the byte stream of one host: starts `command` there through the host's login shell. */
export interface Connector {
  /**
   * @param command the constant bootstrap command; never built from user data
   * @param signal cancels the attempt and frees what it holds
   * @param questions who is asked what only a person knows; without it nobody is. No link waits while a person thinks, but
   * for what a server asks on the link itself
   * @throws ProblemError with `unreachable`, `hostKeyUnknown`, `hostKeyChanged`, `authenticationFailed`,
   * `notSupported`, `refused`, `invalidInput` or `cancelled`
   */
  connect(command: string, signal: AbortSignal, questions?: LoginQuestions): Promise<ByteStream>;
}

/** One name of the ssh configuration that can be given to ssh. */
export interface SshAlias {
  readonly alias: string;
  /** Where it leads, as stated beside it; `null` where nothing is stated, or something with a token. */
  readonly hostName: string | null;
}

/** What an ssh configuration names, as far as it could be read. */
export interface FoundAliases {
  readonly aliases: readonly SshAlias[];
  /** False where a file or an Include of it could not be read: then there may be more. */
  readonly complete: boolean;
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
   * @param timeoutMs for everything, connecting included, but for the time that a person takes to answer a question
   * @throws ProblemError; a reading that was not complete is always a problem
   */
  read(signal: AbortSignal, timeoutMs: number): Promise<HostSnapshot>;
  /**
   * Looks for directories that may hold checkpoints; only reads.
   *
   * @param snapshot the last reading, which says where jobs work; `null` where there is none
   * @param timeoutMs for everything, connecting included
   * @throws ProblemError
   */
  proposeCheckpoints(
    snapshot: HostSnapshot | null,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<CheckpointProposals>;
  /** Called when a person begins to be asked what the connection needs, and with `null` when that is over. */
  onDidChangeQuestion(listener: (question: PendingQuestion | null) => void): void;
  /** A person has acted: what was asked and not answered may be asked again. */
  allowQuestions(): void;
  /**
   * A part of the log of one run.
   *
   * @throws ProblemError; what may be the output of another run is always a problem
   */
  readLog(request: LogRequest, signal: AbortSignal, timeoutMs: number): Promise<LogPart>;
  /**
   * The last line with something in it that each run has put out, by the id of its job. A run that has put out nothing, or
   * whose log cannot be told from another run's, has none.
   *
   * @param runs the first thousand of them are looked at
   * @throws ProblemError
   */
  readLastLines(runs: readonly JobRun[], signal: AbortSignal, timeoutMs: number): Promise<ReadonlyMap<number, string>>;
  /**
   * The beginning of one entry of a checkpoint directory, or what lies in it; only reads.
   *
   * @throws ProblemError
   */
  readCheckpoint(request: EntryRequest, signal: AbortSignal, timeoutMs: number): Promise<EntryPart>;
  /**
   * Journals on the host that a process is no part of a job. An act: it is sent once and never again by itself.
   *
   * @throws ProblemError, with `lost` where the answer did not come
   */
  releaseProcess(release: ProcessRelease, timeoutMs: number): Promise<ReleaseOutcome>;
  /**
   * Changes something on the host. It is sent once and never again by itself; where its answer is lost, the host is asked
   * what became of it.
   *
   * @param signal once it is aborted the host begins nothing more of the act; the answer still says what came of it
   * @throws ProblemError: `lost` where that cannot be told; with any other code nothing was done
   */
  act<A extends HostAct>(act: A, timeoutMs: number, signal?: AbortSignal): Promise<AnswerOf<A>>;
  /**
   * In which names the environments of jobs differ from that of a fresh login shell; only reads. One answer for each owner,
   * `null` where it is not there any more.
   *
   * @throws ProblemError
   */
  compareEnvironment(
    owners: readonly EnvironmentOwner[],
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<readonly (EnvironmentDifference | null)[]>;
  /**
   * What emergency stops have kept on the host; only reads.
   *
   * @throws ProblemError
   */
  readSnapshots(signal: AbortSignal, timeoutMs: number): Promise<KeptSnapshots>;
  /**
   * The jobs of one of them, without environments, which never leave the host; only reads.
   *
   * @throws ProblemError, with `invalidInput` where there is none of this id
   */
  readSnapshotJobs(snapshotId: string, signal: AbortSignal, timeoutMs: number): Promise<SnapshotJobs>;
  /**
   * Waits until the host no longer looks as it did, and starts no program there: state file, life of the daemon, socket.
   *
   * @returns the sign of how it looks, the one that was given where nothing changed in time; and whether it can be trusted
   * @throws ProblemError
   */
  watch(request: WatchRequest, signal: AbortSignal): Promise<WatchAnswer>;
  /**
   * What a job's log holds behind a position; waits for it where there is nothing yet.
   *
   * @throws ProblemError
   */
  followLog(request: FollowRequest, signal: AbortSignal): Promise<FollowedPart>;
  /**
   * What is installed and how the host is set up, also where there is no pueue; only reads.
   *
   * @throws ProblemError
   */
  examine(signal: AbortSignal, timeoutMs: number): Promise<HostExamination>;
  /**
   * How closely the link is watched: a heartbeat each 5 s while somebody looks or something is watched, else each 60 s. Each
   * call, also one that changes nothing, asks for a sign of life; unless it asks for less than before, a link that gives
   * none within 5 s is lost.
   */
  setAttention(attention: 'visible' | 'watched' | 'idle'): void;
  /** Called when an open link ended without our doing. */
  onDidLoseLink(listener: (problem: Problem) => void): void;
  close(): void;
}
