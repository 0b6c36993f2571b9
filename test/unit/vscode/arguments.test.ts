import assert from 'node:assert/strict';
import { readHost, readProcess, readReport } from '../../../src/vscode/commands/arguments';

describe('the argument of a command', () => {
  it('names a host by a row or by an object alike', () => {
    assert.deepEqual(readHost({ host: 'gpu-1' }), { host: 'gpu-1' });
    assert.deepEqual(readHost({ kind: 'host', id: 'host/gpu-1', host: 'gpu-1' }), { host: 'gpu-1' });
  });

  for (const argument of [undefined, null, 'gpu-1', 3, {}, [], { host: 3 }, { host: null }, { host: {} }])
    it(`names none as ${argument === undefined ? 'nothing' : JSON.stringify(argument)}`, () => {
      assert.deepEqual(readHost(argument), { host: null });
      assert.deepEqual(readReport(argument), { host: null, kind: null });
    });

  it('names a process by its pid, its host and the job that it is said to be of', () => {
    const jobs = [{ id: 12, createdAt: '2026-11-24T07:00:00Z', start: null }];
    const whole = { host: 'gpu-1', job: { id: 12, createdAt: '2026-11-24T07:00:00Z' }, pid: 4242 };
    assert.deepEqual(readProcess({ host: 'gpu-1', jobs, pid: 4242 }), whole);
    assert.deepEqual(readProcess({ jobs: [{ id: 12 }] }), { host: null, job: { id: 12, createdAt: null }, pid: null });
    for (const argument of [undefined, null, 3, {}, { jobs: 3, pid: '4242' }, { jobs: [] }, { jobs: [null] }])
      assert.deepEqual(readProcess(argument), { host: null, job: null, pid: null });
  });

  it('names a report by its kind, which is not the kind of a row', () => {
    assert.deepEqual(readReport({ host: 'gpu-1', kind: 'audit' }), { host: 'gpu-1', kind: 'audit' });
    assert.deepEqual(readReport({ kind: 'fleet' }), { host: null, kind: 'fleet' });
    assert.deepEqual(readReport({ kind: 'host', id: 'host/gpu-1', host: 'gpu-1' }), { host: 'gpu-1', kind: null });
  });
});
