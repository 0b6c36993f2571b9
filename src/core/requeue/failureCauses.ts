/** Failures grouped by what caused them, as far as their result and the last line of their output tell. */
import type { Job } from '../pueue/job';
import { decoded, firstWholeLine } from '../log/logText';
import { formatCount } from '../text/format';
import { maskSecrets } from '../text/maskSecrets';
import { visible } from '../text/visible';

export interface FailureCause {
  readonly jobs: readonly Job[];
  /** Safe to show: `exit 1, last line "ZeroDivisionError: division by zero"`. */
  readonly words: string;
  /** Whether they ended without success. */
  readonly isFailure: boolean;
}

/** Longest last line that is shown. */
const lineCap = 120;

/**
 * In the order of their first jobs. Lines that differ in numbers only are one cause: addresses, times and ids vary.
 *
 * @param lastLines by id; a job without one has printed nothing, or its log could not be read
 */
export function failureCauses(jobs: readonly Job[], lastLines: ReadonlyMap<number, string>): FailureCause[] {
  const causes = new Map<string, { jobs: Job[]; words: string; isFailure: boolean }>();
  for (const job of jobs) {
    const isFailure = job.state.kind === 'done' && job.state.result.kind !== 'success';
    const line = isFailure ? (lastLines.get(job.id) ?? null) : null;
    const ended = endWords(job);
    const words = line === null ? ended : `${ended}, last line "${visible(maskSecrets(line), lineCap)}"`;
    const key = `${ended}\n${(line ?? '').replace(/\d+/gu, '0')}`;
    const known = causes.get(key);
    if (known === undefined) causes.set(key, { jobs: [job], words, isFailure });
    else known.jobs.push(job);
  }
  return [...causes.values()];
}

/** `7 jobs: exit 1, last line "ZeroDivisionError"`. */
export function causeLine({ jobs, words }: FailureCause): string {
  return `${formatCount(jobs.length, 'job')}: ${words}`;
}

/** Said where one cause has ended several jobs; `null` where none has. */
export function sharedCauseWarning(causes: readonly FailureCause[]): string | null {
  const shared = causes.filter(({ jobs, isFailure }) => isFailure && jobs.length > 1);
  if (shared.length === 0) return null;
  const most = Math.max(...shared.map(({ jobs }) => jobs.length));
  return `${most} jobs failed in the same way, and will again unless the cause was mended.`;
}

/** The last line with something in it that the end of a log holds; `null` where there is none. */
export function lastLineOf(bytes: Uint8Array, isWhole: boolean): string | null {
  const shown = isWhole ? bytes : bytes.subarray(firstWholeLine(bytes));
  // Colours and what a progress bar overwrote are no part of what was said last.
  const lines = decoded(shown.length === 0 ? bytes : shown)
    .replace(/\u001b\[[\d;:]*[A-Za-z]/gu, '')
    .split(/[\r\n]+/u);
  return lines.map((line) => line.trim()).findLast((line) => line !== '') ?? null;
}

function endWords({ state }: Job): string {
  if (state.kind !== 'done') return 'did not end by itself';
  switch (state.result.kind) {
    case 'success':
      return 'succeeded';
    case 'failed':
      return `exit ${state.result.exitCode}`;
    case 'killed':
      return 'killed';
    case 'failedToSpawn':
      return 'failed to spawn';
    case 'errored':
      return 'errored';
    case 'dependencyFailed':
      return 'a dependency failed';
  }
}
