/** Drain, Resume, Set Parallel and Clean Finished, on one group of a host. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { cleanable, consequencesOf } from '../../core/acts/consequences';
import type { GroupAct, GroupVerb } from '../../core/acts/hostAct';
import { targetOf } from '../../core/acts/targets';
import { verbTitles } from '../../core/acts/verbText';
import type { ActionReport } from '../../core/audit/fleetReport';
import { isProblemError, type Problem } from '../../core/problem';
import { stateName, type Group, type Job, type Queue } from '../../core/pueue/job';
import { compareVersions } from '../../core/pueue/version';
import type { HostSnapshot } from '../../core/snapshot';
import { visible } from '../../core/text/visible';
import { plainLabel } from '../plainLabel';
import { readGroup } from './arguments';
import { pickHost, unusableHost } from './hostChoice';
import { lookFresh } from './lookFresh';
import { performAct, toldAs, type ActParts, type Asked } from './performAct';
import { actionOf, actionProblem } from './register';

/** Most slots that are taken for meant. */
const mostSlots = 10_000;

/** @returns the report; `undefined` where the person chose no host, no group or no number */
export async function actOnGroup(
  verb: GroupVerb,
  argument: unknown,
  parts: ActParts,
): Promise<ActionReport | undefined> {
  const { host } = readGroup(argument);
  return parts.oneAtATime.run(host, `group.${verb}`, () => askAndAct(verb, argument, parts));
}

async function askAndAct(verb: GroupVerb, argument: unknown, parts: ActParts): Promise<ActionReport | undefined> {
  const given = readGroup(argument);
  const title = verbTitles.group[verb] ?? verb;
  const failed = (problem: Problem, host: string | null): ActionReport =>
    toldAs(title, actionProblem(problem, host), null, parts);
  if (given.malformed) return failed(malformedNumber(), given.host);
  const host = given.host ?? (await pickHost(parts.hosts));
  if (host === undefined) return undefined;
  const watch = parts.hosts.find(host);
  if (watch === undefined) return failed(unusableHost(host, parts.hosts), host);
  try {
    const snapshot = await lookFresh(watch);
    const name = given.group ?? (await pickGroup(snapshot.queue));
    if (name === undefined) return undefined;
    const group = snapshot.queue.groups.find((each) => each.name === name);
    if (group === undefined) return failed(unknownGroup(host, name, snapshot.queue), host);
    const parallel = verb === 'setParallel' ? (given.parallel ?? (await askNumber(group, snapshot))) : null;
    if (parallel === undefined) return undefined;
    const fault = parallel === null ? null : numberFault(parallel, snapshot);
    if (fault !== null) return failed({ code: 'invalidInput', message: fault, next: 'Give another number.' }, host);
    const nothing = nothingToDo(verb, group, parallel, snapshot.queue);
    if (nothing !== null) return toldAs(title, actionOf(host, [{ target: name, ...nothing }]), null, parts);
    const jobs = jobsOf(verb, name, snapshot.queue);
    const act: GroupAct = {
      ...{ kind: 'group', id: randomUUID(), verb, group, parallel, saveLogs: verb === 'clean' },
      targets: jobs.map(targetOf),
    };
    const { sentences } = consequencesOf({ kind: 'group', verb, group, parallel, jobs }, snapshot.queue);
    const asked: Asked = {
      ...{ host, watch, act, jobs, leftOut: [], consequences: sentences },
      ...wordsFor(verb, group, parallel, jobs.length, host),
      isFinal: verb === 'clean',
    };
    return await performAct(asked, parts);
  } catch (error) {
    if (!isProblemError(error)) throw error;
    return failed(error.problem, host);
  }
}

function jobsOf(verb: GroupVerb, group: string, queue: Queue): readonly Job[] {
  if (verb === 'clean') return cleanable(group, queue).filter(({ createdAt }) => createdAt !== null);
  if (verb !== 'resume') return [];
  return queue.jobs.filter((job) => job.group === group && stateName(job.state) === 'paused');
}

