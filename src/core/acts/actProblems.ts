/** How an act that did not come to its end is told. */
import type { Problem } from '../problem';
import { formatDuration } from '../text/format';
import { visible } from '../text/visible';

const name = (host: string): string => visible(host, 80);

/** Who holds a lock, as far as its file tells. */
export interface LockHolder {
  readonly user: string;
  readonly what: string;
  /** Seconds since the epoch by the host's clock. */
  readonly since: number;
  readonly pid: number;
}

export function lockBusy(host: string, holder: LockHolder | null, nowSeconds: number): Problem {
  const who =
    holder === null
      ? 'another program'
      : `${visible(holder.user, 40)} (process ${holder.pid}) does "${visible(holder.what, 60)}" since ${formatDuration(Math.max(0, nowSeconds - holder.since) * 1000)} and`;
  return {
    code: 'busy',
    message: `${name(host)}: ${who} holds the lock of the queue. Nothing was done.`,
    next: 'Wait until it is done, then look again and repeat the command.',
  };
}

/** Without a record nothing is done. */
export function noJournal(host: string, error: string): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: the journal could not be written (${visible(error, 60)}), so nothing was done.`,
    next: `Make room on ${name(host)}, or make ~/.local/state/pueue-preflight writable there; then repeat the command.`,
  };
}

export function noLock(host: string, error: string): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: no lock can be taken there (${visible(error, 60)}), so nothing was done.`,
    next: `Give XDG_STATE_HOME on ${name(host)} a directory on a file system with flock.`,
  };
}

/** What was agreed to is no longer so. @param what a sentence of what differs */
export function changedGround(host: string, what: string): Problem {
  return {
    code: 'stale',
    message: `${name(host)}: nothing was done, because the host has changed since it was shown: ${visible(what, 400)}`,
    next: 'Look at what is there now, and repeat the command if it is still wanted.',
  };
}

/** What was asked for cannot be done at all. @param what why, as the end of a sentence */
export function impossibleAct(host: string, what: string): Problem {
  return {
    code: 'invalidInput',
    message: `${name(host)}: nothing was done, because ${visible(what, 400)}.`,
    next: 'Change it, and repeat the command.',
  };
}

/** Whether a killed job still writes cannot be told, and nobody has agreed to that. @param what a sentence of the job and why */
export function untracedRun(host: string, what: string): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: nothing was done: ${visible(what, 400)}`,
    next: `Look on ${name(host)} whether the program of the job still runs; if it does not, repeat the command and say so.`,
  };
}

/** @param what why, as the end of a sentence */
export function unreadableEnvironments(host: string, what: string): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: the environments could not be compared: ${visible(what, 200)}.`,
    next: 'Refresh, and look again.',
  };
}

/** The link was lost before the host began, and it is certain that it never will. */
export function neverBegun(host: string, problem: Problem): Problem {
  return {
    code: 'unreachable',
    message: `${name(host)}: nothing was done: the link was lost before the host had begun. ${problem.message}`,
    next: 'Repeat the command if it is still wanted.',
  };
}

/** The host began and its record has no end. @param commands what it had started, as it could be typed */
export function actUnfinished(host: string, commands: readonly string[]): Problem {
  const begun = commands.length === 0 ? '' : ` It had started: ${visible(commands.join(' ; '), 600)}.`;
  return {
    code: 'lost',
    message: `${name(host)}: it was begun, and what came of it is not recorded.${begun}`,
    next: 'Refresh shows what is true. It is not tried again by itself.',
  };
}

/** pueue 3.0 and 3.1 are only looked at. */
export function actsNotSupported(host: string, version: string): Problem {
  return {
    code: 'notSupported',
    message: `${name(host)}: nothing is changed on ${visible(version, 40)}, which has no priorities and kills otherwise; 3.2 or newer is needed.`,
    next: `Upgrade pueue on ${name(host)} when no job is running: a restart of the daemon kills running jobs.`,
  };
}

/** The process that was to act could not read the queue. @param why words of the helper */
export function unreadableQueue(host: string, why: string): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: nothing was done, because the queue could not be read right before: ${visible(why, 200)}.`,
    next: 'Refresh, and repeat the command once the host can be read.',
  };
}
