/** The request for the last line of the output of many runs, with the queue read before and after. */
import * as v from 'valibot';
import type { HostSettings } from '../core/hostSettings';
import { logOfRun, type JobRun } from '../core/log/logOfRun';
import type { Queue } from '../core/pueue/job';
import { lastLineOf } from '../core/requeue/failureCauses';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';
import { fileOf, logFile } from './logRequest';
import { pueueReading, readQueue } from './pueueOutcome';

/** Most runs in one request, the helper's own limit. */
export const lastLinesCap = 1000;
/** How much of the end of each log is looked at. */
const endBytes = 2048;

const answerShape = v.object({
  takenAt: v.number(),
  pueue: pueueReading,
  again: v.nullable(pueueReading),
  logs: v.record(v.string(), logFile),
});

/** @param runs those beyond {@link lastLinesCap} are not asked about */
export function lastLinesRequest(
  { name, pueue, pueueConfig }: HostSettings,
  runs: readonly JobRun[],
): HostRequest<ReadonlyMap<number, string>> {
  const asked = runs.slice(0, lastLinesCap);
  return {
    message: { op: 'logEnds', pueue, pueueConfig, jobs: asked.map(({ id }) => id), bytes: endBytes },
    parse: (answer) => {
      return linesOf(name, asked, inShape(name, answerShape, answer));
    },
  };
}

/** A run whose output cannot be told from that of another has no line. */
function linesOf(
  host: string,
  runs: readonly JobRun[],
  { takenAt, pueue, again, logs }: v.InferOutput<typeof answerShape>,
): ReadonlyMap<number, string> {
  const [before, after] = [byId(readQueue(host, pueue)), byId(again === null ? null : readQueue(host, again))];
  const lines = new Map<number, string>();
  for (const run of runs) {
    const { id } = run;
    const file = logs[String(id)];
    const looks = { takenAt, before: before.get(id) ?? null, after: after.get(id) ?? null };
    const part = logOfRun(
      host,
      { ...run, before: null, bytes: endBytes },
      { ...looks, file: file === undefined ? null : fileOf(file) },
    );
    const line = 'code' in part ? null : lastLineOf(part.bytes, part.from === 0);
    if (line !== null) lines.set(id, line);
  }
  return lines;
}

function byId(queue: Queue | null): ReadonlyMap<number, Queue['jobs'][number]> {
  return new Map(queue?.jobs.map((job) => [job.id, job]));
}
