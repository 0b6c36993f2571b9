import assert from 'node:assert/strict';
import { scopeOf } from '../../../src/core/audit/decide';
import { daemonDown } from '../../../src/core/hostProblems';
import type { InvalidSetting } from '../../../src/core/hostSettings';
import type { Job } from '../../../src/core/pueue/job';
import type { HostSnapshot } from '../../../src/core/snapshot';
import type { HostState, Reading } from '../../../src/core/watch/hostWatch';
import { firstPage, type Node } from '../../../src/vscode/tree/nodes';
import { TreeFilter } from '../../../src/vscode/tree/treeFilter';
import { TreeModel } from '../../../src/vscode/tree/treeModel';
import { failed, job, killed, queued, running, snapshot, succeeded, survivingRun } from '../../support/fixtures';
import { withoutProject } from '../../support/judgements';

const t = (message: string, ...values: (string | number)[]): string =>
  message.replace(/\{(\d)\}/gu, (_, index: string) => String(values[Number(index)]));
const unread: HostState = { reading: null, problem: null, question: null };
const problem = daemonDown('gpu-1', ['pueue']);

function readingOf(jobs: readonly Job[], more: Partial<HostSnapshot> = {}): Reading {
  const read = snapshot(jobs, more);
  return { snapshot: read, scope: scopeOf(read), readAt: 0, readAtWall: 0 };
}

/** A tree as VS Code uses it: every row that is shown was asked for. */
class AskedTree {
  readonly filter = new TreeFilter(() => Promise.resolve());
  readonly model: TreeModel;
  readonly states = new Map<string, HostState>();
  readonly invalid: InvalidSetting[] = [];
  monotonic = 0;

  constructor(hosts: Readonly<Record<string, HostState>>) {
    for (const [name, state] of Object.entries(hosts)) this.states.set(name, state);
    const watches = (): { name: string; state: HostState }[] =>
      [...this.states].map(([name, state]) => ({ name, state }));
    const { invalid } = this;
    const find = (name: string) => watches().find((each) => each.name === name);
    this.model = new TreeModel({
      hosts: {
        get watches() {
          return watches();
        },
        ...{ invalid, find, doctor: () => undefined },
      },
      idleProjectFiles: () => [],
      filter: this.filter,
      now: () => ({ monotonic: this.monotonic }),
      judgements: withoutProject,
      shownName: (name) => name,
      t,
    });
    this.ask();
  }

  /** Asks for a row and all below it, or for all rows. @returns their words from the top */
  ask(nodes: readonly Node[] = this.model.roots()): string[] {
    return nodes.flatMap((node) => {
      const { spoken } = this.model.tell(node).row;
      return [spoken, ...this.ask(this.model.children(node))];
    });
  }

  read(jobs: readonly Job[], more: Partial<HostSnapshot> = {}, host = 'gpu-1'): void {
    this.states.set(host, { ...unread, reading: readingOf(jobs, more) });
  }

  /** Rows that have to be asked for again, by their ids. */
  changes(host = 'gpu-1'): string[] {
    return this.model.changes(this.model.store.host(host)).map(({ id }) => id);
  }

  async set(text: string): Promise<boolean> {
    return this.filter.set(text, () => [...this.states.values()].flatMap(({ reading }) => reading ?? []));
  }
}

const two = [job(1, running), job(2, queued)];
const tree = (jobs: readonly Job[]): AskedTree => new AskedTree({ 'gpu-1': { ...unread, reading: readingOf(jobs) } });
const groupId = 'host/gpu-1/group/default';
const jobId = (id: number): string => `${groupId}/job/${id}/${job(id, queued).createdAt!}`;

