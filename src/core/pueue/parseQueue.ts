/**
 * Parses the output of `pueue status --json`, as the helper projected it, into the closed model. Sources: pueue
 * `v4.0.4:pueue_lib/src/{task,state}.rs` and `v3.4.1:pueue_lib/src/{task,state}.rs`, recorded fixtures from both daemons.
 * Parsing is total: a shape that is not recognised becomes `unknown`, and only a document that is no queue at all is
 * refused as a whole.
 */
import type { Group, Job, JobResult, JobState, Queue } from './job';

type Fields = Record<string, unknown>;

/**
 * @param document `{ tasks, groups }`
 * @returns the queue, or `null` where the document is not a pueue status at all
 */
export function parseQueue(document: unknown): Queue | null {
  if (!isFields(document)) return null;
  const { tasks, groups } = document as { tasks?: unknown; groups?: unknown };
  const jobs = parseJobs(tasks);
  return jobs === null ? null : joinQueue(jobs, groups, null);
}

/** What of a queue is another one than before. */
export interface QueueChanges {
  /** Tasks that are new or differ, by id. */
  readonly tasks: unknown;
  /** Ids of those that are gone. */
  readonly gone: readonly number[];
  /** All groups. */
  readonly groups: unknown;
}

/**
 * The queue after changes. What did not change keeps its object: each job, the list of them, that of the groups, and the
 * queue itself.
 *
 * @returns `null` where the changes are not those of this queue, or hold what is no pueue status
 */
export function changeQueue(queue: Queue, { tasks, gone, groups }: QueueChanges): Queue | null {
  const changed = parseJobs(tasks);
  if (changed === null) return null;
  return joinQueue(
    changed.length === 0 && gone.length === 0 ? queue.jobs : mergeJobs(queue.jobs, changed, gone),
    groups,
    queue,
  );
}

/** Both by ascending id. @returns `null` where one that is gone was not there */
function mergeJobs(jobs: readonly Job[], changed: readonly Job[], gone: readonly number[]): readonly Job[] | null {
  const dropped = new Set(gone);
  const merged: Job[] = [];
  let next = 0;
  for (const job of jobs) {
    for (let other = changed[next]; other !== undefined && other.id < job.id; other = changed[++next])
      merged.push(other);
    const other = changed[next];
    if (other?.id === job.id) {
      merged.push(other);
      next += 1;
    } else if (!dropped.delete(job.id)) merged.push(job);
  }
  return dropped.size > 0 ? null : merged.concat(changed.slice(next));
}

function parseJobs(tasks: unknown): Job[] | null {
  if (!isFields(tasks)) return null;
  const jobs: Job[] = [];
  for (const [key, task] of Object.entries(tasks)) {
    // A key that is no id leaves us without an address for the job, and a queue with such a job is not understood.
    if (!/^\d{1,15}$/u.test(key)) return null;
    jobs.push(parseJob(Number(key), task));
  }
  return jobs.sort((a, b) => a.id - b.id);
}

/** @param before the queue whose parts are kept where they are the same */
function joinQueue(jobs: readonly Job[] | null, raw: unknown, before: Queue | null): Queue | null {
  if (jobs === null || !isFields(raw)) return null;
  const known = Object.entries(raw).map(([name, group]) => parseGroup(name, group));
  const groups = [...known, ...missingGroups(jobs, known)];
  if (before === null || !isSame(before.groups, groups)) return { jobs, groups };
  return before.jobs === jobs ? before : { jobs, groups: before.groups };
}

