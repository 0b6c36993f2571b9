/** One command on a connection that has logged in, as the byte stream that the host session speaks over. */
import type { ClientChannel } from 'ssh2';
import type { ByteStream, Clock, StreamEnd } from '../../core/ports';
import { visible } from '../../core/text/visible';
import type { Link } from './link';
import { openChannel } from './openChannel';
import * as problems from '../problems';

/** Standard error that arrives before anybody listens is kept up to this size; the rest is read and dropped. */
const earlyErrorBytes = 64 * 1024;

/** What starting a command needs. */
export interface CommandRequest {
  readonly host: string;
  readonly command: string;
  readonly openMs: number;
  readonly clock: Clock;
}

/** ssh2's channel as a {@link ByteStream} that carries its connection to the grave. */
function toByteStream(channel: ClientChannel, link: Link): ByteStream {
  let exitCode: number | null = null;
  let exitSignal: string | null = null;
  let end: StreamEnd | null = null;
  let onEnd: ((end: StreamEnd) => void) | null = null;
  let onErrorData: ((bytes: Uint8Array) => void) | null = null;
  let early: Buffer[] = [];
  let earlySize = 0;
  let channelError: Error | null = null;

  channel.on('exit', (code: number | null, name?: string) => {
    exitCode = code;
    exitSignal = name ?? null;
  });
  // A write that meets the end of the link reports here; the end itself is told by `close`.
  channel.on('error', (error: Error) => {
    channelError = error;
  });
  channel.stderr.on('data', (bytes: Buffer) => {
    if (onErrorData !== null) onErrorData(bytes);
    else if (earlySize < earlyErrorBytes) {
      early.push(bytes);
      earlySize += bytes.length;
    }
  });
  let open = 2;
  const onPartClosed = (): void => {
    open -= 1;
    if (open > 0) return;
    end = { exitCode, signal: exitSignal, error: link.error() ?? channelError };
    link.close();
    onEnd?.(end);
  };
  channel.once('close', onPartClosed);
  channel.stderr.once('close', onPartClosed);

  return {
    route: { transport: 'ssh2', reason: null },
    write(bytes) {
      // After the end ssh2 swallows the bytes and their callback; the stream would only collect them.
      if (end === null && channel.writable) channel.write(bytes);
    },
    onData(listener) {
      channel.on('data', listener);
    },
    onErrorData(listener) {
      onErrorData = listener;
      for (const bytes of early) listener(bytes);
      early = [];
    },
    onEnd(listener) {
      onEnd = listener;
      if (end !== null) listener(end);
    },
    close() {
      if (channel.writable) channel.end();
      channel.resume();
      link.close();
    },
  };
}

/** How RFC 4254 section 5.1 names the reasons for a refused channel. */
const openFailureNames: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [1, 'administratively prohibited'],
  [2, 'the server refused to open it'],
  [3, 'unknown channel type'],
  [4, 'resource shortage'],
]);

/**
 * Starts the command. The link is closed where that fails.
 * @throws ProblemError `refused` where the server opens no session, `unreachable`, `cancelled`
 */
export async function openCommand(link: Link, request: CommandRequest, signal: AbortSignal): Promise<ByteStream> {
  const { host, command, clock, openMs } = request;
  const lost = (): Error => problems.lostBeforeCommand(host, link.error());
  try {
    return await openChannel(
      link,
      {
        ask(client, answer) {
          client.exec(command, { allowHalfOpen: true }, answer);
        },
        take: (channel) => toByteStream(channel, link),
        limitMs: openMs,
        clock,
        cancelled: () => problems.cancelled(host),
        late: () => problems.commandNotStarted(host, openMs),
        lost,
        refused(error) {
          const reason = error !== null && 'reason' in error ? openFailureNames.get(error.reason) : undefined;
          if (reason === undefined && link.error() !== null) return lost();
          return problems.sessionRefused(host, reason ?? visible(error?.message ?? 'no reason given'));
        },
      },
      signal,
    );
  } catch (error) {
    link.destroy();
    throw error;
  }
}
