/** Failures of reading a host once a byte stream to it exists: the helper's start, pueue, and the link. */
import type { PendingQuestion } from './ports';
import type { Problem } from './problem';
import { formatBytes, formatDuration, formatList } from './text/format';
import { shellLine } from './text/shellQuote';
import { visible } from './text/visible';

const name = (host: string): string => visible(host, 80);
/** A reason may quote what came over the wire. */
const reason = (why: string): string => visible(why, 400);

/** The interpreter that the settings name cannot be used. */
export function pythonUnusable(host: string, python: string): Problem {
  return {
    code: 'pythonMissing',
    message: `${name(host)}: the interpreter ${visible(python, 80)} does not exist there, cannot be run, or is older than 3.7.`,
    next: `Correct "python" of ${name(host)} in the setting pueuePreflight.hosts, or remove it: then the usual places are searched.`,
  };
}

/** @param found a version that was found but is too old, or `null` where there is no python3 at all */
export function pythonMissing(host: string, found: string | null): Problem {
  const what =
    found === null
      ? 'no python3 was found'
      : `the only Python found is ${visible(found, 40)}, and 3.7 or newer is needed`;
  return {
    code: 'pythonMissing',
    message: `${name(host)}: ${what}.`,
    next: `Install Python 3.7 or newer on ${name(host)}, or name an interpreter by "python" in the setting pueuePreflight.hosts.`,
  };
}

/** The stream came up, but the helper's greeting did not. */
export function noGreeting(host: string, why: string): Problem {
  return {
    code: 'badReply',
    message: `${name(host)}: the helper did not start: ${reason(why)}.`,
    next: `Look for a login shell startup file or a forced command on ${name(host)} that exits or reads the input. Over ssh, "ssh ${name(host)} true" should print nothing and succeed.`,
  };
}

export function badReply(host: string, why: string): Problem {
  return {
    code: 'badReply',
    message: `${name(host)}: the reply could not be understood: ${reason(why)}.`,
    next: `Run "pueue status --json" on ${name(host)} and look at what it prints; then Refresh.`,
  };
}

/** What was to be sent holds more than is taken at once; none of it was sent. */
export function requestTooLong(host: string, capBytes: number): Problem {
  return {
    code: 'invalidInput',
    message: `${name(host)}: nothing was done: what was chosen takes more than the ${formatBytes(capBytes)} that are sent at once.`,
    next: 'Choose fewer at once.',
  };
}

/** @param cap of the whole queue as it is sent, environments left out */
export function tooLarge(host: string, cap: number): Problem {
  return {
    code: 'badReply',
    message: `${name(host)}: the queue is larger than is read (${formatBytes(cap)} without environments).`,
    next: `Remove finished jobs that are no longer needed from the queue of ${name(host)}; then Refresh.`,
  };
}

export function pueueMissing(host: string, looked: readonly string[]): Problem {
  return {
    code: 'pueueMissing',
    message: `${name(host)}: no pueue client was found. Looked in ${formatList(
      looked.map((place) => visible(place, 80)),
      20,
    )}.`,
    next: `Install pueue on ${name(host)}, or name its absolute path by "pueue" in the setting pueuePreflight.hosts.`,
  };
}

export function daemonDown(host: string, argv: readonly string[]): Problem {
  return {
    code: 'daemonDown',
    message: `${name(host)}: the pueue daemon does not answer. What its jobs are doing is not known.`,
    next: `Run "${shellLine(argv)}" on ${name(host)} to see why. Before starting a daemon make sure that none is running ("pgrep -x pueued"): a second one marks live jobs as killed.`,
  };
}

/** @param version as the client prints it, its name included */
export function versionUnsupported(host: string, version: string): Problem {
  return {
    code: 'versionUnsupported',
    message: `${name(host)}: ${visible(version, 40)} is too old; 3.0 or newer is needed to tell jobs apart.`,
    next: `Upgrade pueue on ${name(host)} when no job is running: a restart of the daemon kills running jobs.`,
  };
}

export function versionMismatch(host: string, version: string): Problem {
  return {
    code: 'versionMismatch',
    message: `${name(host)}: the pueue client (${visible(version, 40)}) and the running daemon are of different versions and do not understand each other.`,
    next: `Name the client that belongs to the daemon by "pueue" in the setting pueuePreflight.hosts, or restart the daemon when no job is running: a restart kills running jobs, and a 4.x daemon drops the queue of a 3.x one.`,
  };
}

/** pueue itself failed in a way that the helper recognised by name but that has no code of its own. */
export function pueueFailed(host: string, argv: readonly string[], why: string): Problem {
  return {
    code: 'badReply',
    message: `${name(host)}: pueue could not give its status: ${reason(why)}.`,
    next: `Run "${shellLine(argv)}" on ${name(host)} and look at what it prints. Its output is not shown here because it can hold the environments of jobs.`,
  };
}

export function timedOut(host: string, milliseconds: number): Problem {
  return {
    code: 'timedOut',
    message: `${name(host)}: no complete answer within ${formatDuration(milliseconds)}.`,
    next: `Refresh to try again. If it stays so, look at the load of ${name(host)} and at the time that "pueue status --json" takes there.`,
  };
}

/** An error that is no known failure; the log has its stack. */
export function unexpectedReading(host: string): Problem {
  return {
    code: 'badReply',
    message: `${name(host)}: the reading met an unexpected error.`,
    next: 'Look at the output channel "Pueue Preflight Log" and report what stands there.',
  };
}

/** The time of a command is over, and a person has not yet answered what the connection needs. */
export function questionWaiting(host: string, question: PendingQuestion): Problem {
  const about = {
    hostKey: 'whether its key is trusted',
    passphrase: 'the passphrase of a key',
    password: 'a password',
    secondFactor: 'what the server asks for at the login',
    securityKey: 'the touch of a security key',
  }[question];
  return {
    code: question === 'hostKey' ? 'hostKeyUnknown' : 'authenticationFailed',
    message: `${name(host)}: not read yet, because a question in VS Code waits for an answer: ${about}.`,
    next: `Answer the question; ${name(host)} is read then. Audit it again for its report.`,
  };
}

/** No connection came about in the time that a command gives. */
export function silentHost(host: string, milliseconds: number): Problem {
  return {
    code: 'unreachable',
    message: `${name(host)}: no connection within ${formatDuration(milliseconds)}.`,
    next: `Check that "ssh ${name(host)}" works in a terminal; then Refresh.`,
  };
}

export function linkLost(host: string, why: string): Problem {
  return {
    code: 'lost',
    message: `${name(host)}: the link was lost (${reason(why)}).`,
    next: 'It is tried again by itself while the view is visible; Refresh tries at once.',
  };
}

export function cancelled(host: string): Problem {
  return {
    code: 'cancelled',
    message: `${name(host)}: cancelled.`,
    next: 'Run the command again when you want its answer.',
  };
}

export function localNotSupported(host: string): Problem {
  return {
    code: 'notSupported',
    message: `${name(host)}: the transport "local" is not available on Windows, which has no flock for the lock of a deploy.`,
    next: 'Use a host that is reached by ssh, or open this folder in WSL.',
  };
}
