/** What is asked, and answered, while the log of a job is followed. */

/** A place in one file: it tells a file that was replaced or cut from one that has grown. */
export interface LogPosition {
  readonly inode: number;
  readonly offset: number;
  /** Stands for the bytes before the offset. */
  readonly guard: string;
}

export interface FollowRequest {
  readonly job: number;
  /** Where the last part ended; `null` to begin with the last lines. */
  readonly position: LogPosition | null;
  /** Lines of the past to begin with. */
  readonly lines: number;
  /** Longest wait for more. */
  readonly forMs: number;
}

export interface FollowedPart {
  /** `gone`: there is no file (any more). `rewritten`: it no longer holds what was read; the part begins anew. */
  readonly state: 'whole' | 'rewritten' | 'gone';
  /** Where the part ends, for the next request; `null` where there is no file. */
  readonly position: LogPosition | null;
  /** Bytes left out before the part, because the file grows faster than it can be shown. */
  readonly skipped: number;
  readonly bytes: Uint8Array;
  /** Size of the file in bytes. */
  readonly size: number;
}
