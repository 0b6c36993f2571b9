import assert from 'node:assert/strict';
import { silentHost } from '../../../src/core/hostProblems';
import type {
  ByteStream,
  Connector,
  HostKeyQuestion,
  HostQuestions,
  LoginQuestions,
  PromptQuestion,
  StreamEnd,
} from '../../../src/core/ports';
import { isProblemError, ProblemError, type ProblemCode } from '../../../src/core/problem';
import { HostConnection } from '../../../src/host/hostConnection';
import { FakeClock } from '../../support/fakeClock';
import { FakeStream, hello, program } from '../../support/fakeStream';
import { hostSettings } from '../../support/hostSettings';

const question: HostKeyQuestion = {
  ...{ host: 'gpu-1', address: 'gpu-1:22', keyType: 'ED25519', fingerprint: 'SHA256:x', compareCommand: 'ssh-keygen' },
  store: { file: '/known_hosts' },
};

const prompts: PromptQuestion = {
  ...{ host: 'gpu-1', kind: 'secondFactor', asker: 'me@gpu-1:22', instruction: '', wasWrong: false },
  prompts: [{ text: 'Code', echo: false }],
};

/** A person who answers when the test says so. */
class SlowPerson implements HostQuestions {
  readonly asked: ((yes: boolean) => void)[] = [];

  mayAsk(): boolean {
    return true;
  }

  trustHostKey(): Promise<boolean> {
    return new Promise((resolve) => {
      this.asked.push(resolve);
    });
  }

  unlockKey(): Promise<boolean> {
    return this.trustHostKey();
  }

  answer(): Promise<readonly string[]> {
    return Promise.resolve(['123']);
  }

  requestTouch(): Promise<void> {
    return Promise.resolve();
  }
}

/** A connector whose connections the test lets come about. */
class FakeConnector implements Connector {
  readonly tries: {
    open(stream: ByteStream): void;
    fail(error: Error): void;
    signal: AbortSignal;
    /** Puts a question in the name of this try, as the connector would. */
    ask(): Promise<boolean>;
    mayAsk(): boolean;
    /** The login goes on to what may reach the person elsewhere. */
    noteBegun(): void;
    askForCode(): Promise<readonly string[] | null>;
  }[] = [];

  connect(_command: string, signal: AbortSignal, questions: LoginQuestions): Promise<ByteStream> {
    return new Promise((resolve, reject) => {
      const ask = (): Promise<boolean> => questions.trustHostKey(question, signal);
      const askForCode = (): Promise<readonly string[] | null> => questions.answer(prompts, signal);
      this.tries.push({
        ...{ open: resolve, fail: reject, signal, ask, askForCode },
        mayAsk: () => questions.mayAsk(),
        noteBegun: () => {
          questions.noteBegun();
        },
      });
    });
  }
}

function connection() {
  const connector = new FakeConnector();
  const clock = new FakeClock();
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const person = new SlowPerson();
  const parts = { settings: hostSettings('gpu-1'), connector, questions: person, program, clock, log };
  const reader = new HostConnection(parts);
  const told: (string | null)[] = [];
  reader.onDidChangeQuestion((asked) => told.push(asked));
  const read = (timeoutMs: number, signal = new AbortController().signal): Promise<string> =>
    reader.read(signal, timeoutMs).then(
      () => 'answered',
      (error: unknown) => {
        assert.ok(isProblemError(error), String(error));
        return error.problem.code;
      },
    );
  return { connector, clock, reader, read, person, told };
}

/** Lets what was set off run its course. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const cut: StreamEnd = { exitCode: null, signal: null, error: null };
const answer = {
  ok: {
    ...{ t: [1, null, 1, 1, 1, 1, 1], jobs: {} },
    s: {
      ...{ home: '/home/ana', bootedAt: 0, unreadJournal: null, checkpoints: [], quarantines: [], processes: { untraced: 'noProc' } },
      groups: { default: { status: 'Running', parallel_tasks: 1 } },
      pueue: {
        ...{ version: 'pueue 4.0.4', stopped: null, complaints: [] },
        commands: [0, 1].map(() => ({ argv: ['pueue'], code: 0, signal: null })),
      },
    },
  },
};

function asked(stream: FakeStream): number[] {
  return stream.requests.filter(({ op }) => op === 'snapshot' || op === 'again').map(({ id }) => id);
}

/** Opens the last try and greets. */
async function open({ connector }: ReturnType<typeof connection>): Promise<FakeStream> {
  const stream = new FakeStream();
  connector.tries.at(-1)!.open(stream);
  await settled();
  stream.greet();
  stream.reply(0, hello);
  await settled();
  return stream;
}

