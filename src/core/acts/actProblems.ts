/** How an act that did not come to its end is told. */
import type { Problem } from '../problem';
import { formatDuration } from '../text/format';
import { maskSecrets } from '../text/maskSecrets';
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

/** Without it the jobs could not be queued again. @param place the directory on the host */
export function noSnapshot(host: string, error: string, place: string): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: what is needed to queue the jobs again could not be kept (${visible(error, 60)}), so nothing was done.`,
    next: `Make room on ${name(host)}, or make ${visible(place, 200)} writable there; then repeat the command.`,
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

/** The host had not begun when the answer failed to come, and it is certain that it never will. */
export function neverBegun(host: string, problem: Problem): Problem {
  return {
    code: problem.code === 'lost' ? 'unreachable' : problem.code,
    message: `${name(host)}: nothing was done, for the host had not begun. ${problem.message}`,
    next: 'Repeat the command if it is still wanted.',
  };
}

/** The host began and its record has no end. @param commands what it had started, as it could be typed */
export function actUnfinished(host: string, commands: readonly string[]): Problem {
  const begun = commands.length === 0 ? '' : ` It had started: ${shownCommands(commands)}.`;
  return {
    code: 'lost',
    message: `${name(host)}: it was begun, and what came of it is not recorded.${begun}`,
    next: 'Refresh shows what is true. It is not tried again by itself.',
  };
}

/** Something stopped the host in the middle. @param why words of the helper @param commands what it had run */
export function actBroken(host: string, why: string, commands: readonly string[]): Problem {
  const done = commands.length === 0 ? '' : ` Until then it had run: ${shownCommands(commands)}.`;
  return {
    code: 'lost',
    message: `${name(host)}: it was begun and stopped in the middle (${visible(why, 200)}), so it may be done in part.${done}`,
    next: 'Refresh shows what is true. It is not tried again by itself.',
  };
}

/** The act has ended, and what came of it found no room. */
export function actWithoutOutcome(host: string): Problem {
  return {
    code: 'lost',
    message: `${name(host)}: it was done to its end, but what came of it found no room in the journal.`,
    next: `Refresh shows what is true. Make room on ${name(host)}.`,
  };
}

/** The answer was lost, and the host has not come to an end yet. */
export function actGoesOn(host: string): Problem {
  return {
    code: 'lost',
    message: `${name(host)}: the link was lost, and the host still holds the lock for what it was asked to do.`,
    next: 'Show Deploy History tells the outcome once it is there. It is not tried again by itself.',
  };
}

function shownCommands(commands: readonly string[]): string {
  return visible(maskSecrets(commands.join(' ; ')), 600);
}

/** A program of an ended run still runs. @param what jobs with their processes */
export function processesLive(host: string, what: string): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: nothing was done, because programs of an earlier run still run: ${visible(what, 400)}`,
    next: 'Wait until they have ended, or say by Not Part of the Job… that they are none of it.',
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

/** A program is writing into what was to be moved aside. @param what words of the helper */
export function heldOpen(host: string, what: string): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: nothing was moved, because ${visible(what, 400)}.`,
    next: 'Wait until that process has ended, or end it; then look again and repeat the command.',
  };
}

/** Deleting is only for what lies in quarantine for long. @param what words of the helper */
export function notOldEnough(host: string, what: string): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: nothing was deleted: ${visible(what, 300)}.`,
    next: 'Wait until it is 7 days old; what has no manifest is only deleted by hand, on the host.',
  };
}
