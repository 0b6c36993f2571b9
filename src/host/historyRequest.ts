/** The requests for what the host keeps of what was done there: the newest part of its journal, and saved logs. */
import * as v from 'valibot';
import type { JournalPart } from '../core/history/journalRecords';
import type { SavedLogPart } from '../core/history/savedLog';
import { savedLogUnreadable, unreadableJournal } from '../core/history/historyProblems';
import { ProblemError } from '../core/problem';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const record = v.object({
  kind: v.fallback(v.string(), 'unknown'),
  time: v.fallback(v.nullable(v.number()), null),
  user: v.fallback(v.string(), ''),
  data: v.fallback(v.record(v.string(), v.unknown()), {}),
});
const journalShape = v.union([
  v.object({
    error: v.null(),
    takenAt: v.number(),
    path: v.string(),
    from: count,
    torn: count,
    records: v.array(record),
  }),
  v.object({ error: v.string(), path: v.string() }),
]);
const savedShape = v.union([
  v.object({ error: v.null(), size: count, from: count, data: v.string() }),
  v.object({ error: v.string() }),
]);

/** Acts that one part holds at most. */
const actsAtOnce = 500;

export function historyRequest(host: string): HostRequest<JournalPart> {
  return {
    message: { op: 'history', before: null, acts: actsAtOnce },
    parse: (answer) => {
      const output = inShape(host, journalShape, answer);
      if (output.error !== null) throw new ProblemError(unreadableJournal(host, output.path, output.error));
      return output;
    },
  };
}

/** @param name below the directory of the saved logs */
export function savedLogRequest(host: string, name: string, bytes: number): HostRequest<SavedLogPart> {
  return {
    message: { op: 'savedLog', name, before: null, bytes },
    parse: (answer) => {
      const output = inShape(host, savedShape, answer);
      if (output.error !== null) throw new ProblemError(savedLogUnreadable(host, name, output.error));
      return { size: output.size, from: output.from, bytes: Buffer.from(output.data, 'base64') };
    },
  };
}
