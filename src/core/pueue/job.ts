/**
 * The closed model of a pueue queue, the same for 3.x and 4.x. `unknown` is a value of its own: it is never counted as
 * idle, as success or as empty.
 */

/** Identity of a job: pueue reuses ids after `clean` and `remove`, so the id alone names nothing. */
export interface JobIdentity {
  readonly id: number;
  /** RFC 3339 as pueue wrote it; survives an in-place restart. `null` where pueue gave none that can be read. */
  readonly createdAt: string | null;
}

/** What a job is doing. Times are RFC 3339 texts as pueue wrote them. */
export type JobState =
  | { readonly kind: 'queued'; readonly enqueuedAt: string | null }
  | { readonly kind: 'scheduled'; readonly enqueueAt: string }
  | { readonly kind: 'stashed' }
  | { readonly kind: 'locked' }
  | { readonly kind: 'running'; readonly start: string | null }
  | { readonly kind: 'paused'; readonly start: string | null }
  | { readonly kind: 'done'; readonly result: JobResult; readonly start: string | null; readonly end: string | null }
  | { readonly kind: 'unknown'; readonly raw: string };

/** How a finished job ended (pueue 3.x and 4.x `TaskResult`). */
export type JobResult =
  | { readonly kind: 'success' }
  /** The shell exited with this code. */
  | { readonly kind: 'failed'; readonly exitCode: number }
  | { readonly kind: 'failedToSpawn'; readonly message: string }
  /** The shell died by a signal, whoever sent it, or pueued was restarted. Its program may still be alive. */
  | { readonly kind: 'killed' }
  | { readonly kind: 'errored' }
  | { readonly kind: 'dependencyFailed' };

/** One pueue task without its environment, which never leaves the host. */
export interface Job extends JobIdentity {
  readonly group: string;
  readonly label: string | null;
  /** As submitted, before alias expansion. */
  readonly command: string;
  /** Working directory on the host. */
  readonly directory: string;
  readonly dependencies: readonly number[];
  readonly priority: number;
  readonly state: JobState;
}

/** A pueue group. `parallel` 0 means no limit (since pueue 3.4); `null` where it could not be read. */
export interface Group {
  readonly name: string;
  readonly status: 'running' | 'paused' | 'reset' | 'unknown';
  readonly parallel: number | null;
}

/** The whole queue of one daemon at one moment, jobs by ascending id, groups in pueue's order. */
export interface Queue {
  readonly jobs: readonly Job[];
  readonly groups: readonly Group[];
}

/** The states as one word each, with a finished job named by its result: the exclusive members of an audit's `counts`. */
export const jobStateNames = [
  'running',
  'paused',
  'queued',
  'scheduled',
  'locked',
  'stashed',
  'succeeded',
  'failed',
  'killed',
  'failedToSpawn',
  'dependencyFailed',
  'errored',
  'unknown',
] as const;

export type JobStateName = (typeof jobStateNames)[number];

/** The one word for a state. */
export function stateName(state: JobState): JobStateName {
  if (state.kind !== 'done') return state.kind;
  return state.result.kind === 'success' ? 'succeeded' : state.result.kind;
}

/** Running or paused: processes of it exist. */
export function isLive(job: Job): boolean {
  return job.state.kind === 'running' || job.state.kind === 'paused';
}

/** Will start by itself sooner or later, unless something holds it. */
export function isWaiting(job: Job): boolean {
  return job.state.kind === 'queued' || job.state.kind === 'scheduled' || job.state.kind === 'locked';
}

/** Finished, and not with success. */
export function isFailed(job: Job): boolean {
  return job.state.kind === 'done' && job.state.result.kind !== 'success';
}

/** Start of the job's current or last run, where it had one. */
export function startOf(state: JobState): string | null {
  return 'start' in state ? state.start : null;
}

/** The label, where there is one that can be seen: pueue keeps empty and blank ones too. */
export function shownLabel({ label }: { readonly label: string | null }): string | null {
  return label === null || label.trim() === '' ? null : label;
}
