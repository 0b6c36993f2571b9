/** The lines that a followed job's terminal says of itself. Whoever shows them makes them visible. */
import type { PendingQuestion } from '../ports';
import { mayRetryUnattended, type Problem } from '../problem';
import { shownLabel, type Job } from '../pueue/job';
import { formatBytes, formatDuration } from '../text/format';
import { secondsToTime } from '../text/time';
import { visible } from '../text/visible';

/** What a terminal link is made of; see {@link endWords} and {@link skippedWords}. */
export const openLogWords = 'Open Log';

const name = (host: string): string => visible(host, 80);

export function headWords(host: string, id: number): string {
  return `Following job ${id} on ${name(host)}. Ctrl-C detaches; the job goes on.`;
}

export function waitingWords(why: readonly string[]): string {
  return `Not started yet: ${why.join(', ')}.`;
}

export function startedWords(start: string): string {
  return `Started ${time(start)}.`;
}

export function restartedWords(start: string): string {
  return `Restarted in place: what follows is of the run that began ${time(start)}.`;
}

export function rewrittenWords(): string {
  return 'The log was emptied or replaced while the job ran: what follows begins with its first byte.';
}

export function noFileWords(path: string, isOver: boolean): string {
  return `There is no log at ${visible(path, 300)}.${isOver ? '' : ' It is followed when it comes.'}`;
}

/** @param bytes before the part that was shown first */
export function earlierWords(bytes: number): string {
  return `${formatBytes(bytes)} before this are not shown here: ${openLogWords}.`;
}

/** @param bytes between what was shown and what comes next */
export function skippedWords(bytes: number): string {
  return `${formatBytes(bytes)} (${bytes} bytes) are left out here, because the output comes faster than it can be shown: ${openLogWords}.`;
}

/** Whether following goes on by itself once the problem has passed. */
export function isPassing(problem: Problem | null): boolean {
  return problem !== null && mayRetryUnattended(problem.code);
}

/**
 * @param now seconds since the epoch by our own clock
 * @param problem `null` where the host has only not been read yet
 */
export function unknownWords(now: number, problem: Problem | null, question: PendingQuestion | null): string {
  const at = secondsToTime(now);
  if (question !== null) return `${at}: the connection waits for an answer to a question in VS Code.`;
  if (problem === null) return `${at}: the host is being read.`;
  return `${at}: ${problem.message} ${whatNext(problem)}`;
}

function whatNext(problem: Problem): string {
  if (!isPassing(problem)) return problem.next;
  // The problem itself says that nothing is known of the jobs.
  if (problem.code === 'daemonDown') return 'Following goes on by itself once it answers again.';
  return 'What the job is doing is not known until the host is back; following goes on by itself then.';
}

export function backWords(milliseconds: number): string {
  return `The host is back after ${formatDuration(milliseconds)}; following goes on.`;
}

export function pausedWords(paused: boolean): string {
  return paused ? 'Paused.' : 'Resumed.';
}

export function problemWords({ message, next }: Problem): string {
  return `${message} ${next}`;
}

/** How a finished job ended, for how long it ran, and what can be done now. */
export function endWords(job: Job): string {
  const label = shownLabel(job);
  const of = `Job ${job.id}${label === null ? '' : ` (${visible(label, 120)})`}`;
  return `${of} ${resultWords(job)}${durationWords(job)}.${wasKilled(job) ? ' Its programs may still be alive: Audit finds them.' : ''}`;
}

/** @param hasLog whether there is a log to open */
export function keysWords(hasLog: boolean): string {
  return hasLog ? `Press l for the log (${openLogWords}), any other key to close.` : 'Press any key to close.';
}

export function detachedWords(): string {
  return `Detached; the job goes on. ${keysWords(true)}`;
}

function resultWords({ state }: Job): string {
  if (state.kind !== 'done') return 'is over';
  switch (state.result.kind) {
    case 'success':
      return 'succeeded';
    case 'failed':
      return `failed with exit code ${state.result.exitCode}`;
    case 'failedToSpawn':
      return `could not be started: ${visible(state.result.message)}`;
    case 'killed':
      return 'was killed';
    case 'errored':
      return 'ended by an error of pueue';
    case 'dependencyFailed':
      return 'was never started, because a job that it depends on failed';
  }
}

function wasKilled({ state }: Job): boolean {
  return state.kind === 'done' && state.result.kind === 'killed';
}

function durationWords({ state }: Job): string {
  if (state.kind !== 'done' || state.start === null || state.end === null) return '';
  if (state.result.kind === 'dependencyFailed' || state.result.kind === 'failedToSpawn') return '';
  const milliseconds = Date.parse(state.end) - Date.parse(state.start);
  return ` after ${milliseconds < 1000 ? `${Math.max(0, milliseconds)} ms` : formatDuration(milliseconds)}`;
}

function time(instant: string): string {
  return secondsToTime(Date.parse(instant) / 1000);
}
