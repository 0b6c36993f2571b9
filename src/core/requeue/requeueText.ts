/** A requeue as text: the whole plan for the document, and what became of it for the output. */
import type { ActAnswer } from '../acts/hostAct';
import type { HostSnapshot } from '../snapshot';
import type { Problem } from '../problem';
import { shownLabel } from '../pueue/job';
import { formatCount, formatList } from '../text/format';
import { maskedLine, maskSpans } from '../text/maskSecrets';
import { shellLine } from '../text/shellQuote';
import { secondsToTime } from '../text/time';
import { visible } from '../text/visible';
import { causeLine, sharedCauseWarning, type FailureCause } from './failureCauses';
import type { RequeueReport } from './requeueReport';
import { readyRows, type RequeuePlan, type RequeueRow } from './requeuePlan';

const name = (host: string): string => visible(host, 80);

/** A command as it is shown: one line, masked, and said to be. */
export function shownCommand(command: string, cap = 8192): string {
  const { text, spans } = maskSpans(command);
  return `${visible(text, cap)}${spans === 0 ? '' : `  [${formatCount(spans, 'span')} masked]`}`;
}

/** `job 12 (DOGE@250)`. */
export function sourceName({ source: { job } }: RequeueRow): string {
  const label = shownLabel(job);
  return `job ${job.id}${label === null ? '' : ` (${visible(label, 120)})`}`;
}

/** What is done with one row, in a word. */
export function actionWord({ status, action }: RequeueRow): string {
  switch (status) {
    case 'ready':
      return action ?? 'open';
    case 'open':
      return 'choose';
    case 'refused':
      return 'refused';
    case 'skipped':
      return 'left out';
  }
}

/** What becomes of the checkpoints of what is queued again: said before consent, since that is what cannot be seen later. */
export function checkpointLines(rows: readonly RequeueRow[]): string[] {
  const kept = names(rows.flatMap((row) => row.kept));
  const moved = names(rows.flatMap((row) => row.quarantine));
  const prices = rows.flatMap((row) => (row.price === null ? [] : `${sourceName(row)}: ${row.price}`));
  return [
    ...(kept.length === 0 ? [] : [`Kept, to go on from: ${formatList(kept, 5)}.`]),
    ...(moved.length === 0 ? [] : [`Into quarantine first, from where it can be restored: ${formatList(moved, 5)}.`]),
    ...prices.slice(0, 3),
    ...(prices.length > 3 ? [`and ${prices.length - 3} more that are refreshed`] : []),
  ];
}

function names(judgements: RequeueRow['kept']): string[] {
  const paths = new Set(judgements.map(({ entry }) => entry.path));
  return [...paths].map((path) => visible(path.slice(path.lastIndexOf('/') + 1), 120));
}

/** The document: every row with its reason, the facts, and the line that has the same effect when it is typed. */
export function requeuePlanText(
  host: string,
  plan: RequeuePlan,
  causes: readonly FailureCause[],
  { takenAt }: Pick<HostSnapshot, 'takenAt'>,
): string {
  const ready = new Set(readyRows(plan));
  const quarantined = new Set([...ready].flatMap((row) => row.quarantine.map(({ entry }) => entry.path)));
  const warning = sharedCauseWarning(causes);
  const lines = [
    `Requeue on ${name(host)}: ${ready.size} of ${formatCount(plan.rows.length, 'job')} · read ${secondsToTime(takenAt)}`,
    'Nothing is done before it is confirmed. What runs is what stands here, but for spans that are masked.',
    '',
    ...causes.map(causeLine),
    ...(warning === null ? [] : [warning]),
    ...(quarantined.size === 0
      ? []
      : [
          '',
          'Put into quarantine first, so that it can be brought back:',
          ...[...quarantined].map((path) => `  ${visible(path, 1000)}`),
        ]),
    ...plan.rows.flatMap((row) => ['', ...rowLines(row, ready)]),
    '',
  ];
  return lines.join('\n');
}

