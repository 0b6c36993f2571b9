import assert from 'node:assert/strict';
import { NoticeDesk } from '../../../../src/core/notices/noticeDesk';
import type { Notice } from '../../../../src/core/notices/notice';
import { FakeClock } from '../../../support/fakeClock';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function failure(host: string, ...ids: number[]): Notice {
  const failed = ids.map((id) => ({ id, createdAt: null, start: null, kind: 'failed' as const }));
  return { host, failed, drained: [], isLost: false };
}

function desk(current = (notice: Notice): Notice => notice) {
  const clock = new FakeClock();
  const shown: string[][] = [];
  let close = (): void => undefined;
  const made = new NoticeDesk({
    clock,
    current,
    show: (notices) => {
      shown.push(notices.map(({ host, failed }) => `${host}: ${failed.map(({ id }) => id).join()}`));
      return new Promise((resolve) => {
        close = resolve;
      });
    },
  });
  const answer = async (): Promise<void> => {
    close();
    await settled();
  };
  return { clock, shown, desk: made, answer };
}

describe('notices', () => {
  it('that come within a second are one message, one part for each host', () => {
    const { desk: at, clock, shown } = desk();
    at.tell(failure('gpu-1', 1));
    clock.advance(500);
    at.tell(failure('gpu-2', 2));
    at.tell(failure('gpu-1', 3));
    clock.advance(499);
    assert.deepEqual(shown, []);
    clock.advance(1);
    assert.deepEqual(shown, [['gpu-1: 1,3', 'gpu-2: 2']]);
  });

  it('wait for the message before, and are joined meanwhile', async () => {
    const { desk: at, clock, shown, answer } = desk();
    at.tell(failure('gpu-1', 1));
    clock.advance(1_000);
    at.tell(failure('gpu-1', 2));
    clock.advance(30_000);
    at.tell(failure('gpu-2', 3));
    assert.equal(shown.length, 1);
    await answer();
    assert.deepEqual(shown[1], ['gpu-1: 2', 'gpu-2: 3']);
    await answer();
    assert.deepEqual([shown.length, clock.next], [2, null]);
  });

  it('do not wait for ever for a message that nobody answers', async () => {
    const { desk: at, clock, shown, answer } = desk();
    at.tell(failure('gpu-1', 1));
    clock.advance(1_000);
    at.tell(failure('gpu-1', 2));
    clock.advance(59_999);
    assert.equal(shown.length, 1);
    clock.advance(1);
    assert.equal(shown.length, 2);
    at.tell(failure('gpu-1', 3));
    await answer();
    assert.equal(shown.length, 3);
  });

  it('are told at their turn only as far as they are still so', async () => {
    let left: readonly number[] = [1, 2];
    const {
      desk: at,
      clock,
      shown,
    } = desk((notice) => ({
      ...notice,
      failed: notice.failed.filter(({ id }) => left.includes(id)),
    }));
    at.tell(failure('gpu-1', 1, 2));
    left = [2];
    clock.advance(1_000);
    await settled();
    assert.deepEqual(shown, [['gpu-1: 2']]);
    const other = desk((notice) => ({ ...notice, failed: [] }));
    other.desk.tell(failure('gpu-1', 1));
    other.clock.advance(1_000);
    assert.deepEqual([other.shown, other.clock.next], [[], null]);
  });

  it('are forgotten when they are cleared, and none comes after the end', () => {
    const { desk: at, clock, shown } = desk();
    at.tell(failure('gpu-1', 1));
    at.clear();
    clock.advance(1_000);
    at.tell(failure('gpu-1', 2));
    at.close();
    clock.advance(60_000);
    assert.deepEqual([shown, clock.next], [[], null]);
  });
});
