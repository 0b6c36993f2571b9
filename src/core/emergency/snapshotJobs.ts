/** What an emergency stop has kept on the host, so that its jobs can be queued again. */
import type { JobStateName } from '../pueue/job';

/** One of the files, by what its first line tells. */
export interface KeptSnapshot {
  readonly id: string;
  /** Absolute path on the host. */
  readonly path: string;
  /** Seconds since the epoch by the host's clock. */
  readonly takenAt: number;
  /** The group that was stopped; `null` for the whole host. */
  readonly group: string | null;
  /** How many jobs it holds; `null` where its first line could not be read. */
  readonly count: number | null;
}

export interface KeptSnapshots {
  /** The newest first. */
  readonly snapshots: readonly KeptSnapshot[];
  /** How many older ones there are that are not listed. */
  readonly more: number;
}

/** A job as it was before the stop. Its environment is in the file and stays on the host. */
export interface SnapshotJob {
  readonly id: number;
  readonly createdAt: string;
  readonly start: string | null;
  readonly state: JobStateName;
  /** Of one that had failed. */
  readonly exitCode: number | null;
  /** As submitted, before alias expansion. */
  readonly command: string;
  readonly directory: string;
  readonly group: string;
  readonly label: string | null;
  readonly priority: number;
  /** Ids in the same snapshot, or of jobs that it does not hold. */
  readonly dependencies: readonly number[];
}

export interface SnapshotJobs {
  readonly path: string;
  readonly takenAt: number;
  readonly pueueVersion: string;
  readonly group: string | null;
  readonly jobs: readonly SnapshotJob[];
}
