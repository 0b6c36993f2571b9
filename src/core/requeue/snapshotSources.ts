/** The jobs that an emergency stop has kept, as what may be queued again: what they were then, and what is known of them now. */
import { splitFailures } from '../audit/sameWork';
import type { SnapshotJob, SnapshotJobs } from '../emergency/snapshotJobs';
import { isLive, isWaiting, stateName, type Job, type JobState } from '../pueue/job';
import type { HostSnapshot } from '../snapshot';
import { formatList } from '../text/format';
import { sourceKey, type RequeueSource, type RowEdit } from './requeuePlan';

export interface SnapshotSources {
  readonly sources: readonly RequeueSource[];
  /** What is left out until the person chooses it, by {@link sourceKey}. */
  readonly edits: ReadonlyMap<string, RowEdit>;
  /** The reading with those that are gone from the queue as ended, so that checkpoints which they own are known as theirs. */
  readonly seen: HostSnapshot;
}

export function sourcesOfSnapshot(
  snapshotId: string,
  { jobs: kept }: Pick<SnapshotJobs, 'jobs'>,
  snapshot: HostSnapshot,
): SnapshotSources {
  const { queue, lineage } = snapshot;
  const here = new Map(queue.jobs.map((job) => [sourceKey(job), job]));
  const jobs = kept.map((each) => {
    const job = jobOf(each, stateOf(each));
    // How it ended after the snapshot is better known in the queue.
    return { ...job, state: endedNow(here.get(sourceKey(job))) ?? job.state };
  });
  const madeGood = new Map(splitFailures(jobs).madeGood.map(({ failed, by }) => [failed, by.id]));
  const edits = new Map<string, RowEdit>();
  for (const job of jobs) {
    const ids = lineage.retriesOf(job).map(({ to }) => to.id);
    const why = ids.length > 0 ? `it was requeued as job ${formatList(ids, 5)}` : leftOut(job, madeGood.get(job));
    if (why !== null) edits.set(sourceKey(job), { action: 'skip', why: `Left out: ${why}.` });
  }
  const gone = jobs.filter((job) => !here.has(sourceKey(job))).map((job) => ({ ...job, state: stopped }));
  return {
    sources: jobs.map((job) => ({ job, snapshotId })),
    edits,
    seen: { ...snapshot, queue: { ...queue, jobs: [...queue.jobs, ...gone] } },
  };
}

const stopped: JobState = { kind: 'done', result: { kind: 'killed' }, start: null, end: null };

function endedNow(job: Job | undefined): JobState | null {
  return job === undefined || isLive(job) || isWaiting(job) || job.state.kind !== 'done' ? null : job.state;
}

/** What was not to run by itself, or has done its work, is not queued without being chosen. */
function leftOut({ state }: Job, madeGoodBy: number | undefined): string | null {
  switch (stateName(state)) {
    case 'succeeded':
      return 'it had succeeded';
    case 'stashed':
      return 'it was stashed';
    case 'scheduled':
      return 'it was to begin at a time of its own';
    default:
      return madeGoodBy === undefined ? null : `job ${madeGoodBy} did the same work after it`;
  }
}

function jobOf(
  { id, createdAt, group, label, command, directory, dependencies, priority }: SnapshotJob,
  state: JobState,
): Job {
  // prettier-ignore
  return { id, createdAt, group, label, command, directory, dependencies, priority, state };
}

function stateOf({ state, start, exitCode }: SnapshotJob): JobState {
  switch (state) {
    case 'running':
    case 'paused':
      return { kind: state, start };
    case 'queued':
      return { kind: state, enqueuedAt: null };
    case 'scheduled':
      return { kind: state, enqueueAt: '' };
    case 'stashed':
    case 'locked':
      return { kind: state };
    case 'unknown':
      return { kind: state, raw: 'unknown' };
    case 'succeeded':
      return { kind: 'done', result: { kind: 'success' }, start, end: null };
    case 'failed':
      return { kind: 'done', result: exitCode === null ? { kind: 'errored' } : { kind: 'failed', exitCode }, start, end: null }; // prettier-ignore
    case 'failedToSpawn':
      return { kind: 'done', result: { kind: state, message: '' }, start, end: null };
    case 'killed':
    case 'errored':
    case 'dependencyFailed':
      return { kind: 'done', result: { kind: state }, start, end: null };
  }
}
