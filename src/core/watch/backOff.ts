/** How long to wait before a lost host is tried again. */

const eagerForMs = 120_000;
const eagerPauseMs = 1_000;
const longestPauseMs = 60_000;

/**
 * At most a second between tries for the first two minutes of an outage, then doubling up to a minute with full jitter,
 * so that a host that comes back is not met by every window at once.
 *
 * @param outageMs since the first failure in a row
 * @param random from 0 up to 1
 */
export function retryPauseMs(outageMs: number, random: number): number {
  if (outageMs < eagerForMs) return Math.round(eagerPauseMs * (0.5 + random / 2));
  const doublings = Math.floor((outageMs - eagerForMs) / eagerForMs) + 1;
  const longest = Math.min(longestPauseMs, eagerPauseMs * 2 ** Math.min(doublings + 2, 10));
  return Math.max(eagerPauseMs, Math.round(longest * random));
}
