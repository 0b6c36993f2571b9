/** Readings of a host as tests need them: recorded from real daemons, or made to order. */
import { readFileSync } from 'node:fs';
import { startOf, type Job, type JobState, type Queue } from '../../src/core/pueue/job';
import { parseQueue } from '../../src/core/pueue/parseQueue';
import { noLineage } from '../../src/core/requeue/lineage';
import type { CheckpointEntry, HostSnapshot, SurvivingRun } from '../../src/core/snapshot';

/** `pueue status --json` of a real daemon that held a job of every kind, environments and a canary secret included. */
export function recordedStatus(version: '4.0.4' | '3.4.1'): string {
  return readFileSync(`test/fixtures/status-${version}.json`, 'utf8');
}

export function recordedQueue(version: '4.0.4' | '3.4.1'): Queue {
  const queue = parseQueue(JSON.parse(recordedStatus(version)));
  if (queue === null) throw new Error('the fixture is no queue');
  return queue;
}

/** The value of the secret that stands in the environment of every recorded job. */
export const recordedSecret = 'canary-5f1d';

export function job(id: number, state: JobState, more: Partial<Job> = {}): Job {
  return {
    id,
    createdAt: `2026-11-24T07:00:${String(id % 60).padStart(2, '0')}.000000000Z`,
    group: 'default',
    label: null,
    command: `run ${id}`,
    directory: '/srv/project',
    dependencies: [],
    priority: 0,
    state,
    ...more,
  };
}

export const running: JobState = { kind: 'running', start: '2026-11-24T07:10:00Z' };
export const queued: JobState = { kind: 'queued', enqueuedAt: '2026-11-24T07:10:00Z' };
export const succeeded: JobState = {
  kind: 'done',
  result: { kind: 'success' },
  start: '2026-11-24T07:10:00Z',
  end: '2026-11-24T07:11:00Z',
};
export const failed: JobState = { ...succeeded, result: { kind: 'failed', exitCode: 3 } };
export const killed: JobState = { ...succeeded, result: { kind: 'killed' } };
export const unknown: JobState = { kind: 'unknown', raw: '"Dreaming"' };

/** The job's newest run with `count` live processes, pids from 4242, that began three hours before the reading. */
export function survivingRun(of: Job, more: Partial<SurvivingRun> = {}, count = 1): SurvivingRun {
  const processes = Array.from({ length: count }, (_, index) => ({
    ...{ pid: 4242 + index, life: `boot/${4242 + index}/1000`, command: 'python sweep.py' },
    since: Date.parse('2026-11-24T04:20:00Z') / 1000,
  }));
  return { id: of.id, createdAt: of.createdAt, start: startOf(of.state), total: count, processes, ...more };
}

/** A complete reading, taken at 2026-11-24 07:20 UTC on a host that booted an hour before. */
export function snapshot(jobs: readonly Job[], more: Partial<HostSnapshot> = {}): HostSnapshot {
  const takenAt = Date.parse('2026-11-24T07:20:00Z') / 1000;
  return {
    takenAt,
    bootedAt: takenAt - 3600,
    version: { major: 4, minor: 0, patch: 4 },
    home: '/home/ana',
    daemonStart: 'boot/42/1000',
    queue: { jobs, groups: [{ name: 'default', status: 'running', parallel: 2 }] },
    sign: null,
    processes: { kind: 'traced', runs: [], unseen: 0, refused: 0 },
    runSeconds: new Map(),
    progress: new Map(),
    stateFile: { path: '/home/ana/.local/share/pueue/state.json', bytes: 12_345 },
    unreadJournal: null,
    lineage: noLineage,
    checkpoints: [],
    quarantines: [],
    commands: [
      { argv: ['/usr/bin/pueue', '--version'], exitCode: 0, milliseconds: 3 },
      { argv: ['/usr/bin/pueue', '--color', 'never', 'status', '--json'], exitCode: 0, milliseconds: 5 },
    ],
    hostMilliseconds: 8,
    route: { transport: 'ssh2', reason: null },
    ...more,
  };
}

/** A file in a checkpoint directory, of which nothing but its name is special. */
export function checkpoint(path: string, more: Partial<CheckpointEntry> = {}): CheckpointEntry {
  return { path, kind: 'file', bytes: 2048, modified: 0, inode: '7', content: null, ...more };
}
