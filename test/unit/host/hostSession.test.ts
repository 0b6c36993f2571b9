import assert from 'node:assert/strict';
import { linkLost } from '../../../src/core/hostProblems';
import type { StreamEnd } from '../../../src/core/ports';
import { isProblemError, ProblemError, type ProblemCode } from '../../../src/core/problem';
import type { HostRequest } from '../../../src/host/hostRequest';
import { HostSession } from '../../../src/host/hostSession';
import { FakeClock } from '../../support/fakeClock';
import { FakeStream, hello, program } from '../../support/fakeStream';

function opened() {
  const stream = new FakeStream();
  const clock = new FakeClock();
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const log = { debug: write, info: write, warn: write };
  const session = new HostSession(stream, { host: 'gpu-1', python: null, program, clock, log });
  return { stream, clock, session, lines };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const request: HostRequest<unknown> = { message: { op: 'snapshot' }, parse: (answer) => answer };
const signal = new AbortController().signal;
const cut: StreamEnd = { exitCode: null, signal: null, error: null };

async function up() {
  const parts = opened();
  parts.stream.greet();
  parts.stream.reply(0, hello);
  await settled();
  return parts;
}

function rejects(promise: Promise<unknown>, code: ProblemCode): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(isProblemError(error), String(error));
    assert.equal(error.problem.code, code);
    assert.match(error.problem.message, /^gpu-1: /u);
    return true;
  });
}

