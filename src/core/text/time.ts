/** Moments as texts. All are UTC and say so: the reader, the window and the host may be in three time zones. */

/** Seconds since the epoch as `2026-11-24 07:14:52 UTC`. */
export function secondsToTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
