/** The request for directories that may hold checkpoints. */
import * as v from 'valibot';
import { workingDirectories, type CheckpointProposals } from '../core/checkpointProposals';
import type { HostSnapshot } from '../core/snapshot';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const answerShape = v.object({
  takenAt: v.number(),
  complete: v.boolean(),
  proposals: v.array(
    v.object({
      path: v.pipe(v.string(), v.startsWith('/')),
      shown: v.pipe(v.string(), v.minLength(1)),
      files: count,
      more: v.boolean(),
      newest: v.nullable(v.number()),
      jobs: v.array(count),
      open: v.boolean(),
    }),
  ),
});

/** @param snapshot the last reading, which says where jobs work and which process is the daemon */
export function proposalsRequest(host: string, snapshot: HostSnapshot | null): HostRequest<CheckpointProposals> {
  const directories = snapshot === null ? [] : workingDirectories(snapshot);
  return {
    message: { op: 'proposals', directories, daemon: snapshot?.daemonStart ?? null },
    parse: (answer) => {
      return inShape(host, answerShape, answer, "the helper's list of directories has another shape");
    },
  };
}
