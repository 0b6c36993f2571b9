/** Jobs as the entries of a quick pick. Pure, so that it can be tested without VS Code. */
import type { JobRun } from '../core/log/logOfRun';
import { startOf } from '../core/pueue/job';
import { indexQueue } from '../core/pueue/whyWaiting';
import { withoutIcons } from './plainLabel';
import type { Reading } from '../core/watch/hostWatch';
import { orderJobs } from './tree/jobOrder';
import { jobRow } from './tree/jobRows';
import type { Now, Translate } from './tree/rows';

export interface JobChoice {
  readonly label: string;
  readonly description: string;
  readonly run: JobRun;
}

/** Every job as its row in the tree says it, in the order of the rows. */
export function jobChoices(reading: Reading, now: Now, t: Translate): JobChoice[] {
  const index = indexQueue(reading.snapshot.queue);
  return orderJobs(reading.snapshot.queue.jobs).map((job) => {
    const { label, description } = jobRow({ job, survivors: [] }, reading, index, now, t);
    const run = { id: job.id, createdAt: job.createdAt, start: startOf(job.state) };
    return { label: withoutIcons(label), description: withoutIcons(description), run };
  });
}
