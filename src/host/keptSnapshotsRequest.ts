/** The requests for what emergency stops have kept on the host. */
import * as v from 'valibot';
import type { KeptSnapshots, SnapshotJobs } from '../core/emergency/snapshotJobs';
import { noSuchSnapshot, unreadableSnapshots } from '../core/emergency/snapshotProblems';
import { ProblemError } from '../core/problem';
import { jobStateNames } from '../core/pueue/job';
import type { HostRequest } from './hostRequest';
import { inShape } from './inShape';

const group = v.nullable(v.string());
const listShape = v.object({
  snapshots: v.array(
    v.object({ id: v.string(), path: v.string(), takenAt: v.number(), group, count: v.nullable(v.number()) }),
  ),
  more: v.number(),
  error: v.nullable(v.string()),
});
const jobsShape = v.object({
  path: v.string(),
  takenAt: v.number(),
  pueueVersion: v.string(),
  group,
  jobs: v.array(
    v.object({
      id: v.number(),
      createdAt: v.string(),
      start: v.nullable(v.string()),
      state: v.picklist(jobStateNames),
      exitCode: v.nullable(v.number()),
      command: v.string(),
      directory: v.string(),
      group: v.string(),
      label: v.nullable(v.string()),
      priority: v.number(),
      dependencies: v.array(v.number()),
    }),
  ),
});
const answerShape = v.union([
  v.object({ snapshot: jobsShape }),
  v.object({ missing: v.string() }),
  v.object({ unreadable: v.string(), error: v.string() }),
]);

export function keptSnapshotsRequest(host: string): HostRequest<KeptSnapshots> {
  return {
    message: { op: 'snapshots' },
    parse: (answer) => {
      const { snapshots, more, error } = inShape(host, listShape, answer, "the helper's snapshots have another shape");
      // A list that could not be read is not an empty one.
      if (error !== null) throw new ProblemError(unreadableSnapshots(host, null, error));
      return { snapshots, more };
    },
  };
}

export function snapshotJobsRequest(host: string, snapshotId: string): HostRequest<SnapshotJobs> {
  return {
    message: { op: 'snapshotJobs', snapshotId },
    parse: (answer) => {
      const found = inShape(host, answerShape, answer, "the helper's snapshots have another shape");
      if ('missing' in found) throw new ProblemError(noSuchSnapshot(host, found.missing));
      if ('unreadable' in found) throw new ProblemError(unreadableSnapshots(host, found.unreadable, found.error));
      return found.snapshot;
    },
  };
}
