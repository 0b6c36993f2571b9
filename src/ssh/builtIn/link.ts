/**
 * One SSH connection, from the TCP socket to the end of the login. Each phase has its own limit and its own words for
 * what went wrong; a refused, failed or cancelled attempt leaves no socket behind.
 */
import type { Duplex } from 'node:stream';
import { Client } from 'ssh2';
import type { Clock } from '../../core/ports';
import { visible } from '../../core/text/visible';
import type { Authentication } from '../login/authentication';
import type { PromptRound } from '../login/promptRound';
import type { HostIdentity } from '../hostKeys/hostIdentity';
import { createHostVerifier, hostKeyAlgorithms, runtimeHasEd25519 } from '../hostKeys/hostKeyCheck';
import {
  describeBreak,
  describeLoginSilence,
  describeLoss,
  describeSilence,
  isSshServer,
  type LinkFailure,
  type LinkPhase,
  type LinkProgress,
} from './linkFailure';
import { dial } from './tcpDial';
import * as loginProblems from '../login/loginProblems';
import * as problems from '../problems';
import type { SshTimings } from '../timings';

/** What a connection is made from; all of it was read before. */
export interface LinkRequest {
  readonly identity: HostIdentity;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly addressFamily: 'any' | 'inet' | 'inet6';
  readonly bindAddress: string | null;
  /** The jump host that connects us, and what it gave; without it the way is a TCP connection of our own. */
  readonly via: { readonly link: Link; readonly channel: Duplex } | null;
  readonly authentication: Authentication;
  /** Asks a person what the server wants to know; `null` where there is no answer. */
  readonly ask: (round: PromptRound, signal: AbortSignal) => Promise<readonly string[] | null>;
  /** Called when the server may begin to wait for a person, here or elsewhere. */
  readonly noteBegun: () => void;
  /** What leads there in a terminal, for the next step. */
  readonly sshCommand: string;
  readonly timings: SshTimings;
  readonly clock: Clock;
}

/** A connection that has logged in. */
export interface Link {
  readonly client: Client;
  /** The transport's own error, once there was one. */
  readonly error: () => Error | null;
  /** Says goodbye and frees the socket, also where nobody answers; then the same for the jump hosts before. */
  readonly close: () => void;
  /** Frees the socket at once, and those of the jump hosts before. */
  readonly destroy: () => void;
}

/** How much of the other side's first words is looked at; a greeting may stand before the identification. */
const firstBytesLimit = 8 * 1024;
/** How many questions of a server are put to a person at once. */
const promptLimit = 10;

/** SHA-1 and group exchange (which fails under Electron) are taken out; explicit lists throw on some runtimes. */
function algorithms(knownTypes: readonly string[]) {
  return {
    kex: {
      remove: [
        'diffie-hellman-group-exchange-sha256' as const,
        'diffie-hellman-group-exchange-sha1' as const,
        'diffie-hellman-group14-sha1' as const,
        'diffie-hellman-group1-sha1' as const,
      ],
      prepend: [],
      append: [],
    },
    hmac: { remove: ['hmac-sha1' as const, 'hmac-sha1-etm@openssh.com' as const], prepend: [], append: [] },
    serverHostKey: hostKeyAlgorithms(knownTypes, runtimeHasEd25519()),
  };
}

/** A client that has logged in. Its jump host lives as long as it does. */
function toLink(
  { via, clock, timings }: LinkRequest,
  client: Client,
  socket: Duplex,
  failure: () => Error | null,
): Link {
  let isClosed = false;
  const destroy = (): void => {
    socket.destroy();
    via?.link.destroy();
  };
  client.once('close', () => {
    isClosed = true;
  });
  return {
    client,
    error: () => {
      const error = failure();
      if (error !== null) return new Error(visible(error.message), { cause: error });
      return via?.link.error() ?? null;
    },
    close: () => {
      if (isClosed) {
        via?.link.close();
        return;
      }
      const cancelDestroy = clock.after(timings.farewellMs, destroy);
      client.once('close', () => {
        cancelDestroy();
        via?.link.close();
      });
      client.end();
    },
    destroy,
  };
}

/**
 * Connects and logs in.
 * @throws ProblemError with `unreachable`, `hostKeyUnknown`, `hostKeyChanged`, `authenticationFailed`, `notSupported`
 * or `cancelled`
 */
