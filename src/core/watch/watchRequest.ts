/** A wait for a change of a host. */
export interface WatchRequest {
  /** What the last wait answered; `null` for an answer at once. */
  readonly sign: string | null;
  /** How often the host looks. */
  readonly everyMs: number;
  /** Longest wait. */
  readonly forMs: number;
}
