/**
 * What can be done to a host, as data: each act names exactly what it is done to, as it was when the person agreed, so that
 * the process that acts can compare again. pueue itself has no compare-and-swap.
 */
import type { JobStateName } from '../pueue/job';
import type { RanCommand } from '../snapshot';

/** One run of a job, and the state that it was in when the person agreed. */
export interface JobTarget {
  readonly id: number;
  readonly createdAt: string;
  readonly start: string | null;
  readonly state: JobStateName;
}

/** An entry of a checkpoint directory, exactly as it was when the person agreed. */
export interface EntryTarget {
  /** Absolute path. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Decimal digits: it may be larger than a number holds. */
  readonly inode: string;
  readonly bytes: number | null;
  /** Seconds since the epoch by the host's clock, with fraction, as the listing gave it. */
  readonly modified: number;
}

interface ActBase {
  /** A fresh UUID: it stands in the host's journal, and a lost answer is found by it. */
  readonly id: string;
  /** Of the plan that the act is a step of; it stands beside the intent in the journal. */
  readonly deployId?: string;
}

export type JobVerb = 'kill' | 'pause' | 'resume' | 'stash' | 'enqueue' | 'remove';
export type GroupVerb = 'drain' | 'resume' | 'setParallel' | 'clean';

/** Something done to jobs of the queue, by their ids. */
export interface JobAct extends ActBase {
  readonly kind: 'jobs';
  readonly verb: JobVerb;
  readonly targets: readonly JobTarget[];
  /** `kill`: how long SIGTERM is given before SIGKILL; `null` for SIGKILL at once. */
  readonly graceMs: number | null;
  /** `remove`: whether the logs are saved on the host first. */
  readonly saveLogs: boolean;
}

/** Something done to a group. */
export interface GroupAct extends ActBase {
  readonly kind: 'group';
  readonly verb: GroupVerb;
  readonly group: { readonly name: string; readonly status: string; readonly parallel: number | null };
  /** `setParallel`: 0 for no limit. */
  readonly parallel: number | null;
  /** `resume`: jobs that were paused on purpose and are paused again. `clean`: exactly the jobs that are removed. */
  readonly targets: readonly JobTarget[];
  /** `clean`: whether the logs of failed jobs are saved on the host first. */
  readonly saveLogs: boolean;
}

/** A job that is to be added; see `AddJobs`. */
export interface JobToAdd {
  /** A fresh UUID, by which the added job is found again where the answer was lost. */
  readonly key: string;
  /** Whose environment it gets; `null` for the environment of a login shell. */
  readonly source: JobTarget | null;
  /** The snapshot of an emergency stop that holds the source; `null` where it is in the queue, or there is none. */
  readonly snapshotId: string | null;
  /** The job that it does again, whoever's environment it gets; `null` for a new one. It stands in the journal for the lineage. */
  readonly retryOf: { readonly id: number; readonly createdAt: string } | null;
  /** Exactly what `sh` is to see. */
  readonly command: string;
  readonly directory: string;
  readonly group: string;
  readonly label: string | null;
  readonly priority: number;
  /** Ids of jobs in the queue that it waits for. */
  readonly after: readonly number[];
  /** Positions in the list of jobs that it waits for. */
  readonly afterAdded: readonly number[];
  /** Whether it is left stashed. */
  readonly stashed: boolean;
  /** Why it is added so, for the record. */
  readonly reason: string;
  readonly refresh: boolean;
  readonly flagsAdded: readonly string[];
}

/** Jobs added fresh: first stashed, looked at, journaled, and only then enqueued. */
export interface AddJobs extends ActBase {
  readonly kind: 'add';
  readonly jobs: readonly JobToAdd[];
  /** Jobs that the decision rests on beside the sources: they must be as they were. */
  readonly ground: readonly JobTarget[];
  /** What no live, waiting or unknown job may be, but for those of `ground`: then somebody else has queued the same work. */
  readonly absent: {
    /** Labels, without a trailing `-retry`, with their group. */
    readonly labels: readonly { readonly group: string; readonly label: string }[];
    /** Commands as they are compared: without the flag `withoutFlag`. */
    readonly commands: readonly { readonly directory: string; readonly command: string }[];
    readonly withoutFlag: string | null;
  };
  /** Entries that are put into quarantine before a job is enqueued, by the root they lie in. */
  readonly quarantine: readonly { readonly root: string; readonly entries: readonly EntryTarget[] }[];
  /** Entries that a job is to resume from: they must be as they were. */
  readonly unchanged: readonly EntryTarget[];
  /** Whether the person has agreed that a killed source may have processes that cannot be traced on this host. */
  readonly untracedConsent: boolean;
}