describe('the connection of a host', () => {
  it('connects once for all who ask, and keeps the session', async () => {
    const parts = connection();
    const reads = Promise.all([parts.read(1000), parts.read(1000)]);
    const stream = await open(parts);
    for (const id of asked(stream)) stream.reply(id, answer);
    assert.deepEqual(await reads, ['answered', 'answered']);
    const later = parts.read(1000);
    stream.reply(asked(stream).at(-1)!, answer);
    assert.equal(await later, 'answered');
    assert.equal(parts.connector.tries.length, 1);
  });

  it('goes on connecting for who still waits when another gives up: that one was not cancelled', async () => {
    const parts = connection();
    const poll = parts.read(30_000);
    parts.clock.advance(20_000);
    const audit = parts.read(15_000);
    parts.clock.advance(10_000);
    assert.equal(await poll, 'unreachable');
    assert.equal(parts.connector.tries[0]!.signal.aborted, false);
    const stream = await open(parts);
    stream.reply(asked(stream)[0]!, answer);
    assert.equal(await audit, 'answered');
  });

  it('frees the attempt when the last who waits gives up, by time or by cancelling, and the next gets its own', async () => {
    for (const how of ['time', 'cancel'] as const) {
      const parts = connection();
      const abort = new AbortController();
      const first = parts.read(1000, abort.signal);
      await settled();
      if (how === 'time') parts.clock.advance(1000);
      else abort.abort();
      assert.equal(await first, how === 'time' ? 'unreachable' : 'cancelled');
      assert.equal(parts.connector.tries[0]!.signal.aborted, true, how);
      const second = parts.read(1000);
      await settled();
      assert.equal(parts.connector.tries.length, 2, 'although the first try has not ended');
      const late = new FakeStream();
      parts.connector.tries[0]!.open(late);
      await settled();
      assert.equal(late.closed, true, 'a stream that nobody waits for is closed');
      const stream = await open(parts);
      stream.reply(asked(stream)[0]!, answer);
      assert.equal(await second, 'answered');
      assert.equal(parts.connector.tries.length, 2);
    }
  });

  const release = { job: { id: 12, createdAt: null, start: null }, life: 'boot/4242/1000' };
  const acts = (stream: FakeStream): number[] =>
    stream.requests.filter(({ op }) => op === 'releaseProcess').map(({ id }) => id);

  it('sends an act once, and never again by itself: whatever is no whole answer is lost', async () => {
    const endings: ((stream: FakeStream, parts: ReturnType<typeof connection>) => void)[] = [
      (stream) => {
        stream.end(cut);
      },
      (_, { clock }) => {
        clock.advance(1000);
      },
      (stream) => {
        stream.reply(acts(stream)[0]!, { ok: { outcome: 'perhaps' } });
      },
      (stream) => {
        stream.reply(acts(stream)[0]!, { error: { code: 'failed', detail: 'OSError in append:1' } });
      },
    ];
    for (const ending of endings) {
      const parts = connection();
      const reading = parts.read(1000);
      const stream = await open(parts);
      stream.reply(asked(stream)[0]!, answer);
      await reading;
      const act = parts.reader.releaseProcess(release, 1000);
      await settled();
      assert.equal(acts(stream).length, 1);
      ending(stream, parts);
      await assert.rejects(act, (error: unknown) => {
        assert.ok(isProblemError(error));
        assert.equal(error.problem.code, 'lost');
        assert.match(error.problem.message, /^gpu-1: .*not known whether it was done/u);
        assert.match(error.problem.next, /Refresh/u);
        return true;
      });
      assert.equal(parts.connector.tries.length, 1, 'no other try');
    }
  });

  it('tells of an act that could not be sent as it is, and gives its answer', async () => {
    const parts = connection();
    const silent = parts.reader.releaseProcess(release, 1000).then(
      () => assert.fail('it was answered'),
      (error: unknown) => isProblemError(error) && error.problem.code,
    );
    parts.clock.advance(1000);
    assert.equal(await silent, 'unreachable');
    const outcomes: [object, object][] = [
      [{ outcome: 'done' }, { kind: 'done' }],
      [{ outcome: 'gone' }, { kind: 'gone' }],
      [{ outcome: 'alreadySo' }, { kind: 'alreadySo' }],
      [
        { outcome: 'failed', error: 'ENOSPC' },
        { kind: 'failed', why: 'ENOSPC' },
      ],
    ];
    let stream: FakeStream | null = null;
    for (const [said, expected] of outcomes) {
      const act = parts.reader.releaseProcess(release, 1000);
      stream ??= await open(parts);
      await settled();
      stream.reply(acts(stream).at(-1)!, { ok: said });
      assert.deepEqual(await act, expected);
      const [sent] = stream.requests.filter(({ op }) => op === 'releaseProcess').slice(-1);
      assert.deepEqual(sent, {
        ...{ op: 'releaseProcess', id: acts(stream).at(-1), life: release.life, job: release.job },
      });
    }
  });

  it('asks once more over a fresh link where a kept one turns out lost, within the time that is left', async () => {
    const parts = connection();
    const first = parts.read(1000);
    const stream = await open(parts);
    stream.reply(asked(stream)[0]!, answer);
    await first;
    const second = parts.read(10_000);
    parts.clock.advance(4000);
    stream.end(cut);
    await settled();
    assert.equal(parts.connector.tries.length, 2);
    parts.clock.advance(5999);
    assert.equal(parts.connector.tries[1]!.signal.aborted, false);
    parts.clock.advance(1);
    assert.equal(await second, 'unreachable');
  });

  it('gives connecting and asking one time together', async () => {
    const parts = connection();
    const reading = parts.read(10_000);
    await settled();
    parts.clock.advance(4000);
    await open(parts);
    parts.clock.advance(5999);
    await settled();
    const early = await Promise.race([reading, Promise.resolve('under way')]);
    parts.clock.advance(1);
    assert.deepEqual([early, await reading], ['under way', 'timedOut']);
  });

  it('does not ask again what was lost on a fresh link, or answered with a problem', async () => {
    const parts = connection();
    const lost = parts.read(1000);
    (await open(parts)).end(cut);
    assert.equal(await lost, 'lost');
    assert.equal(parts.connector.tries.length, 1);
    const failed = parts.read(1000);
    const stream = await open(parts);
    stream.reply(asked(stream)[0]!, { error: { code: 'failed' } });
    assert.equal(await failed, 'badReply');
    const again = parts.read(1000);
    stream.reply(asked(stream).at(-1)!, { error: { code: 'failed' } });
    assert.equal(await again, 'badReply');
    assert.equal(parts.connector.tries.length, 2);
  });

  it('tells the problem of a failed try to all who wait, and tries afresh after it', async () => {
    const parts = connection();
    const reads = Promise.all([parts.read(1000), parts.read(1000)]);
    parts.connector.tries[0]!.fail(new ProblemError(silentHost('gpu-1', 5)));
    assert.deepEqual(await reads, ['unreachable', 'unreachable']);
    assert.equal(parts.clock.next, null, 'no timer is left');
    void parts.read(1000);
    assert.equal(parts.connector.tries.length, 2);
  });

  it('beats at the pace that was asked for before it was open, and tells a lost link', async () => {
    const parts = connection();
    const told: ProblemCode[] = [];
    parts.reader.onDidLoseLink(({ code }) => told.push(code));
    parts.reader.setAttention('idle');
    void parts.read(1000);
    const stream = await open(parts);
    assert.deepEqual(
      stream.requests.filter(({ op }) => op === 'ping').map((ping) => ping['intervalMs']),
      [60_000],
    );
    parts.reader.setAttention('visible');
    assert.equal(stream.requests.at(-1)!['intervalMs'], 5000);
    stream.end(cut);
    assert.deepEqual(told, ['lost']);
  });

  it('ends what is under way when it is closed, silently, and connects no more', async () => {
    const parts = connection();
    const told: string[] = [];
    parts.reader.onDidLoseLink(({ code }) => told.push(code));
    const first = parts.read(1000);
    const stream = await open(parts);
    parts.reader.close();
    assert.equal(await first, 'lost');
    assert.equal(stream.closed, true);
    assert.equal(await parts.read(1000), 'cancelled');
    assert.deepEqual([parts.connector.tries.length, told, parts.clock.next], [1, [], null]);
  });

  it('closes a connection that comes about after it was closed', async () => {
    const parts = connection();
    const reading = parts.read(1000);
    await settled();
    parts.reader.close();
    assert.equal(parts.connector.tries[0]!.signal.aborted, true);
    const late = new FakeStream();
    parts.connector.tries[0]!.open(late);
    assert.equal(await reading, 'cancelled');
    assert.equal(late.closed, true);
  });
});

