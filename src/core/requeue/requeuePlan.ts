/** What is to be queued again and how, as a person looks at it before anything is done: job × action × reason × command. */
import type { Judgement } from '../checkpoint/judgement';
import type { Job } from '../pueue/job';
import type { RefreshDecision } from './refreshDecision';

/** A job that is to be queued again: of the queue, or of a snapshot that was taken before it was removed from there. */
export interface RequeueSource {
  readonly job: Job;
  /** `null` for a job of the queue. */
  readonly snapshotId: string | null;
}

/** What is known of the checkpoints that a job writes. Judged and empty: its directory was read, and none is there. */
export type CheckpointsOfJob =
  | { readonly kind: 'judged'; readonly judgements: readonly Judgement[] }
  | {
      readonly kind: 'notKnown';
      /** The end of a sentence: `no checkpoint directory is configured`. */
      readonly why: string;
    };

export type RequeueAction = 'resume' | 'refresh';

/** What the person has changed in one row. What is left out stays as it was planned. */
export interface RowEdit {
  readonly action?: RequeueAction | 'skip';
  /** Why it is left out, as one sentence. */
  readonly why?: string;
  /** Exactly what `sh` is to see; then no flag is added to it or taken out. */
  readonly command?: string;
  readonly label?: string | null;
  readonly environment?: 'original' | 'login';
}

export interface RequeueRow {
  readonly source: RequeueSource;
  /** `open`: it needs an answer of the person, and nothing is queued before it has one. */
  readonly status: 'ready' | 'open' | 'refused' | 'skipped';
  /** `null` where it is not decided. */
  readonly action: RequeueAction | null;
  /** One sentence, safe to show: why this action, why it is refused, or what has to be answered. */
  readonly reason: string;
  /** `null` where the decision was not come to. */
  readonly decision: RefreshDecision | null;
  /** What else there is to know, one sentence each, safe to show. */
  readonly notes: readonly string[];
  /** Exactly what `sh` is to see; shown masked. */
  readonly command: string;
  readonly label: string | null;
  readonly group: string;
  readonly directory: string;
  readonly priority: number;
  readonly environment: 'original' | 'login';
  /** Ids of jobs in the queue that it waits for. */
  readonly after: readonly number[];
  /** Sources, queued again with it, that it waits for. */
  readonly afterSources: readonly Job[];
  readonly flagsAdded: readonly string[];
  /** Put into quarantine before it is queued. */
  readonly quarantine: readonly Judgement[];
  /** Kept, for it to go on from. */
  readonly kept: readonly Judgement[];
  /** What a refresh gives up; `null` where it gives up nothing that is known of. */
  readonly price: string | null;
  /** Why the person has to type their consent, one sentence each. */
  readonly typed: readonly string[];
}

export interface RequeuePlan {
  /** Parents before those that wait for them. */
  readonly rows: readonly RequeueRow[];
  /** Jobs that the plan rests on beside the sources. */
  readonly ground: readonly Job[];
  readonly refreshFlag: string | null;
}

export function readyRows({ rows }: RequeuePlan): RequeueRow[] {
  return rows.filter(({ status }) => status === 'ready');
}

/** Jobs are told apart by id and creation: an id is used again. */
export function sourceKey({ id, createdAt }: Pick<Job, 'id' | 'createdAt'>): string {
  return `${id}/${createdAt ?? ''}`;
}
