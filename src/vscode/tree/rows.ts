/**
 * What each row says, as plain data: pure functions of a node and the state behind it. Everything that came from a host is
 * made visible here and secrets in commands are masked.
 */
import { countLive } from '../../core/audit/decide';
import { shownLabel, stateName, startOf, type Job, type JobStateName } from '../../core/pueue/job';
import { whyWaiting, type QueueIndex } from '../../core/pueue/whyWaiting';
import type { Problem } from '../../core/problem';
import type { CheckpointDirectory, CheckpointEntry } from '../../core/snapshot';
import { formatAge, formatBytes, formatDuration, formatList, formatSlots } from '../../core/text/format';
import { maskSecrets } from '../../core/text/maskSecrets';
import { visible } from '../../core/text/visible';
import type { HostState, Reading } from '../../core/watch/hostWatch';
import type { GroupNode, JobNode, PagedNode, SurvivorNode } from './nodes';

/** `vscode.l10n.t`, handed in so that rows can be tested without VS Code. */
export type Translate = (message: string, ...values: (string | number)[]) => string;

export interface Row {
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  /** Id of a product icon, and of its colour where the state is more than information. */
  readonly icon: string;
  readonly color: string | null;
  /** For screen readers: everything that icon and colour say, in words. */
  readonly spoken: string;
}

/** Our monotonic clock and wall clock at the moment of rendering. */
export interface Now {
  readonly monotonic: number;
}

const separator = ' · ';

interface RowParts extends Pick<Row, 'label' | 'description' | 'icon'> {
  readonly color?: string | null;
  /** What icon and colour say, in words. */
  readonly state?: string;
  /** What there is to say beyond the row, in lines. */
  readonly more?: string;
}

/** The tooltip begins with the row itself: a narrow side bar cuts what stands in it. */
export function row({ label, description, icon, color = null, state = '', more = '' }: RowParts): Row {
  const said = (parts: readonly string[], between: string): string => parts.filter((part) => part !== '').join(between);
  const tooltip = said([label, description, more], '\n');
  return { label, description, tooltip, icon, color, spoken: said([label, state, description], ', ') };
}

/** A row of a host that cannot be read now: what it says is of earlier, so its icon has none of the colours that say how things are. */
export function earlierRow(shown: Row, t: Translate): Row {
  const tooltip = `${shown.tooltip}\n${t('As of the last reading: the host cannot be read now.')}`;
  return { ...shown, tooltip, color: 'disabledForeground' };
}

/** @param name as it is shown: the one of the settings, or the computer's own */
export function hostRow(name: string, { reading, problem, question }: HostState, now: Now, t: Translate): Row {
  const counts = reading === null ? '' : hostCounts(reading, t);
  const waits =
    question === null
      ? ''
      : question === 'securityKey'
        ? t('waits for the touch of your security key')
        : t('waits for your answer');
  if (problem === null)
    return row({
      label: visible(name),
      description: [waits, counts].filter(Boolean).join(separator) || t('not read yet'),
      more:
        reading === null
          ? ''
          : [t('pueue {0}', versionText(reading)), readAt(reading, t), reachedBy(reading, t), madeGood(reading, t)]
              .filter(Boolean)
              .join('\n'),
      icon: 'server',
    });
  const age = reading === null ? '' : t('as of {0} ago', formatDuration(now.monotonic - reading.readAt));
  return row({
    label: visible(name),
    // What is wrong comes first: counts of earlier, with the rest cut off, would read as counts of now.
    description: [waits, codeWords(problem.code), age, counts].filter(Boolean).join(separator),
    more: `${problem.message}\n${problem.next}`,
    icon: 'warning',
    color: 'problemsWarningIcon.foreground',
    state: t('cannot be read'),
  });
}

/** `daemonDown` as `daemon down`. */
function codeWords(code: Problem['code']): string {
  return code.replace(/[A-Z]/gu, (capital) => ` ${capital.toLowerCase()}`);
}

function versionText({ snapshot: { version } }: Reading): string {
  return `${version.major}.${version.minor}.${version.patch}`;
}

/** By the clock on the wall of whoever looks. */
function readAt({ readAtWall }: Reading, t: Translate): string {
  return t('read at {0}', new Date(readAtWall).toLocaleTimeString());
}

