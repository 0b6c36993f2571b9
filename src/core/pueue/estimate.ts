/**
 * A rough estimate of how long a group still needs, from how long its jobs took so far. It promises nothing: where there is
 * little to go by there is none.
 */
import type { Group, Job } from './job';
import { isFresh, type ProgressOfJobs } from './progress';
import { runMilliseconds, type HostClocks } from './runTime';

export interface Estimate {
  readonly leftMs: number;
  /** How it was made. */
  readonly medianMs: number;
  readonly samples: number;
  readonly running: number;
  readonly queued: number;
  readonly slots: number;
  /** Running jobs that have taken longer than any that succeeded: nothing is known of their end, so their slots count as taken. */
  readonly overdue: number;
}

/** With fewer jobs that succeeded nothing is said. */
const fewestSamples = 3;
/** The newest ones say most, and looking at all of ten thousand would say no more. */
const mostSamples = 100;
/** Below this part a job's own progress is too small to multiply. */
const smallestFraction = 0.05;

/**
 * @param jobs of this group, by ascending id
 * @param snapshot of the host: its clocks, and how far jobs are
 * @returns `null` where nothing is running or queued, or too little is known: fewer than three jobs that succeeded, a group that
 * starts no job or has no limit, a paused job, or running jobs alone that took longer than any before
 */
export function estimateGroup(
  { status, parallel }: Group,
  jobs: readonly Job[],
  snapshot: HostClocks & { readonly progress: ProgressOfJobs },
): Estimate | null {
  const { takenAt, progress } = snapshot;
  if (status !== 'running' || parallel === null || parallel === 0) return null;
  const running: { readonly job: Job; readonly elapsed: number }[] = [];
  let queued = 0;
  for (const job of jobs) {
    const { state } = job;
    // A paused job holds its slot until somebody resumes it.
    if (state.kind === 'paused' || state.kind === 'unknown') return null;
    if (state.kind === 'queued') queued += 1;
    if (state.kind !== 'running') continue;
    const elapsed = runMilliseconds(job, snapshot);
    if (elapsed === null) return null;
    running.push({ job, elapsed: Math.max(0, elapsed) });
  }
  if (running.length + queued === 0) return null;
  const samples = durationsOf(jobs);
  const medianMs = samples[Math.floor(samples.length / 2)];
  if (medianMs === undefined || samples.length < fewestSamples) return null;
  const longest = samples.at(-1) ?? medianMs;
  const left: number[] = [];
  for (const { job, elapsed } of running) {
    const shown = progress.get(job.id);
    if (shown !== undefined && shown.fraction >= smallestFraction && isFresh(shown, takenAt))
      left.push((elapsed * (1 - shown.fraction)) / shown.fraction);
    else if (elapsed <= longest) left.push(stillNeeded(samples, elapsed));
  }
  const overdue = running.length - left.length;
  const slots = parallel - overdue;
  if (slots <= 0 || left.length + queued === 0) return null;
  const work = left.reduce((sum, each) => sum + each, 0) + queued * medianMs;
  const side = Math.min(slots, left.length + queued);
  const leftMs = Math.max(work / side, ...left, queued > 0 ? medianMs : 0);
  return { leftMs, medianMs, samples: samples.length, running: running.length, queued, slots: parallel, overdue };
}

/** Of the jobs that took longer than this one has so far, the median of what they then still needed. */
function stillNeeded(samples: readonly number[], elapsed: number): number {
  const longer = samples.filter((sample) => sample >= elapsed);
  return (longer[Math.floor(longer.length / 2)] ?? elapsed) - elapsed;
}

/** How long the newest successes took, ascending. */
function durationsOf(jobs: readonly Job[]): number[] {
  const durations: number[] = [];
  for (let index = jobs.length - 1; index >= 0 && durations.length < mostSamples; index--) {
    const state = jobs[index]?.state;
    if (state?.kind !== 'done' || state.result.kind !== 'success' || state.start === null || state.end === null)
      continue;
    const duration = Date.parse(state.end) - Date.parse(state.start);
    // A clock that was set back meanwhile.
    if (duration >= 0) durations.push(duration);
  }
  return durations.sort((a, b) => a - b);
}
