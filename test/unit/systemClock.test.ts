import assert from 'node:assert/strict';
import { systemClock } from '../../src/systemClock';

describe('the system clock', () => {
  it('calls back after the time, unless it was cancelled', async () => {
    const called: string[] = [];
    systemClock.after(1, () => called.push('cancelled'))();
    await new Promise<void>((resolve) => {
      systemClock.after(1, () => {
        called.push('first');
      });
      // Its timer is not to keep the process alive, so the test keeps one that does.
      setTimeout(resolve, 20);
    });
    assert.deepEqual(called, ['first']);
  });

  it('never calls back before the time, whatever part of a millisecond it ends with', async () => {
    const keepAlive = setInterval(() => undefined, 1000);
    const early: number[] = [];
    for (let count = 0; count < 20; count++) {
      const ms = 9 + count / 20;
      const asked = systemClock.monotonic();
      await new Promise<void>((resolve) => {
        systemClock.after(ms, resolve);
      });
      const passed = systemClock.monotonic() - asked;
      if (passed < ms) early.push(ms - passed);
    }
    clearInterval(keepAlive);
    assert.deepEqual(early, []);
  });

  it('waits long where it is asked to wait longer than a timer can', async () => {
    let called = false;
    const cancel = systemClock.after(1e12, () => {
      called = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    cancel();
    assert.equal(called, false, 'Node turns such a time into one millisecond');
  });
});