export function openLink(request: LinkRequest, signal: AbortSignal): Promise<Link> {
  const { identity, timings, clock, authentication } = request;
  const { host } = identity.lookup;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(problems.cancelled(host));
      return;
    }
    let phase: LinkPhase = 'tcp';
    let firstBytes: Buffer = Buffer.alloc(0);
    let transportError: Error | null = null;
    let settled = false;
    let cancelTimer = (): void => undefined;

    const client = new Client();
    let freeSocket = (): void => undefined;
    // What a person was asked in the name of this link is withdrawn with it.
    const asking = new AbortController();
    let isAsking = false;
    let personUntil = Infinity;

    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
      authentication.dispose();
      asking.abort();
      return true;
    };
    const fail = (problem: unknown): void => {
      if (!settle()) return;
      freeSocket();
      reject(problem instanceof Error ? problem : new Error(String(problem)));
    };
    const failUnreachable = ({ reason, next }: LinkFailure, cause?: Error | null): void => {
      fail(problems.unreachable(host, `${request.hostName}:${String(request.port)}`, reason, next, cause));
    };
    const progress = (): LinkProgress => ({ phase, firstBytes, hasOffered: authentication.hasBegun });
    const onLost = (error: Error | null): void => {
      if (isAsking)
        fail(loginProblems.hungUpWhileAsking(host, request.user, error === null ? null : visible(error.message)));
      else failUnreachable(describeLoss(progress(), error), error);
    };
    const onAbort = (): void => {
      fail(problems.cancelled(host));
    };

    const judge = (key: Buffer): boolean => {
      if (!identity.judge(key)) return false;
      cancelTimer();
      phase = 'proof';
      personUntil = clock.monotonic() + timings.promptMs;
      cancelTimer = clock.after(timings.authenticateMs, () => {
        failUnreachable(describeLoginSilence(problems.seconds(timings.authenticateMs), authentication.isAgentSigning));
      });
      return true;
    };

    // Until the login ends the time is the server's, whose own limit says nothing: it may wait for a telephone, too.
    authentication.onBegin(() => {
      if (settled) return;
      request.noteBegun();
      cancelTimer();
      cancelTimer = clock.after(Math.max(0, personUntil - clock.monotonic()), () => {
        const tooLate = isAsking ? loginProblems.answerTooLate : loginProblems.confirmedTooLate;
        fail(tooLate(host, request.user, timings.promptMs));
      });
    });
    authentication.onPrompts((round, finish) => {
      if (settled) return;
      const count = round.prompts.length;
      if (count > promptLimit) {
        fail(loginProblems.tooManyPrompts(host, request.user, count));
        return;
      }
      isAsking = true;
      // Cannot reject: a question that cannot be put is answered `null`.
      void request.ask(round, asking.signal).then((answers) => {
        isAsking = false;
        if (settled) return;
        if (answers === null) fail(loginProblems.answerNotGiven(host, request.user, 'an answer to what it asks'));
        else finish([...answers]);
      });
    });
    client.on('change password', () => {
      fail(loginProblems.passwordExpired(host, request.user, request.sshCommand));
    });

    // Stays for ever: ssh2 reports errors after the login too, and an unheard one would end the process.
    client.on('error', (error: Error & { level?: string; code?: unknown }) => {
      transportError = error;
      if (settled) return;
      const words = visible(error.message);
      const { refusal } = identity;
      if (refusal !== null) fail(refusal);
      // A key that could not sign is one failed attempt; ssh2 goes on to the next.
      else if (error.level === 'agent') {
        transportError = null;
        authentication.noteUnsigned();
      } else if (error.level === 'client-authentication') {
        transportError = null;
        if (!authentication.isExhausted) authentication.noteUnsigned();
        else fail(loginProblems.authenticationFailed(authentication.account(host, null)));
      } else if (error.level === 'client-socket') onLost(error);
      else if (phase === 'proof' && error.level === 'handshake') fail(problems.hostKeyNotProven(host, words));
      // A number is the reason code of the server's own disconnect message.
      else if (phase === 'authentication' && authentication.hasBegun && typeof error.code === 'number')
        fail(loginProblems.authenticationFailed(authentication.account(host, words)));
      else if (!isSshServer(firstBytes)) onLost(error);
      else if (phase === 'keyExchange' && error.level === 'handshake') fail(problems.noCommonAlgorithm(host, words));
      else failUnreachable(describeBreak(phase, words), error);
    });
    client.on('handshake', () => {
      identity.noteProof();
      if (phase === 'proof') phase = 'authentication';
    });
    client.on('close', () => {
      onLost(transportError);
    });
    signal.addEventListener('abort', onAbort);
    cancelTimer = clock.after(timings.connectMs, () => {
      failUnreachable(describeSilence(progress(), problems.seconds(timings.connectMs)));
    });
    const logIn = (socket: Duplex): void => {
      freeSocket = () => {
        socket.destroy();
      };
      phase = 'silent';
      client.on('ready', () => {
        if (!settle()) return;
        phase = 'ready';
        resolve(toLink(request, client, socket, () => transportError));
      });
      try {
        client.connect({
          sock: socket,
          username: request.user,
          hostVerifier: createHostVerifier(judge),
          authHandler: authentication.handler,
          algorithms: algorithms(identity.knownTypes),
          readyTimeout: 0,
          keepaliveInterval: timings.keepAliveMs,
          keepaliveCountMax: 3,
          agentForward: false,
        });
      } catch (error) {
        fail(error);
        return;
      }
      // ssh2 has paused the socket, so a second reader misses nothing and starts nothing.
      socket.on('data', (bytes: Buffer) => {
        if (firstBytes.length >= firstBytesLimit) return;
        firstBytes = Buffer.concat([firstBytes, bytes.subarray(0, firstBytesLimit)]);
        if (phase === 'silent' && isSshServer(firstBytes)) phase = 'keyExchange';
      });
    };
    if (request.via !== null) logIn(request.via.channel);
    else freeSocket = dial(request, clock, { onConnected: logIn, onFailed: onLost });
  });
}
