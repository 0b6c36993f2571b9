/** Moments as texts. */

/** Seconds since the epoch as `2026-11-24 07:14:52 UTC`: the reader, the window and the host may be in three time zones. */
export function secondsToTime(seconds: number): string {
  return `${secondsToRfc3339(seconds).slice(0, 19).replace('T', ' ')} UTC`;
}

/**
 * An RFC 3339 time in UTC with nine fractional digits, so that texts are equal, and in the order of time, exactly where the
 * instants are: pueue prints times in the time zone of whoever asks (tried with `TZ`, 3.4.1 and 4.0.4). `null` stays `null`.
 */
export function instantOf(time: string | null): string | null {
  if (time === null) return null;
  const fraction = (/\.(\d+)/u.exec(time)?.[1] ?? '').padEnd(9, '0');
  const utc = time.endsWith('Z') ? time : new Date(time).toISOString();
  return `${utc.slice(0, 19)}.${fraction}Z`;
}

/** Whether two texts name one instant. What is no time, or not known, is the same as nothing. */
export function isSameInstant(one: string | null, other: string | null): boolean {
  if (one === null || other === null || Number.isNaN(Date.parse(one)) || Number.isNaN(Date.parse(other))) return false;
  return instantOf(one) === instantOf(other);
}

/** The last second that a `Date` can hold (ECMA-262, 21.4.1.1). A file on a host may claim to be of later. */
const lastSecond = 8.64e12;

/** RFC 3339 in UTC, to the millisecond; a moment beyond what `Date` can hold is drawn to its edge. */
export function secondsToRfc3339(seconds: number): string {
  return new Date(1000 * Math.max(-lastSecond, Math.min(lastSecond, seconds))).toISOString();
}
