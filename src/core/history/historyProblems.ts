/** How it is told that what a host keeps of what was done there cannot be read. */
import type { Problem } from '../problem';
import { visible } from '../text/visible';

export function unreadableJournal(host: string, path: string, error: string): Problem {
  return {
    code: 'refused',
    message: `${visible(host, 80)}: the journal ${visible(path, 300)} cannot be read (${visible(error, 60)}), so it is not known what was done.`,
    next: 'Make it readable for the user of the connection, then repeat the command.',
  };
}

export function savedLogUnreadable(host: string, name: string, error: string): Problem {
  const what = error === 'ENOENT' ? 'is no longer there' : `cannot be read (${visible(error, 60)})`;
  return {
    code: 'refused',
    message: `${visible(host, 80)}: the saved log ${visible(name, 300)} ${what}.`,
    next: 'Show Deploy History names all that were saved.',
  };
}
