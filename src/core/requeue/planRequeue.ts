/** Makes the plan of what is queued again: pure, from one reading, what the person has said, and what is known of checkpoints. */
import { splitFailures, withoutRetry } from '../audit/sameWork';
import type { Job } from '../pueue/job';
import type { HostSnapshot } from '../snapshot';
import { instantOf } from '../text/time';
import { visible } from '../text/visible';
import { parentsOf, type ParentsContext } from './parentsOf';
import type { DatabaseFinding, OperatorWord } from './refreshDecision';
import { comparedCommand } from './refreshFlag';
import {
  sourceKey,
  type CheckpointsOfJob,
  type RequeuePlan,
  type RequeueRow,
  type RequeueSource,
  type RowEdit,
} from './requeuePlan';
import { planRow } from './planRow';
import { SameWorkInQueue } from './sameWorkInQueue';

export interface RequeueInput {
  /** The reading of this moment. */
  readonly snapshot: HostSnapshot;
  readonly sources: readonly RequeueSource[];
  /** The flag that makes a program begin anew; `null` where no approved project file names one. */
  readonly refreshFlag: string | null;
  readonly checkpointsOf: (job: Job) => CheckpointsOfJob;
  readonly database: (job: Job) => DatabaseFinding;
  readonly word: OperatorWord;
  /** Whether the person was asked about killed jobs without a checkpoint that can be seen, and goes on. */
  readonly withoutCheckpoint: boolean;
  /** By {@link sourceKey}. */
  readonly edits: ReadonlyMap<string, RowEdit>;
}

export function planRequeue(input: RequeueInput): RequeuePlan {
  const { snapshot, refreshFlag } = input;
  const { jobs } = snapshot.queue;
  const sources = [...new Map(input.sources.map((source) => [sourceKey(source.job), source])).values()];
  const madeGood = new Map(splitFailures(jobs).madeGood.map(({ failed, by }) => [failed, by]));
  const context = {
    ...{ input, madeGood },
    sameWork: new SameWorkInQueue(jobs, refreshFlag),
    dependants: dependantsOf(jobs),
    survivors: snapshot.processes.kind === 'traced' ? snapshot.processes.runs : [],
  };
  const own = withoutRepeats(
    sources.map((source) => planRow(source, context)),
    refreshFlag,
  );
  const rows = inOrder(own, jobs, madeGood);
  return { rows: rows.rows, ground: rows.ground, refreshFlag };
}

/** What tells that two jobs would do one work: their command, their label, and each checkpoint that they lead to. */
function worksOf(row: RequeueRow, flag: string | null): { readonly key: string; readonly what: string }[] {
  const { directory, command, group, label, kept, quarantine } = row;
  return [
    { key: JSON.stringify([directory, comparedCommand(command, flag)]), what: 'is a later try of the same command' },
    ...(label === null || label.trim() === ''
      ? []
      : [
          {
            key: JSON.stringify([group, 'label', withoutRetry(label)]),
            what: 'is a later one with the same label: give this one another to queue both',
          },
        ]),
    ...[...kept, ...quarantine].map(({ entry }) => ({
      key: JSON.stringify(['checkpoint', entry.path, '', '']),
      what: `is a later one that leads to the same checkpoint, ${visible(entry.path, 200)}`,
    })),
  ];
}

/** Of chosen jobs that are one work only the latest is queued again. */
function withoutRepeats(rows: readonly RequeueRow[], flag: string | null): RequeueRow[] {
  const isMeant = ({ status }: RequeueRow): boolean => status === 'ready' || status === 'open';
  const taken = new Map<string, RequeueRow>();
  const repeats = new Map<RequeueRow, string>();
  for (const row of rows.filter(isMeant).sort((a, b) => (isLater(a.source.job, b.source.job) ? -1 : 1))) {
    const works = worksOf(row, flag);
    const same = works.find(({ key }) => taken.has(key));
    const other = same === undefined ? undefined : taken.get(same.key);
    if (same !== undefined && other !== undefined)
      repeats.set(row, `Job ${other.source.job.id}, which is chosen too, ${same.what}.`);
    else for (const { key } of works) taken.set(key, row);
  }
  return rows.map((row) => {
    const reason = repeats.get(row);
    return reason === undefined ? row : refused(row, reason);
  });
}

/** Parents first. A row whose parent is not queued again, and has not succeeded, is refused. */
function inOrder(
  rows: readonly RequeueRow[],
  jobs: readonly Job[],
  madeGood: ParentsContext['madeGood'],
): { rows: RequeueRow[]; ground: Job[] } {
  const byKey = new Map(rows.map((row) => [sourceKey(row.source.job), row]));
  const chosen = new Map<string, boolean>();
  const ordered: RequeueRow[] = [];
  const ground = new Set<Job>();
  const queue = new Map(jobs.map((job) => [job.id, job]));
  const ofSnapshot = new Map(rows.map(({ source: { job } }) => [job.id, job]));
  const begun = new Set<string>();
  const ended = new Set<string>();
  const settle = (row: RequeueRow): void => {
    const { job, snapshotId } = row.source;
    const inQueue = snapshotId === null;
    const jobsOf = inQueue ? queue : ofSnapshot;
    const settled = withParents(row, { jobs: jobsOf, madeGood, chosen, inQueue }, ground);
    chosen.set(sourceKey(job), settled.status === 'ready' || settled.status === 'open');
    ordered.push(settled);
  };
  const parentRows = ({ source: { job, snapshotId } }: RequeueRow): RequeueRow[] =>
    job.dependencies.flatMap((id) => {
      const parent = (snapshotId === null ? queue : ofSnapshot).get(id);
      return (parent === undefined ? undefined : byKey.get(sourceKey(parent))) ?? [];
    });
  // A list instead of calls within calls: a chain may be longer than these can be deep.
  const waiting = [...rows].reverse();
  for (let row = waiting.at(-1); row !== undefined; row = waiting.at(-1)) {
    const key = sourceKey(row.source.job);
    if (!begun.has(key)) {
      begun.add(key);
      waiting.push(...parentRows(row).filter(({ source }) => !begun.has(sourceKey(source.job))).reverse()); // prettier-ignore
      continue;
    }
    waiting.pop();
    if (!ended.has(key)) settle(row);
    ended.add(key);
  }
  return { rows: ordered, ground: [...ground] };
}

function withParents(row: RequeueRow, context: ParentsContext, ground: Set<Job>): RequeueRow {
  if (row.status === 'refused' || row.status === 'skipped' || row.source.job.dependencies.length === 0) return row;
  const parents = parentsOf(row.source.job, context);
  const notes = [...row.notes, ...parents.notes];
  if (parents.refusal !== null) return refused({ ...row, notes }, parents.refusal);
  for (const job of parents.ground) ground.add(job);
  return { ...row, notes, after: parents.after, afterSources: parents.afterSources };
}

function refused(row: RequeueRow, reason: string): RequeueRow {
  return { ...row, status: 'refused', action: null, reason, quarantine: [], kept: [], price: null, typed: [] };
}

function dependantsOf(jobs: readonly Job[]): ReadonlyMap<number, readonly Job[]> {
  const found = new Map<number, Job[]>();
  for (const job of jobs)
    for (const id of job.dependencies) {
      const known = found.get(id);
      if (known === undefined) found.set(id, [job]);
      else known.push(job);
    }
  return found;
}

function isLater(one: Job, other: Job): boolean {
  const [a, b] = [instantOf(one.createdAt) ?? '', instantOf(other.createdAt) ?? ''];
  return a === b ? one.id > other.id : a > b;
}
