/** How far a running job is, by its own output. */

export interface JobProgress {
  /** From 0 to 1. */
  readonly fraction: number;
  /** When the log last grew, in seconds since the epoch by the host's clock. */
  readonly modified: number;
}

/** Progress of jobs by their ids. A job whose output shows none, or none that is clear, has no entry. */
export type ProgressOfJobs = ReadonlyMap<number, JobProgress>;

/** A log that has stood still for longer says little about where its job is. */
const freshForSeconds = 600;

/** Whether the job still tells of itself. */
export function isFresh({ modified }: JobProgress, takenAt: number): boolean {
  return takenAt - modified < freshForSeconds;
}
