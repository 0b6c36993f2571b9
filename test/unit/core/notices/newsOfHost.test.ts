import assert from 'node:assert/strict';
import { daemonDown, linkLost, pueueMissing, silentHost } from '../../../../src/core/hostProblems';
import { NewsOfHost } from '../../../../src/core/notices/newsOfHost';
import { stillSo, type Notice } from '../../../../src/core/notices/notice';
import { UnseenFailures } from '../../../../src/core/notices/unseenFailures';
import type { Problem } from '../../../../src/core/problem';
import type { Job, JobState } from '../../../../src/core/pueue/job';
import type { HostSnapshot } from '../../../../src/core/snapshot';
import type { HostState } from '../../../../src/core/watch/hostReadings';
import { FakeClock } from '../../../support/fakeClock';
import { failed, job, killed, queued, running, succeeded, survivingRun, unknown } from '../../../support/fixtures';
import { readingOf } from '../../../support/readings';

const start = '2026-11-24T07:10:00Z';

function news() {
  const clock = new FakeClock();
  const told: Notice[] = [];
  const host = new NewsOfHost({ host: 'gpu-1', clock, onNews: (notice) => told.push(notice) });
  let state: HostState = { reading: null, problem: null, question: null };
  const take = (more: Partial<HostState>): void => {
    state = { ...state, ...more };
    host.take(state);
  };
  return {
    ...{ clock, told, host },
    reads: (jobs: readonly Job[], more: Partial<HostSnapshot> = {}) => {
      take({ reading: readingOf(jobs, more), problem: null });
    },
    fails: (problem: Problem) => {
      take({ problem });
    },
    /** Ids of the failures told so far. */
    failures: () => told.flatMap((notice) => notice.failed.map(({ id }) => id)),
    drained: () => told.flatMap((notice) => notice.drained),
  };
}

const done = (kind: 'failedToSpawn' | 'dependencyFailed' | 'errored'): JobState => ({
  ...{ kind: 'done', start: kind === 'errored' ? start : null, end: null },
  result: kind === 'failedToSpawn' ? { kind, message: 'no' } : { kind },
});

describe('news of a host', () => {
  it('are the failures since the reading before, of every kind, and none of the first reading', () => {
    const { reads, failures, told } = news();
    reads([job(1, failed), job(2, running), job(3, running), job(4, queued), job(5, queued), job(6, running)]);
    assert.equal(told.length, 0);
    const after = [job(1, failed), job(2, failed), job(3, killed), job(4, done('failedToSpawn'))];
    reads([...after, job(5, done('dependencyFailed')), job(6, done('errored'))]);
    assert.deepEqual(
      told[0]?.failed.map(({ id, kind }) => [id, kind]),
      [
        [2, 'failed'],
        [3, 'killed'],
        [4, 'failedToSpawn'],
        [5, 'dependencyFailed'],
        [6, 'errored'],
      ],
    );
    reads([...after, job(5, done('dependencyFailed')), job(6, done('errored')), job(7, succeeded)]);
    assert.equal(failures().length, 5, 'nothing is told twice');
  });

  it('are a job that came and failed between two readings, and a second failure after a restart in place', () => {
    const { reads, failures } = news();
    reads([]);
    reads([job(1, failed)]);
    reads([job(1, running)]);
    reads([job(1, { ...failed, start: '2026-11-24T08:00:00Z' } as JobState)]);
    assert.deepEqual(failures(), [1, 1]);
  });

  it('are no failure that the same work has made good, nor one that counts again because that is gone', () => {
    const { reads, failures } = news();
    const first = job(1, running, { command: 'sweep' });
    const again = job(2, queued, { command: 'sweep' });
    reads([first]);
    reads([{ ...first, state: failed }, again]);
    reads([{ ...first, state: failed }]);
    assert.deepEqual(failures(), []);
  });

  it('are groups that had live or waiting jobs and have none, and none that is still at work or in doubt', () => {
    const groups = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, status: 'running', parallel: 1 }) as const);
    const jobs = (state: JobState): Job[] => groups.map(({ name }, id) => job(id, state, { group: name }));
    const queue = (list: readonly Job[], left = groups): Partial<HostSnapshot> => ({
      queue: { jobs: list, groups: left },
    });
    const { reads, drained, told } = news();
    const before = jobs(running);
    reads(before, queue(before));
    const after = [
      job(0, succeeded, { group: 'a' }),
      job(1, queued, { group: 'b' }),
      job(2, unknown, { group: 'c' }),
      job(3, killed, { group: 'd' }),
    ];
    const left = groups.filter(({ name }) => name !== 'e');
    const processes = { kind: 'traced', runs: [survivingRun(after[3]!)], unseen: 0, refused: 0 } as const;
    reads(after, { ...queue(after, left), processes });
    assert.deepEqual(drained(), ['a']);
    // What outlived the killed job has ended, and then the group is drained.
    reads(after, queue(after, left));
    assert.deepEqual(drained(), ['a', 'd']);
    reads(after, queue(after, left));
    assert.equal(told.length, 2);
  });

  it('are a host that could not be read for five minutes, once until it is read again', () => {
    const { reads, fails, told, clock } = news();
    reads([]);
    for (let outage = 1; outage <= 2; outage++) {
      fails(linkLost('gpu-1', 'cut'));
      clock.advance(200_000);
      fails(silentHost('gpu-1', 15_000));
      clock.advance(99_999);
      assert.equal(told.length, outage - 1);
      clock.advance(1);
      assert.deepEqual(told.at(-1), { host: 'gpu-1', failed: [], drained: [], isLost: true });
      fails(daemonDown('gpu-1', ['pueue']));
      clock.advance(86_400_000);
      assert.equal(told.length, outage);
      reads([]);
      assert.equal(clock.next, null, 'no timer is left');
    }
  });

  it('are no loss for a second time where the same outage went on in a way that only the person can end', () => {
    const { reads, fails, told, clock } = news();
    reads([]);
    fails(linkLost('gpu-1', 'cut'));
    clock.advance(300_000);
    fails(pueueMissing('gpu-1', ['PATH']));
    fails(linkLost('gpu-1', 'cut'));
    clock.advance(86_400_000);
    assert.equal(told.length, 1);
  });

  it('are no host that comes back in time, was never read, or needs the person', () => {
    const short = news();
    short.reads([]);
    short.fails(linkLost('gpu-1', 'cut'));
    short.clock.advance(299_999);
    short.reads([]);
    const never = news();
    never.fails(silentHost('gpu-1', 15_000));
    const person = news();
    person.reads([]);
    person.fails(linkLost('gpu-1', 'cut'));
    person.fails(pueueMissing('gpu-1', ['PATH']));
    for (const { clock, told } of [short, never, person]) {
      clock.advance(86_400_000);
      assert.deepEqual(told, []);
    }
  });

  it('end with it', () => {
    const { reads, fails, host, clock } = news();
    reads([]);
    fails(linkLost('gpu-1', 'cut'));
    host.close();
    assert.equal(clock.next, null);
  });
});

