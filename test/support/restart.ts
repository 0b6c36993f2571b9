/** Acts that start jobs again in place, as tests send them: with nothing else that they rest on. */
import { randomUUID } from 'node:crypto';
import type { JobTarget, RestartInPlace } from '../../src/core/acts/hostAct';
import { startOf, stateName } from '../../src/core/pueue/job';
import type { HostSnapshot } from '../../src/core/snapshot';
import type { LocalHost } from './localHost';

export const nothingAbsent: RestartInPlace['absent'] = { labels: [], commands: [], withoutFlag: null };

export async function snapshotOf({ reader }: LocalHost): Promise<HostSnapshot> {
  return reader.read(new AbortController().signal, 15_000);
}

/** A job as it is at this moment. @throws where there is none of that id */
export async function targetOf(local: LocalHost, id: number): Promise<JobTarget> {
  const job = (await snapshotOf(local)).queue.jobs.find((each) => each.id === id);
  if (job?.createdAt === undefined || job.createdAt === null) throw new Error(`there is no job ${id}`);
  return { id, createdAt: job.createdAt, start: startOf(job.state), state: stateName(job.state) };
}

export function restartOf(targets: readonly JobTarget[], more: Partial<RestartInPlace> = {}): RestartInPlace {
  return {
    ...{ kind: 'restart', id: randomUUID(), targets, untracedConsent: false },
    ...{ ground: [], absent: nothingAbsent, quarantine: [], unchanged: [] },
    ...more,
  };
}
