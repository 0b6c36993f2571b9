/** Which job was queued again as which other one, as the journal of the host tells it. */
import type { Job, JobIdentity } from '../pueue/job';
import { formatList } from '../text/format';
import { visible } from '../text/visible';

/** One job that was queued again. Either of the two may be gone from the queue. */
export interface LineageLink {
  readonly from: JobIdentity;
  readonly to: JobIdentity;
  /** Of the new job. */
  readonly label: string | null;
  /** One sentence, as it was shown before. */
  readonly reason: string;
  readonly flagsAdded: readonly string[];
  /** Whether it was found by its key after the answer was lost. */
  readonly adopted: boolean;
}

/** What is known of one job, oldest first. */
interface LinksOfJob {
  readonly retries: LineageLink[];
  origin: LineageLink | null;
}

/** The links of the jobs of one queue. Jobs are told apart by id and creation: an id is used again. */
export class Lineage {
  readonly #byJob = new Map<string, LinksOfJob>();

  constructor(links: readonly LineageLink[]) {
    for (const link of links) {
      this.#of(link.from).retries.push(link);
      this.#of(link.to).origin = link;
    }
  }

  /** As what the job was queued again, oldest first. */
  retriesOf(job: JobIdentity): readonly LineageLink[] {
    return this.#byJob.get(nameOf(job))?.retries ?? [];
  }

  /** What the job is a retry of; `null` where it is none that the host knows of. */
  originOf(job: JobIdentity): LineageLink | null {
    return this.#byJob.get(nameOf(job))?.origin ?? null;
  }

  #of(job: JobIdentity): LinksOfJob {
    const name = nameOf(job);
    const known = this.#byJob.get(name) ?? { retries: [], origin: null };
    this.#byJob.set(name, known);
    return known;
  }
}

export const noLineage = new Lineage([]);

/** What is to be known before a job is queued once more, as one sentence; `null` where that is the first time. */
export function requeuedBefore(lineage: Lineage, job: Job): string | null {
  const ids = lineage.retriesOf(job).map(({ to }) => to.id);
  return ids.length === 0 ? null : `It was requeued before, as job ${formatList(ids, 5)}.`;
}

/** What a link says beside the ids, safe to show: the label, the reason, the flags, and how the job was found. */
export function linkFacts({ label, reason, flagsAdded, adopted }: LineageLink): string {
  return [
    ...(label === null || label.trim() === '' ? [] : [visible(label, 120)]),
    visible(reason, 300),
    ...(flagsAdded.length === 0 ? [] : [`${flagsAdded.map((flag) => visible(flag, 60)).join(', ')} was added.`]),
    ...(adopted ? ['It was found after the answer was lost.'] : []),
  ].join(' · ');
}

function nameOf({ id, createdAt }: JobIdentity): string {
  return `${id}/${createdAt ?? ''}`;
}