describe('a notice that had to wait', () => {
  it('holds only what is still so when its turn comes', () => {
    const runs = [1, 2].map((id) => ({ id, createdAt: job(id, failed).createdAt, start, kind: 'failed' as const }));
    const notice: Notice = { host: 'gpu-1', failed: runs, drained: ['default', 'gone'], isLost: true };
    const problem = linkLost('gpu-1', 'cut');
    const state = (jobs: readonly Job[], now: Problem | null): HostState => ({
      ...{ reading: readingOf(jobs), problem: now, question: null },
    });
    const left = stillSo(notice, state([job(1, failed), job(2, running)], problem));
    assert.deepEqual([left.failed.map(({ id }) => id), left.drained, left.isLost], [[1], [], true]);
    const later = stillSo(notice, state([job(2, succeeded)], null));
    assert.deepEqual([later.failed, later.drained, later.isLost], [[], ['default'], false]);
    assert.equal(stillSo(notice, { reading: null, problem: null, question: null }), notice);
  });
});

describe('failures that nobody has seen', () => {
  const run = (id: number) => ({ id, createdAt: job(id, failed).createdAt, start, kind: 'failed' as const });

  it('are counted by host, once each, until somebody looks or they are made good', () => {
    const unseen = new UnseenFailures();
    unseen.add('gpu-1', [run(1), run(2)]);
    unseen.add('gpu-1', [run(2)]);
    unseen.add('gpu-2', [run(1)]);
    assert.deepEqual(unseen.counts, [
      { host: 'gpu-1', count: 2 },
      { host: 'gpu-2', count: 1 },
    ]);
    unseen.keepOpen('gpu-1', readingOf([job(1, failed), job(2, running)]));
    unseen.keepOpen('gpu-3', readingOf([job(1, failed)]));
    unseen.forget('gpu-2');
    assert.deepEqual(unseen.counts, [{ host: 'gpu-1', count: 1 }]);
    unseen.keepOpen('gpu-1', readingOf([]));
    assert.deepEqual(unseen.counts, []);
    unseen.add('gpu-1', [run(1)]);
    unseen.forget();
    assert.deepEqual(unseen.counts, []);
  });
});