/** Finished jobs started again under their ids. Their logs are saved on the host first. */
export interface RestartInPlace extends ActBase {
  readonly kind: 'restart';
  readonly targets: readonly JobTarget[];
  /** The person agreed though processes of these runs cannot be traced on this host. */
  readonly untracedConsent: boolean;
  readonly ground: AddJobs['ground'];
  readonly absent: AddJobs['absent'];
  readonly quarantine: AddJobs['quarantine'];
  readonly unchanged: AddJobs['unchanged'];
}

/** Entries moved into quarantine, back, or deleted from it. */
export interface MoveEntries extends ActBase {
  readonly kind: 'entries';
  readonly verb: 'quarantine' | 'restore' | 'delete';
  /** The configured directory as the snapshot gave its absolute path. */
  readonly root: string;
  readonly entries: readonly EntryTarget[];
  /** Live jobs, and processes of ended ones, that the judgement says have nothing to do with the entries: must be unchanged. */
  readonly ground: readonly JobTarget[];
}

/**
 * The first step of an emergency stop: everything that is needed to queue the jobs again, kept on the host; then drain. Jobs
 * begin and end by themselves meanwhile, so the start and the state of the targets are no precondition.
 */
export interface BeginEmergency extends ActBase {
  readonly kind: 'emergency';
  readonly snapshotId: string;
  /** `null` for the whole host. */
  readonly group: string | null;
  readonly targets: readonly JobTarget[];
}

export type HostAct = JobAct | GroupAct | AddJobs | RestartInPlace | MoveEntries | BeginEmergency;

/** What became of one thing that an act was for. */
export interface TargetOutcome {
  /** Id of the job, name of the group, or path. */
  readonly target: string;
  readonly outcome: 'done' | 'alreadySo' | 'refused' | 'failed' | 'lost' | 'cancelled';
  /** One word of the host's, or a place; `null` where there is nothing to say. */
  readonly why: string | null;
}

export interface ActAnswer {
  readonly targets: readonly TargetOutcome[];
  /** What was run, as a person would type it. */
  readonly commands: readonly RanCommand[];
  /** What changed on the host between the comparison and the act, and was not ours: sentences of facts, hostile text in them. */
  readonly noticed: readonly string[];
  /** False where the outcome could not be written into the journal. */
  readonly recorded: boolean;
}

/**
 * What became of a job that was to be added. `adopted`: found by its key, or by the record of its id, after the answer was
 * lost. `lost`: whether it was added cannot be told, or it is certain that it was not, as `why` says. Where it is `refused` and
 * `newId` is a number, it is left stashed under that id.
 */
export interface AddedOutcome {
  readonly key: string;
  readonly outcome: 'added' | 'adopted' | 'refused' | 'lost';
  readonly newId: number | null;
  readonly createdAt: string | null;
  /** A short fact with its full stop, hostile text in it; `null` where there is nothing to say. */
  readonly why: string | null;
}

export interface AddAnswer extends ActAnswer {
  readonly added: readonly AddedOutcome[];
}

/** The targets are the groups. */
export interface EmergencyAnswer extends ActAnswer {
  /** Where everything is kept that is needed to queue the jobs again. */
  readonly snapshot: { readonly path: string; readonly bytes: number; readonly jobs: number };
  /** Runs of the jobs that were meant, as they are once nothing more begins; `null` where that could not be read. */
  readonly live: readonly JobTarget[] | null;
}

export type AnswerOf<A extends HostAct> = A extends AddJobs
  ? AddAnswer
  : A extends BeginEmergency
    ? EmergencyAnswer
    : ActAnswer;
