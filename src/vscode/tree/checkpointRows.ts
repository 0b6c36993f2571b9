/** What the rows of checkpoints say. */
import type { JudgedCheckpoints } from '../../core/checkpoint/judgedCheckpoints';
import { noPattern, type CheckpointState, type Judgement } from '../../core/checkpoint/judgement';
import type { CheckpointDirectory } from '../../core/snapshot';
import { formatAge, formatBytes, formatList } from '../../core/text/format';
import { visible } from '../../core/text/visible';
import type { Reading } from '../../core/watch/hostWatch';
import { row, separator, type Now, type Row, type Translate } from './rows';

const icons: Record<Exclude<CheckpointState, 'unjudged'>, readonly [icon: string, color: string | null]> = {
  active: ['sync', 'charts.blue'],
  colliding: ['warning', 'problemsWarningIcon.foreground'],
  damaged: ['error', 'problemsErrorIcon.foreground'],
  orphan: ['question', null],
  stale: ['history', 'charts.yellow'],
  resumable: ['debug-continue', 'charts.green'],
};

export function checkpointsRow(
  directories: readonly CheckpointDirectory[],
  judged: JudgedCheckpoints,
  t: Translate,
): Row {
  const entries = directories.reduce((sum, directory) => sum + directory.entries.length, 0);
  const complete = directories.every(({ state }) => state === 'listed' || state === 'missing');
  const [damaged, colliding] = [judged.count('damaged'), judged.count('colliding')];
  const problems = [
    ...(damaged === 0 ? [] : [t('{0} damaged', damaged)]),
    ...(colliding === 0 ? [] : [t('{0} colliding', colliding)]),
  ];
  const extent =
    directories.length === 0
      ? t('no directory is configured')
      : complete
        ? t('{0} entries', entries)
        : t('not fully read');
  return row({
    label: t('Checkpoints'),
    // What is wrong comes first: a narrow side bar cuts the rest.
    description: [...problems, extent].join(separator),
    more: () =>
      directories.length === 0
        ? t('Configure Host… proposes directories that it finds on the host.')
        : countWords(judged, t),
    icon: 'save-all',
    ...(problems.length === 0 ? {} : { color: 'problemsWarningIcon.foreground' }),
  });
}

/** How many entries are in each state; nothing where none is judged. */
function countWords(judged: JudgedCheckpoints, t: Translate): string {
  const states = ['active', 'resumable', 'stale', 'orphan', 'unjudged'] as const;
  const counts = states.map((state) => [state, judged.count(state)] as const).filter(([, count]) => count > 0);
  if (counts.every(([state]) => state === 'unjudged')) return '';
  return counts.map(([state, count]) => `${count} ${stateWord(state, t)}`).join(separator);
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

export function checkpointRow(judgement: Judgement, reading: Reading, now: Now, t: Translate): Row {
  const { entry, state, collision, reason } = judgement;
  const age = reading.snapshot.takenAt * 1000 - entry.modified * 1000 + (now.monotonic - reading.readAt);
  const size =
    entry.kind === 'file'
      ? formatBytes(entry.bytes)
      : { directory: t('directory'), link: t('link'), other: t('special file') }[entry.kind];
  const isJudged = reason !== noPattern;
  const [icon, color] = state === 'unjudged' ? [entry.kind === 'directory' ? 'folder' : 'file', null] : icons[state];
  return row({
    label: visible(entry.path.slice(entry.path.lastIndexOf('/') + 1)),
    description: [
      ...(isJudged ? [stateWord(state, t)] : []),
      ...(collision !== null && state !== 'colliding' ? [stateWord('colliding', t)] : []),
      ...ownerWords(judgement, t),
      size,
      formatAge(age),
    ].join(separator),
    more: () => [visible(entry.path, 1000), ...(isJudged ? [reason] : [])].join('\n'),
    ...{ icon, color },
  });
}

/** The first owner is the one that counts, but where jobs collide, which is about all of them. */
function ownerWords({ owners, collision }: Judgement, t: Translate): string[] {
  const ids = owners.map(({ id }) => id);
  if (ids.length === 0) return [];
  const isShared = collision !== null && ids.length > 1;
  return [isShared ? t('jobs {0}', formatList(ids, 4)) : t('job {0}', ids[0] ?? 0)];
}

function stateWord(state: CheckpointState, t: Translate): string {
  switch (state) {
    case 'active':
      return t('active');
    case 'colliding':
      return t('colliding');
    case 'damaged':
      return t('damaged');
    case 'orphan':
      return t('orphan');
    case 'stale':
      return t('stale');
    case 'resumable':
      return t('resumable');
    case 'unjudged':
      return t('not judged');
  }
}
