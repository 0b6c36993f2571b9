/** Quarantine…, Restore and Delete Quarantined…: exactly the entries that a person was shown, and only while they are as shown. */
import * as vscode from 'vscode';
import type { ActAnswer } from '../../core/acts/hostAct';
import { isSameEntry } from '../../core/acts/targets';
import type { ActionReport } from '../../core/audit/fleetReport';
import { moveTarget, moveText, planText, seenAfter } from '../../core/checkpoint/moveText';
import { actsOf, planMoves, type Judge, type MovePlan, type MoveVerb } from '../../core/checkpoint/planMoves';
import { isProblemError, type Problem } from '../../core/problem';
import type { HostSnapshot } from '../../core/snapshot';
import { formatCount } from '../../core/text/format';
import { visible } from '../../core/text/visible';
import type { HostWatch } from '../../core/watch/hostWatch';
import { commandId, hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import type { Reports } from '../reports';
import { readSettings } from '../settings';
import { readPaths } from './arguments';
import { confirmAct } from './confirmAct';
import { pickHost, unusableHost } from './hostChoice';
import { lookFresh } from './lookFresh';
import { moveQuestion } from './moveQuestion';
import { pickEntries } from './pickEntries';
import { actionOf, actionProblem } from './register';

/** Longest time for the moves of one directory. */
const actMs = 60_000;

export interface MoveParts {
  readonly hosts: Hosts;
  readonly output: Output;
  readonly reports: Reports;
  /** What is thought of the entries of a reading. */
  readonly judgeOf: (host: string, snapshot: HostSnapshot) => Judge;
  readonly newId: () => string;
  /** Hosts on which the person is asked at the moment: a second click must not ask, or do, anything twice. */
  readonly asking: Set<string>;
}

type Target = ActionReport['targets'][number];

/** @returns the report; `undefined` where the person chose no host or no entry */
export async function moveCheckpoints(
  verb: MoveVerb,
  argument: unknown,
  parts: MoveParts,
): Promise<ActionReport | undefined> {
  const { hosts, asking } = parts;
  const { host, paths, malformed } = readPaths(argument);
  if (malformed) return told(verb, actionProblem(malformedPaths(), host), parts);
  const name = host ?? (await pickHost(hosts));
  if (name === undefined) return undefined;
  const watch = hosts.find(name);
  if (watch === undefined) return told(verb, actionProblem(unusableHost(name, hosts), name), parts);
  if (asking.has(name)) return actionProblem(alreadyAsked(name), name);
  asking.add(name);
  try {
    return await move(verb, watch, paths, parts);
  } catch (error) {
    if (!isProblemError(error)) throw error;
    return told(verb, actionProblem(error.problem, name), parts);
  } finally {
    asking.delete(name);
  }
}

/** @throws ProblemError where the host cannot be read before anything is done */
async function move(
  verb: MoveVerb,
  watch: HostWatch,
  named: readonly string[] | null,
  parts: MoveParts,
): Promise<ActionReport | undefined> {
  const { name } = watch;
  // What is asked about must be so at this moment, not at the last look.
  const shown = await lookFresh(watch);
  const paths = named ?? (await pickEntries(verb, shown));
  if (paths === undefined) return undefined;
  if (paths.length === 0) return told(verb, actionProblem(nothingListed(name, verb), name), parts);
  const plan = planMoves(verb, paths, shown, parts.judgeOf(name, shown));
  if (plan.missing.length > 0) return told(verb, actionProblem(notListed(name, plan.missing), name), parts);
  if (actsOf(plan).size === 0) {
    const problem = allRefused(name, plan);
    return told(verb, actionOf(name, refusedOf(plan), problem), parts);
  }
  const agreed = await confirmAct({
    ...moveQuestion(name, plan, readSettings().confirmTypedName),
    showDetails: async () => {
      await parts.reports.show(name, 'action', planText(name, plan));
    },
  });
  if (!agreed) return actionOf(name, plan.moves.map(({ entry }) => ({ target: entry.path, outcome: 'cancelled', reason: 'Nothing was changed.' }))); // prettier-ignore
  // The person may have read for long: jobs that began meanwhile are judged too.
  const now = await lookFresh(watch);
  const fresh = planMoves(verb, paths, now, parts.judgeOf(name, now));
  const difference = differenceOf(plan, fresh);
  if (difference !== null) return told(verb, actionProblem(changed(name, difference), name), parts);
  return act(verb, watch, fresh, parts);
}

async function act(verb: MoveVerb, watch: HostWatch, plan: MovePlan, parts: MoveParts): Promise<ActionReport> {
  const answers: ActAnswer[] = [];
  const targets: Target[] = [];
  const lost: { path: string; inode: string }[] = [];
  let problem: Problem | null = null;
  for (const [root, entries] of actsOf(plan)) {
    if (problem !== null) {
      targets.push(...entries.map(({ path }): Target => ({ target: path, outcome: 'cancelled', reason: null })));
      continue;
    }
    try {
      const { verb: kind, ground } = plan;
      const answer = await vscode.window.withProgress({ location: { viewId: hostsViewId } }, () =>
        watch
          .forPerson()
          .act({ kind: 'entries', id: parts.newId(), verb: kind, root, entries, ground: [...ground] }, actMs),
      );
      answers.push(answer);
      targets.push(...answer.targets.map(moveTarget));
    } catch (error) {
      if (!isProblemError(error)) throw error;
      problem = error.problem;
      if (problem.code === 'lost') lost.push(...entries);
      else targets.push(...entries.map(({ path }): Target => ({ target: path, outcome: 'refused', reason: null })));
    }
  }
  await watch.afterAct();
  const { reading, problem: unread } = watch.state;
  for (const { path, inode } of lost)
    targets.push(
      reading === null || unread !== null
        ? { target: path, outcome: 'lost', reason: null }
        : seenAfter(verb, path, inode, reading.snapshot),
    );
  const report = actionOf(watch.name, [...targets, ...refusedOf(plan)], problem);
  told(verb, report, parts, answers);
  if (verb === 'quarantine') offerRestore(report, parts.output);
  return report;
}

/** What is done must be what was shown; what is said beside it (an age) may have moved on. */
function differenceOf(shown: MovePlan, fresh: MovePlan): string | null {
  const [missing] = fresh.missing;
  if (missing !== undefined) return `${visible(missing, 200)} is gone.`;
  for (const [index, { entry, refused, untold }] of fresh.moves.entries()) {
    const before = shown.moves[index];
    if (before === undefined) continue;
    if (!isSameEntry(entry, before.entry)) return `${visible(entry.path, 200)} was written meanwhile.`;
    if (refused !== null && before.refused === null) return `${visible(entry.path, 200)}: ${refused}`;
    if (untold !== null && before.untold === null) return `${visible(entry.path, 200)}: ${untold}`;
  }
  return null;
}

function refusedOf({ moves }: MovePlan): Target[] {
  return moves.flatMap(({ entry, refused }) =>
    refused === null ? [] : [{ target: entry.path, outcome: 'refused' as const, reason: refused }],
  );
}

/** Appends the report to the output channel. */
function told(
  verb: MoveVerb,
  report: ActionReport,
  { output, reports }: MoveParts,
  answers: readonly ActAnswer[] = [],
): ActionReport {
  const text = moveText(verb, report, answers);
  output.append(text);
  if (report.host !== null) reports.store(report.host, 'action', text);
  return report;
}

/** What was moved aside can be had back at once. */
function offerRestore({ host, targets }: ActionReport, output: Output): void {
  const paths = targets.flatMap(({ outcome, reason }) => (outcome === 'done' && reason !== null ? [reason] : []));
  if (paths.length === 0) return;
  const restore = vscode.l10n.t('Restore');
  const text = vscode.l10n.t('In quarantine: {0}.', formatCount(paths.length, 'checkpoint'));
  // Not awaited: a message that stays open must not hold the caller's answer.
  vscode.window
    .showInformationMessage(text, restore)
    .then((answer) =>
      answer === restore ? vscode.commands.executeCommand(commandId('checkpoint.restore'), { host, paths }) : undefined,
    )
    .then(undefined, (error: unknown) => {
      output.unexpected('restoring from quarantine', error);
    });
}

function malformedPaths(): Problem {
  return {
    code: 'invalidInput',
    message: 'The argument "paths" does not name entries of one host.',
    next: 'Give { host, paths }: absolute paths as the audit lists them, or as they lie in quarantine, of one host.',
  };
}

function alreadyAsked(host: string): Problem {
  return {
    code: 'busy',
    message: `${visible(host, 80)}: a question about its checkpoints is open, or they are being moved.`,
    next: 'Answer that one first.',
  };
}

function nothingListed(host: string, verb: MoveVerb): Problem {
  const where = verb === 'quarantine' ? 'its checkpoint directories' : 'quarantine';
  return {
    code: 'invalidInput',
    message: `${visible(host, 80)}: nothing that this could be done to is listed in ${where}.`,
    next: 'Look at the row Checkpoints: it says which directories are configured, and which could not be read.',
  };
}

function notListed(host: string, missing: readonly string[]): Problem {
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
  return {
    code: 'stale',
    message: `${visible(host, 80)}: nothing was done, because ${visible(missing[0] ?? '', 300)}${more} is not there, or lies in no configured directory that could be read.`,
    next: 'Look at what is there now, and repeat the command if it is still wanted.',
  };
}

function allRefused(host: string, { moves }: MovePlan): Problem {
  const [first] = moves;
  const more = moves.length > 1 ? ` So it is with ${moves.length - 1} more, each for its own reason.` : '';
  return {
    code: 'refused',
    message: `${visible(host, 80)}: nothing was done. ${visible(first?.entry.path ?? '', 300)}: ${first?.refused ?? ''}${more}`,
    next: 'Wait until what speaks against it is no longer so. The output names the reason of each.',
  };
}

function changed(host: string, what: string): Problem {
  return {
    code: 'stale',
    message: `${visible(host, 80)}: nothing was done, because the host has changed since it was shown: ${what}`,
    next: 'Look at what is there now, and repeat the command if it is still wanted.',
  };
}