describe('the rows that are asked for again after a reading', () => {
  it('are none where it says what was said', () => {
    const shown = tree(two);
    shown.read([job(1, running), job(2, queued)]);
    assert.deepEqual(shown.changes(), []);
  });

  it('are those of jobs that say something else', () => {
    const shown = tree(two);
    shown.read([job(1, running, { label: 'x' }), job(2, queued)]);
    assert.deepEqual(shown.changes(), [jobId(1)]);
    assert.deepEqual(
      shown.ask([shown.model.store.given(shown.model.store.host('gpu-1'))![0]!])[1],
      'x, running, 10 min, job 1'.replace(', 10 min, ', ' · 10 min · '),
    );
  });

  it('are the group where jobs came or went, and nothing beside it', () => {
    const stashed = { kind: 'stashed' } as const;
    const shown = tree([...two, job(3, succeeded)]);
    shown.read([...two, job(3, succeeded), job(4, stashed)]);
    assert.deepEqual(shown.changes(), [groupId]);
  });

  it('are the host where its counts, its groups or its reason are others', () => {
    const counts = tree(two);
    counts.read([job(1, succeeded), job(2, queued)]);
    assert.deepEqual(counts.changes(), ['host/gpu-1']);
    const groups = tree(two);
    const other = { name: 'other', status: 'running', parallel: 1 } as const;
    groups.read(two, { queue: { jobs: two, groups: [...snapshot([]).queue.groups, other] } });
    assert.deepEqual(groups.changes(), ['host/gpu-1']);
    const lost = tree(two);
    lost.states.set('gpu-1', { ...lost.states.get('gpu-1')!, problem });
    assert.deepEqual(lost.changes(), ['host/gpu-1']);
  });

  it('are the group where more rows changed than are worth telling one by one', () => {
    const many = Array.from({ length: firstPage }, (_, id) => job(id, succeeded));
    const shown = tree(many);
    shown.read(many.map((each) => ({ ...each, label: 'other' })));
    assert.deepEqual(shown.changes(), [groupId]);
  });

  it('are the job of which a process still lives, with the row of that process', () => {
    const dead = job(3, killed);
    const traced = { processes: { kind: 'traced', runs: [survivingRun(dead)], unseen: 0, refused: 0 } } as const;
    const shown = new AskedTree({ 'gpu-1': { ...unread, reading: readingOf([dead, job(1, running)], traced) } });
    const [survivor] = survivingRun(dead).processes;
    const reborn = { ...survivingRun(dead), processes: [{ ...survivor!, life: 'boot/4242/9' }] };
    shown.read([dead, job(1, running)], { processes: { ...traced.processes, runs: [reborn] } });
    assert.deepEqual(shown.changes(), [jobId(3)]);
  });

  it('are those whose tooltip was looked at and says something else, and not the others', () => {
    const shown = tree(two);
    const later = [
      { ...job(1, running), directory: '/elsewhere' },
      { ...job(2, queued), directory: '/elsewhere' },
    ];
    const first = shown.model.children(shown.model.children(shown.model.store.host('gpu-1'))[0]!)[0]!;
    assert.match(shown.model.tellTooltip(first), /\/srv\/project/u);
    shown.read(later);
    assert.deepEqual(shown.changes(), [jobId(1)]);
    shown.ask([first]);
    assert.deepEqual(shown.changes(), []);
    assert.match(shown.model.tellTooltip(first), /\/elsewhere/u);
  });

  it('are none of a host that VS Code has not asked for', () => {
    const shown = tree(two);
    shown.read(two, {}, 'gpu-9');
    assert.deepEqual(shown.changes('gpu-9'), []);
  });
});

describe('the rows that time alone changes', () => {
  it('are the running jobs whose words are others by now', () => {
    const shown = tree([...two, job(3, { kind: 'running', start: '2026-11-22T03:00:00Z' })]);
    assert.deepEqual(shown.model.timedChanges(), []);
    shown.monotonic = 10_000;
    assert.deepEqual(
      shown.model.timedChanges().map(({ id }) => id),
      [jobId(1)],
      'a job of days does not say seconds',
    );
  });

  it('are the host where it cannot be read, which says the age of what is known', () => {
    const shown = tree(two);
    shown.states.set('gpu-1', { ...shown.states.get('gpu-1')!, problem });
    shown.ask();
    shown.monotonic = 10_000;
    assert.deepEqual(
      shown.model.timedChanges().map(({ id }) => id),
      ['host/gpu-1'],
    );
  });
});

