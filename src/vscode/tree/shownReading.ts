/** A reading as the tree looks at it: with its look-ups, and with the jobs that are left by the filter. */
import type { FittingJobs } from '../../core/filter/fittingJobs';
import { estimateGroup, type Estimate } from '../../core/pueue/estimate';
import type { Job } from '../../core/pueue/job';
import { indexQueue, type QueueIndex } from '../../core/pueue/whyWaiting';
import type { Reading } from '../../core/watch/hostWatch';
import { orderJobs } from './jobOrder';

export class ShownReading {
  readonly #ordered = new Map<string, readonly Job[]>();
  readonly #estimates = new Map<string, Estimate | null>();

  /**
   * @param fitting `null` where there is no filter
   * @param index of its queue, where it was made already
   */
  constructor(
    readonly reading: Reading,
    readonly fitting: FittingJobs | null,
    readonly index: QueueIndex = indexQueue(reading.snapshot.queue),
  ) {}

  /** The jobs of a group that are shown, what one looks for first comes first. */
  jobs(group: string): readonly Job[] {
    let ordered = this.#ordered.get(group);
    if (ordered === undefined) {
      ordered = orderJobs((this.fitting ?? this.index).byGroup.get(group) ?? []);
      this.#ordered.set(group, ordered);
    }
    return ordered;
  }

  /** How many jobs a group has, shown or not. */
  total(group: string): number {
    return this.index.byGroup.get(group)?.length ?? 0;
  }

  /** How long a group still needs; `null` where that cannot be told. */
  estimate(name: string): Estimate | null {
    let estimate = this.#estimates.get(name);
    if (estimate === undefined) {
      const group = this.index.groups.get(name);
      const jobs = this.index.byGroup.get(name) ?? [];
      estimate = group === undefined ? null : estimateGroup(group, jobs, this.reading.snapshot);
      this.#estimates.set(name, estimate);
    }
    return estimate;
  }
}
