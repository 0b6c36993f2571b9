import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { Client, type ClientChannel } from 'ssh2';
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

  it('hears of an end that comes with the start, in one packet', async () => {
    const channel = Object.assign(new PassThrough(), { stderr: new PassThrough() }) as unknown as ClientChannel;
    const client = Object.assign(new Client(), {
      exec: (_command: string, _options: unknown, answer: (error: undefined, channel: ClientChannel) => void) => {
        answer(undefined, channel);
        channel.emit('exit', 7);
        channel.emit('close');
        channel.stderr.emit('close');
      },
    });
    const link = { client, error: () => null, close: () => undefined, destroy: () => undefined };
    const clock: Clock = { now: () => 0, monotonic: () => 0, after: () => () => undefined };
    const request = { host: 'depot', command: 'true', openMs: 1, clock };
    const stream = await openCommand(link, request, new AbortController().signal);
    const end = await new Promise((resolve) => {
      stream.onEnd(resolve);
    });
    assert.deepEqual(end, { exitCode: 7, signal: null, error: null });
  });
});
