/** The byte stream of one command on a real sshd: nothing is lost, nothing stalls, and its end is told as it was. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { Socket } from 'node:net';
import type { ByteStream, Connector } from '../../src/core/ports';
import { LabProxy } from '../lab/proxy';
import { writeSshClientFiles, type Sshd, type SshdOptions } from '../lab/sshd';
import { collect, follow, labConnector, labUser, neverAborted, refuses, run, SshLab } from './labConnector';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('the byte stream of a command', function () {
  this.timeout(30_000);
  let lab: SshLab;
  let sshd: Sshd;
  let connector: Connector;

  before(async () => {
    lab = await SshLab.open();
    sshd = await lab.sshd();
    connector = await connectorTo(sshd);
  });
  after(() => lab.close());

  async function connectorTo(server: Sshd, port = server.port, keepAliveMs = 15_000): Promise<Connector> {
    const { configFile } = await writeSshClientFiles(await lab.makeFolder(), [
      { alias: 'lab', port, hostPublicKeys: server.hostPublicKeys, identity: lab.identity, extra: [`User ${labUser}`] },
    ]);
    return labConnector({ configFile, timings: { keepAliveMs, farewellMs: 100 } });
  }

  async function serverWith(extraConfig: SshdOptions['extraConfig'] = []): Promise<Connector> {
    return connectorTo(await lab.sshd({ extraConfig }));
  }

  async function throughProxy(keepAliveMs = 15_000): Promise<{ proxy: LabProxy; stream: ByteStream }> {
    const proxy = await LabProxy.start({ port: sshd.port });
    lab.later(() => proxy.close());
    const stream = await (
      await connectorTo(sshd, proxy.port, keepAliveMs)
    ).connect('echo ready; exec cat', neverAborted);
    return { proxy, stream };
  }

  it('carries bytes both ways as they are', async () => {
    const bytes = randomBytes(3_000_000);
    const stream = await connector.connect(`head -c ${String(bytes.length)}`, neverAborted);
    const outcome = collect(stream);
    stream.write(bytes.subarray(0, 1));
    stream.write(bytes.subarray(1));
    const { output, end } = await outcome;
    assert.equal(sha256(output), sha256(bytes));
    assert.equal(end.exitCode, 0);
  });

  it('delivers twenty megabytes whole before it tells the end', async () => {
    const { output, end } = await run(connector, 'yes 0123456789abcde | head -c 20000000');
    assert.equal(output.length, 20_000_000);
    assert.equal(output.subarray(-6).toString(), 'abcde\n');
    assert.equal(end.exitCode, 0);
  });

  it('is not stalled by a flood on standard error that nobody reads', async () => {
    const stream = await connector.connect('head -c 20000000 /dev/zero >&2; echo done', neverAborted);
    const reader = follow(stream);
    await reader.until('done\n');
    assert.equal((await reader.end).exitCode, 0);
  });

  it('keeps the standard error that came before anybody listened', async () => {
    const stream = await connector.connect('echo early >&2; echo out; read line; echo late >&2', neverAborted);
    const reader = follow(stream);
    await reader.until('out\n');
    let text = '';
    stream.onErrorData((bytes) => {
      text += Buffer.from(bytes).toString();
    });
    stream.write(Buffer.from('\n'));
    await reader.end;
    assert.equal(text, 'early\nlate\n');
  });

  it('gives the command end of file when it is closed', async () => {
    const proxy = await LabProxy.start({ port: sshd.port });
    lab.later(() => proxy.close());
    const marker = `${lab.folder}/saw-end-of-file`;
    const stream = await (
      await connectorTo(sshd, proxy.port)
    ).connect(`echo ready; cat; mkfifo ${marker}; cat ${marker}`, neverAborted);
    const reader = follow(stream);
    await reader.until('ready\n');
    stream.close();
    await reader.end;
    await proxy.until(({ openCount }) => openCount === 0);
    // Opening the fifo for writing ends only when the command has made it and reads from it.
    const local = await connector.connect(
      `until test -p ${marker}; do sleep 0.02; done; echo > ${marker}; echo met`,
      neverAborted,
    );
    await follow(local).until('met\n');
  });

  it('leaves nothing behind on the signal, the process or the server over thirty connections', async () => {
    const proxy = await LabProxy.start({ port: sshd.port });
    lab.later(() => proxy.close());
    const through = await connectorTo(sshd, proxy.port);
    const { signal } = new AbortController();
    const before = process.eventNames().map((name) => process.listenerCount(name));
    for (let round = 0; round < 30; round += 1) {
      const stream = await through.connect('echo ready; exec cat', signal);
      const reader = follow(stream);
      await reader.until('ready\n');
      if (round % 3 === 0) stream.close();
      else proxy.cut(round % 3 === 1 ? 'fin' : 'rst');
      await reader.end;
    }
    await proxy.until(({ openCount }) => openCount === 0);
    assert.equal(proxy.connectionCount, 30);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.deepEqual(
      process.eventNames().map((name) => process.listenerCount(name)),
      before,
    );
  });

  it('ignores writes after the end and a second close', async () => {
    const stream = await connector.connect('true', neverAborted);
    await collect(stream);
    stream.write(Buffer.from('late'));
    stream.close();
    stream.close();
  });

  it('tells the end to a listener that comes after it', async () => {
    const stream = await connector.connect('exit 7', neverAborted);
    await collect(stream);
    const end = await new Promise((resolve) => {
      stream.onEnd(resolve);
    });
    assert.deepEqual(end, { exitCode: 7, signal: null, error: null });
  });

  it('frees the socket when the command has ended by itself', async () => {
    const proxy = await LabProxy.start({ port: sshd.port });
    lab.later(() => proxy.close());
    await run(await connectorTo(sshd, proxy.port), 'true');
    await proxy.until(({ openCount }) => openCount === 0);
  });

  it('frees the socket when it is closed', async () => {
    const { proxy, stream } = await throughProxy();
    const reader = follow(stream);
    await reader.until('ready\n');
    stream.close();
    await reader.end;
    await proxy.until(({ openCount }) => openCount === 0);
    assert.equal(proxy.connectionCount, 1);
  });

  it('ends with nothing known when the link is cut by FIN', async () => {
    const { proxy, stream } = await throughProxy();
    const reader = follow(stream);
    await reader.until('ready\n');
    proxy.cut('fin');
    assert.deepEqual(await reader.end, { exitCode: null, signal: null, error: null });
  });

  it('ends with nothing known but the error when the link is reset', async () => {
    const { proxy, stream } = await throughProxy();
    const reader = follow(stream);
    await reader.until('ready\n');
    proxy.cut('rst');
    const end = await reader.end;
    assert.deepEqual([end.exitCode, end.signal], [null, null]);
    assert.match(end.error?.message ?? '', /ECONNRESET/);
  });

  it('ends by keepalive when the link is frozen', async () => {
    const { proxy, stream } = await throughProxy(150);
    const reader = follow(stream);
    await reader.until('ready\n');
    proxy.freeze();
    const end = await reader.end;
    assert.deepEqual([end.exitCode, end.signal, end.error?.message], [null, null, 'Keepalive timeout']);
  });

  it('frees the socket of a frozen link when it is closed', async () => {
    const { proxy, stream } = await throughProxy();
    const reader = follow(stream);
    await reader.until('ready\n');
    proxy.freeze();
    stream.close();
    await reader.end;
    await proxy.until(({ openCount }) => openCount === 0);
  });

  it('goes on after a freeze that ends', async () => {
    const { proxy, stream } = await throughProxy();
    const reader = follow(stream);
    await reader.until('ready\n');
    proxy.freeze();
    stream.write(Buffer.from('held back\n'));
    await proxy.until((state) => state.bytes('up') > 0);
    proxy.unfreeze();
    await reader.until('held back\n');
    stream.close();
    await reader.end;
  });

  it('works with MaxSessions 1', async () => {
    assert.equal((await run(await serverWith(['MaxSessions 1']), 'echo in')).output.toString(), 'in\n');
  });

  it('says that MaxSessions 0 allows no session', async () => {
    const attempt = (await serverWith(['MaxSessions 0'])).connect('true', neverAborted);
    const problem = await refuses(attempt, 'refused', /accepted the login but opened no session/);
    assert.match(problem.next, /MaxSessions/);
  });

  for (const shell of ['sh', 'bash', 'fish', 'tcsh']) {
    it(`runs the command under the login shell ${shell}`, async () => {
      const through = await serverWith([`ForceCommand ${shell} -c "$SSH_ORIGINAL_COMMAND"`]);
      const outcome = await run(
        through,
        `exec /bin/sh -c 'for q in a "b c"; do echo "$q"; done; echo err >&2; exit 3'`,
      );
      assert.equal(outcome.output.toString(), 'a\nb c\n');
      assert.equal(outcome.errorOutput.toString(), 'err\n');
      assert.equal(outcome.end.exitCode, 3);
    });
  }

  it('passes on what a noisy login shell prints before the command', async () => {
    const through = await serverWith([
      `ForceCommand head -c 5000000 /dev/zero; echo noise >&2; eval "$SSH_ORIGINAL_COMMAND"`,
    ]);
    const outcome = await run(through, 'echo in');
    assert.equal(outcome.output.length, 5_000_003);
    assert.equal(outcome.output.subarray(-3).toString(), 'in\n');
    assert.equal(outcome.errorOutput.toString(), 'noise\n');
  });

  it('passes on what a forced command says that ignores ours', async () => {
    const outcome = await run(
      await serverWith(['ForceCommand echo "This account is for backups."; exit 1']),
      'echo in',
    );
    assert.equal(outcome.output.toString(), 'This account is for backups.\n');
    assert.equal(outcome.end.exitCode, 1);
  });

  it('gives the session the HOME that the lab asks for', async () => {
    const server = await lab.sshd({ home: lab.folder });
    assert.equal((await run(await connectorTo(server), 'echo $HOME')).output.toString(), `${lab.folder}\n`);
  });

  it('turns Nagle off, so that one request does not wait for the answer to another', async () => {
    const calls: (boolean | undefined)[] = [];
    const original = Object.getOwnPropertyDescriptor(Socket.prototype, 'setNoDelay')!;
    const setNoDelay = original.value as (this: Socket, on?: boolean) => Socket;
    Object.defineProperty(Socket.prototype, 'setNoDelay', {
      ...original,
      value(this: Socket, on?: boolean) {
        calls.push(on);
        return setNoDelay.call(this, on);
      },
    });
    try {
      await run(connector, 'true');
    } finally {
      Object.defineProperty(Socket.prototype, 'setNoDelay', original);
    }
    assert.deepEqual(calls, [true]);
  });

  it('pays one round trip for a request on an open stream', async () => {
    const proxy = await LabProxy.start({ port: sshd.port, delayMs: { up: 80, down: 80 } });
    lab.later(() => proxy.close());
    const stream = await (await connectorTo(sshd, proxy.port)).connect('exec cat', neverAborted);
    const reader = follow(stream);
    const started = performance.now();
    for (const word of ['one', 'two', 'three', 'four', 'five']) {
      stream.write(Buffer.from(word));
      await reader.until(word);
    }
    const roundTrips = (performance.now() - started) / 160;
    stream.close();
    await reader.end;
    assert.ok(roundTrips >= 5 && roundTrips < 7.5, `${roundTrips.toFixed(2)} round trips for 5 requests`);
  });
});
