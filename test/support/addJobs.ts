/** Acts that add jobs, for tests on real daemons, and the queue as pueue itself tells it. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { AddAnswer, AddJobs, JobTarget, JobToAdd } from '../../src/core/acts/hostAct';
import type { JobStateName } from '../../src/core/pueue/job';
import type { PueueHost } from '../lab/pueueHost';
import type { LocalHost } from './localHost';

/** A task as `pueue status --json` of either version gives it. */
export interface RawTask {
  readonly id: number;
  readonly created_at: string;
  readonly original_command: string;
  readonly command: string;
  readonly path: string;
  readonly group: string;
  readonly label: string | null;
  readonly priority: number;
  readonly dependencies: readonly number[];
  readonly envs: Readonly<Record<string, string>>;
  readonly start?: string | null;
  readonly status: unknown;
}

export async function rawTasks(host: PueueHost): Promise<RawTask[]> {
  const document = JSON.parse(await host.must(['status', '--json'])) as { tasks: Record<string, RawTask> };
  return Object.values(document.tasks).sort((a, b) => a.id - b.id);
}

export async function rawTask(host: PueueHost, id: number): Promise<RawTask> {
  const task = (await rawTasks(host)).find((each) => each.id === id);
  if (task === undefined) throw new Error(`there is no job ${id}`);
  return task;
}

/** What a person would have agreed to, of a job that is over or runs. */
export async function targetOf(host: PueueHost, id: number, state: JobStateName): Promise<JobTarget> {
  const task = await rawTask(host, id);
  const body = Object.values(task.status as Record<string, { start?: string } | null>)[0];
  const start = (typeof body === 'object' ? body?.start : undefined) ?? task.start ?? null;
  return { id, createdAt: task.created_at, start, state };
}

export function jobToAdd(host: PueueHost, more: Partial<JobToAdd> = {}): JobToAdd {
  return {
    key: randomUUID(),
    source: null,
    snapshotId: null,
    command: 'true',
    directory: join(host.home, 'project'),
    group: 'default',
    label: null,
    priority: 0,
    after: [],
    afterAdded: [],
    stashed: false,
    reason: 'a test',
    refresh: false,
    flagsAdded: [],
    retryOf: null,
    ...more,
  };
}

export function addJobs(jobs: readonly JobToAdd[], more: Partial<AddJobs> = {}): AddJobs {
  return {
    ...{ kind: 'add', id: randomUUID(), jobs, ground: [], quarantine: [], unchanged: [], untracedConsent: false },
    absent: { labels: [], commands: [], withoutFlag: null },
    ...more,
  };
}

export function add(local: LocalHost, jobs: readonly JobToAdd[], more: Partial<AddJobs> = {}): Promise<AddAnswer> {
  return local.reader.act(addJobs(jobs, more), 60_000);
}
