/** What an act ends in where link, helper or a second window come between: always in the truth, and never done twice. */
import assert from 'node:assert/strict';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActAnswer, RestartInPlace } from '../../src/core/acts/hostAct';
import type { ByteStream, Connector } from '../../src/core/ports';
import { isProblemError, type Problem } from '../../src/core/problem';
import { createLocalConnector } from '../../src/host/localConnector';
import { createHostReader } from '../../src/host/main';
import { systemClock } from '../../src/systemClock';
import { identify, untilGone, type ProcessIdentity } from '../lab/processes';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { seeded } from '../soak/seeded';
import { GatedClient } from '../support/gatedClient';
import { hostSettings } from '../support/hostSettings';
import { KeptLog, localHost, type LocalHost } from '../support/localHost';
import { restartOf, snapshotOf, targetOf } from '../support/restart';

interface JournalRecord {
  readonly kind: string;
  readonly data: { readonly act?: string; readonly argv?: readonly string[] };
}

type Ended = { readonly answer: ActAnswer } | { readonly problem: Problem };

describe('an act on a host', () => {
  let host: PueueHost;
  let id: number;
  let open: LocalHost[];

  const window = (settings: Parameters<typeof localHost>[1] = {}): LocalHost => {
    const local = localHost(host.env, settings);
    open.push(local);
    return local;
  };
  const ended = async (act: Promise<ActAnswer>): Promise<Ended> => {
    try {
      return { answer: await act };
    } catch (error) {
      if (isProblemError(error)) return { problem: error.problem };
      throw error;
    }
  };
  const problemOf = async (act: Promise<ActAnswer>): Promise<Problem> => {
    const end = await ended(act);
    if ('answer' in end) throw new Error('it was done');
    return end.problem;
  };
  /** What the journal holds of an act, as words. */
  const journaled = async ({ id: act }: RestartInPlace): Promise<string[]> => {
    const text = await readFile(join(host.home, '.local/state/pueue-preflight/journal.jsonl'), 'utf8').catch(() => '');
    const records = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as JournalRecord);
    return records
      .filter(({ data }) => data.act === act)
      .map(({ kind, data }) => (kind === 'command' ? data.argv!.find((word) => /^(?:restart|enqueue)$/u.test(word))! : kind));
  };
  const helperOf = (local: LocalHost): ProcessIdentity => {
    const pids = local.log.lines.flatMap((line) => /helper (\d+) is up/u.exec(line)?.[1] ?? []);
    const identity = identify(Number(pids.at(-1)));
    if (identity === null) throw new Error('there is no helper');
    return identity;
  };
  /** A failed job that takes `ready` to succeed, as it is at this moment. */
  const failed = async (local: LocalHost): Promise<RestartInPlace> => {
    await untilStates(host, new Map([[id, 'Failed']]));
    return restartOf([await targetOf(local, id)]);
  };

  beforeEach(async () => {
    open = [];
    host = await startPueueHost({ version: '4.0.4', clientIn: '.cargo/bin' });
    id = await host.add('false');
  });

  afterEach(async () => {
    for (const { reader } of open) reader.close();
    await host.stop();
  });

  it('is told as it was recorded where the link is cut before its answer has come', async () => {
    const client = await GatedClient.make(host, 'enqueue');
    const local = window({ pueue: client.path });
    const act = await failed(local);
    const end = ended(local.reader.act(act, 20_000));
    await client.untilBegun();
    local.tap.cut();
    await client.open();
    const told = await end;
    assert.ok('answer' in told, JSON.stringify(told));
    assert.deepEqual(
      told.answer.targets.map(({ outcome }) => outcome),
      ['done'],
    );
    assert.deepEqual(await journaled(act), ['intent', 'restart', 'enqueue', 'outcome']);
  });

  it('is told truly wherever the link is cut, and is done once or not at all', async () => {
    const random = seeded(13);
    const seen = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const local = window();
      const act = await failed(local);
      const told = ended(local.reader.act(act, 20_000));
      await new Promise((resolve) => setTimeout(resolve, random() * 90));
      local.tap.cut();
      const end = await told;
      const records = await journaled(act);
      if ('answer' in end) {
        assert.deepEqual(records, ['intent', 'restart', 'enqueue', 'outcome']);
        assert.equal(end.answer.targets[0]!.outcome, 'done');
      } else {
        assert.equal(end.problem.code, 'unreachable', end.problem.message);
        assert.deepEqual(records, ['void']);
        assert.deepEqual(await targetOf(local, id), act.targets[0]);
      }
      seen.add('answer' in end ? 'done' : 'never');
    }
    assert.deepEqual([...seen].sort(), ['done', 'never']);
  });

  it('is told truly wherever its helper is killed', async () => {
    const random = seeded(14);
    const seen = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const local = window();
      const act = await failed(local);
      const helper = helperOf(local);
      const told = ended(local.reader.act(act, 20_000));
      await new Promise((resolve) => setTimeout(resolve, random() * 90));
      process.kill(helper.pid, 'SIGKILL');
      const end = await told;
      const records = await journaled(act);
      if ('answer' in end) assert.equal(records.at(-1), 'outcome');
      else if (end.problem.code === 'lost') assert.ok(records[0] === 'intent' && !records.includes('outcome'));
      else {
        assert.equal(end.problem.code, 'unreachable', end.problem.message);
        assert.deepEqual(records, ['void']);
      }
      assert.ok(records.filter((word) => word === 'restart').length <= 1);
      seen.add('answer' in end ? 'done' : end.problem.code);
      // What was left in the middle is stashed: the next round wants a failed one.
      if ((await targetOf(local, id)).state === 'stashed') await host.must(['enqueue', String(id)]);
    }
    assert.ok(seen.has('lost') && seen.has('unreachable'), [...seen].join());
  });

  for (const signal of ['SIGTERM', 'SIGHUP'] as const)
    it(`is brought to its end and recorded by a helper that gets ${signal}`, async () => {
      const client = await GatedClient.make(host, 'restart');
      const local = window({ pueue: client.path });
      const act = await failed(local);
      const helper = helperOf(local);
      const end = ended(local.reader.act(act, 20_000));
      await client.untilBegun();
      process.kill(helper.pid, signal);
      await client.open();
      const told = await end;
      assert.ok('answer' in told, JSON.stringify(told));
      assert.deepEqual(await journaled(act), ['intent', 'restart', 'enqueue', 'outcome']);
      await untilGone([helper]);
    });

  it('never begins once it was given up, however late the request arrives', async () => {
    const link = new FrozenLink(host);
    const reader = createHostReader({
      settings: hostSettings('lab', { transport: 'local' }),
      connector: link,
      clock: systemClock,
      log: new KeptLog(),
    });
    const local = window();
    const act = await failed(local);
    try {
      await reader.read(new AbortController().signal, 15_000);
      link.freeze();
      const told = problemOf(reader.act(act, 20_000));
      link.giveUp();
      assert.equal((await told).code, 'unreachable');
      assert.match((await told).message, /nothing was done/u);
      await link.thaw();
      assert.deepEqual(await journaled(act), ['void']);
      assert.deepEqual(await targetOf(local, id), act.targets[0]);
    } finally {
      reader.close();
    }
  });

  it('is refused while another window acts, which is named, and is no longer then', async () => {
    const client = await GatedClient.make(host, 'restart');
    const [one, other] = [window({ pueue: client.path }), window()];
    // It reaches the same daemon in another way.
    const third = window({ pueueConfig: host.config });
    const first = await failed(one);
    const second = restartOf(first.targets);
    const end = ended(one.reader.act(first, 20_000));
    await client.untilBegun();
    const began = performance.now();
    const [{ code, message }, { code: also }] = await Promise.all([
      problemOf(other.reader.act(second, 20_000)),
      problemOf(third.reader.act(restartOf(first.targets), 20_000)),
    ]);
    assert.deepEqual([code, also], ['busy', 'busy']);
    assert.ok(performance.now() - began < 7000);
    assert.ok(message.includes(`process ${helperOf(one).pid}`) && message.includes('"restart"'), message);
    assert.deepEqual(await journaled(second), []);
    await client.open();
    assert.ok('answer' in (await end));
    // The ground has changed by now, but nobody is busy.
    assert.equal((await problemOf(other.reader.act(second, 20_000))).code, 'stale');
  });

  it('keeps others out while its command goes on without the helper that began it', async () => {
    const client = await GatedClient.make(host, 'restart');
    const [one, other] = [window({ pueue: client.path }), window()];
    const act = await failed(one);
    const end = problemOf(one.reader.act(act, 20_000));
    await client.untilBegun();
    process.kill(helperOf(one).pid, 'SIGKILL');
    assert.equal((await problemOf(other.reader.act(restartOf(act.targets), 20_000))).code, 'busy');
    await client.open();
    const { code, message } = await end;
    assert.equal(code, 'lost');
    assert.match(message, new RegExp(`restart --in-place --stashed -- ${id}`, 'u'));
    await untilStates(host, new Map([[id, 'Stashed']]));
  });

  it('is not begun where the daemon is stopped, and says so', async () => {
    const local = window();
    const act = await failed(local);
    await host.stopDaemon();
    const { code, message } = await problemOf(local.reader.act(act, 20_000));
    assert.equal(code, 'refused');
    assert.match(message, /could not be read right before/u);
    assert.deepEqual(await journaled(act), []);
    await host.startDaemon();
  });

  it('that is stopped in the middle is told with what it had run', async () => {
    const client = await GatedClient.make(host, 'restart');
    const local = window({ pueue: client.path });
    const act = await failed(local);
    const end = problemOf(local.reader.act(act, 20_000));
    await client.untilBegun();
    await rename(client.path, `${client.path}.gone`);
    await client.open();
    const { code, message } = await end;
    assert.equal(code, 'lost');
    assert.match(message, /stopped in the middle/u);
    assert.match(message, /had run: .*restart --in-place/u);
    assert.equal((await journaled(act)).at(-1), 'outcome');
  });

  it('names ten thousand jobs in one request, and is refused by us where it names too many', async () => {
    const local = window();
    const { targets } = await failed(local);
    const many = (count: number): RestartInPlace =>
      restartOf(Array.from({ length: count }, (_, at) => ({ ...targets[0]!, id: id + 1 + at })));
    const { code, message } = await problemOf(local.reader.act(many(10_000), 20_000));
    assert.equal(code, 'stale');
    assert.match(message, /and 9990 more/u);
    assert.equal((await problemOf(local.reader.act(many(150_000), 20_000))).code, 'invalidInput');
    assert.equal((await snapshotOf(local)).queue.jobs.length, 1);
  });
});

