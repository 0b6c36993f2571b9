/** Which jobs are the same work, and which failures have been made good since. */
import { isFailed, isLive, isWaiting, startOf, type Job } from '../pueue/job';
import { instantOf } from '../text/time';

/** A failure that no longer counts, and the job that made it good. */
export interface MadeGood {
  readonly failed: Job;
  readonly by: Job;
  /** Both have a label, and another one: then only the command says that they are the same work. */
  readonly labelsDiffer: boolean;
}

/** The failed jobs of a queue in its order, split into those that still count and those that were made good. */
export interface Failures {
  readonly open: readonly Job[];
  readonly madeGood: readonly MadeGood[];
}

/**
 * The failed jobs, split into those that still count and those that the same work made good: created later, and live,
 * waiting or succeeded. Two jobs are the same work when directory and command are equal, or when label (without a
 * trailing `-retry`) and group are equal and there is a label. A success that ended before the failed run began made
 * nothing good: a job that is restarted in place keeps the time of its creation.
 *
 * Runs in time linear in the number of jobs, so that ten thousand finished jobs do not stall the editor.
 *
 * @param before what was found of an earlier queue whose jobs, where they did not change, are the same objects: then only
 * failures that can have to do with a change are judged again. The answer is the same without it.
 */
export function splitFailures(
  jobs: readonly Job[],
  before: (Failures & { readonly jobs: readonly Job[] }) | null = null,
): Failures {
  if (before?.jobs === jobs) return before;
  const failures = jobs.filter(isFailed);
  if (before === null) return judge(failures, jobs);
  const touched = new WorkTexts(differences(before.jobs, jobs));
  const again = failures.filter((job) => touched.has(job));
  const near = new WorkTexts(again);
  const judged = judge(again, again.length === 0 ? [] : jobs.filter((job) => near.has(job)));
  const known = new Map(before.madeGood.map((each) => [each.failed, each]));
  for (const job of again) known.delete(job);
  for (const each of judged.madeGood) known.set(each.failed, each);
  if (known.size === 0) return { open: failures, madeGood: [] };
  const open: Job[] = [];
  const madeGood: MadeGood[] = [];
  for (const job of failures) {
    const made = known.get(job);
    if (made === undefined) open.push(job);
    else madeGood.push(made);
  }
  return { open, madeGood };
}

/** @param jobs all that can have made one of the failures good */
function judge(failures: readonly Job[], jobs: readonly Job[]): Failures {
  const open: Job[] = [];
  const madeGood: MadeGood[] = [];
  if (failures.length === 0) return { open, madeGood };
  const byCommand = new LatestJobs();
  const byLabel = new LatestJobs();
  for (const job of jobs) {
    if (!makesGood(job)) continue;
    byCommand.add(job.directory, job.command, job);
    if (job.label !== null) byLabel.add(job.group, withoutRetry(job.label), job);
  }
  for (const failed of failures) {
    const ofCommand = byCommand.of(failed.directory, failed.command);
    const ofLabel = failed.label === null ? undefined : byLabel.of(failed.group, withoutRetry(failed.label));
    let by: Job | undefined;
    for (const other of [ofCommand, ofLabel]) {
      if (other === undefined || !isLater(other, failed) || endedBefore(other, failed)) continue;
      // One that is the same by its label too says more.
      if (by === undefined || (labelsDiffer(failed, by) && !labelsDiffer(failed, other))) by = other;
    }
    if (by === undefined) open.push(failed);
    else madeGood.push({ failed, by, labelsDiffer: labelsDiffer(failed, by) });
  }
  return { open, madeGood };
}

/** Jobs of either queue that the other one does not hold as the same object. Both are by ascending id. */
function differences(before: readonly Job[], now: readonly Job[]): Job[] {
  const found: Job[] = [];
  let next = 0;
  for (const job of now) {
    let known = before[next];
    for (; known !== undefined && known.id < job.id; known = before[++next]) found.push(known);
    if (known?.id === job.id) next += 1;
    if (known === job) continue;
    found.push(job);
    if (known?.id === job.id) found.push(known);
  }
  return found.concat(before.slice(next));
}

/** The texts that the work of some jobs goes by: who shares none of them is other work. */
class WorkTexts {
  readonly #commands: ReadonlySet<string>;
  readonly #labels: ReadonlySet<string>;

  constructor(jobs: readonly Job[]) {
    this.#commands = new Set(jobs.map(({ command }) => command));
    this.#labels = new Set(jobs.flatMap(({ label }) => (label === null ? [] : withoutRetry(label))));
  }

  has({ command, label }: Job): boolean {
    return this.#commands.has(command) || (label !== null && this.#labels.has(withoutRetry(label)));
  }
}

/**
 * The latest job of each pair of texts. Two maps and no joined key: a text of a job knows its own hash from the first look
 * on, a joined one would be made and hashed at every refresh.
 */
class LatestJobs {
  readonly #jobs = new Map<string, Map<string, Job>>();

  add(first: string, second: string, job: Job): void {
    let within = this.#jobs.get(first);
    if (within === undefined) this.#jobs.set(first, (within = new Map<string, Job>()));
    const known = within.get(second);
    if (known === undefined || isLater(job, known)) within.set(second, job);
  }

  of(first: string, second: string): Job | undefined {
    return this.#jobs.get(first)?.get(second);
  }
}

function labelsDiffer(a: Job, b: Job): boolean {
  return a.label !== null && b.label !== null && withoutRetry(a.label) !== withoutRetry(b.label);
}

/** A label as it names the work: without the ending of a job that was queued again. */
export function withoutRetry(label: string): string {
  return label.endsWith('-retry') ? label.slice(0, -'-retry'.length) : label;
}

function makesGood(job: Job): boolean {
  return isLive(job) || isWaiting(job) || (job.state.kind === 'done' && job.state.result.kind === 'success');
}

/** By creation, compared as instants, then by id. */
function isLater(a: Job, b: Job): boolean {
  const timeA = instantOf(a.createdAt) ?? '';
  const timeB = instantOf(b.createdAt) ?? '';
  return timeA === timeB ? a.id > b.id : timeA > timeB;
}

function endedBefore({ state }: Job, job: Job): boolean {
  const [end, start] = [instantOf(state.kind === 'done' ? state.end : null), instantOf(startOf(job.state))];
  return end !== null && start !== null && end <= start;
}
