/** What is said of a verb: before it, line by line, and after it, as the report in the output. */
import type { ActionReport } from '../audit/fleetReport';
import { shownLabel, stateName, type Job } from '../pueue/job';
import { formatDuration } from '../text/format';
import { maskSecrets } from '../text/maskSecrets';
import { shellLine } from '../text/shellQuote';
import { visible } from '../text/visible';
import type { ActAnswer, GroupAct, JobAct, TargetOutcome } from './hostAct';
import { plannedCommands } from './plannedCommands';
import { stateWords, type LeftOut } from './verbTargets';

type Act = JobAct | GroupAct;

/** Names of the verbs as they stand in menus. */
export const verbTitles: Readonly<Record<Act['kind'], Readonly<Record<string, string>>>> = {
  jobs: { kill: 'Kill', pause: 'Pause', resume: 'Resume', stash: 'Stash', enqueue: 'Enqueue', remove: 'Remove' },
  group: { drain: 'Drain', resume: 'Resume', setParallel: 'Set Parallel', clean: 'Clean Finished' },
};

/** One job in a line: number, label, state, group, command. */
export function jobLine(job: Job, commandCap = 120): string {
  const label = shownLabel(job);
  const parts = [
    `job ${job.id}${label === null ? '' : ` ${visible(label, 80)}`}`,
    stateWords[stateName(job.state)],
    `group ${visible(job.group, 40)}`,
    visible(maskSecrets(job.command), commandCap),
  ];
  return parts.join(' · ');
}

export interface ToBeDone {
  readonly host: string;
  readonly act: Act;
  readonly jobs: readonly Job[];
  readonly leftOut: readonly LeftOut[];
  readonly consequences: readonly string[];
}

/** Exactly what would be done, whole: for the document that Show Details opens. */
export function detailsText({ host, act, jobs, leftOut, consequences }: ToBeDone): string {
  const group = act.kind === 'group' ? [`Group        ${visible(act.group.name, 80)}`] : [];
  const lines = [
    `${titleOf(act)} on ${visible(host, 80)}: nothing is done yet`,
    '',
    ...group,
    ...list('Jobs', jobs.map((job) => jobLine(job, 1000))), // prettier-ignore
    ...list('Left out', leftOut.map(({ id, reason }) => `job ${id}: ${reason}`)), // prettier-ignore
    ...list('Also', consequences),
    ...list('Commands', plannedCommands(act).map(({ argv, when }) => `${shellLine(argv)}${when === null ? '' : `   (${when})`}`)), // prettier-ignore
  ];
  return `${lines.join('\n')}\n`;
}

export function titleOf({ kind, verb }: Act): string {
  return verbTitles[kind][verb] ?? verb;
}

/** What became of each target, in sentences. */
export function targetsOf(act: Act, { targets }: ActAnswer): ActionReport['targets'] {
  return targets.map(({ target, outcome, why }) => ({
    target,
    outcome,
    reason: reasonOf(act, { target, outcome, why }),
  }));
}

/** The words of the host's program, see `helper/verbs.py`, as a sentence. */
function reasonOf(act: Act, { outcome, why }: TargetOutcome): string | null {
  if (why === null || (act.verb === 'kill' && why === 'killed')) return null;
  const [word = '', ...rest] = why.split(' ');
  const more = visible(rest.join(' '), 400);
  switch (word) {
    case 'alive':
      return `Still alive: process ${more.replaceAll(' ', ', ')}.`;
    case 'untraced':
      return 'pueue calls it ended. Its processes cannot be traced on this host, so one of them may still live.';
    case 'saved':
      return `Its log is kept on the host as ${more}`;
    case 'logNotSaved':
      return `It was not removed, because its log could not be saved (${more}).`;
    case 'dependants':
      return `pueue keeps it, because these jobs wait for it: ${more.replaceAll(' ', ', ')}.`;
    case 'unread':
      return outcome === 'refused'
        ? 'The queue changed right before the command and could not be read again.'
        : 'The queue could not be read afterwards.';
    case 'gone':
      return outcome === 'done' ? 'It is no longer in the queue.' : 'It is gone from the queue.';
    case 'moved':
      return `It is job ${more} by now: somebody switched it with another job, and the command went to the id.`;
    case 'restarted':
      return 'It was restarted meanwhile.';
    case 'succeeded':
      if (act.verb === 'kill') return 'It ended with success, after it was asked to end: its work is not finished.';
  }
  const state = stateWords[word as keyof typeof stateWords] as string | undefined;
  const words = state ?? visible(why, 200);
  return outcome === 'done' ? `It is ${words}.` : `It is ${words} by now.`;
}

/** The report as text, with the exact command lines. */
export function actionText(title: string, report: ActionReport, answer: ActAnswer | null, tookMs: number): string {
  const { host, problem, targets, takenAt } = report;
  const lines = [
    [
      `${title}${host === null ? '' : ` on ${visible(host, 80)}`}`,
      takenAt,
      ...(answer === null ? [] : [formatDuration(tookMs)]),
    ].join(' · '),
    '',
    ...targets.map(({ target, outcome, reason }) =>
      `${/^\d+$/u.test(target) ? `job ${target}` : visible(target, 120)}: ${outcomeWords[outcome]}. ${visible(reason ?? '', 2000)}`.trimEnd(),
    ),
    ...list('Noticed', (answer?.noticed ?? []).map((sentence) => visible(sentence, 200))), // prettier-ignore
    ...list(
      'Commands',
      (answer?.commands ?? []).map(
        ({ argv, exitCode, milliseconds }) =>
          `${shellLine(argv)}   (${exitCode === null ? 'ended by a signal' : `exit ${exitCode}`}, ${milliseconds} ms)`,
      ),
    ),
    ...(answer?.recorded === false
      ? ['Journal      the outcome could not be written into the journal of the host']
      : []),
    ...(problem === null ? [] : [`Problem      ${problem.code}`, problem.message, `What to do   ${problem.next}`]),
  ];
  return `${lines.join('\n')}\n`;
}

const outcomeWords: Readonly<Record<ActionReport['targets'][number]['outcome'], string>> = {
  done: 'done',
  alreadySo: 'nothing to do',
  refused: 'refused',
  failed: 'FAILED',
  lost: 'LOST',
  cancelled: 'cancelled',
};

function list(name: string, lines: readonly string[]): string[] {
  return lines.map((line, at) => `${at === 0 ? name.padEnd(12) : ' '.repeat(12)} ${line}`);
}
