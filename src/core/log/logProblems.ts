/** Why a log is not shown: each way in which it would not be the log of the run that was asked for, or is not there. */
import type { Problem, ProblemCode } from '../problem';
import { formatBytes } from '../text/format';
import { secondsToTime } from '../text/time';
import { visible } from '../text/visible';

const name = (host: string): string => visible(host, 80);
const time = (instant: string | null): string =>
  instant === null || Number.isNaN(Date.parse(instant)) ? 'unknown' : secondsToTime(Date.parse(instant) / 1000);

function problem(code: ProblemCode, host: string, id: number, what: string, next: string): Problem {
  return { code, message: `${name(host)}: job ${id} ${what}.`, next };
}

export function jobGone(host: string, id: number): Problem {
  return problem(
    'stale',
    host,
    id,
    'is no longer in the queue',
    'Refresh the host. pueue deletes the log of a job when it is removed or cleaned.',
  );
}

/** Numbers come back after `pueue clean` and `pueue remove`. */
export function jobReplaced(host: string, id: number, asked: string, found: string | null): Problem {
  return problem(
    'stale',
    host,
    id,
    `is another job than the one asked for: it was created ${time(found)}, and the one asked for ${time(asked)}`,
    'Refresh the host and open the log of the job that is meant. pueue gives the numbers of removed jobs again.',
  );
}

export function runReplaced(host: string, id: number, asked: string, found: string | null): Problem {
  return problem(
    'stale',
    host,
    id,
    `was started again: its log is of the run of ${time(found)}, and the one asked for began ${time(asked)}`,
    'Open the log again for the later run. pueue keeps no log of an earlier run that was restarted in place.',
  );
}

/** @param state the one word for it */
export function neverRan(host: string, id: number, state: string): Problem {
  return problem(
    'refused',
    host,
    id,
    `has no log: it is ${state} and has not been started`,
    'Open its log once it runs. A file that may lie there is of an earlier run.',
  );
}

export function dependencyFailed(host: string, id: number): Problem {
  return problem(
    'refused',
    host,
    id,
    'has no log: a job that it depends on failed, so it was never started',
    'Look at the log of the job that it depends on. A file that may lie there is of an earlier run.',
  );
}

export function runUnknown(host: string, id: number): Problem {
  return problem(
    'refused',
    host,
    id,
    'is in a state that is not known, so its log cannot be told from that of another run',
    `Run "pueue log ${id}" on ${name(host)}.`,
  );
}

/** Between the two looks at the queue, or while the file was read. */
export function logChanged(host: string, id: number): Problem {
  return problem(
    'stale',
    host,
    id,
    'was started again or removed, or its log was emptied, while the log was read',
    'Open the log again.',
  );
}

export function logDirectoryUnknown(host: string, id: number): Problem {
  return problem(
    'notSupported',
    host,
    id,
    'has a log that is not found: "pueue_directory" in the configuration of pueue is relative to the working directory of the daemon',
    `Make "pueue_directory" absolute in the configuration of pueue, or run "pueue log ${id}" on ${name(host)}.`,
  );
}

export function logMissing(host: string, id: number, path: string): Problem {
  return problem(
    'refused',
    host,
    id,
    `has no log file at ${visible(path, 300)}`,
    `Where the daemon of ${name(host)} was started with a configuration file of its own, name it by "pueueConfig" in the setting pueuePreflight.hosts.`,
  );
}

/** @param why as the host said it, for example `EACCES` */
export function logUnreadable(host: string, id: number, path: string, why: string): Problem {
  return problem(
    'refused',
    host,
    id,
    `has a log at ${visible(path, 300)} that cannot be read (${visible(why, 60)})`,
    `Look at the rights of that file on ${name(host)}.`,
  );
}

/** @param modified of the file, in seconds since the epoch */
export function logOlderThanRun(host: string, id: number, path: string, modified: number, start: string): Problem {
  return problem(
    'stale',
    host,
    id,
    `has a log at ${visible(path, 300)} that was last written ${secondsToTime(modified)}, before the run began ${time(start)}: it is of an earlier run`,
    `Look at that file on ${name(host)} if the earlier run is meant, and compare the clock of its file system.`,
  );
}

/** As much as one document holds is shown already. */
export function logCapReached(host: string, id: number, cap: number, line: string): Problem {
  return problem(
    'refused',
    host,
    id,
    `has more output than one document shows (${formatBytes(cap)})`,
    `See all of it by: ${line}`,
  );
}
