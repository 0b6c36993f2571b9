/** Whether what was read from a log file is the output of the run that was asked for. */
import type { Problem } from '../problem';
import { startOf, stateName, type Job, type JobIdentity } from '../pueue/job';
import { isSameInstant } from '../text/time';
import * as problems from './logProblems';

/** A run of a job. `null` where the caller names no creation, or no start: then whatever stands under the id is meant. */
export interface JobRun extends JobIdentity {
  readonly start: string | null;
}

/** Which part of which log. */
export interface LogRequest extends JobRun {
  /** The part ends before this byte; `null` for the end of the file. */
  readonly before: number | null;
  /** Longest part, at most 1 MiB. */
  readonly bytes: number;
}

/** A part of the log of one run, proven to be of it. */
export interface LogPart {
  /** Seconds since the epoch by the host's clock. */
  readonly takenAt: number;
  /** As it was after the reading. */
  readonly job: Job;
  /** Of the run, as pueue wrote it. */
  readonly start: string;
  /** Absolute path on the host. */
  readonly path: string;
  /** Of the whole file when it was read, in bytes. */
  readonly size: number;
  readonly inode: number;
  /** Where `bytes` begin in the file. */
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** What the host found at the place of the log file. */
export type LogFile =
  | { readonly path: string; readonly error: string }
  | {
      readonly path: string;
      readonly error: null;
      readonly size: number;
      /** Seconds since the epoch. */
      readonly modified: number;
      readonly inode: number;
      readonly from: number;
      readonly bytes: Uint8Array;
    };

/** The job before and after the reading of the file, which is `null` where its directory is not known. */
export interface LogAnswer {
  readonly takenAt: number;
  readonly before: Job | null;
  readonly after: Job | null;
  readonly file: LogFile | null;
}

/** A file system counts time in coarser steps than pueue, which notes a start just after it has made the file. */
const clockToleranceSeconds = 2;

/** Whether a log was last written before the run began: then that run has not written it. */
export function isOfEarlierRun({ size, modified }: { size: number; modified: number }, start: string): boolean {
  return size > 0 && modified < Date.parse(start) / 1000 - clockToleranceSeconds;
}

/**
 * The part of the log, or why it is not the one that was asked for. The queue was read before and after the file; pueue empties a
 * log when the next run is spawned, so both looks must show the same run.
 */
export function logOfRun(host: string, asked: LogRequest, answer: LogAnswer): LogPart | Problem {
  const { before, after, file, takenAt } = answer;
  const { id } = asked;
  if (before === null) return problems.jobGone(host, id);
  if (asked.createdAt !== null && !isSameInstant(asked.createdAt, before.createdAt))
    return problems.jobReplaced(host, id, asked.createdAt, before.createdAt);
  const { state } = before;
  const start = startOf(state);
  if (asked.start !== null && start !== null && !isSameInstant(asked.start, start))
    return problems.runReplaced(host, id, asked.start, start);
  if (state.kind === 'unknown') return problems.runUnknown(host, id);
  if (state.kind === 'done' && state.result.kind === 'dependencyFailed') return problems.dependencyFailed(host, id);
  if (start === null) return problems.neverRan(host, id, stateName(state));
  if (
    after === null ||
    !isSameInstant(before.createdAt, after.createdAt) ||
    !isSameInstant(start, startOf(after.state))
  )
    return problems.logChanged(host, id);
  if (file === null) return problems.logDirectoryUnknown(host, id);
  if (file.error === 'ENOENT') return problems.logMissing(host, id, file.path);
  if (file.error !== null) return problems.logUnreadable(host, id, file.path, file.error);
  if (isOfEarlierRun(file, start)) return problems.logOlderThanRun(host, id, file.path, file.modified, start);
  const { path, size, inode, from, bytes } = file;
  const end = Math.min(asked.before ?? size, size);
  if (from + bytes.length !== end) return problems.logChanged(host, id);
  return { takenAt, job: after, start, path, size, inode, from, bytes };
}
