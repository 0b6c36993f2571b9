/** The way from a jump host to the next machine: a forwarded TCP connection, which is no session (`MaxSessions`). */
import type { ClientChannel } from 'ssh2';
import type { Clock } from '../../core/ports';
import { visible } from '../../core/text/visible';
import * as problems from '../problems';
import type { Link } from './link';
import { openChannel } from './openChannel';

/** Where the jump host is to connect to. */
export interface JumpRequest {
  /** The machine behind, as messages name it. */
  readonly host: string;
  /** The jump host, as messages name it. */
  readonly jump: string;
  readonly hostName: string;
  readonly port: number;
  readonly connectMs: number;
  readonly clock: Clock;
}

/** RFC 4254 section 5.1: the server forbids it, and not: it tried in vain. */
const administrativelyProhibited = 1;

/**
 * Asks a jump host for a connection.
 * @throws ProblemError `unreachable`, `refused` or `cancelled`; the link to the jump host stays as it is
 */
export function openJumpChannel(link: Link, request: JumpRequest, signal: AbortSignal): Promise<ClientChannel> {
  const { host, jump, hostName, port, connectMs, clock } = request;
  const address = `${hostName}:${String(port)}`;
  const lost = (): Error =>
    problems.unreachable(
      host,
      address,
      `the connection to ${jump} ended`,
      'Try again; if it stays so, look at the log of the SSH server on the jump host.',
      link.error(),
    );
  return openChannel(
    link,
    {
      ask(client, answer) {
        client.forwardOut('127.0.0.1', 0, hostName, port, answer);
      },
      take: (channel) => channel,
      limitMs: connectMs,
      clock,
      cancelled: () => problems.cancelled(host),
      late() {
        const reason = `${jump} did not connect to it within ${problems.seconds(connectMs)}`;
        return problems.unreachable(host, address, reason, 'Check address and firewalls as the jump host sees them.');
      },
      lost,
      refused(error) {
        const reason = error !== null && 'reason' in error ? error.reason : undefined;
        if (typeof reason !== 'number') return lost();
        const said = visible(error?.message.replace(/^\(SSH\) Channel open failure: /u, '') ?? '', 200);
        return problems.jumpRefused(host, address, jump, said, reason === administrativelyProhibited);
      },
    },
    signal,
  );
}
