/** What became of moved checkpoints, as a report and as text for the output channel. */
import type { ActAnswer, TargetOutcome } from '../acts/hostAct';
import type { ActionReport } from '../audit/fleetReport';
import type { HostSnapshot } from '../snapshot';
import { shellLine } from '../text/shellQuote';
import { visible } from '../text/visible';
import { moveLines, nameOf, type MovePlan, type MoveVerb } from './planMoves';

type Target = ActionReport['targets'][number];

const titles: Readonly<Record<MoveVerb, string>> = {
  quarantine: 'Quarantine',
  restore: 'Restore',
  delete: 'Delete Quarantined',
};

const words: Readonly<Record<string, string>> = {
  exists: 'Another entry has its name by now: nothing is written over.',
  EXDEV: 'Another file system begins there, and nothing is copied.',
  ENOSPC: 'The file system has no room.',
  EACCES: 'This user may not do that there.',
  EPERM: 'This user may not do that there.',
  EROFS: 'The file system is read-only.',
};

/** The outcome of one entry as the report has it: where it is by now, alone, or why it was left as a sentence. */
export function moveTarget({ target, outcome, why }: TargetOutcome): Target {
  if (why === null || outcome === 'done') return { target, outcome, reason: why };
  if (why.startsWith('noQuarantine')) {
    const error = why.slice('noQuarantine'.length).trim();
    return { target, outcome, reason: `No quarantine can be made beside its directory. ${sentence(error)}` };
  }
  return { target, outcome, reason: sentence(why) };
}

/** @param why a name of an error of the system, which is written in capitals, or what an entry is by now */
function sentence(why: string): string {
  return words[why] ?? `${/^[A-Z]/u.test(why) ? 'The host answered' : 'It'} ${visible(why, 400)}.`;
}

/**
 * What is seen of an entry whose act has no recorded end. Nothing is lost by that: it is in one of two places.
 */
export function seenAfter(
  verb: MoveVerb,
  path: string,
  inode: string,
  { checkpoints, quarantines }: HostSnapshot,
): Target {
  const lies = [
    ...checkpoints.flatMap(({ entries }) => entries),
    ...quarantines.flatMap(({ folders }) => folders.flatMap(({ entries }) => entries)),
  ].filter((entry) => entry.inode === inode && nameOf(entry.path) === nameOf(path));
  const [place] = lies.filter((entry) => entry.path !== path);
  const isThere = lies.some((entry) => entry.path === path);
  if (place !== undefined && !isThere && verb !== 'delete')
    return { target: path, outcome: 'done', reason: place.path };
  const reason = isThere
    ? 'The answer was lost. By the last look it is still in its place.'
    : 'The answer was lost. By the last look it is not there.';
  return { target: path, outcome: 'lost', reason };
}

/** Everything that the person is shown before: all entries, what is left alone, and the commands that would do the same. */
export function planText(host: string, plan: MovePlan): string {
  const { verb, moves } = plan;
  const wanted = moves.filter(({ refused }) => refused === null);
  const left = moves.filter(({ refused }) => refused !== null);
  return [
    `${titles[verb]} on ${visible(host, 80)}: ${wanted.length} of ${moves.length}`,
    '',
    ...moveLines(wanted).map((line) => `  ${line}`),
    ...(left.length === 0 ? [] : ['', 'Left alone:']),
    ...left.map(({ entry, refused }) => `  ${visible(entry.path, 1000)}: ${refused ?? ''}`),
    '',
    'The same by hand:',
    ...wanted.map(({ entry, root }) => `  ${byHand(verb, entry.path, root)}`),
    '',
  ].join('\n');
}

/** What a person would type. The folder in quarantine is made by the host when it is moved. */
function byHand(verb: MoveVerb, path: string, root: string): string {
  if (verb === 'delete') return shellLine(['rm', '-r', '--', path]);
  const target = verb === 'quarantine' ? `${root}.pueue-preflight-quarantine/<UTC time>-<id>/` : `${root}/`;
  return shellLine(['mv', '-n', '--', path, target]);
}

/** The report as text, with the exact places. */
export function moveText(verb: MoveVerb, report: ActionReport, answers: readonly ActAnswer[]): string {
  const { host, problem, targets, takenAt } = report;
  const noticed = answers.flatMap((answer) => answer.noticed);
  return [
    `${titles[verb]}${host === null ? '' : ` on ${visible(host, 80)}`} · ${takenAt}`,
    '',
    ...targets.map(({ target, outcome, reason }) => {
      const said = outcome === 'done' && reason !== null ? ` → ${visible(reason, 1000)}` : `. ${reason ?? ''}`;
      return `${visible(target, 1000)}: ${outcome}${said}`.trimEnd();
    }),
    ...noticed.map((line) => `Noticed      ${visible(line, 400)}`),
    ...(answers.some(({ recorded }) => !recorded)
      ? ['The outcome could not be written into the journal on the host.']
      : []),
    ...(problem === null ? [] : [`Problem      ${problem.code}`, problem.message, `What to do   ${problem.next}`]),
    '',
  ].join('\n');
}
