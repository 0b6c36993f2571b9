/**
 * What each row says, as plain data: pure functions of a node and the state behind it. Everything that came from a host is
 * made visible here and secrets in commands are masked.
 */
import { countLive } from '../../core/audit/decide';
import type { FittingJobs } from '../../core/filter/fittingJobs';
import type { Estimate } from '../../core/pueue/estimate';
import type { Problem } from '../../core/problem';
import { formatDuration, formatRoughly, formatSlots } from '../../core/text/format';
import { visible } from '../../core/text/visible';
import type { HostState, Reading } from '../../core/watch/hostWatch';
import { pauseForCostMs } from '../../core/watch/pace';
import type { GroupNode, PagedNode } from './nodes';
import type { ShownReading } from './shownReading';

/** `vscode.l10n.t`, handed in so that rows can be tested without VS Code. */
export type Translate = (message: string, ...values: (string | number)[]) => string;

export interface Row {
  readonly label: string;
  readonly description: string;
  /** Begins with the row itself: a narrow side bar cuts what stands in it. Made when it is asked for. */
  readonly tooltip: string;
  /** Id of a product icon, and of its colour where the state is more than information. */
  readonly icon: string;
  readonly color: string | null;
  /** For screen readers: everything that icon and colour say, in words. */
  readonly spoken: string;
}

/** Our monotonic clock at the moment of rendering. */
export interface Now {
  readonly monotonic: number;
}

/** Between the parts of a description. */
export const separator = ' · ';
/** Age from which a reading that cannot be repeated yet is called one of earlier. */
const shownAgeMs = 10_000;

interface RowParts extends Pick<Row, 'label' | 'description' | 'icon'> {
  readonly color?: string | null;
  /** What icon and colour say, in words. */
  readonly state?: string;
  /** What there is to say beyond the row, in lines. */
  readonly more?: () => string;
}

/** A row of its parts. */
export function row({ label, description, icon, color = null, state = '', more = () => '' }: RowParts): Row {
  const said = (parts: readonly string[], between: string): string => parts.filter((part) => part !== '').join(between);
  // A label that is a sentence does not end with its full stop where it goes on.
  const begin = state === '' && description === '' ? label : label.replace(/\.$/u, '');
  return {
    ...{ label, description, icon, color, spoken: said([begin, state, description], ', ') },
    get tooltip() {
      return said([label, description, more()], '\n');
    },
  };
}

/** A row of a host that cannot be read now: what it says is of earlier, so its icon has none of the colours that say how things are. */
export function earlierRow(shown: Row, t: Translate): Row {
  const { label, description, icon, spoken } = shown;
  return {
    ...{ label, description, icon, color: 'disabledForeground', spoken },
    get tooltip() {
      return `${shown.tooltip}\n${t('As of the last reading: the host cannot be read now.')}`;
    },
  };
}

/**
 * @param name as it is shown: the one of the settings, or the computer's own
 * @param fitting what a filter leaves of its jobs; `null` where there is none
 */
