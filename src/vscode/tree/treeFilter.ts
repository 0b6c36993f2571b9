/** The filter of the tree, and what fits it in each reading. The search is done in pieces, and a later one overtakes it. */
import { fittingJobs, type FittingJobs } from '../../core/filter/fittingJobs';
import { JobSearch, parseFilter, type JobFilter } from '../../core/filter/jobFilter';
import type { Queue } from '../../core/pueue/job';
import type { Reading } from '../../core/watch/hostWatch';

interface Standing {
  readonly filter: JobFilter;
  readonly search: JobSearch;
  /** By queue: a reading that finds the queue unchanged may have the same one. */
  readonly found: WeakMap<Queue, FittingJobs>;
}

export class TreeFilter {
  readonly #turn: () => Promise<void>;
  #standing: Standing | null = null;
  #asked = 0;

  /** @param turn gives everything else a turn */
  constructor(turn: () => Promise<void>) {
    this.#turn = turn;
  }

  /** What stands in the input box; empty where there is no filter. */
  get text(): string {
    return this.#standing?.filter.text ?? '';
  }

  /**
   * Takes effect once the readings were searched.
   *
   * @param readings those of all hosts at the moment of the call
   * @returns `false` where a later call has overtaken this one
   */
  async set(text: string, readings: () => readonly Reading[]): Promise<boolean> {
    const order = ++this.#asked;
    const filter = parseFilter(text);
    if (filter === null) {
      this.#standing = null;
      return true;
    }
    // The texts of jobs that were made for the filter before are those of this one too.
    const search = this.#standing?.search ?? new JobSearch();
    const next: Standing = { filter, search, found: new WeakMap() };
    for (;;) {
      const missing = readings().find(({ snapshot }) => !next.found.has(snapshot.queue));
      if (missing === undefined) break;
      if (!(await this.#look(missing, next, () => order === this.#asked))) return false;
    }
    this.#standing = next;
    return true;
  }

  /** Searches a reading that came after the filter was set. Does nothing where there is none, or it was searched. */
  async look(reading: Reading): Promise<void> {
    const standing = this.#standing;
    if (standing === null || standing.found.has(reading.snapshot.queue)) return;
    await this.#look(reading, standing, () => standing === this.#standing);
  }

  /** What fits in a reading: `null` where there is no filter, `undefined` where it has not been searched. */
  fitting(reading: Reading): FittingJobs | null | undefined {
    return this.#standing === null ? null : this.#standing.found.get(reading.snapshot.queue);
  }

  async #look(
    { snapshot: { queue } }: Reading,
    { filter, search, found }: Standing,
    isWanted: () => boolean,
  ): Promise<boolean> {
    const fitting = await fittingJobs(queue.jobs, filter, search, this.#turn, isWanted);
    if (fitting !== null) found.set(queue, fitting);
    return fitting !== null;
  }
}
