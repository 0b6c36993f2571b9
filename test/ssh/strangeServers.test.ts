/** Readings through servers that a real sshd does not imitate: each is whole, or a problem, and never half an answer. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { join as joinPath } from 'node:path';
import type { Clock, HostReader } from '../../src/core/ports';
import type { Problem } from '../../src/core/problem';
import { createHostReader } from '../../src/host/main';
import { systemClock } from '../../src/systemClock';
import { identify, isAlive } from '../lab/processes';
import { makeLabKey, writeSshClientFiles, type LabKey, type Sshd } from '../lab/sshd';
import { FakePueue } from '../support/fakePueue';
import { fastClock } from '../support/fastClock';
import { hostSettings } from '../support/hostSettings';
import { KeptLog } from '../support/localHost';
import { join, serveWell, shrinkWindow, startCommandServer, type CommandServerOptions } from './commandServer';
import { startTcpServer } from './fakeServer';
import { labConnector, labUser, neverAborted, problemOf, SshLab } from './labConnector';

/** The limits of a session five times as soon; connecting has the time of the real clock. */
const hasty = fastClock(5);

describe('a reading through a server that', function () {
  this.timeout(30_000);
  let lab: SshLab;
  let hostKey: LabKey;
  let sshd: Sshd;
  let pueue: FakePueue;

  before(async () => {
    lab = await SshLab.open();
    hostKey = await makeLabKey(joinPath(lab.folder, 'hostKey'));
    pueue = await FakePueue.make();
    lab.later(() => pueue.remove());
    sshd = await lab.sshd({ home: pueue.home });
  });
  after(() => lab.close());

  interface Opened {
    readonly reader: HostReader;
    readonly log: KeptLog;
    /** Reads the recorded queue whole. */
    whole(): Promise<void>;
    problem(timeoutMs?: number): Promise<Problem>;
  }

  async function open(port: number, key: string, clock: Clock = systemClock): Promise<Opened> {
    const { configFile } = await writeSshClientFiles(await lab.makeFolder(), [
      { alias: 'lab', port, hostPublicKeys: [key], identity: lab.identity, extra: [`User ${labUser}`] },
    ]);
    const log = new KeptLog();
    const connector = labConnector({ configFile });
    const reader = createHostReader({ settings: hostSettings('lab'), connector, clock, log });
    lab.later(() => {
      reader.close();
      return Promise.resolve();
    });
    return {
      reader,
      log,
      whole: async () => {
        const { queue } = await reader.read(neverAborted, 60_000);
        assert.ok(queue.jobs.some(({ state }) => state.kind === 'running'));
      },
      problem: (timeoutMs = 60_000) => problemOf(reader.read(neverAborted, timeoutMs)),
    };
  }

  async function through(
    serve: CommandServerOptions['serve'],
    { prepare, clock }: { prepare?: CommandServerOptions['prepare']; clock?: Clock } = {},
  ): Promise<Opened> {
    const server = await startCommandServer({
      ...{ hostKey, env: pueue.env, serve },
      ...(prepare === undefined ? {} : { prepare }),
    });
    lab.later(server.close);
    return open(server.port, hostKey.publicKey, clock);
  }

  it('runs the command as every server does is whole', async () => {
    await (await through(serveWell)).whole();
  });

  it('tells an exit first and sends the data afterwards is whole', async () => {
    const opened = await through((asked) => {
      asked.channel.exit(0);
      serveWell(asked);
    });
    await opened.whole();
    await opened.whole();
  });

  it('closes the connection right after the start of the command is lost', async () => {
    const { code, message } = await (await through(({ connection }) => connection.end())).problem();
    assert.equal(code, 'lost', message);
  });

  it('closes the command right after its start, without an exit, is lost', async () => {
    const { code, message } = await (await through(({ channel }) => channel.end())).problem();
    assert.equal(code, 'lost', message);
  });

  it('tells success at once and closes is no success', async () => {
    const opened = await through(({ channel }) => {
      channel.exit(0);
      channel.end();
    });
    const { code, message } = await opened.problem();
    assert.equal(code, 'badReply', message);
    assert.match(message, /the helper did not start.*exit code 0/u);
  });

  it('tells success and leaves the command open is no success: the reading ends at its own limit', async () => {
    const opened = await through((asked) => {
      const child = asked.start();
      join(asked, child);
      child.on('close', () => {
        asked.channel.exit(0);
      });
    });
    await opened.whole();
    const helper = identify(helperOf(opened))!;
    const reading = opened.problem(1_000);
    process.kill(helper.pid, 'SIGKILL');
    const { code, message } = await reading;
    assert.equal(code, 'timedOut', message);
    assert.equal(isAlive(helper), false);
  });

  it('takes 512 bytes at a time is whole', async () => {
    let grant: (bytes: number) => void = () => undefined;
    const opened = await through(
      (asked) => {
        asked.channel.on('data', (bytes: Buffer) => {
          grant(bytes.length);
        });
        serveWell(asked);
      },
      { prepare: (connection) => (grant = shrinkWindow(connection, 512)) },
    );
    await opened.whole();
  });

  it('takes 64 bytes and never more says that the helper did not start', async () => {
    const opened = await through(serveWell, {
      prepare: (connection) => void shrinkWindow(connection, 64),
      clock: hasty,
    });
    const { code, message } = await opened.problem();
    assert.equal(code, 'badReply', message);
    assert.match(message, /the helper did not start: nothing came within 10 s/u);
  });

  /** Passes on what a real sshd says: all of it, or the first bytes only, with the line left open. */
  interface Relay {
    readonly port: number;
    /** Lets this many more bytes of the server through, and then nothing. */
    stopAfter(bytes: number): void;
    /** Says something in the server's place. */
    say(bytes: Buffer): void;
  }

  async function relay(bytes = Infinity): Promise<Relay> {
    let left = bytes;
    let client: Socket | null = null;
    const server = await startTcpServer((socket) => {
      client = socket;
      const far = connect(sshd.port, '127.0.0.1');
      socket.pipe(far);
      far.on('data', (chunk: Buffer) => {
        const passed = chunk.subarray(0, left);
        left -= passed.length;
        if (passed.length > 0) socket.write(passed);
      });
      // Whichever side ends, so does the other; a reset is one way to end.
      far.on('error', () => far.destroy());
      socket.once('close', () => far.destroy());
      far.once('close', () => socket.end());
    });
    lab.later(server.close);
    return {
      port: server.port,
      stopAfter: (more) => (left = more),
      say: (words) => client!.write(words),
    };
  }

  it('stops in the middle of its first packet is unreachable, and why', async () => {
    // Beyond the identification, and less than what the server offers of algorithms.
    const { port } = await relay(300);
    const { configFile } = await writeSshClientFiles(await lab.makeFolder(), [
      { alias: 'lab', port, hostPublicKeys: sshd.hostPublicKeys, identity: lab.identity, extra: [`User ${labUser}`] },
    ]);
    const connector = labConnector({ configFile, timings: { connectMs: 1_000 } });
    const { code, message } = await problemOf(connector.connect('true', neverAborted));
    assert.equal(code, 'unreachable', message);
    assert.match(message, /did not finish the key exchange within 1 s/u);
  });

  it('stops in the middle of an answer gives none, and the dead link is noticed', async () => {
    const between = await relay();
    const opened = await open(between.port, sshd.hostPublicKeys[0]!, hasty);
    opened.reader.setAttention('visible');
    await opened.whole();
    const lost = new Promise<Problem>((resolve) => {
      opened.reader.onDidLoseLink(resolve);
    });
    between.stopAfter(21);
    const reading = opened.problem(15_000);
    assert.equal((await reading).code, 'timedOut');
    assert.match((await lost).message, /silent for 20 s/u);
  });

  it('says rubbish after the login is lost, and the next reading is whole over a fresh link', async () => {
    const between = await relay();
    const opened = await open(between.port, sshd.hostPublicKeys[0]!);
    await opened.whole();
    const lost = new Promise<Problem>((resolve) => {
      opened.reader.onDidLoseLink(resolve);
    });
    between.say(randomBytes(4_096));
    const { code, message } = await lost;
    assert.equal(code, 'lost', message);
    await opened.whole();
  });

  function helperOf({ log }: Opened): number {
    return Number(/helper (\d+) is up/u.exec(log.lines.join('\n'))![1]);
  }
});
