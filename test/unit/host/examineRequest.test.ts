import assert from 'node:assert/strict';
import type { HostExamination } from '../../../src/core/doctor/hostExamination';
import { isProblemError } from '../../../src/core/problem';
import { examineRequest } from '../../../src/host/examineRequest';
import { hostSettings } from '../../support/hostSettings';

const place = {
  ...{ path: '/p', exists: true, writable: true, readOnly: false, freeBytes: 5, freeInodes: null, error: null },
};
const tool = { path: '/usr/bin/git', leadsTo: null, version: 'git version 2', error: null };
const daemon = {
  ...{ pid: 3, ageSeconds: 1.5, startedBy: null, runtime: 'same', reach: 'here', version: null, replaced: null },
};
const answer = {
  clock: { askedAt: 61.1, heldMs: 200 },
  system: {
    ...{ platform: 'Linux', release: '6', machine: 'x', libc: null, uptimeSeconds: 9, user: 'ana', home: '/h' },
    ...{ shell: null, runtimeDirectory: false, python: { executable: '/p', version: '3.7.0' } },
  },
  processes: 'seen',
  linger: null,
  journal: place,
  pueueDirectory: { ...place, stateFile: null },
  project: null,
  config: { path: '/c', origin: 'default', exists: false },
  pueue: { path: null, looked: ['PATH'] },
  daemons: [daemon],
  tools: [
    { name: 'git', ...tool },
    { name: 'uv', path: null },
  ],
  unanswered: [['tool psql', 'no answer within 3 s']],
};
const request = examineRequest(hostSettings('gpu-1', { pueue: '/p', pueueConfig: '/c.yml', path: '~/project' }));
const trip = { sentAtMs: 1000, tookMs: 400 };
const parse = (given: unknown): HostExamination => request.parse(given, { transport: 'local', reason: null }, trip);

describe('the request for an examination', () => {
  it('asks for what the settings name', () => {
    assert.deepEqual(request.message, { op: 'examine', pueue: '/p', pueueConfig: '/c.yml', path: '~/project' });
  });

  it('reads a whole answer, and how far the clocks are apart', () => {
    const found = parse(answer);
    assert.deepEqual(found.clock, { aheadMs: 60_000, plusMinusMs: 100 });
    assert.deepEqual(found.tools, [
      { name: 'git', found: tool },
      { name: 'uv', found: null },
    ]);
    assert.deepEqual(found.unanswered, [{ look: 'tool psql', why: 'no answer within 3 s' }]);
    assert.deepEqual([found.daemons, found.pueue, found.takenAt], [[daemon], { path: null, looked: ['PATH'] }, 61.1]);
  });

  it('says that nothing is known of the clocks where the round trip is not', () => {
    assert.equal(request.parse(answer, { transport: 'local', reason: null }).clock, null);
  });

  it('takes what it does not know for no answer, and never for less of one', () => {
    for (const broken of [
      null,
      {},
      { ...answer, system: null },
      { ...answer, journal: { ...place, freeBytes: 'much' } },
      { ...answer, daemons: [{ ...daemon, reach: 'perhaps' }] },
      { ...answer, tools: [{ name: 'git', path: 3 }] },
      { ...answer, unanswered: [['psql']] },
    ])
      assert.throws(
        () => parse(broken),
        (error) =>
          isProblemError(error) && error.problem.code === 'badReply' && /^gpu-1: /u.test(error.problem.message),
      );
  });
});
