/** What the rows of quarantined checkpoints say. */
import { keptSeconds, nameOf } from '../../core/checkpoint/planMoves';
import type { CheckpointEntry, Quarantine, QuarantineFolder } from '../../core/snapshot';
import { formatAge, formatBytes } from '../../core/text/format';
import { secondsToTime } from '../../core/text/time';
import { visible } from '../../core/text/visible';
import type { Reading } from '../../core/watch/hostWatch';
import { row, separator, type Now, type Row, type Translate } from './rows';

/** Whether what lies in a folder may be deleted. */
export function isOld({ since, hasManifest }: QuarantineFolder, takenAt: number): boolean {
  return hasManifest && takenAt - since > keptSeconds;
}

export function quarantineRow(quarantines: readonly Quarantine[], reading: Reading, now: Now, t: Translate): Row {
  const folders = quarantines.flatMap((quarantine) => quarantine.folders);
  const entries = folders.flatMap((folder) => folder.entries);
  const unread = quarantines.filter(({ state }) => state !== 'listed');
  const oldest = Math.min(...folders.map(({ since }) => since));
  const description =
    unread.length > 0
      ? t('not fully read')
      : [
          t('{0} entries', entries.length),
          bytesOf(entries),
          ...(folders.length === 0 ? [] : [t('oldest {0}', ageOf(oldest, reading, now))]),
        ].join(separator);
  return row({
    label: t('Quarantine'),
    description,
    more: () =>
      [
        ...unread.map(({ path, error }) =>
          t('{0}: {1}', visible(path, 300), visible(error ?? t('too much to list'), 60)),
        ),
        t('Nothing in it is removed by itself. After 7 days its rows offer to delete it.'),
      ].join('\n'),
    icon: unread.length > 0 ? 'warning' : 'archive',
  });
}

export function quarantineFolderRow(folder: QuarantineFolder, reading: Reading, now: Now, t: Translate): Row {
  const { path, since, entries, hasManifest } = folder;
  return row({
    label: secondsToTime(since),
    description: [
      t('{0} entries', entries.length),
      bytesOf(entries),
      ageOf(since, reading, now),
      ...(hasManifest ? [] : [t('its manifest cannot be read')]),
    ].join(separator),
    more: () => visible(path, 1000),
    icon: hasManifest ? 'archive' : 'warning',
  });
}

export function quarantinedRow(entry: CheckpointEntry, reading: Reading, now: Now, t: Translate): Row {
  const size =
    entry.kind === 'file'
      ? formatBytes(entry.bytes)
      : { directory: t('directory'), link: t('link'), other: t('special file') }[entry.kind];
  return row({
    label: visible(nameOf(entry.path)),
    description: [size, t('written {0}', ageOf(entry.modified, reading, now))].join(separator),
    more: () => visible(entry.path, 1000),
    icon: entry.kind === 'directory' ? 'folder' : 'file',
    state: t('in quarantine'),
  });
}

function ageOf(seconds: number, { snapshot, readAt }: Reading, now: Now): string {
  return formatAge((snapshot.takenAt - seconds) * 1000 + (now.monotonic - readAt));
}

/** Of what is in directories the size is not counted. */
function bytesOf(entries: readonly CheckpointEntry[]): string {
  const bytes = formatBytes(entries.reduce((sum, entry) => sum + (entry.bytes ?? 0), 0));
  return entries.some(({ kind }) => kind === 'directory') ? `≥ ${bytes}` : bytes;
}
