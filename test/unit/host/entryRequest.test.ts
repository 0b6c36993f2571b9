import assert from 'node:assert/strict';
import { isProblemError } from '../../../src/core/problem';
import { entryRequest } from '../../../src/host/entryRequest';

const route = { transport: 'local', reason: null } as const;
const request = entryRequest('gpu-1', { roots: ['/c'], path: '/c/a', bytes: 10 });
const base = { takenAt: 2, inode: '7', modified: 1 };

describe('the request for one checkpoint', () => {
  it('names the directories that it may lie in', () => {
    assert.deepEqual(request.message, { op: 'entry', roots: ['/c'], path: '/c/a', bytes: 10 });
  });

  it('reads every kind of entry', () => {
    const file = request.parse({ ...base, kind: 'file', size: 3, data: 'YWJj' }, route);
    assert.ok(file.kind === 'file');
    assert.equal(Buffer.from(file.bytes).toString(), 'abc');
    const listed = { ...base, kind: 'directory', entries: [['x', 'file', 1, 2]], more: false };
    assert.deepEqual(request.parse(listed, route), {
      ...listed,
      entries: [{ name: 'x', kind: 'file', bytes: 1, modified: 2 }],
    });
    assert.deepEqual(request.parse({ ...base, kind: 'link', target: 'y' }, route), {
      ...base,
      kind: 'link',
      target: 'y',
    });
  });

  const codes: readonly [error: string, code: string][] = [
    ['outside', 'invalidInput'],
    ['ENOENT', 'stale'],
    ['ESTALE', 'stale'],
    ['ELOOP', 'refused'],
    ['EACCES', 'refused'],
  ];
  for (const [error, code] of codes)
    it(`tells ${error} as ${code}`, () => {
      assert.throws(
        () => request.parse({ error }, route),
        (thrown) => isProblemError(thrown) && thrown.problem.code === code && /^gpu-1: /u.test(thrown.problem.message),
      );
    });

  it('takes no other answer', () => {
    for (const answer of [null, {}, { ...base, kind: 'file', size: 3 }, { ...base, kind: 'x' }, { ...base, inode: 7 }])
      assert.throws(
        () => request.parse(answer, route),
        (thrown) => isProblemError(thrown) && thrown.problem.code === 'badReply',
      );
  });
});
