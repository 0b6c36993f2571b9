/** How long a run goes on. */
import { isLive, startOf, type Job } from './job';
import type { HostSnapshot } from '../snapshot';

/** The clocks of a host by which its runs are timed. */
export type HostClocks = Pick<HostSnapshot, 'takenAt' | 'runSeconds'>;

/**
 * How long a live run went on when the host was read, in milliseconds: by the clock of the host's boot where its process was
 * found, else by the host's wall clock, which may have been set since the run began. `null` where neither is known, or the
 * job is not live.
 */
export function runMilliseconds(job: Job, { takenAt, runSeconds }: HostClocks): number | null {
  if (!isLive(job)) return null;
  const seconds = runSeconds.get(job.id);
  if (seconds !== undefined) return 1000 * seconds;
  const start = startOf(job.state);
  return start === null ? null : 1000 * takenAt - Date.parse(start);
}