/** Says something only where the host is reached in another way than the usual one. */
function reachedBy({ snapshot: { route } }: Reading, t: Translate): string {
  if (route.transport !== 'openssh') return '';
  return route.reason === null
    ? t("reached by the system's ssh, as the settings ask")
    : t("reached by the system's ssh, because {0}", route.reason);
}

/** Why a host may say "0 failed" above a row of a failed job. */
function madeGood({ scope }: Reading, t: Translate): string {
  const count = scope.madeGood.length;
  return count === 0 ? '' : t('{0} more failed jobs were made good since by the same work', count);
}

function hostCounts({ scope }: Reading, t: Translate): string {
  const unknown = scope.unknownJobs.length + scope.unknownGroups.length;
  const parts = [
    t('{0} live', countLive(scope)),
    t('{0} waiting', scope.waiting.length),
    t('{0} failed', scope.failed.length),
  ];
  if (unknown > 0) parts.push(t('{0} unknown', unknown));
  return parts.join(separator);
}

export function groupRow({ state }: GroupNode, index: QueueIndex, t: Translate): Row {
  const slots = formatSlots(index.live.get(state.name) ?? 0, state.parallel);
  const status = {
    running: '',
    paused: t('paused: starts no job'),
    reset: t('being reset'),
    unknown: t('in an unknown state'),
  }[state.status];
  return row({
    label: visible(state.name),
    description: [status, slots].filter(Boolean).join(separator),
    icon: state.status === 'paused' ? 'debug-pause' : state.status === 'running' ? 'layers' : 'question',
    ...(state.status === 'running' ? {} : { color: 'problemsWarningIcon.foreground' }),
    state: t('group'),
  });
}

const jobIcons: Record<JobStateName, readonly [icon: string, color: string | null]> = {
  running: ['play', 'charts.blue'],
  paused: ['debug-pause', 'charts.yellow'],
  queued: ['clock', null],
  scheduled: ['calendar', null],
  locked: ['lock', null],
  stashed: ['archive', null],
  succeeded: ['pass', 'charts.green'],
  failed: ['error', 'problemsErrorIcon.foreground'],
  killed: ['circle-slash', 'problemsErrorIcon.foreground'],
  failedToSpawn: ['error', 'problemsErrorIcon.foreground'],
  dependencyFailed: ['error', 'problemsErrorIcon.foreground'],
  errored: ['error', 'problemsErrorIcon.foreground'],
  unknown: ['question', 'problemsWarningIcon.foreground'],
};

export function jobRow(
  node: Pick<JobNode, 'job' | 'survivors'>,
  reading: Reading,
  index: QueueIndex,
  now: Now,
  t: Translate,
): Row {
  const { job } = node;
  const [icon, color] = jobIcons[stateName(job.state)];
  const [state = '', ...rest] = stateWords(job, reading, index, now, t);
  const name = visible(shownLabel(job) ?? maskSecrets(job.command), 120);
  return row({
    label: name === '' ? t('(empty command)') : name,
    // The state first, and what belies it: a narrow side bar cuts the end.
    description: [state, ...survivorWords(node, t), ...rest, t('job {0}', job.id)].join(separator),
    more: jobDetails(job, t),
    icon,
    color,
  });
}

function survivorWords({ job, survivors }: Pick<JobNode, 'job' | 'survivors'>, t: Translate): string[] {
  const total = survivors.reduce((sum, run) => sum + run.total, 0);
  if (total === 0) return [];
  const isNewest = job.state.kind === 'done' && survivors.every(({ start }) => start === startOf(job.state));
  if (isNewest) return [total === 1 ? t('1 process still runs') : t('{0} processes still run', total)];
  return [total === 1 ? t('1 process of an earlier run') : t('{0} processes of earlier runs', total)];
}

export function survivorRow(
  { pid, process, jobs, alone }: SurvivorNode,
  reading: Reading,
  now: Now,
  t: Translate,
): Row {
  const age = formatDuration(reading.snapshot.takenAt * 1000 - process.since * 1000 + (now.monotonic - reading.readAt));
  const command = maskSecrets(process.command);
  const of = alone ? [t('of job {0}, which is not in the queue', jobs[0].id)] : [];
  return row({
    label: visible(command, 120),
    description: [t('pid {0}', pid), t('since {0}', age), ...of].join(separator),
    more: [
      t('Command: {0}', visible(command, 1000)),
      t('Its job has ended, and this process still runs: it counts as live.'),
    ].join('\n'),
    icon: 'warning',
    color: 'problemsWarningIcon.foreground',
    state: t('process that still runs'),
  });
}

