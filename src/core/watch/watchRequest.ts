/** A wait for a change of a host. */
export interface WatchRequest {
  /** What the last wait answered; `null` for an answer at once. */
  readonly sign: string | null;
  /** How often the host looks; at least each 100 ms is as often as it does. */
  readonly everyMs: number;
  /** Longest wait, at most an hour. */
  readonly forMs: number;
}

/** How a host looks from outside its queue. */
export interface WatchAnswer {
  /** Another text as soon as the host looks another way; the one that was asked with where nothing changed in time. */
  readonly sign: string;
  /**
   * Why the queue may change while the sign stays: `unreadable` or `notSimple` (the configuration of pueue), `relative`
   * (it names a directory so), `noPid` (no daemon, or its pid file is elsewhere), `noState`. Then only polling helps.
   */
  readonly blind: string | null;
}
