/** Whether somebody has queued the same work already: jobs that are live, waiting or not understood. */
import { withoutRetry } from '../audit/sameWork';
import { isLive, isWaiting, shownLabel, stateName, type Job } from '../pueue/job';
import { visible } from '../text/visible';
import { comparedCommand } from './refreshFlag';

/** What a job that is to be queued goes by. */
export interface Work {
  readonly label: string | null;
  readonly group: string;
  readonly command: string;
  readonly directory: string;
}

export class SameWorkInQueue {
  readonly #byLabel = new Map<string, Job>();
  readonly #byCommand = new Map<string, Job>();
  readonly #stashedByCommand = new Map<string, Job>();
  readonly #flag: string | null;

  constructor(jobs: readonly Job[], flag: string | null) {
    this.#flag = flag;
    for (const job of jobs) {
      if (job.state.kind === 'stashed') this.#stashedByCommand.set(this.#commandKey(job), job);
      if (!isLive(job) && !isWaiting(job) && job.state.kind !== 'unknown') continue;
      const label = labelKey(job);
      if (label !== null) this.#byLabel.set(label, job);
      this.#byCommand.set(this.#commandKey(job), job);
    }
  }

  /** Why the work must not be queued, as one sentence; `null` where nothing in the queue is the same. */
  refusal(work: Work): string | null {
    const label = labelKey(work);
    const byLabel = label === null ? undefined : this.#byLabel.get(label);
    const byCommand = this.#byCommand.get(this.#commandKey(work));
    if (byCommand !== undefined)
      return `Job ${byCommand.id} is ${stateName(byCommand.state)} with the same command in the same directory.`;
    if (byLabel !== undefined)
      return `Job ${byLabel.id} (${visible(byLabel.label ?? '', 80)}) is ${stateName(byLabel.state)} with the same label.`;
    return null;
  }

  /** A stashed job never starts by itself, so it is told and refuses nothing. */
  note(work: Work): string | null {
    const stashed = this.#stashedByCommand.get(this.#commandKey(work));
    return stashed === undefined
      ? null
      : `Job ${stashed.id} is stashed with the same command: enqueue only one of them.`;
  }

  #commandKey({ directory, command }: Pick<Work, 'directory' | 'command'>): string {
    return JSON.stringify([withoutTrailingSlash(directory), comparedCommand(command, this.#flag)]);
  }
}

/** The label without a trailing `-retry`, with its group; `null` where there is none that can be seen. */
function labelKey({ label, group }: Pick<Work, 'label' | 'group'>): string | null {
  const shown = shownLabel({ label });
  return shown === null ? null : JSON.stringify([group, withoutRetry(shown)]);
}

/** Of a job that is queued again: one that has no label gets none, and one that ends so already keeps it. */
export function retryLabel(label: string | null): string | null {
  return shownLabel({ label }) === null ? label : `${withoutRetry(label ?? '')}-retry`;
}

function withoutTrailingSlash(directory: string): string {
  return directory.length > 1 ? directory.replace(/\/+$/u, '') : directory;
}
