/** When a host is read again, from what is known of it. */
import type { Clock } from '../ports';
import { mayRetryUnattended, type Problem } from '../problem';
import type { HostSnapshot } from '../snapshot';
import { retryPauseMs } from './backOff';
import type { WantedReadings } from './wantedReadings';

/** A reading may cost the host at most this part of one core: 2 %. */
const costFactor = 50;
/** Readings for changes come no closer together, however cheap they are. */
const leastGapMs = 500;

/** How long a host is left alone after a reading, so that reading it costs at most 2 % of one of its cores. */
export function pauseForCostMs({ hostMilliseconds }: HostSnapshot): number {
  return costFactor * hostMilliseconds;
}

/** Whether the link, or the way to it, is what failed: it is worth trying again soon. */
export function isOfLink({ code }: Problem): boolean {
  return code === 'lost' || code === 'unreachable';
}

/** Whether it is the connection that does not come about, whatever was asked over it. */
export function isOfConnection(problem: Problem): boolean {
  switch (problem.code) {
    case 'hostKeyUnknown':
    case 'hostKeyChanged':
    case 'authenticationFailed':
      return true;
    default:
      return isOfLink(problem);
  }
}

export interface PaceFacts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly intervalMs: number;
  readonly startDelayMs: number;
  /** The last complete reading; `null` where there is none. */
  readonly snapshot: HostSnapshot | null;
  readonly problem: Problem | null;
  /** Whether readings come at the interval too, and not after changes only. */
  readonly isPolled: boolean;
  readonly wanted: WantedReadings;
  /** Monotonic milliseconds at which the last reading ended, however it did. */
  readonly lastEnded: number;
  /** Monotonic milliseconds of the first failure in a row; `null` where the last reading succeeded. */
  readonly failingSince: number | null;
  /** Milliseconds that the last reading went on before it failed; 0 where it succeeded. */
  readonly failedMs: number;
}

/** Milliseconds until the next reading; `null` where only a change of the host, or a person, brings one. */
export function untilNextReadingMs(facts: PaceFacts): number | null {
  const { clock, random, snapshot, problem, wanted, lastEnded, failingSince } = facts;
  const now = clock.monotonic();
  if (problem !== null) {
    if (!mayRetryUnattended(problem.code)) return null;
    if (isOfLink(problem)) return retryPauseMs(now - (failingSince ?? now), random());
  } else if (snapshot === null) return facts.startDelayMs;
  const forCostMs = Math.max(snapshot === null ? 0 : pauseForCostMs(snapshot), forFailureMs(facts));
  const byInterval = facts.isPolled ? lastEnded + Math.max(facts.intervalMs, forCostMs) : null;
  const byChange = wanted.next(lastEnded + Math.max(leastGapMs, forCostMs));
  if (byInterval === null && byChange === null) return null;
  return Math.max(0, Math.min(byInterval ?? Infinity, byChange ?? Infinity) - now);
}

/**
 * A reading that fails may have cost the host all the time that it took: then it is tried ever more rarely, each time after as long
 * as it has been failing, until that costs no more than a reading that succeeds may.
 */
function forFailureMs({ lastEnded, failingSince, failedMs }: PaceFacts): number {
  return failingSince === null ? 0 : Math.min(costFactor * failedMs, lastEnded - failingSince);
}