function nothingToDo(
  verb: GroupVerb,
  { name, status, parallel: now }: Group,
  parallel: number | null,
  queue: Queue,
): { readonly outcome: 'alreadySo' | 'refused'; readonly reason: string } | null {
  const already = (reason: string) => ({ outcome: 'alreadySo', reason }) as const;
  if (status === 'reset' || status === 'unknown')
    return { outcome: 'refused', reason: 'The group is being reset, or in a state that is not known.' };
  if (verb === 'drain' && status === 'paused') return already('The group is paused already: no job starts in it.');
  if (verb === 'resume' && status === 'running') return already('The group is not paused.');
  if (verb === 'setParallel' && parallel === now) return already(`The group has ${slotWords(parallel ?? 0)} already.`);
  if (verb === 'clean' && jobsOf('clean', name, queue).length === 0)
    return already('There is no finished job in the group that nothing waits for.');
  return null;
}

function slotWords(parallel: number): string {
  return parallel === 0 ? 'no limit' : `${parallel} ${parallel === 1 ? 'slot' : 'slots'}`;
}

async function pickGroup({ groups }: Queue): Promise<string | undefined> {
  const items = groups.map(({ name, status, parallel }) => ({
    label: plainLabel(name, 120),
    description: `${status} · ${parallel === null ? 'slots unknown' : slotWords(parallel)}`,
    name,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which group?') }))?.name;
}

async function askNumber({ name, parallel }: Group, snapshot: HostSnapshot): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Slots of the group {0}', plainLabel(name, 80)),
    prompt: hasNoLimit(snapshot)
      ? vscode.l10n.t('How many jobs may run at the same time; 0 for no limit.')
      : vscode.l10n.t('How many jobs may run at the same time.'),
    value: parallel === null ? '' : String(parallel),
    validateInput: (value) =>
      /^\d{1,9}$/u.test(value.trim()) ? numberFault(Number(value), snapshot) : vscode.l10n.t('Type a whole number.'),
  });
  return text === undefined ? undefined : Number(text);
}

/** 0 stands for no limit since pueue 3.4. */
function hasNoLimit({ version }: HostSnapshot): boolean {
  return compareVersions(version, { major: 3, minor: 4, patch: 0 }) >= 0;
}

function numberFault(parallel: number, snapshot: HostSnapshot): string | null {
  if (parallel > mostSlots) return `More than ${mostSlots} slots are hardly meant.`;
  return parallel === 0 && !hasNoLimit(snapshot)
    ? 'This version of pueue has no "no limit": it needs at least 1 slot.'
    : null;
}

function malformedNumber(): Problem {
  return {
    code: 'invalidInput',
    message: 'The argument "parallel" is no whole number.',
    next: 'Give a whole number; 0 stands for no limit.',
  };
}

function unknownGroup(host: string, group: string, { groups }: Queue): Problem {
  return {
    code: 'invalidInput',
    message: `${visible(host, 80)}: there is no group "${visible(group, 80)}".`,
    next: `Use one of: ${groups.map(({ name }) => visible(name, 40)).join(', ')}.`,
  };
}

/** The question and its verb, with group, number and host. */
function wordsFor(
  verb: GroupVerb,
  { name, parallel: now }: Group,
  parallel: number | null,
  count: number,
  hostName: string,
): Pick<Asked, 'question' | 'verb'> {
  const { t } = vscode.l10n;
  const [group, host] = [visible(name, 60), visible(hostName, 80)];
  switch (verb) {
    case 'drain':
      return { question: t('Drain the group {0} on {1}?', group, host), verb: t('Drain Group') };
    case 'resume':
      return { question: t('Resume the group {0} on {1}?', group, host), verb: t('Resume Group') };
    case 'setParallel': {
      const [from, to] = [now === null ? t('an unknown number') : slotWords(now), slotWords(parallel ?? 0)];
      const question = t('Set the group {0} on {1} from {2} to {3}?', group, host, from, to);
      return { question, verb: parallel === 0 ? t('Set No Limit') : t('Set {0} Slots', parallel ?? 0) };
    }
    case 'clean':
      return count === 1
        ? {
            question: t('Remove the finished job of the group {0} from the queue of {1}?', group, host),
            verb: t('Remove 1 Job'),
          }
        : {
            question: t('Remove {0} finished jobs of the group {1} from the queue of {2}?', count, group, host),
            verb: t('Remove {0} Jobs', count),
          };
  }
}
