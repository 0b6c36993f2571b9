/** What is thought of one entry of a checkpoint directory, and on what evidence. */
import type { Job } from '../pueue/job';
import type { CheckpointEntry } from '../snapshot';

/** The first that applies; `unjudged` where no pattern says what the name means. */
export const checkpointStates = ['active', 'colliding', 'damaged', 'orphan', 'stale', 'resumable', 'unjudged'] as const;

export type CheckpointState = (typeof checkpointStates)[number];

export interface Judgement {
  readonly entry: CheckpointEntry;
  /** The configured directory that it lies in, as an absolute path. */
  readonly root: string;
  readonly state: CheckpointState;
  /** All jobs whose parameters lead to this path, live ones first, then the newest. */
  readonly owners: readonly Job[];
  /** One sentence or a few with the evidence. Hostile text in it is made visible. */
  readonly reason: string;
  /** How jobs whose parameters differ come to share this path, also where it is active; `null` where none do. */
  readonly collision: string | null;
}

/** Why an entry is unjudged where no project file names a pattern for its directory. */
export const noPattern = 'No file name pattern is configured, so its job is not known.';
