/** Asks a server for one channel on a link: in time, unless it is cancelled, and with the words of who asks where it fails. */
import type { Client, ClientChannel } from 'ssh2';
import type { Clock } from '../../core/ports';
import type { Link } from './link';

/** One channel that is asked for, and what it means where there is none. */
export interface ChannelRequest<T> {
  /** Asks. On a closed client ssh2 throws instead of calling back. */
  ask(client: Client, answer: (error: Error | undefined, channel: ClientChannel) => void): void;
  /** What becomes of the channel, before anything more is read from the link: its command may end at once. */
  take(channel: ClientChannel): T;
  readonly limitMs: number;
  readonly clock: Clock;
  cancelled(): Error;
  late(): Error;
  /** The link ended first. */
  lost(): Error;
  /** `null` where ssh2 gave no reason. */
  refused(error: Error | null): Error;
}

/** @throws what the request says; the link stays as it is */
export function openChannel<T>(link: Link, request: ChannelRequest<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
      link.client.removeListener('close', onLost);
      return true;
    };
    const fail = (problem: Error): void => {
      if (settle()) reject(problem);
    };
    const onAbort = (): void => {
      fail(request.cancelled());
    };
    const onLost = (): void => {
      fail(request.lost());
    };
    const cancelTimer = request.clock.after(request.limitMs, () => {
      fail(request.late());
    });
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort);
    link.client.once('close', onLost);
    try {
      request.ask(link.client, (error, channel) => {
        // The types promise a channel; a failure comes without one.
        const opened = error === undefined ? channel : undefined;
        if (opened === undefined) fail(request.refused(error ?? null));
        else if (settle()) resolve(request.take(opened));
        else opened.destroy();
      });
    } catch {
      onLost();
    }
  });
}
