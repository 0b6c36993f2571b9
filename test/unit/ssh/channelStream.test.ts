import assert from 'node:assert/strict';
import { Client } from 'ssh2';
import type { Clock } from '../../../src/core/ports';
import { isProblemError } from '../../../src/core/problem';
import { openCommand } from '../../../src/ssh/builtIn/channelStream';

describe('starting a command', () => {
  it('on a connection that is gone already is the loss of it, though ssh2 throws', async () => {
    let cancelled = 0;
    let destroyed = 0;
    const clock: Clock = {
      now: () => 0,
      monotonic: () => 0,
      after: () => () => {
        cancelled += 1;
      },
    };
    const link = {
      client: new Client(),
      error: () => null,
      close: () => undefined,
      destroy: () => {
        destroyed += 1;
      },
    };
    const request = { host: 'depot', command: 'true', openMs: 1, clock };
    await assert.rejects(openCommand(link, request, new AbortController().signal), (error) => {
      assert.ok(isProblemError(error));
      assert.equal(error.problem.code, 'unreachable');
      assert.match(error.problem.message, /depot ended before the command was started/);
      return true;
    });
    assert.deepEqual([cancelled, destroyed], [1, 1]);
  });
});
