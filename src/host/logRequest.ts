/** The request for a part of one job's log, with the queue read before and after it. */
import * as v from 'valibot';
import type { HostSettings } from '../core/hostSettings';
import { logOfRun, type LogFile, type LogPart, type LogRequest } from '../core/log/logOfRun';
import { ProblemError } from '../core/problem';
import type { Job, Queue } from '../core/pueue/job';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';
import { pueueReading, readQueue } from './pueueOutcome';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** A part of a log file as the helper gives it. */
export const logFile = v.union([
  v.object({ path: v.string(), error: v.string() }),
  v.object({
    path: v.string(),
    error: v.null(),
    size: count,
    modified: v.number(),
    inode: count,
    from: count,
    data: v.string(),
  }),
]);
const answerShape = v.object({
  takenAt: v.number(),
  pueue: pueueReading,
  again: v.nullable(pueueReading),
  log: v.nullable(logFile),
});

/** @param asked its `bytes` at most 1 MiB, the helper's own limit */
export function logRequest(settings: HostSettings, asked: LogRequest): HostRequest<LogPart> {
  const { pueue, pueueConfig } = settings;
  const { id, before, bytes } = asked;
  return {
    message: { op: 'log', pueue, pueueConfig, job: id, before, bytes },
    parse: (answer) => parseLog(settings.name, asked, answer),
  };
}

function parseLog(host: string, asked: LogRequest, answer: unknown): LogPart {
  const { takenAt, pueue, again, log } = inShape(host, answerShape, answer);
  const before = jobOf(readQueue(host, pueue), asked.id);
  const after = again === null ? null : jobOf(readQueue(host, again), asked.id);
  const part = logOfRun(host, asked, { takenAt, before, after, file: log === null ? null : fileOf(log) });
  if ('code' in part) throw new ProblemError(part);
  return part;
}

function jobOf({ jobs }: Queue, id: number): Job | null {
  return jobs.find((job) => job.id === id) ?? null;
}

export function fileOf(found: v.InferOutput<typeof logFile>): LogFile {
  if (found.error !== null) return found;
  const { data, ...rest } = found;
  return { ...rest, bytes: Buffer.from(data, 'base64') };
}