function isSame(some: readonly Group[], others: readonly Group[]): boolean {
  return (
    some.length === others.length &&
    some.every((group, index) => {
      const other = others[index];
      return group.name === other?.name && group.status === other.status && group.parallel === other.parallel;
    })
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A job may name a group that the reply lacks: then the reply is partial, and that group's status is unknown. */
function missingGroups(jobs: readonly Job[], known: readonly Group[]): Group[] {
  const names = new Set(known.map((group) => group.name));
  const missing: Group[] = [];
  for (const { group } of jobs) {
    if (names.has(group)) continue;
    names.add(group);
    missing.push({ name: group, status: 'unknown', parallel: null });
  }
  return missing;
}

function parseGroup(name: string, raw: unknown): Group {
  const fields: Fields = isFields(raw) ? raw : {};
  const parallel = fields['parallel_tasks'];
  // Every version since 2.0 says how many slots a group has; a group without is not the group that we know.
  if (!isCount(parallel)) return { name, status: 'unknown', parallel: null };
  return { name, status: groupStatus(fields['status']), parallel };
}

function groupStatus(raw: unknown): Group['status'] {
  switch (raw) {
    case 'Running':
      return 'running';
    case 'Paused':
      return 'paused';
    case 'Reset':
      return 'reset';
    default:
      return 'unknown';
  }
}

function parseJob(id: number, raw: unknown): Job {
  const task: Fields = isFields(raw) ? raw : {};
  const dependencies = task['dependencies'];
  const createdAt = time(task['created_at']);
  const readable =
    isFields(raw) &&
    task['id'] === id &&
    createdAt !== null &&
    typeof task['group'] === 'string' &&
    typeof task['original_command'] === 'string' &&
    typeof task['path'] === 'string' &&
    (task['label'] === null || typeof task['label'] === 'string') &&
    Array.isArray(dependencies) &&
    dependencies.every(isCount);
  return {
    id,
    createdAt,
    group: text(task['group']) ?? '',
    label: text(task['label']),
    command: text(task['original_command']) ?? '',
    directory: text(task['path']) ?? '',
    dependencies: Array.isArray(dependencies) ? dependencies.filter(isCount) : [],
    // pueue 3.0 and 3.1 have no priorities.
    priority: typeof task['priority'] === 'number' ? task['priority'] : 0,
    state: readable ? parseState(task) : unknownState(raw),
  };
}

/** 4.x: `{"Running": {"enqueued_at": …, "start": …}}`. 3.x: `"Running"` with the times beside it in the task. */
function parseState(task: Fields): JobState {
  const status = task['status'];
  if (typeof status === 'string') return parseVariant(status, {}, task, status);
  if (!isFields(status)) return unknownState(status);
  const [variant, ...others] = Object.keys(status);
  if (variant === undefined || others.length > 0) return unknownState(status);
  const body = status[variant];
  // 3.x writes the result of a finished task as a bare word or as a one-key object.
  if (variant === 'Done' && (typeof body === 'string' || (isFields(body) && !('result' in body))))
    return parseVariant(variant, { result: body, start: task['start'], end: task['end'] }, task, status);
  return isFields(body) ? parseVariant(variant, body, task, status) : unknownState(status);
}

function parseVariant(variant: string, body: Fields, task: Fields, raw: unknown): JobState {
  const start = time(body['start']) ?? time(task['start']);
  switch (variant) {
    case 'Queued':
      return { kind: 'queued', enqueuedAt: time(body['enqueued_at']) ?? time(task['enqueued_at']) };
    case 'Stashed':
      if (!('enqueue_at' in body)) return unknownState(raw);
      if (body['enqueue_at'] === null) return { kind: 'stashed' };
      return isTime(body['enqueue_at']) ? { kind: 'scheduled', enqueueAt: body['enqueue_at'] } : unknownState(raw);
    case 'Running':
      return { kind: 'running', start };
    case 'Paused':
      return { kind: 'paused', start };
    case 'Locked':
      return { kind: 'locked' };
    case 'Done': {
      const result = parseResult(body['result']);
      return result === null ? unknownState(raw) : { kind: 'done', result, start, end: time(body['end']) };
    }
    default:
      return unknownState(raw);
  }
}

function parseResult(raw: unknown): JobResult | null {
  switch (raw) {
    case 'Success':
      return { kind: 'success' };
    case 'Killed':
      return { kind: 'killed' };
    case 'Errored':
      return { kind: 'errored' };
    case 'DependencyFailed':
      return { kind: 'dependencyFailed' };
    default:
      break;
  }
  if (!isFields(raw) || Object.keys(raw).length !== 1) return null;
  const { Failed: exitCode, FailedToSpawn: message } = raw as { Failed?: unknown; FailedToSpawn?: unknown };
  if (typeof exitCode === 'number' && Number.isInteger(exitCode)) return { kind: 'failed', exitCode };
  return typeof message === 'string' ? { kind: 'failedToSpawn', message } : null;
}

function unknownState(raw: unknown): JobState {
  // JSON.stringify answers undefined for undefined, whatever its type says.
  const shown = raw === undefined ? 'nothing' : JSON.stringify(raw);
  return { kind: 'unknown', raw: shown.length > 200 ? `${shown.slice(0, 200)}…` : shown };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

/**
 * RFC 3339 with 0 to 9 fractional digits and `Z` or an offset, as chrono writes it, and each such text is a time that
 * `Date.parse` reads.
 */
const timeShape =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/u;

function isTime(value: unknown): value is string {
  return typeof value === 'string' && timeShape.test(value);
}

function time(value: unknown): string | null {
  return isTime(value) ? value : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
