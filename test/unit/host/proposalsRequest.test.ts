import assert from 'node:assert/strict';
import { workingDirectories } from '../../../src/core/checkpointProposals';
import { isProblemError } from '../../../src/core/problem';
import { proposalsRequest } from '../../../src/host/proposalsRequest';
import { job, queued, running, snapshot, succeeded } from '../../support/fixtures';

/** The way that the answer came is nothing to this request. */
const route = { transport: 'ssh2', reason: null } as const;
const proposal = {
  ...{ path: '/h/c', shown: '~/c', files: 3, more: false, newest: 1.5, jobs: [4], open: true },
};
const whole = { takenAt: 2, complete: true, proposals: [proposal] };

describe('the directories where jobs work', () => {
  it('are those of live jobs first, then of the newest, each once, and not without end', () => {
    const jobs = [
      job(1, running, { directory: '/live' }),
      job(2, succeeded, { directory: '/old' }),
      job(3, queued, { directory: '/new' }),
      job(4, queued, { directory: '/live' }),
    ];
    assert.deepEqual(workingDirectories(snapshot(jobs)), ['/live', '/new', '/old']);
    const many = Array.from({ length: 300 }, (_, id) => job(id, queued, { directory: `/${id}` }));
    assert.equal(workingDirectories(snapshot(many)).length, 100);
  });
});

describe('the request for checkpoint directories', () => {
  it('sends the helper where jobs work, and to the daemon that was read', () => {
    const read = snapshot([job(1, running, { directory: '/srv' })], { daemonStart: 'boot/1/2' });
    assert.deepEqual(proposalsRequest('gpu-1', read).message, {
      op: 'proposals',
      directories: ['/srv'],
      daemon: 'boot/1/2',
    });
    assert.deepEqual(proposalsRequest('gpu-1', null).message, { op: 'proposals', directories: [], daemon: null });
  });

  it('reads a whole answer, and takes no other', () => {
    const request = proposalsRequest('gpu-1', null);
    assert.deepEqual(request.parse(whole, route), whole);
    for (const answer of [
      null,
      {},
      ...Object.keys(whole).map((key) => ({ ...whole, [key]: undefined })),
      ...Object.keys(proposal).map((key) => ({ ...whole, proposals: [{ ...proposal, [key]: undefined }] })),
      { ...whole, proposals: [{ ...proposal, path: 'relative' }] },
    ])
      assert.throws(
        () => request.parse(answer, route),
        (error) => isProblemError(error) && error.problem.code === 'badReply' && /gpu-1/u.test(error.problem.message),
      );
  });
});
