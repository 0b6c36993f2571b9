import type { Finding } from '../../../src/core/doctor/finding';
import assert from 'node:assert/strict';
import { CheckpointJudge } from '../../../src/core/checkpoint/judge';
import { scopeOf } from '../../../src/core/audit/decide';
import type { Job } from '../../../src/core/pueue/job';
import type { CheckpointDirectory, HostSnapshot, SurvivingRun } from '../../../src/core/snapshot';
import type { HostState, Reading } from '../../../src/core/watch/hostWatch';
import {
  contextTags,
  firstPage,
  nextPage,
  type GroupNode,
  type HostNode,
  type MoreNode,
  type Node,
} from '../../../src/vscode/tree/nodes';
import { NodeStore } from '../../../src/vscode/tree/nodeStore';
import { ShownReading } from '../../../src/vscode/tree/shownReading';
import {
  checkpoint,
  failed,
  job,
  killed,
  queued,
  running,
  snapshot,
  succeeded,
  survivingRun,
} from '../../support/fixtures';
import { project, unjudged } from '../../support/judgements';

function reading(jobs: readonly Job[], more: Partial<HostSnapshot> = {}): Reading {
  const read = snapshot(jobs, more);
  return { snapshot: read, scope: scopeOf(read), readAt: 0, readAtWall: 0 };
}

function state(jobs: readonly Job[], more: Partial<HostSnapshot> = {}): HostState {
  return { reading: reading(jobs, more), problem: null, question: null };
}

/** A state, or a reading, as the tree looks at it without a filter. */
const shown = (read: Reading): ShownReading => new ShownReading(read, null);
function hostChildren(
  store: NodeStore,
  host: HostNode,
  of: HostState,
  telling: readonly Finding[] = [],
): readonly Node[] {
  return store.hostChildren(host, of, of.reading === null ? null : shown(of.reading), telling);
}

const problem = { code: 'lost', message: 'gpu-1: lost.', next: 'Wait.' } as const;
const kinds = (nodes: readonly Node[]): string[] => nodes.map(({ kind }) => kind);

/** The rows of the one group of a host. */
function groupRows(store: NodeStore, jobs: readonly Job[]): { group: GroupNode; rows: readonly Node[] } {
  const group = hostChildren(store, store.host('gpu-1'), state(jobs)).find((node) => node.kind === 'group');
  assert.ok(group !== undefined);
  return { group, rows: store.groupChildren(group, shown(reading(jobs))) };
}

