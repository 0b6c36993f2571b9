/** Which checkpoints an emergency stop puts into quarantine: those of the jobs that it stops, and none that somebody may still write. */
import type { EntryTarget } from '../acts/hostAct';
import { entryTarget, isSameEntry } from '../acts/targets';
import type { Judgement } from '../checkpoint/judgement';
import { isLive, stateName, type Job, type JobIdentity } from '../pueue/job';
import type { CheckpointEntry, HostSnapshot } from '../snapshot';
import { visible } from '../text/visible';

/** What is thought of the entries of a reading. An entry without a judgement is not judged. */
export type Judge = (snapshot: HostSnapshot) => readonly Judgement[];

export interface QuarantineChoice {
  readonly roots: readonly { readonly root: string; readonly entries: readonly EntryTarget[] }[];
  /** What is not touched, and why. */
  readonly left: readonly { readonly path: string; readonly why: string }[];
}

export interface Stopped {
  readonly snapshot: HostSnapshot;
  /** Jobs that are stopped. */
  readonly jobs: readonly JobIdentity[];
  /** Whether these are all jobs of the host: then what belongs to nobody that is known is taken too. */
  readonly isWholeHost: boolean;
  /** Jobs whose processes live on, whatever was tried. */
  readonly alive: readonly JobIdentity[];
}

const hasSucceeded = (job: Job): boolean => stateName(job.state) === 'succeeded';
const keyOf = ({ id, createdAt }: JobIdentity): string => `${id} ${createdAt ?? ''}`;

export function chooseEntries({ snapshot, jobs, isWholeHost, alive }: Stopped, judge: Judge): QuarantineChoice {
  const judged = new Map(judge(snapshot).map((judgement) => [judgement.entry.path, judgement]));
  const stopped = new Set(jobs.map(keyOf));
  const isOther = (job: Job): boolean => (isLive(job) || job.state.kind === 'unknown') && !stopped.has(keyOf(job));
  const survivors = snapshot.processes.kind === 'traced' ? snapshot.processes.runs : [];
  const living: readonly JobIdentity[] = [...alive, ...snapshot.queue.jobs.filter(isOther), ...survivors];
  const livingKeys = new Set(living.map(keyOf));

  /** Why an entry is not taken; `null` where it is. */
  const reason = (entry: CheckpointEntry, judgement: Judgement | undefined): string | null => {
    if (entry.kind === 'link') return 'it is a link';
    if (entry.kind === 'other') return 'it is neither a file nor a directory';
    const owners = judgement?.owners ?? [];
    const writer = owners.find((owner) => livingKeys.has(keyOf(owner)));
    if (writer !== undefined) return `job ${writer.id} still lives and may write it`;
    const [first, ...others] = owners.filter((owner) => stopped.has(keyOf(owner)));
    if (first !== undefined) return [first, ...others].every(hasSucceeded) ? `job ${first.id} succeeded` : null;
    if (owners.length > 0) return 'it is of no job that is stopped';
    if (judgement?.state === 'orphan') return 'no job of the queue owns it';
    if (!isWholeHost) return 'whose it is cannot be told from its name';
    const [alive] = living;
    return alive === undefined ? null : `whose it is cannot be told, and job ${alive.id} still lives`;
  };

  const left: { path: string; why: string }[] = [];
  const roots: { root: string; entries: EntryTarget[] }[] = [];
  for (const { path: root, state, error, entries } of snapshot.checkpoints) {
    if (state === 'unreadable') left.push({ path: root, why: `it could not be read (${visible(error ?? '', 60)})` });
    if (state === 'truncated')
      left.push({ path: root, why: 'it holds more entries than are listed: only these are known' });
    const taken: EntryTarget[] = [];
    for (const entry of entries) {
      const { path } = entry;
      const why = reason(entry, judged.get(path));
      if (why === null) taken.push(entryTarget(entry));
      else left.push({ path, why });
    }
    if (taken.length > 0) roots.push({ root, entries: taken });
  }
  return { roots, left };
}

/** Which entries are as they were, and which not: somebody has written these after their jobs had ended. */
export function compareEntries(
  entries: readonly EntryTarget[],
  { checkpoints }: HostSnapshot,
): { readonly same: readonly EntryTarget[]; readonly changed: QuarantineChoice['left'] } {
  const now = new Map<string, CheckpointEntry>(
    checkpoints.flatMap((directory) => directory.entries.map((entry) => [entry.path, entry] as const)),
  );
  const isSame = (target: EntryTarget): boolean => {
    const entry = now.get(target.path);
    return entry !== undefined && isSameEntry(entry, target);
  };
  const why = 'it was changed after its jobs had ended: somebody still writes it';
  return {
    same: entries.filter(isSame),
    changed: entries.filter((entry) => !isSame(entry)).map(({ path }) => ({ path, why })),
  };
}
