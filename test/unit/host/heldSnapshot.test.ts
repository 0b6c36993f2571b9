/** What a session holds of a host, and answers that say only what differs from it. */
import assert from 'node:assert/strict';
import { isProblemError } from '../../../src/core/problem';
import type { HostSnapshot } from '../../../src/core/snapshot';
import { HeldSnapshot, snapshotRequest } from '../../../src/host/snapshotRequest';
import { recordedQueue, recordedStatus } from '../../support/fixtures';
import { hostSettings } from '../../support/hostSettings';

const recorded = JSON.parse(recordedStatus('4.0.4')) as { tasks: Record<string, object>; groups: object };
const ran = { argv: ['/usr/bin/pueue', 'status'], code: 0, signal: null };
const pueue = { version: 'pueue 4.0.4', stopped: null, complaints: [], commands: [ran, ran] };
const sections = {
  ...{ home: '/home/ana', bootedAt: 50, unreadJournal: null, checkpoints: [], quarantines: [] },
  ...{ pueue, groups: recorded.groups, daemonStart: 'boot/1/2', stateFile: null, processes: { untraced: 'noProc' } },
};
const settings = hostSettings('gpu-1');
const route = { transport: 'local', reason: null } as const;
const times = [100.5, 50.5, 7, 3, 5];
const whole = (number: number, tasks = recorded.tasks): object => ({
  t: [number, null, ...times],
  s: sections,
  jobs: tasks,
});
const since = (number: number, base: number, changes: object = {}): object => ({
  t: [number, base, ...times],
  ...changes,
});

/** A session that holds a whole reading of that number. */
function holding(number = 1): { held: HeldSnapshot; first: HostSnapshot } {
  const held = new HeldSnapshot();
  return { held, first: snapshotRequest(settings, held).parse(whole(number), route) };
}

describe('what a session holds of a host', () => {
  it('is named by its number, and nothing else is asked for', () => {
    const { held } = holding(7);
    assert.deepEqual(snapshotRequest(settings, held).message, { op: 'again', n: 7 });
    assert.equal(snapshotRequest(settings).message.op, 'snapshot');
  });

  it('is asked for as a whole where other directories are to be listed, and an answer to the earlier question is not kept', () => {
    const { held } = holding(7);
    const late = snapshotRequest(settings, held);
    const project = {
      ...{ path: '~/p', queue: { groups: null, label: null, forceRefreshFlag: null } },
      checkpoints: [{ directory: '~/ckpt', pattern: null }],
    };
    const asked = snapshotRequest(settings, held, project);
    assert.deepEqual(
      [asked.message.op, asked.message['checkpoints']],
      ['snapshot', [...settings.checkpoints, '~/ckpt']],
    );
    late.parse(since(9, 7), route);
    assert.equal(held.reading, null);
    asked.parse(whole(8), route);
    assert.deepEqual(snapshotRequest(settings, held, project).message, { op: 'again', n: 8 });
    assert.equal(snapshotRequest(settings, held).message.op, 'snapshot');
  });

  it('is given again where nothing changed, the same objects at a later time', () => {
    const { held, first } = holding();
    const second = snapshotRequest(settings, held).parse({ t: [2, 1, 200.5, 150.5, 9, 4, 6] }, route);
    assert.equal(second.queue, first.queue);
    assert.equal(second.checkpoints, first.checkpoints);
    assert.deepEqual([second.takenAt, second.hostMilliseconds, second.commands[1]!.milliseconds], [200.5, 9, 6]);
    assert.deepEqual(held.reading!.number, 2);
  });

  it('takes jobs that are new, that differ, and that are gone, in their places', () => {
    const { held, first } = holding();
    const [lowest, second, ...others] = first.queue.jobs;
    const task = (id: number, more: object = {}): object => ({ ...recorded.tasks[String(lowest!.id)], ...more, id });
    const jobs = { 999: task(999), [second!.id]: task(second!.id, { label: 'another' }) };
    const { queue } = snapshotRequest(settings, held).parse(since(2, 1, { jobs, gone: [lowest!.id] }), route);
    assert.deepEqual(
      queue.jobs.map(({ id }) => id),
      [second!.id, ...others.map(({ id }) => id), 999],
    );
    assert.equal(queue.jobs[0]!.label, 'another');
    assert.deepEqual(queue.jobs.slice(1, -1).map((job, at) => job === others[at]), others.map(() => true)); // prettier-ignore
    assert.equal(queue.groups, first.queue.groups);
  });

  it('adds the group of a job that the groups lack, as one that is not known', () => {
    const { held, first } = holding();
    const [lowest] = first.queue.jobs;
    const jobs = { [lowest!.id]: { ...recorded.tasks[String(lowest!.id)], group: 'gone' } };
    const { queue } = snapshotRequest(settings, held).parse(since(2, 1, { jobs }), route);
    assert.deepEqual(queue.groups.at(-1), { name: 'gone', status: 'unknown', parallel: null });
    const back = { [lowest!.id]: recorded.tasks[String(lowest!.id)] };
    const third = snapshotRequest(settings, held).parse(since(3, 2, { jobs: back }), route);
    assert.deepEqual(third.queue, recordedQueue('4.0.4'));
  });

  it('is what the answer differs from, though another answer came meanwhile: the latest number stays', () => {
    const { held } = holding();
    const early = snapshotRequest(settings, held);
    const late = snapshotRequest(settings, held);
    const [lowest] = recordedQueue('4.0.4').jobs;
    assert.equal(late.parse(since(3, 1, { gone: [lowest!.id] }), route).queue.jobs[0]!.id === lowest!.id, false);
    assert.equal(early.parse(since(2, 1), route).queue.jobs[0]!.id, lowest!.id);
    assert.equal(held.reading!.number, 3);
    assert.notEqual(held.reading!.queue.jobs[0]!.id, lowest!.id);
  });

  it('is replaced by a whole answer, though changes were asked for', () => {
    const { held } = holding();
    assert.deepEqual(snapshotRequest(settings, held).parse(whole(9, {}), route).queue.jobs, []);
    assert.equal(held.reading!.number, 9);
  });

  it('does not cover that pueue could not be read this time', () => {
    const { held } = holding();
    const failed = { t: [null, null, 100.5, 50.5, 7], s: { ...sections, pueue: { missing: ['PATH'] } }, jobs: null };
    assert.throws(() => snapshotRequest(settings, held).parse(failed, route), isProblemError);
  });

  const broken: [string, object][] = [
    ['says changes of a reading that was not asked about', since(2, 5)],
    ['says changes where nothing is held', since(2, 1)],
    ['takes a job away that is not there', since(2, 1, { gone: [4711] })],
    ['holds a job without an id', since(2, 1, { jobs: { x: {} } })],
    ['holds jobs that are none', since(2, 1, { jobs: [] })],
    ['changes a section into something else', since(2, 1, { s: { bootedAt: 'long ago' } })],
    ['changes groups into none', since(2, 1, { s: { groups: 3 } })],
  ];
  for (const [what, answer] of broken)
    it(`is dropped where an answer ${what}: the next one is whole`, () => {
      const held = what.endsWith('nothing is held') ? new HeldSnapshot() : holding().held;
      assert.throws(
        () => snapshotRequest(settings, held).parse(answer, route),
        (error) => isProblemError(error) && error.problem.code === 'badReply',
      );
      assert.equal(snapshotRequest(settings, held).message.op, 'snapshot');
    });
});
