/** All judgements of one reading, and what is looked up in them. */
import type { Job } from '../pueue/job';
import type { CheckpointDirectory, CheckpointEntry } from '../snapshot';
import type { CheckpointState, Judgement } from './judgement';

export class JudgedCheckpoints {
  readonly #byDirectory: ReadonlyMap<CheckpointDirectory, readonly Judgement[]>;
  /** By the list of owners, which entries with the same parameters share. */
  readonly #byOwners = new Map<readonly Job[], Judgement[]>();
  #byJob: ReadonlyMap<string, readonly (readonly Judgement[])[]> | null = null;
  readonly #byPath: ReadonlyMap<string, Judgement>;

  readonly #judge: (entry: CheckpointEntry, root: string) => Judgement | null;

  /** @param judge for an entry that is not listed; `null` where there is no such directory */
  constructor(
    byDirectory: ReadonlyMap<CheckpointDirectory, readonly Judgement[]>,
    judge: (entry: CheckpointEntry, root: string) => Judgement | null,
  ) {
    this.#judge = judge;
    this.#byDirectory = byDirectory;
    // A directory that is configured twice is one.
    const byPath = new Map<string, Judgement>();
    for (const judgements of byDirectory.values())
      for (const judgement of judgements) byPath.set(judgement.entry.path, judgement);
    this.#byPath = byPath;
    for (const judgement of byPath.values()) {
      const { owners } = judgement;
      if (owners.length === 0) continue;
      const alike = this.#byOwners.get(owners);
      if (alike === undefined) this.#byOwners.set(owners, [judgement]);
      else alike.push(judgement);
    }
  }

  /** Each entry once. */
  get all(): readonly Judgement[] {
    return [...this.#byPath.values()];
  }

  /** In the order of the directory's entries. */
  in(directory: CheckpointDirectory): readonly Judgement[] {
    return this.#byDirectory.get(directory) ?? [];
  }

  of(path: string): Judgement | null {
    return this.#byPath.get(path) ?? null;
  }

  /** Like {@link of}, also of an entry that would lie there again, as one in quarantine does: by its name and its directory. */
  ofEntry(entry: CheckpointEntry, root: string): Judgement | null {
    return this.of(entry.path) ?? this.#judge(entry, root);
  }

  /** What a requeue of the job has to decide on. */
  checkpointsOf({ id, createdAt }: Pick<Job, 'id' | 'createdAt'>): readonly Judgement[] {
    return (this.#ofJobs().get(keyOf({ id, createdAt })) ?? []).flat();
  }

  /** Made with the first question, so that a queue of ten thousand jobs is not gone through for each of them. */
  #ofJobs(): ReadonlyMap<string, readonly (readonly Judgement[])[]> {
    if (this.#byJob !== null) return this.#byJob;
    const byJob = new Map<string, (readonly Judgement[])[]>();
    for (const [owners, judgements] of this.#byOwners)
      for (const key of new Set(owners.map(keyOf))) {
        const known = byJob.get(key);
        if (known === undefined) byJob.set(key, [judgements]);
        else known.push(judgements);
      }
    return (this.#byJob = byJob);
  }

  /** Entries in a state; of colliding ones also those that are active besides. */
  count(state: CheckpointState): number {
    let count = 0;
    for (const judgement of this.#byPath.values())
      if (judgement.state === state || (state === 'colliding' && judgement.collision !== null)) count += 1;
    return count;
  }
}

function keyOf({ id, createdAt }: Pick<Job, 'id' | 'createdAt'>): string {
  return `${id} ${createdAt ?? ''}`;
}
