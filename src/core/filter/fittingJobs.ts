/** The jobs of a queue that fit a filter, found without holding up the editor. */
import type { Job } from '../pueue/job';
import type { JobFilter, JobSearch } from './jobFilter';

export interface FittingJobs {
  /** Only groups in which something fits; by ascending id in each. */
  readonly byGroup: ReadonlyMap<string, readonly Job[]>;
  readonly count: number;
}

/** How many jobs are looked at in one go. A job whose text is not known yet takes about 10 µs. */
const atOnce = 500;

/**
 * @param turn gives everything else a turn
 * @param isWanted asked after each turn
 * @returns `null` where the answer was no longer wanted
 */
export async function fittingJobs(
  jobs: readonly Job[],
  filter: JobFilter,
  search: JobSearch,
  turn: () => Promise<void>,
  isWanted: () => boolean,
): Promise<FittingJobs | null> {
  const byGroup = new Map<string, Job[]>();
  let count = 0;
  for (let from = 0; from < jobs.length; from += atOnce) {
    if (from > 0) await turn();
    if (!isWanted()) return null;
    for (const job of jobs.slice(from, from + atOnce)) {
      if (!search.fits(job, filter)) continue;
      count += 1;
      const others = byGroup.get(job.group);
      if (others === undefined) byGroup.set(job.group, [job]);
      else others.push(job);
    }
  }
  return { byGroup, count };
}