export function hostRow(
  name: string,
  state: HostState,
  now: Now,
  t: Translate,
  fitting: FittingJobs | null = null,
): Row {
  const { reading, problem, question } = state;
  const counts =
    reading === null ? '' : [fittingWords(fitting, reading, t), hostCounts(reading, t)].filter(Boolean).join(separator);
  const waits =
    question === null
      ? ''
      : question === 'securityKey'
        ? t('waits for the touch of your security key')
        : t('waits for your answer');
  if (problem === null)
    return row({
      label: visible(name),
      description:
        [waits, counts, reading === null ? '' : agedByCost(reading, now, t)].filter(Boolean).join(separator) ||
        t('not read yet'),
      more: () =>
        reading === null
          ? ''
          : [
              t('pueue {0}', versionText(reading)),
              readAt(reading, t),
              reachedBy(reading, t),
              madeGood(reading, t),
              pace(state, t),
            ]
              .filter(Boolean)
              .join('\n'),
      icon: 'server',
    });
  const age = reading === null ? '' : t('as of {0} ago', formatDuration(now.monotonic - reading.readAt));
  return row({
    label: visible(name),
    // What is wrong comes first: counts of earlier, with the rest cut off, would read as counts of now.
    description: [waits, codeWords(problem.code), age, counts].filter(Boolean).join(separator),
    more: () => `${problem.message}\n${problem.next}`,
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

/** A reading that is dear to the host is not repeated soon, so it may be of earlier: then its age stands in the row. */
export function isAgedByCost({ snapshot }: Reading): boolean {
  return pauseForCostMs(snapshot) >= shownAgeMs;
}

function agedByCost(reading: Reading, now: Now, t: Translate): string {
  const age = now.monotonic - reading.readAt;
  return isAgedByCost(reading) && age >= shownAgeMs ? t('as of {0} ago', formatDuration(age)) : '';
}

/** Says something only where changes do not show as they come. */
function pace({ reading, blind = null }: HostState, t: Translate): string {
  if (reading !== null && isAgedByCost(reading))
    return t(
      'read at most each {0}, because a reading costs the host {1}',
      formatDuration(pauseForCostMs(reading.snapshot)),
      formatDuration(reading.snapshot.hostMilliseconds),
    );
  return blind === null
    ? ''
    : t('read at the interval of the settings only: its changes cannot be seen, because {0}', blindWords(blind, t));
}

/** The words that the wait for changes answers with, see `WatchAnswer`, or the code of the problem that it ended in. */
function blindWords(blind: string, t: Translate): string {
  switch (blind) {
    case 'unreadable':
      return t('the configuration of pueue cannot be read');
    case 'notSimple':
      return t('the configuration of pueue is written in a way that is not understood');
    case 'relative':
      return t('the configuration of pueue names a directory without saying below which one');
    case 'noPid':
      return t('the daemon has left no pid file');
    case 'noState':
      return t('the daemon has left no state file');
    default:
      return t('the host could not wait for them ({0})', visible(blind, 40));
  }
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

function fittingWords(fitting: FittingJobs | null, { snapshot }: Reading, t: Translate): string {
  if (fitting === null) return '';
  return fitting.count === 0 ? t('no job fits') : t('{0} of {1} fit', fitting.count, snapshot.queue.jobs.length);
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

/** @param estimate of what is left; `null` where there is none, or the reading is of earlier */
export function groupRow(
  { state }: Pick<GroupNode, 'state'>,
  shown: ShownReading,
  estimate: Estimate | null,
  t: Translate,
): Row {
  const { name } = state;
  const slots = formatSlots(shown.index.live.get(name) ?? 0, state.parallel);
  const status = {
    running: '',
    paused: t('paused: starts no job'),
    reset: t('being reset'),
    unknown: t('in an unknown state'),
  }[state.status];
  const fitting = shown.fitting === null ? '' : t('{0} of {1}', shown.jobs(name).length, shown.total(name));
  const left = estimate === null ? '' : t('{0} left', formatRoughly(estimate.leftMs));
  return row({
    label: visible(name),
    description: [fitting, status, slots, left].filter(Boolean).join(separator),
    more: () => (estimate === null ? '' : estimateWords(estimate, t)),
    icon: state.status === 'paused' ? 'debug-pause' : state.status === 'running' ? 'layers' : 'question',
    ...(state.status === 'running' ? {} : { color: 'problemsWarningIcon.foreground' }),
    state: t('group'),
  });
}

function estimateWords({ medianMs, samples, running, queued, slots, overdue }: Estimate, t: Translate): string {
  const lines = [
    t('What is left is a guess: {0} running and {1} queued jobs in {2} slots,', running, queued, slots),
    t(
      'and half of the last {0} jobs that succeeded took {1} or less. Jobs that wait for others may take longer.',
      samples,
      formatDuration(medianMs),
    ),
  ];
  if (overdue > 0) lines.push(t('{0} of the running took longer than any of these; its end is not guessed.', overdue));
  return lines.join('\n');
}

export function moreRow(hidden: number, t: Translate, of: PagedNode['kind'] = 'group'): Row {
  const description = of === 'group' ? t('{0} more jobs', hidden) : t('{0} more entries', hidden);
  return row({ label: t('Show more'), description, icon: 'ellipsis' });
}

export function invalidSettingRow(problem: { message: string; next: string }, t: Translate): Row {
  return row({
    label: problem.message,
    description: '',
    more: () => problem.next,
    icon: 'warning',
    color: 'problemsWarningIcon.foreground',
    state: t('setting is wrong'),
  });
}
