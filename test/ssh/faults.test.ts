/** Connections that do not come about: each says which kind of nothing it met, and leaves no socket behind. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Algorithms } from 'ssh2';
import type { SshTimings } from '../../src/ssh/main';
import { LabProxy } from '../lab/proxy';
import { findFreePort, makeLabKey, type LabKey, type Sshd } from '../lab/sshd';
import { acceptLogin, startFakeSsh, startTcpServer, type FakeServer, type FakeSshOptions } from './fakeServer';
import { labConnector, labUser, neverAborted, refuses, SshLab } from './labConnector';

describe('connections that fail', function () {
  this.timeout(30_000);
  let lab: SshLab;
  let sshd: Sshd;
  let hostKey: LabKey;

  before(async () => {
    lab = await SshLab.open();
    sshd = await lab.sshd();
    hostKey = await makeLabKey(join(lab.folder, 'hostKey'));
  });
  after(() => lab.close());

  interface Attempt {
    readonly port: number;
    readonly key?: string;
    readonly timings?: Partial<SshTimings>;
    readonly signal?: AbortSignal;
    readonly extra?: readonly string[];
    readonly environment?: Record<string, string | undefined>;
  }

  async function connect(attempt: Attempt): Promise<unknown> {
    const folder = await lab.makeFolder();
    const configFile = join(folder, 'config');
    const known = join(folder, 'known');
    await writeFile(known, `[127.0.0.1]:${String(attempt.port)} ${attempt.key ?? sshd.hostPublicKeys[0]!}\n`);
    const lines = [
      'Host lab',
      ...(attempt.extra ?? ['IdentitiesOnly yes', 'IdentityAgent none']),
      'HostName 127.0.0.1',
      `Port ${String(attempt.port)}`,
      `User ${labUser}`,
      `IdentityFile ${lab.identity.path}`,
      `UserKnownHostsFile ${known}`,
      'GlobalKnownHostsFile none',
    ];
    await writeFile(configFile, lines.join('\n  '));
    const { environment, timings } = attempt;
    const connector = labConnector({
      configFile,
      ...(environment === undefined ? {} : { environment }),
      ...(timings === undefined ? {} : { timings }),
    });
    return connector.connect('echo ready; exec cat', attempt.signal ?? neverAborted);
  }

  async function tcp(serve: (socket: Socket) => void): Promise<FakeServer> {
    const server = await startTcpServer(serve);
    lab.later(server.close);
    return server;
  }

  async function fakeSsh(options: Partial<FakeSshOptions> = {}): Promise<LabProxy> {
    const server = await startFakeSsh({ hostKey, ...options });
    lab.later(server.close);
    return proxyTo(server.port);
  }

  async function proxyTo(port: number): Promise<LabProxy> {
    const proxy = await LabProxy.start({ port });
    lab.later(() => proxy.close());
    return proxy;
  }

  const closed = (proxy: LabProxy): Promise<void> => proxy.until(({ openCount }) => openCount === 0);

  describe('by name', () => {
    it('refused port', async () => {
      const port = await findFreePort();
      await refuses(
        connect({ port }),
        'unreachable',
        new RegExp(`\\(127\\.0\\.0\\.1:${String(port)}\\): connection refused`),
      );
    });

    it('no such host name', async () => {
      await refuses(
        connect({ port: 22, extra: ['HostName no-such-host.invalid'] }),
        'unreachable',
        /there is no such name|the name service does not answer/,
      );
    });

    it('accepts and says nothing', async () => {
      const server = await tcp(() => undefined);
      await refuses(
        connect({ port: server.port, timings: { connectMs: 150 } }),
        'unreachable',
        /stays silent for 0\.15 s/,
      );
      await server.allClosed();
    });

    it('a link that is frozen during the key exchange', async () => {
      const proxy = await proxyTo(sshd.port);
      const failed = refuses(
        connect({ port: proxy.port, timings: { connectMs: 300 } }),
        'unreachable',
        /did not finish the key exchange within 0\.3 s|stays silent/,
      );
      await proxy.until((state) => state.bytes('down') > 0);
      proxy.freeze();
      await failed;
      await closed(proxy);
    });

    it('not an SSH server that waits', async () => {
      const server = await tcp((socket) => socket.write('220 mail.example ESMTP\x1b[31m\r\n'));
      await refuses(
        connect({ port: server.port, timings: { connectMs: 150 } }),
        'unreachable',
        /is not an SSH server; it said "220 mail\.example ESMTP\\x1b\[31m"/,
      );
      await server.allClosed();
    });

    it('not an SSH server that answers and hangs up', async () => {
      const server = await tcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      await refuses(
        connect({ port: server.port }),
        'unreachable',
        /closed the connection after saying "HTTP\/1\.1 400 Bad Request"/,
      );
      await server.allClosed();
    });

    it('a flood that is no SSH', async () => {
      const server = await tcp((socket) => socket.write(Buffer.alloc(3_000_000, 'x')));
      await refuses(connect({ port: server.port, timings: { connectMs: 1_000 } }), 'unreachable', /xxxx/);
      await server.allClosed();
    });

    it('closes at once, as MaxStartups does', async () => {
      const server = await tcp((socket) => socket.destroy());
      const problem = await refuses(connect({ port: server.port }), 'unreachable', /before saying anything|was reset/);
      assert.match(problem.next, /MaxStartups|firewalls/);
    });

    it('closes after its identification', async () => {
      const server = await tcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2p1\r\n'));
      await refuses(connect({ port: server.port }), 'unreachable', /closed the connection during the key exchange/);
      await server.allClosed();
    });

    it('rubbish after its identification', async () => {
      const server = await tcp((socket) => socket.write(`SSH-2.0-OpenSSH_9.2p1\r\n${'\xff'.repeat(4_000)}`));
      await refuses(connect({ port: server.port }), 'unreachable', /key exchange broke off/);
      await server.allClosed();
    });

    const uncommon: readonly (readonly [string, Algorithms])[] = [
      ['key exchange', { kex: ['diffie-hellman-group14-sha1'] }],
      ['group exchange', { kex: ['diffie-hellman-group-exchange-sha256'] }],
      ['mac', { hmac: ['hmac-sha1'], cipher: ['aes128-ctr'] }],
      ['cipher', { cipher: ['aes256-cbc'] }],
    ];
    for (const [what, algorithms] of uncommon) {
      it(`no ${what} in common`, async () => {
        const proxy = await fakeSsh({ config: { algorithms } });
        await refuses(connect({ port: proxy.port, key: hostKey.publicKey }), 'notSupported', /no matching/);
        await closed(proxy);
      });
    }

    it('an SHA-1 host key signature', async () => {
      const rsa = await makeLabKey(join(await lab.makeFolder(), 'rsa'), 'rsa');
      const server = await startFakeSsh({ hostKey: rsa, config: { algorithms: { serverHostKey: ['ssh-rsa'] } } });
      lab.later(server.close);
      await refuses(connect({ port: server.port, key: rsa.publicKey }), 'notSupported', /no matching host key format/);
    });

    it('a login that is never answered', async () => {
      const proxy = await fakeSsh({ serve: (connection) => connection.on('authentication', () => undefined) });
      await refuses(
        connect({ port: proxy.port, key: hostKey.publicKey, timings: { authenticateMs: 200 } }),
        'unreachable',
        /login did not finish within 0\.2 s/,
      );
      await closed(proxy);
    });

    it('a link that is cut during the login', async () => {
      const proxy = await fakeSsh({
        serve: (connection) =>
          connection.on('authentication', () => {
            proxy.cut('fin');
          }),
      });
      await refuses(
        connect({ port: proxy.port, key: hostKey.publicKey }),
        'unreachable',
        /closed the connection during the login/,
      );
    });

    it('a session that is never opened', async () => {
      const proxy = await fakeSsh({
        serve: (connection) => {
          acceptLogin(connection);
          // A listener that answers nothing; without one ssh2 refuses.
          connection.on('session', () => undefined);
        },
      });
      await refuses(
        connect({ port: proxy.port, key: hostKey.publicKey, timings: { openMs: 200 } }),
        'unreachable',
        /started no command within 0\.2 s/,
      );
      await closed(proxy);
    });

    it('a session that is refused', async () => {
      const proxy = await fakeSsh({
        serve: (connection) => {
          acceptLogin(connection);
          connection.on('session', (_accept, reject) => {
            reject();
          });
        },
      });
      await refuses(connect({ port: proxy.port, key: hostKey.publicKey }), 'refused', /opened no session/);
      await closed(proxy);
    });

    it('a command that is refused', async () => {
      const proxy = await fakeSsh({
        serve: (connection) => {
          acceptLogin(connection);
          connection.on('session', (accept) => {
            accept().on('exec', (_accept, reject) => {
              reject();
            });
          });
        },
      });
      await refuses(
        connect({ port: proxy.port, key: hostKey.publicKey }),
        'refused',
        /opened no session: Unable to exec/,
      );
      await closed(proxy);
    });

    it('a link that is cut between login and command', async () => {
      const proxy = await fakeSsh({
        serve: (connection) => {
          acceptLogin(connection);
          connection.on('session', () => {
            proxy.cut('rst');
          });
        },
      });
      await refuses(
        connect({ port: proxy.port, key: hostKey.publicKey }),
        'unreachable',
        /ended before the command was started/,
      );
    });

    it('an agent that does not answer is left out', async () => {
      const path = join(await lab.makeFolder(), 'agent');
      const agent = await startTcpServer((socket) => socket.end(), path);
      lab.later(agent.close);
      const server = await lab.sshd({ authorizedKeys: [] });
      await refuses(
        connect({ port: server.port, key: server.hostPublicKeys[0]!, extra: [`IdentityAgent ${path}`] }),
        'authenticationFailed',
        /agent at [^ ]+agent: it closed the connection/,
      );
    });

    /** An agent that lists the lab's identity and answers a wish to sign as told, or not at all. */
    async function fakeAgent(answer: Buffer | null): Promise<{ path: string; agent: FakeServer }> {
      const path = join(await lab.makeFolder(), 'agent');
      const blob = Buffer.from(lab.identity.publicKey.split(' ')[1]!, 'base64');
      const prefixed = (bytes: Buffer): Buffer => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(bytes.length);
        return Buffer.concat([length, bytes]);
      };
      const list = prefixed(
        Buffer.concat([Buffer.from([12, 0, 0, 0, 1]), prefixed(blob), prefixed(Buffer.from('me'))]),
      );
      const agent = await startTcpServer((socket) => {
        socket.on('data', (request: Buffer) => {
          if (request[4] === 11) socket.write(list);
          else if (answer !== null) socket.write(prefixed(answer));
        });
      }, path);
      lab.later(agent.close);
      return { path, agent };
    }

    it('an agent that never signs', async () => {
      const { path, agent } = await fakeAgent(null);
      const proxy = await proxyTo(sshd.port);
      await refuses(
        connect({ port: proxy.port, extra: [`IdentityAgent ${path}`], timings: { authenticateMs: 1_000 } }),
        'unreachable',
        /the ssh agent did not sign within 1 s/,
      );
      await agent.allClosed();
      await closed(proxy);
    });

    it('an agent that refuses to sign', async () => {
      const { path } = await fakeAgent(Buffer.from([5]));
      await refuses(
        connect({ port: sshd.port, extra: [`IdentityAgent ${path}`] }),
        'authenticationFailed',
        /Tried: [^ ]+ \(ED25519 [^)]+\), which did not sign\./,
      );
    });

    it('an agent that is not there is left out', async () => {
      const server = await lab.sshd({ authorizedKeys: [] });
      await refuses(
        connect({ port: server.port, key: server.hostPublicKeys[0]!, extra: ['IdentityAgent /nonexistent/agent'] }),
        'authenticationFailed',
        /agent at \/nonexistent\/agent: ENOENT/,
      );
    });
  });

  describe('by cancelling', () => {
    async function cancels(
      attempt: Omit<Attempt, 'signal'>,
      when: (abort: () => void) => Promise<void>,
    ): Promise<void> {
      const controller = new AbortController();
      const cancelled = refuses(connect({ ...attempt, signal: controller.signal }), 'cancelled');
      await when(() => {
        controller.abort();
      });
      await cancelled;
    }

    it('before anything', async () => {
      const proxy = await proxyTo(sshd.port);
      await refuses(connect({ port: proxy.port, signal: AbortSignal.abort() }), 'cancelled');
      assert.equal(proxy.connectionCount, 0);
    });

    it('while ssh -G runs a Match exec', async () => {
      const proxy = await proxyTo(sshd.port);
      const folder = await lab.makeFolder();
      const started = await startTcpServer(() => undefined, join(folder, 'started'));
      lab.later(started.close);
      const script = join(folder, 'slow');
      await writeFile(
        script,
        `#!/bin/sh\nexec python3 -c "import socket,sys;s=socket.socket(socket.AF_UNIX);s.connect('${folder}/started');s.recv(1)"\n`,
        { mode: 0o700 },
      );
      const extra = ['IdentityAgent none', 'Match exec "' + script + '"'];
      await cancels({ port: proxy.port, extra }, async (abort) => {
        await started.connected;
        abort();
      });
      assert.equal(proxy.connectionCount, 0);
      assert.ok(existsSync(script));
    });

    it('while the agent is asked for its keys', async () => {
      const proxy = await proxyTo(sshd.port);
      const path = join(await lab.makeFolder(), 'agent');
      const agent = await startTcpServer(() => undefined, path);
      lab.later(agent.close);
      let aborted = 0;
      await cancels({ port: proxy.port, extra: [`IdentityAgent ${path}`] }, async (abort) => {
        await agent.connected;
        aborted = performance.now();
        abort();
      });
      // The agent's own limit, which would end it as well, is 5 s.
      assert.ok(performance.now() - aborted < 2_500);
      await agent.allClosed();
      assert.equal(proxy.connectionCount, 0);
    });

    it('while the server is silent', async () => {
      const server = await tcp(() => undefined);
      await cancels({ port: server.port }, async (abort) => {
        await server.connected;
        abort();
      });
      await server.allClosed();
    });

    it('during the key exchange', async () => {
      const server = await tcp((socket) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'));
      await cancels({ port: server.port }, async (abort) => {
        const socket = await server.connected;
        // The client's KEXINIT: the exchange is under way.
        await new Promise((resolve) => socket.once('data', resolve));
        abort();
      });
      await server.allClosed();
    });

    it('during the login', async () => {
      let asked = (): void => undefined;
      const authentication = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const proxy = await fakeSsh({ serve: (connection) => connection.on('authentication', asked) });
      await cancels({ port: proxy.port, key: hostKey.publicKey }, async (abort) => {
        await authentication;
        abort();
      });
      await closed(proxy);
    });

    it('while the command is started', async () => {
      let asked = (): void => undefined;
      const session = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const proxy = await fakeSsh({
        serve: (connection) => {
          acceptLogin(connection);
          connection.on('session', asked);
        },
      });
      await cancels({ port: proxy.port, key: hostKey.publicKey }, async (abort) => {
        await session;
        abort();
      });
      await closed(proxy);
    });
  });
});
