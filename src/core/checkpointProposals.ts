/** Directories of a host that may hold checkpoints: found there, for a person to choose from. */
import { isLive } from './pueue/job';
import type { HostSnapshot } from './snapshot';

/** One directory, and what speaks for it. */
export interface CheckpointProposal {
  /** Absolute path on the host. */
  readonly path: string;
  /** As a setting writes it: with `~/` below the home directory. */
  readonly shown: string;
  /** Files that lie directly in it. */
  readonly files: number;
  /** There are more than `files`. */
  readonly more: boolean;
  /** Seconds since the epoch by the host's clock when the newest of them was written; `null` where there is none. */
  readonly newest: number | null;
  /** Jobs that hold a file in it open for writing, as far as they are known. */
  readonly jobs: readonly number[];
  /** Some job holds a file in it open for writing. */
  readonly open: boolean;
}

/** What was found in the time that a search may take. */
export interface CheckpointProposals {
  /** Seconds since the epoch by the host's clock. */
  readonly takenAt: number;
  /** Whether the search came to its end; else there may be more. */
  readonly complete: boolean;
  readonly proposals: readonly CheckpointProposal[];
}

/** Most directories that a search is sent to. */
const directoryCap = 100;

/** Where the jobs of a host work: those of live jobs first, then those of the newest. */
export function workingDirectories({ queue: { jobs } }: HostSnapshot): string[] {
  const ordered = [...jobs].sort((a, b) => Number(isLive(b)) - Number(isLive(a)) || b.id - a.id);
  return [...new Set(ordered.map(({ directory }) => directory))].slice(0, directoryCap);
}