describe('the estimate of a group', () => {
  it('is not shown of a host that cannot be read, of which all is of earlier', () => {
    const shown = tree([job(1, succeeded), job(2, succeeded), job(3, succeeded), job(4, queued)]);
    assert.match(shown.ask()[1]!, / · about 1 min left$/u);
    shown.states.set('gpu-1', { ...shown.states.get('gpu-1')!, problem });
    assert.ok(shown.ask().every((row) => !row.includes(' left')));
  });
});

describe('a large queue', () => {
  it('of a hundred thousand jobs shows its first page, failed jobs before those that wait', () => {
    const jobs = Array.from({ length: 100_000 }, (_, id) =>
      job(id, id === 5 ? failed : id === 99_000 ? running : queued),
    );
    const rows = tree(jobs).ask();
    assert.equal(rows.length, firstPage + 4);
    assert.deepEqual(
      rows.slice(2, 5).map((row) => row.split(', ')[0]),
      ['run 99000', 'run 5', 'run 0'],
    );
    assert.equal(rows.at(-2), 'Show more, 99800 more jobs');
  });
});

describe('the filter of the tree', () => {
  it('leaves the jobs that fit, and says how many of how many', async () => {
    const shown = tree([job(1, running, { label: 'doge' }), job(2, queued), job(3, failed, { label: 'doge' })]);
    assert.equal(await shown.set('doge'), true);
    assert.deepEqual(shown.ask(), [
      'gpu-1, 2 of 3 fit · 1 live · 1 waiting · 1 failed',
      'default, group, 2 of 3 · 1 of 2 slots used',
      'doge, running · 10 min · job 1',
      'doge, failed, exit code 3 · 1 min · job 3',
    ]);
    assert.deepEqual(shown.model.countFitting(), { fitting: 2, of: 3, unread: 0 });
    await shown.set('');
    assert.equal(shown.ask().length, 6);
  });

  it('keeps hosts in which nothing fits, as long as something fits elsewhere', async () => {
    const shown = tree(two);
    shown.read([job(7, queued, { label: 'doge' })], {}, 'gpu-2');
    await shown.set('doge');
    assert.deepEqual(shown.ask().slice(0, 2), [
      'gpu-1, no job fits · 1 live · 1 waiting · 0 failed',
      'gpu-2, 1 of 1 fit · 0 live · 1 waiting · 0 failed',
    ]);
  });

  it('leaves no row where nothing fits anywhere', async () => {
    const shown = tree(two);
    await shown.set('doge');
    assert.deepEqual(shown.ask(), []);
    assert.equal(shown.model.isFilteredToNothing(), true);
  });

  it('never takes what could not be read for empty', async () => {
    const cases: Partial<HostState>[] = [{ problem }, { question: 'hostKey' }, { reading: null }];
    for (const state of cases) {
      const shown = tree(two);
      shown.states.set('gpu-2', { ...unread, reading: readingOf([]), ...state });
      await shown.set('doge');
      assert.equal(shown.model.isFilteredToNothing(), false);
      assert.ok(shown.ask().some((row) => row.startsWith('gpu-2, ')));
      assert.ok(shown.ask().some((row) => row.startsWith('gpu-1, no job fits')));
    }
    const shown = tree(two);
    shown.invalid.push({ id: 'hosts/1', host: null, problem });
    await shown.set('doge');
    assert.equal(shown.model.isFilteredToNothing(), false);
    assert.deepEqual(shown.model.countFitting(), { fitting: 0, of: 2, unread: 1 });
  });

  it('looks at a reading that comes later, and leaves the rows alone until it has', async () => {
    const shown = tree(two);
    await shown.set('run');
    shown.ask();
    shown.read([job(1, running), job(2, queued, { command: 'other' })]);
    assert.deepEqual(shown.changes(), []);
    await shown.filter.look(shown.states.get('gpu-1')!.reading!);
    assert.deepEqual(shown.changes(), ['host/gpu-1']);
  });

  it('is overtaken by what is typed meanwhile', async () => {
    const many = Array.from({ length: 2000 }, (_, id) => job(id, queued));
    const shown = tree(many);
    const [first, second, third] = [shown.set('run 1'), shown.set('nowhere'), shown.set('')];
    assert.deepEqual([await first, await second, await third], [false, false, true]);
    assert.equal(shown.filter.text, '');
    assert.equal(shown.ask().length, firstPage + 4);
  });
});
