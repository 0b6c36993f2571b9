/**
 * Reads what a command was called with: one object, everything in it optional. Tree rows have the same shapes, so menus,
 * which pass `(node, nodes[])`, and other callers are read by one function.
 */
import type { InvalidSetting } from '../../core/hostSettings';
import { documentScheme } from '../contributions';
import type { InvalidSettingNode } from '../tree/nodes';
import type { JobRun } from '../../core/log/logOfRun';
import type { JobIdentity } from '../../core/pueue/job';

export interface HostArgument {
  readonly host: string | null;
}

/**
 * What a menu passes as `(node, nodes[])`, as one argument: the rows of jobs, or of entries, that are selected together with
 * the one that was clicked. Rows of several hosts are `mixed`, which no command takes for one of them.
 */
export function joinSelected(argument: unknown, selected: unknown): unknown {
  if (!isRow(argument) || !Array.isArray(selected) || selected.length < 2 || !selected.includes(argument))
    return argument;
  const kind = textOf(argument, 'kind');
  const rows = selected.filter((row) => textOf(row, 'kind') === kind);
  const lists = (['jobs', 'paths'] as const).filter((key) => Array.isArray(fieldOf(argument, key)));
  if (lists.length === 0 || rows.length < 2) return argument;
  const mixed = rows.some((row) => textOf(row, 'host') !== textOf(argument, 'host'));
  const joined = lists.map((key) => [key, rows.flatMap((row) => fieldOf(row, key) as unknown[])]);
  return { host: textOf(argument, 'host'), mixed, ...(Object.fromEntries(joined) as Record<string, unknown>) };
}

export interface PlanArgument extends HostArgument {
  readonly deployId: string | null;
  /** The document of a plan, which its title hands over. */
  readonly path: string | null;
}

export function readPlan(argument: unknown): PlanArgument {
  const isDocument = textOf(argument, 'scheme') === documentScheme;
  return {
    host: textOf(argument, 'host'),
    deployId: textOf(argument, 'deployId'),
    path: isDocument ? textOf(argument, 'path') : null,
  };
}

export interface ReportArgument extends HostArgument {
  readonly kind: string | null;
}

/** The host that is meant; `null` where none was named. */
export function readHost(argument: unknown): HostArgument {
  return { host: textOf(argument, 'host') };
}

/**
 * The host that is to be added. The title of the view hands over the row that has the focus, and that one is not meant.
 */
export function readNewHost(argument: unknown): HostArgument {
  return { host: isRow(argument) ? null : textOf(argument, 'host') };
}

/** The row of an entry of the settings that cannot be used; `null` where the argument is none. */
export function readInvalidEntry(argument: unknown): InvalidSetting | null {
  if (!isRow(argument) || textOf(argument, 'kind') !== 'invalidSetting') return null;
  return (argument as InvalidSettingNode).entry;
}

/** A tree row has a `kind` of its own, which names no report. */
export function readReport(argument: unknown): ReportArgument {
  return { host: textOf(argument, 'host'), kind: isRow(argument) ? null : textOf(argument, 'kind') };
}

/** The text to filter by; `null` where it is to be asked for. Rows have none, so the title of the view asks. */
export function readFilter(argument: unknown): { readonly text: string | null; readonly malformed: boolean } {
  const given = fieldOf(argument, 'text');
  if (given === undefined || given === null) return { text: null, malformed: false };
  return { text: typeof given === 'string' ? given : null, malformed: typeof given !== 'string' };
}

/** The workspace folder that is meant: its URI, name or path; `null` where none was named. */
export function readFolder(argument: unknown): { readonly folder: string | null; readonly malformed: boolean } {
  const given = fieldOf(argument, 'folder') ?? null;
  return { folder: typeof given === 'string' ? given : null, malformed: given !== null && typeof given !== 'string' };
}

function isRow(argument: unknown): boolean {
  return textOf(argument, 'id') !== null;
}

export interface GroupArgument extends HostArgument {
  readonly group: string | null;
  /** `group.setParallel` only. */
  readonly parallel: number | null;
  /** Whether something stands for the number that is none. */
  readonly malformed: boolean;
}

/** The group that is meant; `null` for what was not named. A job's row names its group too, and stands for no group. */
export function readGroup(argument: unknown): GroupArgument {
  const given = fieldOf(argument, 'parallel') ?? null;
  const parallel = typeof given === 'number' && Number.isSafeInteger(given) && given >= 0 ? given : null;
  const isJob = isRow(argument) && textOf(argument, 'kind') === 'job';
  const group = isJob ? null : textOf(argument, 'group');
  return { ...readHost(argument), group, parallel, malformed: given !== null && parallel === null };
}

/** Whether rows of several hosts were selected together. */
export function isMixed(argument: unknown): boolean {
  return fieldOf(argument, 'mixed') === true;
}

