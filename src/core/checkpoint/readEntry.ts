/** One entry of a checkpoint directory, read for a person to look at. */
import type { CheckpointEntry } from '../snapshot';

export interface EntryRequest {
  /** Absolute paths of the directories of checkpoints, as a reading gave them: the entry has to lie in one, or in its quarantine. */
  readonly roots: readonly string[];
  /** Absolute path of the entry. */
  readonly path: string;
  /** Most bytes of a file that are wanted; at most 1 MiB. */
  readonly bytes: number;
}

/** What was found there. */
export type EntryPart = Pick<CheckpointEntry, 'inode' | 'modified'> & {
  /** Seconds since the epoch by the host's clock. */
  readonly takenAt: number;
} & (
    | {
        readonly kind: 'file';
        /** Of the whole file. */
        readonly size: number;
        /** Its beginning. */
        readonly bytes: Uint8Array;
      }
    | {
        readonly kind: 'directory';
        readonly entries: readonly {
          readonly name: string;
          readonly kind: CheckpointEntry['kind'];
          readonly bytes: number | null;
          readonly modified: number;
        }[];
        /** There are more than these. */
        readonly more: boolean;
      }
    | { readonly kind: 'link'; readonly target: string }
    | { readonly kind: 'other' }
  );
