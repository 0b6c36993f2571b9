/** How far the clock of a host is from ours, from one question and its answer. */

/** A question as we saw it go and its answer come. */
export interface RoundTrip {
  /** Our wall clock when it was sent, in milliseconds since the epoch. */
  readonly sentAtMs: number;
  /** Until the answer had come, by our monotonic clock. */
  readonly tookMs: number;
}

/** The host's clock minus ours. */
export interface ClockSkew {
  readonly aheadMs: number;
  /** How far that may be wrong: the way there may have taken all of the time that both ways took, or none. */
  readonly plusMinusMs: number;
}

/**
 * @param askedAt seconds since the epoch by the host's clock when the question had come
 * @param heldMs until the host sent the answer
 */
export function clockSkew(askedAt: number, heldMs: number, { sentAtMs, tookMs }: RoundTrip): ClockSkew {
  return {
    aheadMs: askedAt * 1000 + heldMs / 2 - (sentAtMs + tookMs / 2),
    plusMinusMs: Math.max(0, tookMs - heldMs) / 2,
  };
}