describe('the rows of a host', () => {
  it('are its groups and its checkpoints; why it cannot be read comes first', () => {
    const store = new NodeStore();
    const host = store.host('gpu-1');
    assert.deepEqual(kinds(hostChildren(store, host, state([]))), ['group', 'checkpoints']);
    assert.deepEqual(kinds(hostChildren(store, host, { ...state([]), problem })), [
      ...['reason', 'next', 'group', 'checkpoints'],
    ]);
    assert.deepEqual(kinds(hostChildren(store, host, { reading: null, problem, question: null })), ['reason', 'next']);
    assert.deepEqual(hostChildren(store, host, { reading: null, problem: null, question: null }), []);
  });

  it('name below the reason what was found on the host, on the same objects, and only while it cannot be read', () => {
    const store = new NodeStore();
    const host = store.host('gpu-1');
    const finding = { subject: 'daemon', level: 'problem', text: 'None runs.', next: 'Start it.' } as const;
    const unread = { reading: null, problem, question: null };
    const before = store.hostChildren(host, unread, null, [finding, { ...finding, subject: 'pueue' }]);
    assert.deepEqual(kinds(before), ['reason', 'next', 'finding', 'finding']);
    const after = store.hostChildren(host, unread, null, [{ ...finding, text: 'Two run.' }]);
    assert.equal(after[2], before[2]);
    assert.ok(
      after[2]?.kind === 'finding' && after[2].finding.text === 'Two run.' && contextTags(after[2]) === 'finding',
    );
    assert.deepEqual([store.parent(before[2]!), store.parent(before[3]!)], [host, undefined]);
    assert.deepEqual(kinds(hostChildren(store, host, state([]), [finding])), ['group', 'checkpoints']);
    assert.equal(store.parent(before[2]!), undefined);
  });

  it('are the same objects after a refresh, with the state of the last reading', () => {
    const store = new NodeStore();
    const before = groupRows(store, [job(1, queued)]);
    const after = groupRows(store, [job(1, running, { label: 'other' })]);
    assert.equal(after.group, before.group);
    assert.equal(after.rows[0], before.rows[0]);
    const [row] = after.rows;
    assert.ok(row?.kind === 'job');
    assert.deepEqual([row.job.state, row.jobs[0].start], [running, '2026-11-24T07:10:00Z']);
  });

  it('are another object for another job under the same id', () => {
    const store = new NodeStore();
    const [before] = groupRows(store, [job(1, queued)]).rows;
    const [after] = groupRows(store, [job(1, queued, { createdAt: '2026-11-24T09:00:00Z' })]).rows;
    assert.notEqual(after, before);
    assert.notEqual(after!.id, before!.id);
  });

  it('know their parents up to the host', () => {
    const store = new NodeStore();
    const { group, rows } = groupRows(store, [job(1, queued)]);
    assert.equal(store.parent(rows[0]!), group);
    assert.equal(store.parent(group), store.host('gpu-1'));
    assert.equal(store.parent(store.host('gpu-1')), undefined);
  });

  it('never share an id, whatever hosts, groups and files are called', () => {
    const store = new NodeStore();
    const names = ['a', 'a/group', 'a/group/b', '%2F', 'ä\u202e'];
    const groups = names.map((name) => ({ name, status: 'running', parallel: 1 }) as const);
    const all = names.flatMap((name) => {
      const host = store.host(name);
      return [host, ...hostChildren(store, host, state([], { queue: { jobs: [], groups } }))];
    });
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
    assert.equal(new Set(all).size, all.length);
  });

  it('have an id also where a name holds half a character', () => {
    const store = new NodeStore();
    const odd = { name: 'a\ud800', status: 'running', parallel: 1 } as const;
    const rows = hostChildren(store, store.host('gpu-1'), state([], { queue: { jobs: [], groups: [odd] } }));
    assert.equal(rows[0]!.id, 'host/gpu-1/group/a%5Cxd800');
  });

  it('show a page of jobs, then a page more for each click, and say how many are hidden', () => {
    const store = new NodeStore();
    const jobs = Array.from({ length: firstPage + nextPage + 1 }, (_, id) => job(id, succeeded));
    const first = groupRows(store, jobs).rows;
    const more = first.at(-1) as MoreNode;
    assert.deepEqual([first.length, more.kind, more.hidden], [firstPage + 1, 'more', nextPage + 1]);
    assert.equal(store.showMore(more), groupRows(store, jobs).group);
    const second = groupRows(store, jobs).rows;
    assert.deepEqual([second.length, more.hidden], [firstPage + nextPage + 1, 1]);
    store.showMore(more);
    assert.deepEqual(kinds(groupRows(store, jobs).rows).includes('more'), false);
  });

  it('are of its own jobs only', () => {
    const { rows } = groupRows(new NodeStore(), [job(1, queued), job(2, queued, { group: 'other' })]);
    assert.deepEqual(
      rows.map((row) => row.kind === 'job' && row.job.id),
      [1],
    );
  });
});

describe('the rows of processes that outlive their jobs', () => {
  const dead = job(3, killed);
  const traced = (...runs: SurvivingRun[]) =>
    ({ processes: { kind: 'traced', runs, unseen: 0, refused: 0 } }) satisfies Partial<HostSnapshot>;
  /** Rows below the host, and below the job where it is in the queue. */
  function rowsOf(store: NodeStore, jobs: readonly Job[], ...runs: SurvivingRun[]) {
    const host = store.host('gpu-1');
    const below = hostChildren(store, host, state(jobs, traced(...runs)));
    const group = below.find((node) => node.kind === 'group');
    assert.ok(group !== undefined);
    const parents = store.groupChildren(group, shown(reading(jobs, traced(...runs))));
    return { host, below, parents, ofJobs: parents.map((row) => (row.kind === 'job' ? store.jobChildren(row) : [])) };
  }

  it('stand below their job, with the arguments of a command, and are the same objects at the next reading', () => {
    const store = new NodeStore();
    const other = job(3, killed, { createdAt: '2026-11-24T05:00:00Z', id: 4 });
    const { parents, ofJobs } = rowsOf(store, [dead, other], survivingRun(dead, {}, 2));
    const index = parents.findIndex((row) => row.kind === 'job' && row.job === dead);
    assert.deepEqual(
      ofJobs[index]!.map((row) => row.kind === 'survivor' && [row.host, row.pid, row.jobs]),
      [4242, 4243].map((pid) => ['gpu-1', pid, [{ id: 3, createdAt: dead.createdAt, start: '2026-11-24T07:10:00Z' }]]),
    );
    assert.deepEqual(ofJobs[1 - index], []);
    assert.equal(store.parent(ofJobs[index]![0]!), parents[index]);
    assert.equal(contextTags(ofJobs[index]![0]!), 'survivor');
    assert.equal(rowsOf(store, [dead, other], survivingRun(dead, {}, 2)).ofJobs[index]![0], ofJobs[index]![0]);
  });

  it('stand below the host, before its groups, where the job is gone or its number was given anew', () => {
    const anew = job(3, running, { createdAt: '2026-11-24T09:00:00Z' });
    for (const jobs of [[], [anew]]) {
      const { host, below, ofJobs } = rowsOf(new NodeStore(), jobs, survivingRun(dead));
      assert.deepEqual(kinds(below), ['survivor', 'group', 'checkpoints']);
      assert.deepEqual(ofJobs.flat(), []);
      assert.deepEqual(host.kind, 'host');
    }
  });

  it('are another object for another life under the same pid, and forgotten when they end', () => {
    const store = new NodeStore();
    const [before] = rowsOf(store, [dead], survivingRun(dead)).ofJobs[0]!;
    const [process] = survivingRun(dead).processes;
    const reborn = survivingRun(dead, { processes: [{ ...process!, life: 'boot/4242/9' }] });
    const [after] = rowsOf(store, [dead], reborn).ofJobs[0]!;
    assert.notEqual(after!.id, before!.id);
    assert.equal(store.parent(before!), undefined);
    assert.deepEqual(store.timedRows(store.host('gpu-1')), [after]);
    assert.deepEqual(rowsOf(store, [dead]).ofJobs[0], []);
    assert.deepEqual(store.timedRows(store.host('gpu-1')), []);
  });

  it('go with their job', () => {
    const store = new NodeStore();
    rowsOf(store, [dead], survivingRun(dead));
    rowsOf(store, []);
    assert.deepEqual(store.timedRows(store.host('gpu-1')), []);
  });
});

