/** How an emergency stop that cannot be planned, or did not come to a good end, is told. */
import type { Problem } from '../problem';
import { formatList } from '../text/format';
import { visible } from '../text/visible';

const name = (host: string): string => visible(host, 80);

export function nothingToStop(host: string, group: string | null): Problem {
  const where = group === null ? 'no job' : `no job of the group ${visible(group, 80)}`;
  return {
    code: 'refused',
    message: `${name(host)}: there is ${where} in the queue that could be stopped, so there is nothing to plan.`,
    next: 'Audit shows what the host knows, processes of ended jobs included.',
  };
}

export function noSuchGroup(host: string, group: string, groups: readonly string[]): Problem {
  return {
    code: 'invalidInput',
    message: `${name(host)}: there is no group ${visible(group, 80)}.`,
    next: `Name one of: ${formatList(
      groups.map((each) => visible(each, 80)),
      20,
    )}.`,
  };
}

/** @param changes sentences of what differs from what was planned */
export function stalePlan(host: string, changes: readonly string[]): Problem {
  return {
    code: 'stale',
    message: `${name(host)}: nothing was done, because the queue has changed since it was planned: ${changes.join(' ')}`,
    next: 'The plan was made anew. Read it, and apply it if it is still wanted.',
  };
}

export function notDrained(host: string, groups: readonly string[]): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: pueue did not pause ${formatList(groups.map((each) => visible(each, 80)))}, so no job was ended: each freed slot would start the next one.`,
    next: `Look at the groups of ${name(host)}, then plan anew. What is needed to queue the jobs again has been kept.`,
  };
}

/** The queue could not be read after a step, so that it is not known what runs. */
export function notSeen(host: string): Problem {
  return {
    code: 'lost',
    message: `${name(host)}: the groups were told to drain, and the queue could not be read after that. No job was ended.`,
    next: 'Refresh shows what is true; then plan anew.',
  };
}

/** @param jobs what still lives, a few words each */
export function stillAlive(host: string, jobs: readonly string[]): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: not everything could be ended: ${formatList(jobs, 5)}. These jobs and their checkpoints were not touched further.`,
    next: `Look at their processes on ${name(host)}; then plan anew for what is left.`,
  };
}

/** @param ids jobs that pueue calls ended, where nobody can look for their processes */
export function notProven(host: string, ids: readonly number[]): Problem {
  const jobs = `${ids.length === 1 ? 'job' : 'jobs'} ${formatList(ids)}`;
  return {
    code: 'lost',
    message: `${name(host)}: pueue calls ${jobs} ended, and whether a process of ${ids.length === 1 ? 'it' : 'them'} still lives cannot be seen on this host.`,
    next: `Look at the processes on ${name(host)} before anything is queued again; what was saved, removed or moved is told below.`,
  };
}

/** @param what `saved and removed`, `quarantined` */
export function notAllDone(host: string, what: string, left: readonly string[]): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: not everything was ${what}: ${formatList(left, 5)}.`,
    next: 'The list below has all of it. Plan anew for what is left, or leave it.',
  };
}

/** @param title of the step that was not begun */
export function cancelledBefore(host: string, title: string): Problem {
  return {
    code: 'cancelled',
    message: `${name(host)}: cancelled before "${title}". What was done before stays done; groups that were drained stay drained.`,
    next: 'Plan anew to go on, or resume the groups.',
  };
}

/** A plan is applied once. */
export function alreadyApplied(host: string): Problem {
  return {
    code: 'refused',
    message: `${name(host)}: this plan was applied or dropped before, so nothing was done.`,
    next: 'Emergency Stop… makes a plan of what is there now.',
  };
}

/** @param title of the plan that is being done */
export function busyWithPlan(host: string, title: string): Problem {
  return {
    code: 'busy',
    message: `${name(host)}: nothing was done, because another plan is being done there: ${visible(title, 120)}.`,
    next: 'Wait until it is over, or cancel it; then plan anew.',
  };
}

export function droppedPlan(host: string): Problem {
  return {
    code: 'cancelled',
    message: `${name(host)}: the plan was dropped. Nothing was done.`,
    next: 'Emergency Stop… makes another one.',
  };
}