/** The state with what belongs to it: elapsed time, what it waits for, how it ended. */
function stateWords(job: Job, reading: Reading, index: QueueIndex, now: Now, t: Translate): string[] {
  const { state } = job;
  switch (state.kind) {
    case 'running':
    case 'paused': {
      const word = state.kind === 'running' ? t('running') : t('paused');
      if (state.start === null) return [word];
      const elapsed = formatDuration(elapsedMs(state.start, reading, now));
      // pueue does not tell since when a job is paused.
      return [word, state.kind === 'running' ? elapsed : t('started {0} ago', elapsed)];
    }
    case 'queued':
      return [t('queued'), ...whyWaiting(job, index)];
    case 'scheduled':
      return [t('scheduled'), ...whyWaiting(job, index)];
    case 'stashed':
      return [t('stashed'), ...whyWaiting(job, index)];
    case 'locked':
      return whyWaiting(job, index);
    case 'done':
      return [resultWords(job, t), ...ranFor(state)];
    case 'unknown':
      return [t('unknown state {0}', visible(state.raw, 60))];
  }
}

function resultWords({ state }: Job, t: Translate): string {
  if (state.kind !== 'done') return '';
  switch (state.result.kind) {
    case 'success':
      return t('succeeded');
    case 'failed':
      return t('failed, exit code {0}', state.result.exitCode);
    case 'failedToSpawn':
      return t('failed to spawn: {0}', visible(spawnError(state.result.message), 60));
    case 'killed':
      return t('killed');
    case 'errored':
      return t('errored');
    case 'dependencyFailed':
      return t('a dependency failed');
  }
}

/** The words of the operating system inside what Rust prints of an error. */
function spawnError(message: string): string {
  return /message: "([^"]+)"/u.exec(message)?.[1] ?? message;
}

/** A job whose dependency failed, or that could not be spawned, has times but never ran. */
function ranFor({ result, start, end }: Extract<Job['state'], { kind: 'done' }>): string[] {
  const ran = result.kind !== 'dependencyFailed' && result.kind !== 'failedToSpawn';
  return ran && start !== null && end !== null ? [formatDuration(Date.parse(end) - Date.parse(start))] : [];
}

/** By the host's clock up to the reading, by our monotonic clock since: a skewed clock of either does no harm. */
function elapsedMs(start: string, { snapshot, readAt }: Reading, now: Now): number {
  return snapshot.takenAt * 1000 - Date.parse(start) + (now.monotonic - readAt);
}

function jobDetails(job: Job, t: Translate): string {
  const start = startOf(job.state);
  const lines = [
    t('Command: {0}', visible(maskSecrets(job.command), 1000)),
    t('Directory: {0}', visible(job.directory, 500)),
    t('Created: {0}', job.createdAt ?? t('unknown')),
  ];
  if (start !== null) lines.push(t('Started: {0}', start));
  if (job.state.kind === 'done' && job.state.end !== null) lines.push(t('Ended: {0}', job.state.end));
  if (job.priority !== 0) lines.push(t('Priority: {0}', job.priority));
  if (job.dependencies.length > 0) lines.push(t('Depends on: {0}', formatList(job.dependencies, 20)));
  return lines.join('\n');
}

export function moreRow(hidden: number, t: Translate, of: PagedNode['kind'] = 'group'): Row {
  const description = of === 'group' ? t('{0} more jobs', hidden) : t('{0} more entries', hidden);
  return row({ label: t('Show more'), description, icon: 'ellipsis' });
}

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
    more: directories.length === 0 ? t('Configure Host… proposes directories that it finds on the host.') : '',
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
    more: visible(entry.path, 1000),
    icon: entry.kind === 'directory' ? 'folder' : 'file',
  });
}

export function invalidSettingRow(problem: { message: string; next: string }, t: Translate): Row {
  return row({
    label: problem.message,
    description: '',
    more: problem.next,
    icon: 'warning',
    color: 'problemsWarningIcon.foreground',
    state: t('setting is wrong'),
  });
}
