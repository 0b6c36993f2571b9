/** Jobs and entries as an act names them: as the process that acts has to find them. */
import { startOf, stateName, type Job } from '../pueue/job';
import type { CheckpointEntry } from '../snapshot';
import type { EntryTarget, JobTarget } from './hostAct';

export function targetOf(job: Job): JobTarget {
  return { id: job.id, createdAt: job.createdAt ?? '', start: startOf(job.state), state: stateName(job.state) };
}

export function entryTarget({ path, kind, inode, bytes, modified }: CheckpointEntry): EntryTarget {
  return { path, kind, inode, bytes, modified };
}

/** Whether two looks at a path have seen the same, not written in between. */
export function isSameEntry(one: Omit<EntryTarget, 'path'>, other: Omit<EntryTarget, 'path'>): boolean {
  return (
    one.kind === other.kind && one.inode === other.inode && one.bytes === other.bytes && one.modified === other.modified
  );
}