function rowLines(row: RequeueRow, ready: ReadonlySet<RequeueRow>): string[] {
  const { command, label, group, directory, priority, decision, price, notes, typed } = row;
  const head = `${sourceName(row)}: ${actionWord(row)}`;
  const lines: [string, string][] = [['Reason', row.reason]];
  if (row.status === 'refused' || row.status === 'skipped') return [head, ...aligned(lines)];
  lines.push(['Command', shownCommand(command)], ['Label', label === null ? '(none)' : visible(label)]);
  lines.push(['Group', visible(group)], ['Directory', visible(directory, 1000)]);
  if (priority !== 0) lines.push(['Priority', String(priority)]);
  lines.push([
    'Environment',
    row.environment === 'original' ? `of job ${row.source.job.id}, which stays on the host` : 'of a login shell',
  ]);
  const parents = [
    ...row.after.map((id) => `job ${id}`),
    ...row.afterSources.map(({ id }) => `what job ${id} becomes`),
  ];
  if (parents.length > 0) lines.push(['After', formatList(parents, 20)]);
  if (price !== null) lines.push(['Price', price]);
  for (const { entry } of row.kept) lines.push(['Kept', visible(entry.path, 1000)]);
  for (const note of notes) lines.push(['Note', note]);
  for (const why of typed) lines.push(['Consent', why]);
  if (decision !== null) lines.push(['Known', decision.facts.join('; ')]);
  if (ready.has(row)) lines.push(['Same as', addLine(row)]);
  return [head, ...aligned(lines)];
}

/** The line that a person would type for the same job, masked. */
export function addLine(
  job: Pick<RequeueRow, 'command' | 'label' | 'group' | 'directory' | 'priority' | 'after'>,
): string {
  const { command, label, group, directory, priority, after } = job;
  return shellLine([
    ...['pueue', 'add', '--stashed', `--working-directory=${directory}`, `--group=${group}`],
    ...(priority === 0 ? [] : [`--priority=${priority}`]),
    ...(label === null ? [] : [`--label=${label}`]),
    ...after.map((id) => `--after=${id}`),
    ...['--', maskSpans(command).text],
  ]);
}

function aligned(lines: readonly (readonly [string, string])[]): string[] {
  return lines.map(([word, text]) => `  ${word.padEnd(12)}${text}`);
}

/** @param answer what the host ran; `null` where it ran nothing */
export function requeueReportText(title: string, report: RequeueReport, answer: ActAnswer | null): string {
  const { host, takenAt, problem, jobs } = report;
  return [
    `${title}${host === null ? '' : ` on ${name(host)}`} · ${takenAt}`,
    '',
    ...jobs.flatMap(({ source, outcome, newId, label, command, refresh, reason }) => [
      `job ${source.id}: ${outcome}${newId === null ? '' : ` as job ${newId}`}${label === null ? '' : ` ${visible(label, 120)}`}${outcome === 'added' ? (refresh ? ', refresh' : ', resume') : ''}`,
      `  ${reason}`,
      ...(outcome === 'refused' ? [] : [`  ${command}`]),
    ]),
    ...movedLines(answer),
    ...ranLines(answer),
    ...problemLines(problem),
    '',
  ].join('\n');
}

/** Where the checkpoints of jobs that begin anew are by now. */
function movedLines(answer: ActAnswer | null): string[] {
  const lines = (answer?.targets ?? []).map(({ target, outcome, why }) => {
    const told = why === null ? '' : ` ${outcome === 'done' ? '→ ' : ''}${visible(why, 1000)}`;
    return `  ${visible(target, 1000)}: ${outcome === 'done' ? 'in quarantine' : outcome}${told}`;
  });
  return lines.length === 0 ? [] : ['', 'Checkpoints that were to be put into quarantine:', ...lines];
}

/** The commands of an act with their exit codes and times, and what else was noticed. */
export function ranLines(answer: ActAnswer | null): string[] {
  if (answer === null) return [];
  return [
    ...(answer.targets.length === 0 ? [] : ['', 'Checkpoints that were to go to quarantine:']),
    ...answer.targets.map(
      ({ target, outcome, why }) =>
        `  ${visible(target, 1000)}: ${outcome}${why === null ? '' : `${outcome === 'done' ? ' →' : ','} ${visible(why, 1000)}`}`,
    ),
    ...(answer.commands.length === 0 ? [] : ['', 'Run on the host:']),
    ...answer.commands.map(({ argv, exitCode, milliseconds }) => {
      const ended = exitCode === null ? 'ended by a signal' : `exit ${exitCode}`;
      return `  ${maskedLine(argv)} (${ended}, ${Math.round(milliseconds)} ms)`;
    }),
    ...answer.noticed.map((fact) => `Noticed: ${visible(fact, 400)}`),
    ...(answer.recorded ? [] : ['The outcome could not be written into the journal of the host.']),
  ];
}

export function problemLines(problem: Problem | null): string[] {
  return problem === null ? [] : ['', `Problem      ${problem.code}`, problem.message, `What to do   ${problem.next}`];
}
