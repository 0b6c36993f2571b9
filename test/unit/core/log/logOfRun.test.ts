import assert from 'node:assert/strict';
import { logOfRun, type LogAnswer, type LogFile, type LogRequest } from '../../../../src/core/log/logOfRun';
import type { JobState } from '../../../../src/core/pueue/job';
import { job, queued, running, succeeded, unknown } from '../../../support/fixtures';

const start = '2026-11-24T07:10:00Z';
const started = Date.parse(start) / 1000;
const asked: LogRequest = { id: 3, createdAt: null, start: null, before: null, bytes: 100 };
const found = { path: '/l/3.log', error: null, size: 4, modified: started + 1, inode: 7, from: 0 } as const;
const file: LogFile = { ...found, bytes: Buffer.from('abc\n') };

function judge(more: Partial<LogAnswer> = {}, request: Partial<LogRequest> = {}) {
  const answer = { takenAt: started + 60, before: job(3, running), after: job(3, running), file, ...more };
  const part = logOfRun('gpu-1', { ...asked, ...request }, answer);
  return 'code' in part ? `${part.code}: ${part.message}` : Buffer.from(part.bytes).toString();
}

describe('the log of a run', () => {
  it('is what was read where the queue shows the same run before and after', () => {
    assert.equal(judge(), 'abc\n');
    assert.equal(judge({}, { createdAt: job(3, running).createdAt, start }), 'abc\n');
    // Another time zone, as pueue prints it for another caller.
    assert.equal(judge({}, { start: '2026-11-24T08:10:00+01:00' }), 'abc\n');
  });

  it('may be that of a job that ended while it was read', () => {
    assert.equal(judge({ after: job(3, succeeded) }), 'abc\n');
  });

  const later: JobState = { kind: 'running', start: '2026-11-24T07:15:00Z' };
  const dependencyFailed: JobState = { ...succeeded, result: { kind: 'dependencyFailed' } } as JobState;
  const refusals: [string, Partial<LogAnswer>, Partial<LogRequest>, RegExp][] = [
    ['a job that is gone', { before: null }, {}, /^stale: .*no longer in the queue/u],
    ['another job under the number', {}, { createdAt: '2026-11-24T07:00:01Z' }, /^stale: .*is another job/u],
    ['a creation that is no time', {}, { createdAt: 'yesterday' }, /^stale: .*is another job/u],
    ['a job whose creation is not known', { before: job(3, running, { createdAt: null }) }, {}, /^stale: /u],
    ['a later run', { before: job(3, later), after: job(3, later) }, { start }, /^stale: .*the one asked for began/u],
    ['a job that waits', { before: job(3, queued) }, {}, /^refused: .*it is queued and has not been started/u],
    ['a job that waits again', { before: job(3, queued) }, { start }, /^refused: .*has not been started/u],
    ['a job whose dependency failed', { before: job(3, dependencyFailed) }, {}, /^refused: .*depends on failed/u],
    ['a state that is not known', { before: job(3, unknown) }, {}, /^refused: .*state that is not known/u],
    ['a run without a start', { before: job(3, { kind: 'running', start: null }) }, {}, /^refused: /u],
    ['a job that went meanwhile', { after: null }, {}, /^stale: .*while the log was read/u],
    ['a run that began meanwhile', { after: job(3, later) }, {}, /^stale: .*while the log was read/u],
    ['a job that was queued again meanwhile', { after: job(3, queued) }, {}, /^stale: .*while the log was read/u],
    ['a directory that is not known', { file: null }, {}, /^notSupported: /u],
    ['no file', { file: { path: '/l/3.log', error: 'ENOENT' } }, {}, /^refused: .*no log file at \/l\/3\.log/u],
    ['a file that cannot be read', { file: { path: '/l', error: 'EACCES' } }, {}, /^refused: .*\(EACCES\)/u],
    ['a file of before the run', { file: { ...file, modified: started - 3 } }, {}, /^stale: .*earlier run/u],
    ['a file that shrank', { file: { ...file, size: 9 } }, {}, /^stale: .*emptied/u],
    ['a file that is shorter than what is asked before', { file: { ...file, from: 2 } }, {}, /^stale: /u],
  ];
  for (const [what, answer, request, expected] of refusals)
    it(`is not shown for ${what}`, () => {
      assert.match(judge(answer, request), expected);
    });

  it('may be older than the start by what a file system’s clock is coarse, or by anything where it is empty', () => {
    assert.equal(judge({ file: { ...file, modified: started - 1 } as LogFile }), 'abc\n');
    const empty = { ...found, size: 0, modified: started - 100, bytes: Buffer.alloc(0) };
    assert.equal(judge({ file: empty }), '');
  });
});
