/** What the row of a job says, and that of a process which outlives its job. */
import { shownLabel, stateName, startOf, type Job, type JobStateName } from '../../core/pueue/job';
import { isFresh } from '../../core/pueue/progress';
import { whyWaiting, type QueueIndex } from '../../core/pueue/whyWaiting';
import { formatDuration, formatList } from '../../core/text/format';
import { maskSecrets } from '../../core/text/maskSecrets';
import { linkFacts } from '../../core/requeue/lineage';
import { visible } from '../../core/text/visible';
import { runMilliseconds } from '../../core/pueue/runTime';
import type { Reading } from '../../core/watch/hostWatch';
import type { JobNode, SurvivorNode } from './nodes';
import { row, separator, type Now, type Row, type Translate } from './rows';

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
    description: [
      state,
      ...survivorWords(node, t),
      ...rest,
      ...lineageWords(job, reading, t),
      t('job {0}', job.id),
    ].join(separator),
    more: () => jobDetails(job, reading, t),
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
    more: () =>
      [
        t('Command: {0}', visible(command, 1000)),
        t('Its job has ended, and this process still runs: it counts as live.'),
      ].join('\n'),
    icon: 'warning',
    color: 'problemsWarningIcon.foreground',
    state: t('process that still runs'),
  });
}

/** Of which job it is a retry, and as which it was queued again last. */
function lineageWords(job: Job, { snapshot: { lineage } }: Reading, t: Translate): string[] {
  const origin = lineage.originOf(job);
  const last = lineage.retriesOf(job).at(-1);
  return [
    ...(last === undefined ? [] : [t('requeued as {0}', last.to.id)]),
    ...(origin === null ? [] : [t('retry of {0}', origin.from.id)]),
  ];
}

/** The state with what belongs to it: elapsed time, what it waits for, how it ended. */
function stateWords(job: Job, reading: Reading, index: QueueIndex, now: Now, t: Translate): string[] {
  const { state } = job;
  switch (state.kind) {
    case 'running':
    case 'paused': {
      const word = state.kind === 'running' ? t('running') : t('paused');
      const until = runMilliseconds(job, reading.snapshot);
      if (until === null) return [word];
      // By the host's clocks up to the reading, by our monotonic clock since: a skewed clock of either does no harm.
      const elapsed = formatDuration(until + (now.monotonic - reading.readAt));
      // pueue does not tell since when a job is paused.
      if (state.kind === 'paused') return [word, t('started {0} ago', elapsed)];
      return [word, ...progressWords(job, reading, t), elapsed];
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

/** How far the job is by its own output. A log that stands still says how far it was. */
function progressWords({ id }: Job, { snapshot }: Reading, t: Translate): string[] {
  const shown = snapshot.progress.get(id);
  if (shown === undefined) return [];
  const percent = t('{0} %', Math.floor(shown.fraction * 100));
  if (isFresh(shown, snapshot.takenAt)) return [percent];
  return [t('{0} as of {1} ago', percent, formatDuration((snapshot.takenAt - shown.modified) * 1000))];
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

function jobDetails(job: Job, { snapshot }: Reading, t: Translate): string {
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
  for (const link of snapshot.lineage.retriesOf(job).slice(-5))
    lines.push(t('Requeued as job {0}: {1}', link.to.id, linkFacts(link)));
  const origin = snapshot.lineage.originOf(job);
  if (origin !== null) lines.push(t('Retry of job {0}: {1}', origin.from.id, linkFacts({ ...origin, label: null })));
  if (job.state.kind === 'running' && snapshot.progress.has(job.id))
    lines.push(t('How far it is was read from the end of its output.'));
  return lines.join('\n');
}