export interface JobsArgument extends HostArgument {
  /** `null` where none was named. */
  readonly jobs: readonly JobRun[] | null;
  /** Whether something stands for jobs that names none. */
  readonly malformed: boolean;
}

/** The jobs that are meant, of one host. What a job leaves out of its identity is not held against it. */
export function readJobs(argument: unknown): JobsArgument {
  const { host } = readHost(argument);
  const listed = fieldOf(argument, 'jobs');
  if (listed === undefined || listed === null) return { host, jobs: null, malformed: false };
  const jobs = Array.isArray(listed) ? listed.map(runOf) : [null];
  const known = jobs.filter((job) => job !== null);
  const malformed = known.length < jobs.length;
  return { host, jobs: malformed || known.length === 0 ? null : known, malformed };
}

function runOf(value: unknown): JobRun | null {
  const id = fieldOf(value, 'id');
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return null;
  const [createdAt, start] = [fieldOf(value, 'createdAt') ?? null, fieldOf(value, 'start') ?? null];
  const isTime = (time: unknown): time is string | null => time === null || typeof time === 'string';
  return isTime(createdAt) && isTime(start) ? { id, createdAt, start } : null;
}

/** The snapshot of an emergency stop whose jobs are meant; `null` where none was named. */
export function readSnapshotId(argument: unknown): { readonly snapshotId: string | null; readonly malformed: boolean } {
  const given = fieldOf(argument, 'snapshotId') ?? null;
  const snapshotId = typeof given === 'string' ? given : null;
  return { snapshotId, malformed: given !== null && (snapshotId === null || fieldOf(argument, 'jobs') !== undefined) };
}

export interface PathsArgument extends HostArgument {
  /** Absolute; `null` where none was named. */
  readonly paths: readonly string[] | null;
  /** Whether something stands for entries that names none, or names those of several hosts. */
  readonly malformed: boolean;
}

/** The entries of checkpoint directories that are meant, of one host. */
export function readPaths(argument: unknown): PathsArgument {
  const { host } = readHost(argument);
  const listed = fieldOf(argument, 'paths');
  const mixed = fieldOf(argument, 'mixed') === true;
  if (listed === undefined || listed === null) return { host, paths: null, malformed: mixed };
  const paths = Array.isArray(listed) ? listed.map(absolutePath) : [null];
  const known = paths.filter((path) => path !== null);
  const malformed = mixed || known.length < paths.length;
  return { host, paths: malformed || known.length === 0 ? null : [...new Set(known)], malformed };
}

function absolutePath(value: unknown): string | null {
  return typeof value === 'string' && value.startsWith('/') && !value.includes('\0') ? value : null;
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

export interface ProcessArgument extends HostArgument {
  /** Job that the process is said to be of. */
  readonly job: JobIdentity | null;
  readonly pid: number | null;
}

/** The process of a job that is meant; `null` for each part that was not named. */
export function readProcess(argument: unknown): ProcessArgument {
  const given = typeof argument === 'object' && argument !== null ? (argument as Record<string, unknown>) : {};
  const first: unknown = Array.isArray(given['jobs']) ? given['jobs'][0] : undefined;
  const { id, createdAt } = (typeof first === 'object' && first !== null ? first : {}) as Record<string, unknown>;
  return {
    host: textOf(argument, 'host'),
    job: typeof id === 'number' ? { id, createdAt: typeof createdAt === 'string' ? createdAt : null } : null,
    pid: typeof given['pid'] === 'number' ? given['pid'] : null,
  };
}

function textOf(argument: unknown, key: string): string | null {
  const value = fieldOf(argument, key);
  return typeof value === 'string' ? value : null;
}

export interface NewJobArgument extends HostArgument {
  readonly group: string | null;
  readonly command: string | null;
  readonly directory: string | null;
  readonly label: string | null;
  readonly after: readonly number[];
  /** Whether something stands where a text or a list of ids belongs. */
  readonly malformed: boolean;
}

/** What the form of a new job begins with. A row fills in its host and its group. */
export function readNewJob(argument: unknown): NewJobArgument {
  const names = ['group', 'command', 'directory', 'label'] as const;
  const isText = (value: unknown): boolean => value === undefined || value === null || typeof value === 'string';
  const after = fieldOf(argument, 'after') ?? [];
  const ids = Array.isArray(after) && after.every((id) => Number.isSafeInteger(id)) ? (after as number[]) : null;
  const [group = null, command = null, directory = null, label = null] = names.map((name) => textOf(argument, name));
  const malformed = ids === null || !names.every((name) => isText(fieldOf(argument, name)));
  return { ...readHost(argument), ...{ group, command, directory, label, after: ids ?? [], malformed } };
}