/** A link that holds back what is sent, is given up by this side, and delivers it all the same. */
class FrozenLink implements Connector {
  readonly #inner: Connector;
  #isFrozen = false;
  #held: Uint8Array[] = [];
  #stream: ByteStream | null = null;
  #giveUp: () => void = () => undefined;
  #ended: Promise<void> = Promise.resolve();
  #onData: () => void = () => undefined;

  constructor({ env }: PueueHost) {
    this.#inner = createLocalConnector('lab', { ...env });
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  giveUp(): void {
    this.#isFrozen = false;
    this.#giveUp();
  }

  /** Delivers what was held back, and resolves when the helper of that link has answered it and has ended. */
  async thaw(): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      this.#onData = resolve;
    });
    for (const bytes of this.#held) this.#stream?.write(bytes);
    await answered;
    this.#stream?.close();
    await this.#ended;
  }

  async connect(command: string, signal: AbortSignal): Promise<ByteStream> {
    const stream = await this.#inner.connect(command, signal);
    if (this.#stream !== null) return stream;
    this.#stream = stream;
    let end: Parameters<ByteStream['onEnd']>[0] = () => undefined;
    this.#ended = new Promise((resolve) => {
      stream.onEnd(() => {
        resolve();
      });
    });
    this.#giveUp = () => {
      end({ exitCode: null, signal: null, error: null });
    };
    return {
      route: stream.route,
      write: (bytes) => {
        if (this.#isFrozen) this.#held.push(bytes);
        else stream.write(bytes);
      },
      onData: (listener) => {
        stream.onData((bytes) => {
          listener(bytes);
          this.#onData();
        });
      },
      onErrorData: (listener) => {
        stream.onErrorData(listener);
      },
      onEnd: (listener) => {
        end = listener;
      },
      close: () => undefined,
    };
  }
}
