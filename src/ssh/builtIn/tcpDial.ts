/**
 * Dials a server so that a network that comes back is noticed within a second: a lost first packet is repeated by the
 * system after ever longer pauses (RFC 6298), so another try begins each second, and the first one that is
 * through is taken.
 */
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../core/ports';

const againMs = 1_000;

export interface DialTarget {
  readonly hostName: string;
  readonly port: number;
  readonly addressFamily: 'any' | 'inet' | 'inet6';
  readonly bindAddress: string | null;
}

export interface DialOutcome {
  onConnected(socket: Socket): void;
  /** One try was refused, or the name has no address: the others would fare no better. */
  onFailed(error: Error): void;
}

/** @returns what gives up; after a connection it does nothing */
export function dial(target: DialTarget, clock: Clock, outcome: DialOutcome): () => void {
  const tries = new Set<Socket>();
  let cancelNext = (): void => undefined;
  const end = (): void => {
    cancelNext();
    for (const socket of tries) socket.destroy();
    tries.clear();
  };
  const begin = (): void => {
    const socket = open(target);
    tries.add(socket);
    const onFailed = (error: Error): void => {
      if (!tries.delete(socket)) return;
      end();
      outcome.onFailed(error);
    };
    socket.on('error', onFailed);
    socket.once('connect', () => {
      if (!tries.delete(socket)) return;
      end();
      outcome.onConnected(socket);
      // Who took it has listeners of its own by then.
      socket.off('error', onFailed);
    });
    cancelNext = clock.after(againMs, begin);
  };
  begin();
  return end;
}

function open({ hostName, port, addressFamily, bindAddress }: DialTarget): Socket {
  const socket = connect({
    host: hostName,
    port,
    family: addressFamily === 'any' ? 0 : addressFamily === 'inet' ? 4 : 6,
    ...(bindAddress === null ? {} : { localAddress: bindAddress }),
    // Node gives each of several addresses 250 ms, too little for a slow line.
    autoSelectFamilyAttemptTimeout: 2_500,
  });
  // Without it each small request waits for the acknowledgement of the one before (47 ms on loopback).
  socket.setNoDelay(true);
  return socket;
}
