/** What the rows of checkpoints say. */
import type { CheckpointDirectory, CheckpointEntry } from '../../core/snapshot';
import { formatAge, formatBytes } from '../../core/text/format';
import { visible } from '../../core/text/visible';
import type { Reading } from '../../core/watch/hostWatch';
import { row, separator, type Now, type Row, type Translate } from './rows';

export function checkpointsRow(directories: readonly CheckpointDirectory[], t: Translate): Row {
  const entries = directories.reduce((sum, directory) => sum + directory.entries.length, 0);
  const complete = directories.every(({ state }) => state === 'listed' || state === 'missing');
  const description =
    directories.length === 0
      ? t('no directory is configured')
      : complete
        ? t('{0} entries', entries)
        : t('not fully read');
  return row({
    label: t('Checkpoints'),
    description,
    more: () => (directories.length === 0 ? t('Configure Host… proposes directories that it finds on the host.') : ''),
    icon: 'save-all',
  });
}

export function checkpointDirectoryRow({ path, state, error, entries }: CheckpointDirectory, t: Translate): Row {
  const description = {
    listed: t('empty'),
    missing: t('does not exist'),
    truncated: t('more than {0} entries: only these are listed', entries.length),
    unreadable: t('could not be read: {0}', visible(error ?? '', 60)),
  }[state];
  return row({
    label: visible(path),
    description,
    icon: state === 'missing' || state === 'listed' ? 'folder' : 'warning',
  });
}

export function checkpointRow(entry: CheckpointEntry, reading: Reading, now: Now, t: Translate): Row {
  const age = reading.snapshot.takenAt * 1000 - entry.modified * 1000 + (now.monotonic - reading.readAt);
  const size =
    entry.kind === 'file'
      ? formatBytes(entry.bytes)
      : { directory: t('directory'), link: t('link'), other: t('special file') }[entry.kind];
  return row({
    label: visible(entry.path.slice(entry.path.lastIndexOf('/') + 1)),
    description: [size, formatAge(age)].join(separator),
    more: () => visible(entry.path, 1000),
    icon: entry.kind === 'directory' ? 'folder' : 'file',
  });
}