describe('a session', () => {
  it('sends the first request before the greeting came: one round trip for both', async () => {
    const { stream, session } = opened();
    const answer = session.request(request, signal, 1000);
    assert.equal(stream.requests[0]!.op, 'snapshot');
    stream.greet();
    stream.reply(0, hello);
    stream.reply(stream.requests[0]!.id, { ok: 42 });
    assert.equal(await answer, 42);
  });

  it('tells the request when it was asked and answered, by a clock that does not step', async () => {
    const { stream, session, clock } = await up();
    const trips: unknown[] = [];
    const timed: HostRequest<unknown> = { ...request, parse: (_answer, _route, trip) => trips.push(trip) };
    const sentAtMs = clock.now();
    const answer = session.request(timed, signal, 1000);
    clock.advance(300);
    stream.reply(stream.requests.at(-1)!.id, { ok: 1 });
    await answer;
    assert.deepEqual(trips, [{ sentAtMs, tookMs: 300 }]);
  });

  it('answers each of several requests with its own answer, in whatever order they come', async () => {
    const { stream, session } = await up();
    const before = stream.requests.length;
    const answers = Promise.all([session.request(request, signal, 1000), session.request(request, signal, 1000)]);
    const [first, second] = stream.requests.slice(before);
    stream.reply(second!.id, { ok: 'second' });
    stream.reply(first!.id, { ok: 'first' });
    assert.deepEqual(await answers, ['first', 'second']);
  });

  it('loses what is under way when the stream ends, and never takes it for an answer', async () => {
    for (const end of [cut, { ...cut, exitCode: 0 }, { ...cut, exitCode: 255 }, { ...cut, signal: 'SIGKILL' }]) {
      const { stream, session } = await up();
      const answer = rejects(session.request(request, signal, 1000), 'lost');
      stream.end(end);
      await answer;
      await rejects(session.request(request, signal, 1000), 'lost');
      assert.equal(stream.closed, true);
    }
  });

  it('hands on why the transport says that there is no connection, and after the greeting calls it lost', async () => {
    const problem = { code: 'authenticationFailed', message: 'gpu-1: nobody was let in.', next: 'Add a key.' } as const;
    const end: StreamEnd = { exitCode: null, signal: null, error: new ProblemError(problem) };
    const early = opened();
    const answer = early.session.request(request, signal, 1000);
    early.stream.end(end);
    await rejects(answer, 'authenticationFailed');
    assert.deepEqual(early.session.ended, problem);
    const late = await up();
    const reading = late.session.request(request, signal, 1000);
    late.stream.end(end);
    await rejects(reading, 'lost');
  });

  it('loses what is under way when half a frame came before the end', async () => {
    const { stream, session } = await up();
    const answer = rejects(session.request(request, signal, 1000), 'lost');
    stream.data(Buffer.from([0, 0, 0, 9, 0, 0]));
    stream.end(cut);
    await answer;
  });

  it('gives up a request in time and tells the helper, and the session goes on', async () => {
    const { stream, clock, session } = await up();
    const answer = rejects(session.request(request, signal, 1000), 'timedOut');
    const { id } = stream.requests.at(-1)!;
    clock.advance(1000);
    await answer;
    const cancel = JSON.parse(stream.written.at(-1)!.subarray(9).toString()) as unknown;
    assert.deepEqual(cancel, { op: 'cancel', id });
    stream.reply(id, { ok: 'late' });
    await settled();
    assert.equal(session.ended, null);
  });

  it('gives up a request that is cancelled at once and tells the helper', async () => {
    const { stream, session } = await up();
    const abort = new AbortController();
    const answer = rejects(session.request(request, abort.signal, 1000), 'cancelled');
    abort.abort();
    await answer;
    assert.equal(stream.requests.at(-1)!.op, 'cancel');
    await rejects(session.request(request, abort.signal, 1000), 'cancelled');
  });

  it('leaves no timer where it ends while its greeting is being unpacked', async () => {
    const { stream, clock, session } = opened();
    stream.greet();
    stream.reply(0, hello);
    stream.end(cut);
    await settled();
    assert.equal(session.ended?.code, 'lost');
    assert.equal(clock.next, null);
  });

  it('says of a queue that is too large that it is, and not that the reply is wrong', async () => {
    const { stream, session } = await up();
    const answer = session.request(request, signal, 1000);
    stream.reply(stream.requests.at(-1)!.id, { error: { code: 'tooLarge' } });
    await assert.rejects(answer, /the queue is larger than is read \(67\.1 MB without environments\)/u);
  });

  it('shows no character of the other side that cannot be seen', async () => {
    const hostile = '\u001b]0;x\u0007\u202e';
    const parts = opened();
    parts.stream.greet();
    parts.stream.reply(0, { ok: { ...hello.ok, executable: hostile, platform: hostile } });
    await settled();
    const refused = parts.session.request(request, signal, 1000);
    parts.stream.reply(parts.stream.requests.at(-1)!.id, { error: { code: hostile, detail: hostile } });
    const lost = parts.session.request(request, signal, 1000);
    await assert.rejects(refused);
    parts.stream.end({ ...cut, error: new Error(hostile) });
    const errors = await Promise.allSettled([refused, lost]);
    const texts = errors.map((each) => (each.status === 'rejected' ? String(each.reason) : 'answered'));
    assert.doesNotMatch([...texts, ...parts.lines].join(''), /[\p{Cc}\u202e]/u);
    assert.match(texts.join(''), /\\x1b/u);
  });

  it('turns an error of the helper into a problem', async () => {
    const { stream, session, lines } = await up();
    const answer = rejects(session.request(request, signal, 1000), 'badReply');
    stream.reply(stream.requests.at(-1)!.id, { error: { code: 'failed', detail: 'KeyError in read:3' } });
    await answer;
    assert.ok(lines.some((line) => line.includes('KeyError in read:3')));
  });

  for (const [what, message] of [
    ['neither answer nor error', { hm: 1 }],
    ['no object', 3],
  ] as const)
    it(`ends on a reply that is ${what}`, async () => {
      const { stream, session } = await up();
      const answer = rejects(session.request(request, signal, 1000), 'badReply');
      stream.reply(stream.requests.at(-1)!.id, message);
      await answer;
      assert.equal(session.ended?.code, 'badReply');
    });

  it('notices a dead link 20 s after the last byte; any byte counts as life', async () => {
    const { stream, clock, session } = await up();
    const ends: string[] = [];
    session.onDidEnd(({ code }) => ends.push(code));
    clock.advance(19_000);
    assert.deepEqual(stream.requests.filter(({ op }) => op === 'ping').length, 4, 'a heartbeat each 5 s');
    stream.data(Buffer.from([0]));
    clock.advance(19_999);
    assert.equal(session.ended, null);
    clock.advance(1);
    assert.deepEqual(ends, ['lost']);
    assert.equal(stream.closed, true);
    assert.equal(clock.next, null, 'no timer is left');
  });

  it('does not take the silence of a slow pace for a dead link when somebody begins to look', async () => {
    const { stream, session, clock } = await up();
    session.setHeartbeat(60_000);
    clock.advance(45_000);
    session.setHeartbeat(5_000);
    assert.equal(session.ended, null);
    stream.reply(stream.requests.at(-1)!.id, { ok: { clock: 1 } });
    await settled();
    clock.advance(19_999);
    assert.equal(session.ended, null);
  });

  it('gives a link 5 s for a sign of life from a doubt on, once and for all doubts that follow', async () => {
    const { stream, session, clock } = await up();
    clock.advance(4_000);
    session.setHeartbeat(5_000);
    clock.advance(3_000);
    session.setHeartbeat(5_000);
    clock.advance(1_999);
    assert.equal(session.ended, null);
    clock.advance(1);
    assert.deepEqual(session.ended, linkLost('gpu-1', 'silent for 5 s'));
    assert.deepEqual([stream.closed, clock.next], [true, null]);
  });

  it('is in no doubt any more once a byte came, nor where it is watched less closely', async () => {
    const { stream, session, clock } = await up();
    session.setHeartbeat(5_000);
    clock.advance(4_999);
    stream.data(Buffer.from([0]));
    clock.advance(19_999);
    assert.equal(session.ended, null);
    stream.data(Buffer.from([0]));
    session.setHeartbeat(60_000);
    clock.advance(119_999);
    assert.equal(session.ended, null);
  });

  it('is in doubt when the computer has slept', async () => {
    const asleep = await up();
    asleep.session.setHeartbeat(60_000);
    asleep.clock.sleep(121_000);
    asleep.clock.advance(64_999);
    assert.equal(asleep.session.ended, null);
    asleep.clock.advance(1);
    assert.deepEqual(asleep.session.ended, linkLost('gpu-1', 'silent for 5 s'));
    const { session, clock } = await up();
    session.setHeartbeat(60_000);
    clock.sleep(119_000);
    clock.advance(70_000);
    assert.equal(session.ended, null, 'a timer that is a little late says nothing');
  });

  it('asks at once when the pace changes, and tells the helper the pace', async () => {
    const { stream, session, clock } = await up();
    session.setHeartbeat(60_000);
    assert.deepEqual(stream.requests.at(-1), { op: 'ping', intervalMs: 60_000, id: stream.requests.at(-1)!.id });
    clock.advance(119_999);
    const ends: string[] = [];
    session.onDidEnd(({ code }) => ends.push(code));
    assert.deepEqual(ends, []);
    clock.advance(1);
    assert.deepEqual(ends, ['lost']);
  });

  const beginnings: [string, ProblemCode, (parts: ReturnType<typeof opened>) => void][] = [
    [
      'the shell ends first',
      'badReply',
      ({ stream }) => {
        stream.end({ ...cut, exitCode: 1 });
      },
    ],
    [
      'the link is cut first',
      'lost',
      ({ stream }) => {
        stream.end(cut);
      },
    ],
    [
      'there is no python3',
      'pythonMissing',
      ({ stream }) => {
        stream.errorData(Buffer.from('pueue-preflight: no python3\n'));
        stream.end({ ...cut, exitCode: 127 });
      },
    ],
    [
      'the shell itself is missing',
      'badReply',
      ({ stream }) => {
        stream.end({ ...cut, exitCode: 127 });
      },
    ],
    [
      'nothing comes for 10 s',
      'badReply',
      ({ clock }) => {
        clock.advance(10_000);
      },
    ],
    [
      'Python is too old',
      'pythonMissing',
      ({ stream }) => {
        stream.greet();
        stream.reply(0, { tooOld: '3.6.9' });
      },
    ],
    [
      'another program answers',
      'badReply',
      ({ stream }) => {
        stream.greet();
        stream.reply(0, { ok: { ...hello.ok, helper: 'cd' } });
      },
    ],
    [
      'what follows the greeting is no frame',
      'badReply',
      ({ stream }) => {
        stream.greet();
        stream.data(Buffer.alloc(64, 0xff));
      },
    ],
  ];
  for (const [what, code, act] of beginnings)
    it(`that cannot begin because ${what} ends in ${code}`, async () => {
      const parts = opened();
      const answer = rejects(parts.session.request(request, signal, 60_000), code);
      act(parts);
      await answer;
    });
});
