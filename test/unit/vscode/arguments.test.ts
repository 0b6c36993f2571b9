import assert from 'node:assert/strict';
import {
  readHost,
  readInvalidEntry,
  readJobs,
  readNewHost,
  joinSelected,
  readPaths,
  readProcess,
  readReport,
  readSnapshotId,
} from '../../../src/vscode/commands/arguments';

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

  it('names a new host by an object alone: the title of the view hands over the row that has the focus', () => {
    assert.deepEqual(readNewHost({ host: 'gpu-1' }), { host: 'gpu-1' });
    assert.deepEqual(readNewHost({ kind: 'host', id: 'host/gpu-1', host: 'gpu-1' }), { host: null });
  });

  it('is an entry of the settings that cannot be used where it is the row of one', () => {
    const entry = { id: 'hosts/0', host: 'a', problem: { code: 'invalidInput', message: 'm', next: 'n' } };
    assert.equal(readInvalidEntry({ kind: 'invalidSetting', id: 'invalid/0', entry }), entry);
    assert.equal(readInvalidEntry({ kind: 'host', id: 'host/a', host: 'a' }), null);
    assert.equal(readInvalidEntry({ host: 'a' }), null);
    assert.equal(readInvalidEntry(undefined), null);
  });
  const createdAt = '2026-11-24T07:00:00Z';

  it('names jobs by a row or by an object alike, with as much of their identity as it gives', () => {
    const jobs = [{ id: 3, createdAt, start: null }];
    const row = { kind: 'job', id: 'host/gpu-1/job/3', host: 'gpu-1', jobs };
    assert.deepEqual(readJobs(row), { host: 'gpu-1', jobs, malformed: false });
    assert.deepEqual(readJobs({ host: 'gpu-1', jobs: [{ id: 0 }, { id: 3, createdAt, start: createdAt }] }).jobs, [
      { id: 0, createdAt: null, start: null },
      { id: 3, createdAt, start: createdAt },
    ]);
  });

  for (const argument of [undefined, null, 3, {}, { jobs: null }, { jobs: [] }])
    it(`names no job as ${argument === undefined ? 'nothing' : JSON.stringify(argument)}`, () => {
      assert.deepEqual(readJobs(argument), { host: null, jobs: null, malformed: false });
    });

  it('names checkpoints by rows or by an object alike, of one host and each once', () => {
    const row = (name: string, host = 'gpu-1') => ({ kind: 'checkpoint', id: name, host, paths: [`/c/${name}`] });
    const [a, b] = [row('a'), row('b')];
    assert.deepEqual(readPaths(a), { host: 'gpu-1', paths: ['/c/a'], malformed: false });
    assert.deepEqual(readPaths(joinSelected(a, [a, b])).paths, ['/c/a', '/c/b']);
    assert.deepEqual(readPaths({ host: 'gpu-1', paths: ['/c/a', '/c/a'] }).paths, ['/c/a']);
    const other = row('c', 'gpu-2');
    assert.deepEqual(readPaths(joinSelected(a, [a, other])), { host: 'gpu-1', paths: null, malformed: true });
    for (const paths of [3, {}, '/c/a', [3], ['a'], ['/a\0'], [null]])
      assert.deepEqual(readPaths({ host: 'gpu-1', paths }), { host: 'gpu-1', paths: null, malformed: true });
    for (const argument of [undefined, null, {}, { paths: null }, { paths: [] }])
      assert.deepEqual(readPaths(argument), { host: null, paths: null, malformed: false });
  });

  for (const jobs of [3, {}, [{}], [{ id: '3' }], [{ id: -1 }], [{ id: 1.5 }], [{ id: 1e300 }], [{ id: 3 }, null]])
    it(`says that ${JSON.stringify(jobs)} names no jobs`, () => {
      assert.deepEqual(readJobs({ host: 'gpu-1', jobs }), { host: 'gpu-1', jobs: null, malformed: true });
    });
});

describe('the snapshot that an argument names', () => {
  it('is one text, and no jobs stand beside it: neither is taken for the other', () => {
    assert.deepEqual(readSnapshotId({ host: 'gpu-1' }), { snapshotId: null, malformed: false });
    assert.deepEqual(readSnapshotId({ snapshotId: 'a' }), { snapshotId: 'a', malformed: false });
    assert.equal(readSnapshotId({ snapshotId: 7 }).malformed, true);
    assert.equal(readSnapshotId({ snapshotId: 'a', jobs: [] }).malformed, true);
  });
});