describe('a question of the connection of a host', () => {
  const refused = new ProblemError({ code: 'hostKeyUnknown', message: 'gpu-1', next: 'Refresh' });
  const minute = 60_000;

  it('stops the clock of all who wait, also of who comes while it is asked, and lets it go on after the answer', async () => {
    const parts = connection();
    const poll = parts.read(30_000);
    parts.clock.advance(20_000);
    const answered = parts.connector.tries[0]!.ask();
    assert.deepEqual(parts.told, ['hostKey']);
    parts.clock.advance(30 * minute);
    const audit = parts.read(15_000);
    parts.clock.advance(30 * minute);
    assert.equal(parts.connector.tries[0]!.signal.aborted, false);
    parts.person.asked[0]!(true);
    assert.equal(await answered, true);
    assert.deepEqual(parts.told, ['hostKey', null]);
    parts.clock.advance(9_999);
    await settled();
    const early = await Promise.race([poll, Promise.resolve('under way')]);
    parts.clock.advance(1);
    assert.deepEqual([early, await poll], ['under way', 'unreachable']);
    parts.clock.advance(4_999);
    assert.equal(parts.connector.tries[0]!.signal.aborted, false);
    parts.clock.advance(1);
    assert.equal(await audit, 'unreachable');
    assert.equal(parts.connector.tries[0]!.signal.aborted, true);
  });

  it('leaves the clocks stopped after a second factor, until the login ends: a telephone may be in the person’s hand', async () => {
    const parts = connection();
    const reading = parts.read(10_000);
    parts.clock.advance(4_000);
    assert.deepEqual(await parts.connector.tries[0]!.askForCode(), ['123']);
    assert.deepEqual(parts.told, ['secondFactor']);
    parts.clock.advance(minute);
    const joined = parts.read(1_000);
    parts.clock.advance(minute);
    assert.equal(parts.connector.tries[0]!.signal.aborted, false);
    await open(parts);
    assert.deepEqual(parts.told, ['secondFactor', null]);
    parts.clock.advance(1_000);
    assert.equal(await joined, 'timedOut');
    parts.clock.advance(5_000);
    assert.equal(await reading, 'timedOut');
  });

  for (const how of ['fails', 'is given up'] as const)
    it(`begins no second time by itself what may ask on a telephone, when the login ${how}`, async () => {
      const parts = connection();
      const abort = new AbortController();
      const reading = parts.read(1_000, abort.signal);
      parts.connector.tries[0]!.noteBegun();
      assert.deepEqual(parts.told, ['secondFactor']);
      parts.clock.advance(minute);
      assert.equal(parts.connector.tries[0]!.signal.aborted, false, 'a person looks for the telephone');
      if (how === 'fails') parts.connector.tries[0]!.fail(new ProblemError(silentHost('gpu-1', 5)));
      else abort.abort();
      assert.notEqual(await reading, 'answered');
      void parts.read(1_000);
      assert.equal(parts.connector.tries[1]!.mayAsk(), false);
      parts.connector.tries[1]!.fail(refused);
      await settled();
      parts.reader.allowQuestions();
      void parts.read(1_000);
      assert.equal(parts.connector.tries[2]!.mayAsk(), true);
    });

  it('leaves the request itself the time that is left, without the time of the person', async () => {
    const parts = connection();
    const reading = parts.read(10_000);
    parts.clock.advance(4_000);
    const answered = parts.connector.tries[0]!.ask();
    parts.clock.advance(minute);
    parts.person.asked[0]!(true);
    await answered;
    await open(parts);
    parts.clock.advance(5_999);
    await settled();
    const early = await Promise.race([reading, Promise.resolve('under way')]);
    parts.clock.advance(1);
    assert.deepEqual([early, await reading], ['under way', 'timedOut']);
  });

  it('is put once: what was not answered is not asked again until the person has acted', async () => {
    const parts = connection();
    const fail = async (expected: number): Promise<void> => {
      const reading = parts.read(1000);
      const answered = parts.connector.tries.at(-1)!.ask();
      assert.equal(parts.person.asked.length, expected);
      parts.person.asked.at(-1)!(false);
      assert.equal(await answered, false);
      parts.connector.tries.at(-1)!.fail(refused);
      assert.equal(await reading, 'hostKeyUnknown');
    };
    await fail(1);
    await fail(1);
    parts.reader.allowQuestions();
    await fail(2);
    await fail(2);
  });

  it('may come several times within one attempt, and after a lost link not before the person has acted', async () => {
    const parts = connection();
    const first = parts.read(1000);
    for (const index of [0, 1, 2]) {
      const answered = parts.connector.tries[0]!.ask();
      parts.person.asked[index]!(true);
      assert.equal(await answered, true);
    }
    const stream = await open(parts);
    stream.reply(asked(stream)[0]!, answer);
    assert.equal(await first, 'answered');
    stream.end(cut);
    const again = parts.read(1000);
    assert.equal(await parts.connector.tries[1]!.ask(), false);
    assert.equal(parts.connector.tries[1]!.mayAsk(), false);
    assert.equal(parts.person.asked.length, 3);
    parts.connector.tries[1]!.fail(refused);
    assert.equal(await again, 'hostKeyUnknown');
    parts.reader.allowQuestions();
    void parts.read(1000);
    assert.equal(parts.connector.tries[2]!.mayAsk(), true);
    void parts.connector.tries[2]!.ask();
    assert.equal(parts.person.asked.length, 4);
  });

  for (const [title, waitMs, expected] of [
    ['comes where the act of the person has found the link dead', 10_000, true],
    ['does not come by itself where the link was lost long after the last act', 10 * minute, false],
  ] as const) {
    it(title, async () => {
      const parts = connection();
      parts.reader.allowQuestions();
      const first = parts.read(1000);
      const stream = await open(parts);
      stream.reply(asked(stream)[0]!, answer);
      assert.equal(await first, 'answered');
      parts.clock.advance(waitMs);
      stream.end(cut);
      void parts.read(1000);
      assert.equal(parts.connector.tries[1]!.mayAsk(), expected);
    });
  }

  it('does not forbid questions where the attempt that asked none failed', async () => {
    const parts = connection();
    const reading = parts.read(1000);
    parts.connector.tries[0]!.fail(new ProblemError(silentHost('gpu-1', 5)));
    await reading;
    void parts.read(1000);
    void parts.connector.tries[1]!.ask();
    assert.equal(parts.person.asked.length, 1);
  });

  it('may come again where it was withdrawn, because nobody waited for the attempt any more', async () => {
    const parts = connection();
    const abort = new AbortController();
    const reading = parts.read(1000, abort.signal);
    void parts.connector.tries[0]!.ask();
    abort.abort();
    assert.equal(await reading, 'cancelled');
    assert.equal(parts.connector.tries[0]!.signal.aborted, true);
    parts.person.asked[0]!(false);
    parts.connector.tries[0]!.fail(refused);
    await settled();
    void parts.read(1000);
    void parts.connector.tries[1]!.ask();
    assert.equal(parts.person.asked.length, 2);
  });

  it('that was withdrawn stops no clock of who reads anew, however late its box goes', async () => {
    const parts = connection();
    const abort = new AbortController();
    void parts.read(1000, abort.signal);
    void parts.connector.tries[0]!.ask();
    abort.abort();
    const anew = parts.read(1000);
    parts.clock.advance(1000);
    assert.equal(await anew, 'unreachable');
    const [answerLate] = parts.person.asked;
    const third = parts.read(1000);
    void parts.connector.tries[2]!.ask();
    answerLate!(false);
    await settled();
    assert.equal(parts.told.at(-1), 'hostKey', 'the box of the later attempt is still there');
    parts.clock.advance(5000);
    parts.connector.tries[2]!.fail(refused);
    assert.equal(await third, 'hostKeyUnknown');
  });

  it('is withdrawn when the host is closed', async () => {
    const parts = connection();
    const reading = parts.read(1000);
    void parts.connector.tries[0]!.ask();
    parts.reader.close();
    assert.equal(parts.connector.tries[0]!.signal.aborted, true);
    parts.connector.tries[0]!.fail(refused);
    assert.equal(await reading, 'hostKeyUnknown');
  });
});
