/** In what the environments of jobs differ from that of a fresh login shell: names only, values never leave the host. */

/** Whose environment is compared. */
export interface EnvironmentOwner {
  readonly id: number;
  readonly createdAt: string;
  /** The snapshot of an emergency stop that holds the job; `null` for one that is in the queue. */
  readonly snapshotId: string | null;
}

/** Names of variables, sorted. They were chosen by whoever queued the job: hostile text. */
export interface EnvironmentDifference {
  readonly onlyJob: readonly string[];
  readonly onlyLogin: readonly string[];
  readonly changed: readonly string[];
  /** What differs from one login to the next, or is set at each start, and tells nothing. */
  readonly noise: readonly string[];
  /** How many names were left out of the lists, because there are too many. */
  readonly more: number;
}
