/** How a snapshot of an emergency stop that cannot be read is told. */
import type { Problem } from '../problem';
import { visible } from '../text/visible';

const name = (host: string): string => visible(host, 80);

/** @param path where it was looked for */
export function noSuchSnapshot(host: string, path: string): Problem {
  return {
    code: 'invalidInput',
    message: `${name(host)}: there is no snapshot ${visible(path, 300)}.`,
    next: 'Choose one of those that are kept there; Show Deploy History names them.',
  };
}

/** @param path `null` for the directory of all of them */
export function unreadableSnapshots(host: string, path: string | null, error: string): Problem {
  const what = path === null ? 'the snapshots of emergency stops' : `the snapshot ${visible(path, 300)}`;
  return {
    code: 'refused',
    message: `${name(host)}: ${what} could not be read (${visible(error, 60)}).`,
    next: `Look at it on ${name(host)}: it is text of this user (0600). Nothing was changed.`,
  };
}
