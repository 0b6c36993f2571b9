import assert from 'node:assert/strict';
import { orderJobs } from '../../../src/vscode/tree/jobOrder';
import { failed, job, killed, queued, running, succeeded, unknown } from '../../support/fixtures';

const order = (...jobs: Parameters<typeof orderJobs>[0][number][]): number[] => orderJobs(jobs).map(({ id }) => id);

describe('the order of jobs', () => {
  it('is live, unknown, failed, waiting, stashed, succeeded', () => {
    const all = [
      job(1, succeeded),
      job(2, { kind: 'stashed' }),
      job(3, failed),
      job(4, unknown),
      job(5, queued),
      job(6, { kind: 'paused', start: null }),
    ];
    assert.deepEqual(order(...all), [6, 4, 3, 5, 2, 1]);
  });

  it('is by id among live jobs, whether running or paused', () => {
    assert.deepEqual(order(job(1, { kind: 'paused', start: null }), job(2, running), job(3, running)), [1, 2, 3]);
  });

  it('is that in which pueue starts them among waiting jobs: the higher priority first, then the lower id', () => {
    const waiting = [job(1, queued), job(2, { kind: 'locked' }, { priority: 5 }), job(3, queued, { priority: 5 })];
    assert.deepEqual(order(...waiting, job(4, queued, { priority: -1 })), [2, 3, 1, 4]);
  });

  it('has the newest first among failed and among succeeded jobs, whatever the kind of failure', () => {
    assert.deepEqual(order(job(1, failed), job(2, failed), job(3, killed)), [3, 2, 1]);
    assert.deepEqual(order(job(1, succeeded), job(2, succeeded)), [2, 1]);
  });

  it('leaves the list that it was given as it is', () => {
    const jobs = [job(1, succeeded), job(2, running)];
    orderJobs(jobs);
    assert.deepEqual(
      jobs.map(({ id }) => id),
      [1, 2],
    );
  });
});
