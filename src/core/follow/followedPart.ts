/** What is asked, and answered, while the log of a job is followed. */

/** A place in one file. Its mark is the host's: it tells a file that was replaced, emptied or written anew from one that has grown. */
export interface LogPosition {
  readonly offset: number;
  readonly mark: string;
}

export interface FollowRequest {
  readonly job: number;
  /** Where the last part ended; `null` to begin with the file, or with its last lines. */
  readonly position: LogPosition | null;
  /** Lines of the past to begin with, where there is no position; `null` for all. */
  readonly lines: number | null;
  /** Longest wait for more. */
  readonly forMs: number;
}

/** A part that was read. */
export interface ReadPart {
  /**
   * `rewritten`: the file no longer holds what was read; the part begins anew. `touched`: it was written without having grown,
   * so it may be another run's that has come just as far.
   */
  readonly state: 'whole' | 'rewritten' | 'touched';
  /** Where the part ends, for the next request. */
  readonly position: LogPosition;
  /** Bytes left out before the part: the past, or what could not be shown as fast as it came. */
  readonly skipped: number;
  readonly bytes: Uint8Array;
  /** Size of the file in bytes. */
  readonly size: number;
  /** When the file was last written, in seconds since the epoch by the host's clock. */
  readonly modified: number;
  readonly path: string;
}

/** `gone`: there is no file, or none any more. */
export type FollowedPart = ReadPart | { readonly state: 'gone'; readonly path: string };
