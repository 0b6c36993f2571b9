import assert from 'node:assert/strict';
import type { Group, Job } from '../../../src/core/pueue/job';
import { indexQueue, whyWaiting } from '../../../src/core/pueue/whyWaiting';
import { failed, job, queued, recordedQueue, running, succeeded } from '../../support/fixtures';

const group = (more: Partial<Group> = {}): Group => ({ name: 'default', status: 'running', parallel: 2, ...more });

function why(waiting: Job, others: Job[] = [], groups: Group[] = [group()]): string[] {
  return whyWaiting(waiting, indexQueue({ jobs: [waiting, ...others], groups }));
}

describe('why a job is not starting', () => {
  it('because its group is paused', () => {
    assert.deepEqual(why(job(9, queued), [], [group({ status: 'paused' })]), ['group paused']);
  });

  it('because no slot is free; a paused job keeps its slot', () => {
    const others = [job(1, running), job(2, { kind: 'paused', start: null })];
    assert.deepEqual(why(job(9, queued), others), ['no free slot (2 of 2 slots used)']);
    assert.deepEqual(why(job(9, queued), others, [group({ parallel: 0 })]), ['about to start'], '0 is no limit');
    assert.deepEqual(why(job(9, queued), [job(1, running, { group: 'other' })], [group({ parallel: 1 })]), [
      'about to start',
    ]);
  });

  it('because it waits for jobs; one that is gone or done well holds nothing', () => {
    const others = [job(3, running), job(4, queued), job(5, succeeded)];
    assert.deepEqual(why(job(9, queued, { dependencies: [3, 4, 5, 77] }), others), ['waits for jobs 3 and 4']);
    assert.deepEqual(why(job(9, queued, { dependencies: [3] }), [job(3, failed)]), ['depends on failed job 3']);
  });

  it('never says that it is about to start where the state of its group is not known', () => {
    const unknown = ['state of the group unknown'];
    assert.deepEqual(why(job(9, queued), [], [group({ status: 'unknown', parallel: null })]), unknown);
    assert.deepEqual(why(job(9, queued), [], []), unknown);
  });

  it('because its group is being reset, or a parent is in a state that is not known', () => {
    assert.deepEqual(why(job(9, queued), [], [group({ status: 'reset' })]), ['group is being reset']);
    const parent = job(3, { kind: 'unknown', raw: '"Dreaming"' });
    assert.deepEqual(why(job(9, queued, { dependencies: [3] }), [parent]), ['waits for job 3']);
  });

  it('because it is delayed, locked or stashed', () => {
    assert.deepEqual(why(job(9, { kind: 'scheduled', enqueueAt: '2026-11-25T01:02:03+01:00' })), [
      'delayed until 2026-11-25 00:02:03 UTC',
    ]);
    assert.deepEqual(why(job(9, { kind: 'locked' })), ['locked while it is edited']);
    assert.deepEqual(why(job(9, { kind: 'stashed' })), ['starts only when enqueued']);
  });

  it('says nothing of a job that runs or is done', () => {
    assert.deepEqual([why(job(9, running)), why(job(9, failed))], [[], []]);
  });

  it('is right about what real daemons hold', () => {
    const queue = recordedQueue('3.4.1');
    const index = indexQueue(queue);
    const reasons = queue.jobs.map((each) => whyWaiting(each, index));
    assert.deepEqual(reasons[8], ['group paused']);
    assert.deepEqual(reasons[9], ['group paused', 'waits for job 8']);
  });
});
