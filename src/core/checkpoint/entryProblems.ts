/** Why an entry of a checkpoint directory is not shown. */
import type { Problem } from '../problem';
import { visible } from '../text/visible';

const name = (host: string): string => visible(host, 80);

/** @param why as the host said it: `outside`, or the name of an error */
export function entryUnreadable(host: string, path: string, why: string): Problem {
  const entry = visible(path, 300);
  switch (why) {
    case 'outside':
      return entryOutside(host, path);
    case 'ENOENT':
    case 'ESTALE':
      return {
        code: 'stale',
        message: `${name(host)}: ${entry} is no longer there, or was replaced while it was opened.`,
        next: 'Refresh the host and open what is there now.',
      };
    case 'ELOOP':
    case 'ENOTDIR':
      return {
        code: 'refused',
        message: `${name(host)}: on the way to ${entry} stands a link, or what is no directory, and links are not followed.`,
        next: `Look at it on ${name(host)}.`,
      };
    default:
      return {
        code: 'refused',
        message: `${name(host)}: ${entry} cannot be read (${visible(why, 60)}).`,
        next: `Look at the rights of that path on ${name(host)}.`,
      };
  }
}

export function entryOutside(host: string, path: string): Problem {
  return {
    code: 'invalidInput',
    message: `${name(host)}: ${visible(path, 300)} lies in no directory of checkpoints that is configured.`,
    next: 'Open an entry of such a directory or of its quarantine, or name its directory by Configure Host….',
  };
}

export function malformedPaths(): Problem {
  return {
    code: 'invalidInput',
    message: 'The argument "paths" does not name entries of checkpoint directories of one host.',
    next: 'Give a list of absolute paths, and the host that they are on.',
  };
}

export function noEntry(host: string): Problem {
  return {
    code: 'invalidInput',
    message: `${name(host)}: there is no checkpoint in the directories that are configured.`,
    next: 'Refresh the host, or name the directory of its checkpoints by Configure Host….',
  };
}
