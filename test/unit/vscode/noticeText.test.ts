import assert from 'node:assert/strict';
import type { FailureKind } from '../../../src/core/notices/hostNews';
import type { Notice } from '../../../src/core/notices/notice';
import { badgeText, noticeMessage } from '../../../src/vscode/noticeText';
import type { Translate } from '../../../src/vscode/tree/rows';

const t: Translate = (message, ...values) =>
  message.replace(/\{(\d)\}/gu, (_, index: string) => String(values[Number(index)]));

function notice(host: string, more: Partial<Notice>): Notice {
  return { host, failed: [], drained: [], isLost: false, ...more };
}
const run = (id: number, kind: FailureKind = 'failed') => ({ id, createdAt: 'c', start: 's', kind });

describe('the message of a notification', () => {
  const kinds: [FailureKind, string, 'openLog' | 'show'][] = [
    ['failed', 'Job 7 failed on gpu-1.', 'openLog'],
    ['killed', 'Job 7 was killed on gpu-1.', 'openLog'],
    ['failedToSpawn', 'Job 7 could not be started on gpu-1.', 'show'],
    ['dependencyFailed', 'Job 7 will not run on gpu-1: a job that it depends on failed.', 'show'],
    ['errored', 'Job 7 ended on gpu-1, and pueue lost track of how.', 'openLog'],
  ];
  for (const [kind, text, action] of kinds)
    it(`names the one job and offers its log where it has one: ${kind}`, () => {
      const message = noticeMessage([notice('gpu-1', { failed: [run(7, kind)] })], t);
      assert.deepEqual([message.text, message.isWarning], [text, true]);
      assert.deepEqual(
        message.actions.map((each) => each.kind),
        [action],
      );
    });

  it('counts the jobs of several hosts and leads to the first', () => {
    const notices = [notice('gpu-1', { failed: [run(1), run(2)] }), notice('gpu-2', { failed: [run(1)] })];
    const { text, actions } = noticeMessage(notices, t);
    assert.equal(text, '3 jobs failed on gpu-1 and gpu-2.');
    assert.deepEqual(actions, [{ kind: 'show', host: 'gpu-1' }]);
  });

  it('offers to try lost hosts again, and names the first three', () => {
    const notices = ['a', 'b', 'c', 'd', 'e'].map((host) => notice(host, { isLost: true }));
    const { text, actions } = noticeMessage(notices, t);
    assert.equal(text, 'a, b, c and 2 more could not be read for 5 min.');
    assert.deepEqual(actions, [
      { kind: 'refresh', hosts: ['a', 'b', 'c', 'd', 'e'] },
      { kind: 'show', host: 'a' },
    ]);
  });

  it('offers an audit of what has drained, which is no warning, and never names a group', () => {
    const one = noticeMessage([notice('gpu-1', { drained: ['evil'] })], t);
    assert.equal(one.text, '1 group drained on gpu-1: none of its jobs runs or waits.');
    assert.deepEqual([one.isWarning, one.actions], [false, [{ kind: 'audit', hosts: ['gpu-1'] }]]);
    const two = noticeMessage([notice('gpu-1', { drained: ['a', 'b'] }), notice('gpu-2', { drained: ['c'] })], t);
    assert.equal(two.text, '3 groups drained on gpu-1 and gpu-2: none of their jobs runs or waits.');
  });

  it('says all of it in one message, failures first', () => {
    const notices = [notice('gpu-3', { isLost: true, drained: ['a'] }), notice('gpu-1', { failed: [run(4)] })];
    const { text, actions, isWarning } = noticeMessage(notices, t);
    const drained = '1 group drained on gpu-3: none of its jobs runs or waits.';
    assert.equal(text, `Job 4 failed on gpu-1. ${drained} gpu-3 could not be read for 5 min.`);
    assert.deepEqual([actions, isWarning], [[{ kind: 'show', host: 'gpu-1' }], true]);
    assert.deepEqual(noticeMessage([notices[0]!], t).actions, [{ kind: 'show', host: 'gpu-3' }]);
  });

  it('makes no link of a host’s name', () => {
    const { text } = noticeMessage([notice('[x](command:workbench.action.quit)', { isLost: true })], t);
    assert.ok(text.startsWith('[x] (command:'));
  });
});

describe('the badge', () => {
  it('says how many jobs failed on which hosts', () => {
    assert.equal(badgeText([{ host: 'gpu-1', count: 1 }], t), '1 job failed since you last looked: 1 on gpu-1');
    const counts = [
      { host: 'gpu-1', count: 2 },
      { host: 'gpu-2', count: 1 },
    ];
    assert.equal(badgeText(counts, t), '3 jobs failed since you last looked: 2 on gpu-1 and 1 on gpu-2');
  });
});