describe('the rows of checkpoints', () => {
  const directory = (more: Partial<CheckpointDirectory>): CheckpointDirectory => ({
    ...{ configured: '~/c', path: '/h/c', state: 'listed', error: null, entries: [] },
    ...more,
  });
  const entry = (name: string, modified: number) => checkpoint(`/h/c/${name}`, { modified });
  const rowsOf = (...checkpoints: CheckpointDirectory[]): readonly Node[] => {
    const store = new NodeStore();
    const [, parent] = hostChildren(store, store.host('gpu-1'), state([]));
    assert.ok(parent?.kind === 'checkpoints');
    return store.checkpointsChildren(parent, reading([], { checkpoints }), unjudged(checkpoints));
  };

  it('are files, the newest first; one that is not UTF-8 has an id as well', () => {
    const rows = rowsOf(directory({ entries: [entry('old', 1), entry('new', 3), entry('\udcff', 2)] }));
    assert.deepEqual(
      rows.map((row) => row.kind === 'checkpoint' && row.paths[0]),
      ['/h/c/new', '/h/c/\udcff', '/h/c/old'],
    );
  });

  it('name a directory that is empty, missing, not readable, or listed only in part', () => {
    for (const state of ['listed', 'missing', 'unreadable', 'truncated'] as const)
      assert.deepEqual(kinds(rowsOf(directory({ state }))), ['checkpointDirectory'], state);
    const part = directory({ state: 'truncated', entries: [entry('a', 1)] });
    assert.deepEqual(kinds(rowsOf(part)), ['checkpointDirectory', 'checkpoint']);
    assert.deepEqual(rowsOf(), []);
  });

  it('are what is wrong first, with the state among their tags, on the objects that they were', () => {
    const entries = [entry('A_1.json', 3), checkpoint('/h/c/B_1.json', { modified: 1, bytes: 0 }), entry('C.json', 2)];
    const checkpoints = [directory({ entries })];
    const read = reading([job(1, running, { label: 'A@1' }), job(2, failed, { label: 'B@1' })], { checkpoints });
    const judge = new CheckpointJudge(project([{ directory: '~/c', pattern: '{symbol}_{threshold}.json' }]));
    const store = new NodeStore();
    const [, parent] = hostChildren(store, store.host('gpu-1'), state([]));
    assert.ok(parent?.kind === 'checkpoints');
    const before = store.checkpointsChildren(parent, read, unjudged(checkpoints));
    const after = store.checkpointsChildren(parent, read, judge.judge(read.snapshot, 1e9));
    assert.deepEqual(after.map(contextTags), ['checkpoint damaged', 'checkpoint active', 'checkpoint unjudged']);
    assert.deepEqual(new Set(after), new Set(before));
  });
});

describe('the tags of a row', () => {
  it('are single words: what it is, and its state', () => {
    const store = new NodeStore();
    const { group, rows } = groupRows(store, [job(1, running)]);
    assert.deepEqual([group, ...rows, store.host('gpu-1')].map(contextTags), ['group running', 'job running', 'host']);
  });
});

describe('the rows that time alone changes', () => {
  it('are the live jobs of the host', () => {
    const store = new NodeStore();
    const { rows } = groupRows(store, [job(1, running), job(2, queued), job(3, { kind: 'paused', start: null })]);
    assert.deepEqual(new Set(store.timedRows(store.host('gpu-1'))), new Set([rows[0], rows[1]]));
    assert.deepEqual(store.timedRows(store.host('gpu-2')), []);
  });
});
