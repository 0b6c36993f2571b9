/** Connections by the system's ssh to real servers: what only OpenSSH can do, how it fails, and that nothing of it stays. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostSettings } from '../../src/core/hostSettings';
import type { ByteStream, Connector } from '../../src/core/ports';
import type { SshTimings } from '../../src/ssh/main';
import { descendants, isAlive, type ProcessIdentity } from '../lab/processes';
import { LabProxy } from '../lab/proxy';
import { registerProcess, unregister } from '../lab/registry';
import { runProgram } from '../lab/runProgram';
import { findFreePort, makeLabKey, type LabKey, type Sshd, type SshdOptions } from '../lab/sshd';
import { acceptLogin, startFakeSsh, startTcpServer } from './fakeServer';
import { collect, follow, labConnector, labUser, neverAborted, refuses, run, SshLab } from './labConnector';

/** One `Host` entry; keys that are known for its port. */
interface Entry {
  readonly alias?: string;
  readonly port: number;
  /** Lines of known_hosts, each without the name before it. */
  readonly known?: readonly string[];
  readonly identity?: LabKey;
  readonly lines?: readonly string[];
}

describe("the system's ssh", function () {
  this.timeout(60_000);
  let lab: SshLab;
  let sshd: Sshd;
  const servers: Sshd[] = [];

  async function startServer(options: Partial<SshdOptions> = {}): Promise<Sshd> {
    const server = await lab.sshd(options);
    servers.push(server);
    return server;
  }

  before(async () => {
    lab = await SshLab.open();
    sshd = await startServer();
  });
  after(() => lab.close());

  async function writeConfig(...entries: readonly Entry[]): Promise<string> {
    const folder = await lab.makeFolder();
    const knownFile = join(folder, 'known');
    const configFile = join(folder, 'config');
    const known = entries.flatMap(({ port, known: lines = sshd.hostPublicKeys }) =>
      lines.map((line) => (line.startsWith('@') ? `${line}\n` : `[127.0.0.1]:${String(port)} ${line}\n`)),
    );
    await writeFile(knownFile, known.join(''));
    const texts = entries.map(({ alias = 'lab', port, identity = lab.identity, lines = [] }) =>
      [
        `Host ${alias}`,
        ...lines,
        'HostName 127.0.0.1',
        `Port ${String(port)}`,
        `User ${labUser}`,
        `IdentityFile ${identity.path}`,
        'IdentitiesOnly yes',
        'IdentityAgent none',
        `UserKnownHostsFile ${knownFile}`,
        'GlobalKnownHostsFile none',
      ].join('\n  '),
    );
    await writeFile(configFile, `${texts.join('\n\n')}\n`);
    return configFile;
  }

  interface Wish {
    readonly settings?: Partial<HostSettings>;
    readonly timings?: Partial<SshTimings>;
    readonly environment?: Record<string, string | undefined>;
  }

  const bySystem = (configFile: string, wish: Wish = {}): Connector =>
    labConnector({ configFile, ...wish, settings: { transport: 'openssh', ...wish.settings } });
  const auto = (configFile: string, wish: Wish = {}): Connector =>
    labConnector({ configFile, ...wish, settings: { transport: 'auto', ...wish.settings } });
  const builtIn = (configFile: string): Connector => labConnector({ configFile });

  async function proxyTo(port: number): Promise<LabProxy> {
    const proxy = await LabProxy.start({ port });
    lab.later(() => proxy.close());
    return proxy;
  }

  /** What runs below this process and is no server's. */
  function clients(): ProcessIdentity[] {
    const theirs = new Set(servers.flatMap((server) => descendants(server.pid)).map(({ pid }) => pid));
    return descendants(process.pid).filter(({ pid }) => !theirs.has(pid));
  }

  /** A stream that runs `cat`, and the processes that came with it on this side. */
  async function openCat(connector: Connector): Promise<{ stream: ByteStream; ours: ProcessIdentity[] }> {
    const before = new Set(clients().map(({ pid }) => pid));
    const stream = await connector.connect('echo ready; exec cat', neverAborted);
    return { stream, ours: clients().filter(({ pid }) => !before.has(pid)) };
  }

  describe('does', () => {
    it('run a command, with its output and its exit code', async () => {
      const configFile = await writeConfig({ port: sshd.port });
      const { output, errorOutput, end } = await run(bySystem(configFile), 'echo out; echo err >&2; exit 3');
      assert.equal(output.toString(), 'out\n');
      assert.match(errorOutput.toString(), /^err\n/m);
      assert.doesNotMatch(errorOutput.toString(), /Authenticated/);
      assert.deepEqual(end, { exitCode: 3, signal: null, error: null });
    });

    it('carry every byte unchanged, both ways', async () => {
      const configFile = await writeConfig({ port: sshd.port });
      const stream = await bySystem(configFile).connect('exec cat', neverAborted);
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 31) % 256));
      const seen: Uint8Array[] = [];
      let size = 0;
      const end = new Promise((resolve) => {
        stream.onEnd(resolve);
      });
      stream.onData((chunk) => {
        seen.push(chunk);
        size += chunk.length;
        if (size === bytes.length) stream.close();
      });
      stream.write(bytes);
      await end;
      assert.ok(Buffer.concat(seen).equals(bytes));
    });

    it('read a flood on standard error to its end, heard or not', async () => {
      const configFile = await writeConfig({ port: sshd.port });
      const { end, errorOutput } = await run(bySystem(configFile), 'head -c 5000000 /dev/zero >&2; exit 5');
      assert.equal(end.exitCode, 5);
      assert.ok(errorOutput.length >= 5_000_000);
      const unheard = await bySystem(configFile).connect('head -c 5000000 /dev/zero >&2; echo done', neverAborted);
      await follow(unheard).until('done');
      unheard.close();
    });

    it('say that the settings asked for it', async () => {
      const configFile = await writeConfig({ port: sshd.port });
      const { stream } = await openCat(bySystem(configFile));
      assert.deepEqual(stream.route, { transport: 'openssh', reason: null });
      stream.close();
    });

    it('take identity file, port and user from the settings', async () => {
      const folder = await lab.makeFolder();
      const key = await makeLabKey(join(folder, 'key with blanks'));
      const server = await startServer({ authorizedKeys: [key.publicKey], hostKeys: sshd.hostKeys });
      const configFile = await writeConfig({ port: server.port, lines: ['Port 1', 'User nobody'] });
      const settings = { identityFile: key.path, port: server.port, user: labUser };
      assert.equal((await run(bySystem(configFile, { settings }), 'echo in')).output.toString(), 'in\n');
    });

    it('forward nothing, run nothing here and start no shared connection, whatever the configuration says', async () => {
      const folder = await lab.makeFolder();
      const trace = join(folder, 'trace');
      const port = await findFreePort();
      const configFile = await writeConfig({
        port: sshd.port,
        lines: [
          'ForwardAgent yes',
          `LocalForward ${String(port)} 127.0.0.1:1`,
          'PermitLocalCommand yes',
          `LocalCommand touch ${trace}`,
          'ControlMaster auto',
          `ControlPath ${join(folder, 'cm')}`,
          'ControlPersist 60',
          'RemoteCommand echo theirs',
          'RequestTTY force',
          'SessionType none',
          'StdinNull yes',
          'ForkAfterAuthentication yes',
          'StrictHostKeyChecking no',
        ],
      });
      const command = `echo "agent [$SSH_AUTH_SOCK]"; read -r line; echo "[$line]"; tty`;
      const stream = await bySystem(configFile).connect(command, neverAborted);
      stream.write(Buffer.from('mine\n'));
      const { output } = await collect(stream);
      assert.equal(output.toString(), 'agent []\n[mine]\nnot a tty\n');
      assert.deepEqual(await readdir(folder), []);
    });
  });

  describe('is chosen by auto', () => {
    it('for a jump host of the configuration, over two servers', async () => {
      const gate = await startServer();
      const configFile = await writeConfig(
        { port: sshd.port, lines: ['ProxyJump gate'] },
        { alias: 'gate', port: gate.port, known: gate.hostPublicKeys },
      );
      const { stream } = await openCat(auto(configFile));
      assert.deepEqual(stream.route, {
        transport: 'openssh',
        reason: 'the configuration has a jump host (ProxyJump)',
      });
      await follow(stream).until('ready');
      stream.close();
      await gate.waitForLog(/direct-tcpip/);
      await refuses(builtIn(configFile).connect('true', neverAborted), 'notSupported', /uses ProxyJump/);
    });

    it('for a jump host of the settings', async () => {
      const gate = await startServer();
      const configFile = await writeConfig(
        { port: sshd.port },
        { alias: 'gate', port: gate.port, known: gate.hostPublicKeys },
      );
      const connector = auto(configFile, { settings: { proxyJump: 'gate' } });
      assert.equal((await run(connector, 'echo in')).output.toString(), 'in\n');
      await gate.waitForLog(/direct-tcpip/);
    });

    it('for a program to connect through', async () => {
      const gate = await startServer();
      const configFile = await writeConfig({ alias: 'gate', port: gate.port, known: gate.hostPublicKeys });
      const main = await writeConfig({
        port: sshd.port,
        lines: [`ProxyCommand ssh -F ${configFile} -W %h:%p gate`],
      });
      const { stream } = await openCat(auto(main));
      assert.equal(stream.route.reason, 'the configuration connects through a program (ProxyCommand)');
      await follow(stream).until('ready');
      stream.close();
      await refuses(builtIn(main).connect('true', neverAborted), 'notSupported', /uses ProxyCommand/);
    });

    it('for a certificate beside an identity file, which alone opens the server', async () => {
      const folder = await lab.makeFolder();
      const authority = await makeLabKey(join(folder, 'authority'));
      const user = await makeLabKey(join(folder, 'user'));
      await runProgram('ssh-keygen', ['-q', '-s', authority.path, '-I', 'me', '-n', labUser, `${user.path}.pub`]);
      const server = await startServer({
        authorizedKeys: [],
        extraConfig: [`TrustedUserCAKeys ${authority.path}.pub`],
      });
      const configFile = await writeConfig({ port: server.port, known: server.hostPublicKeys, identity: user });
      const { stream } = await openCat(auto(configFile));
      assert.equal(stream.route.reason, 'a certificate lies beside an identity file');
      await follow(stream).until('ready');
      stream.close();
      const problem = await refuses(
        builtIn(configFile).connect('true', neverAborted),
        'authenticationFailed',
        /user-cert\.pub: the built-in SSH client cannot present certificates/,
      );
      assert.ok(problem.next.length > 0);
    });

    it('for a host that only a certificate authority vouches for', async () => {
      const folder = await lab.makeFolder();
      const authority = await makeLabKey(join(folder, 'authority'));
      const host = await makeLabKey(join(folder, 'host'));
      const certify = ['-q', '-s', authority.path, '-I', 'depot', '-h', '-n', '127.0.0.1', `${host.path}.pub`];
      await runProgram('ssh-keygen', certify);
      const server = await startServer({ hostKeys: [host], extraConfig: [`HostCertificate ${host.path}-cert.pub`] });
      const known = [`@cert-authority * ${authority.publicKey}`];
      const configFile = await writeConfig({ port: server.port, known });
      const { stream } = await openCat(auto(configFile));
      assert.match(stream.route.reason!, /@cert-authority/);
      await follow(stream).until('ready');
      stream.close();
      const problem = await refuses(builtIn(configFile).connect('true', neverAborted), 'notSupported');
      assert.match(problem.next, /^Set "transport" of this host to "auto" or "openssh"/);
      // An authority that has not signed this host's key changes nothing: it stays unknown.
      const stranger = await makeLabKey(join(folder, 'stranger'));
      const other = await writeConfig({ port: server.port, known: [`@cert-authority * ${stranger.publicKey}`] });
      await refuses(auto(other).connect('true', neverAborted), 'hostKeyUnknown');
    });

    it('for a server with which the built-in client has no algorithm in common', async () => {
      const server = await startServer({ extraConfig: ['KexAlgorithms diffie-hellman-group-exchange-sha256'] });
      const configFile = await writeConfig({ port: server.port, known: server.hostPublicKeys });
      const { stream } = await openCat(auto(configFile));
      assert.match(stream.route.reason!, /no algorithm in common/);
      await follow(stream).until('ready');
      stream.close();
      await refuses(builtIn(configFile).connect('true', neverAborted), 'notSupported', /how to encrypt/);
    });

    it('for an open shared connection, which it joins and leaves open', async () => {
      const folder = await lab.makeFolder();
      const proxy = await proxyTo(sshd.port);
      const configFile = await writeConfig({ port: proxy.port, lines: [`ControlPath ${join(folder, 'cm')}`] });
      const alone = await openCat(auto(configFile));
      assert.deepEqual(alone.stream.route, { transport: 'ssh2', reason: null });
      alone.stream.close();
      await proxy.until(({ openCount }) => openCount === 0);
      const before = proxy.connectionCount;
      const master = spawn('ssh', ['-F', configFile, '-o', 'BatchMode=yes', '-M', 'lab', 'echo up; exec cat'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      registerProcess(master.pid!);
      const ended = new Promise((resolve) => master.once('exit', resolve));
      lab.later(async () => {
        master.kill();
        await ended;
        unregister(null);
      });
      await new Promise((resolve) => master.stdout.once('data', resolve));

      const { stream } = await openCat(auto(configFile));
      assert.match(stream.route.reason!, /ControlMaster/);
      const { until, end } = follow(stream);
      await until('ready');
      assert.equal(proxy.connectionCount, before + 1);
      stream.close();
      await end;
      assert.equal((await runProgram('ssh', ['-F', configFile, '-O', 'check', 'lab'])).stdout, '');
      assert.equal(master.exitCode, null);
      const outcome = await run(auto(configFile), 'echo again; exit 4');
      assert.deepEqual([outcome.output.toString(), outcome.end.exitCode], ['again\n', 4]);
      assert.equal(proxy.connectionCount, before + 1);
    });

    it('never after a refused host key', async () => {
      for (const [known, code] of [
        [[], 'hostKeyUnknown'],
        [[lab.identity.publicKey], 'hostKeyChanged'],
      ] as const) {
        const proxy = await proxyTo(sshd.port);
        const configFile = await writeConfig({ port: proxy.port, known });
        await refuses(auto(configFile).connect('true', neverAborted), code);
        assert.equal(proxy.connectionCount, 1);
      }
    });
  });

  describe('fails by name', () => {
    it('at a host whose key is unknown', async () => {
      const configFile = await writeConfig({ port: sshd.port, known: [], lines: ['StrictHostKeyChecking no'] });
      const problem = await refuses(
        bySystem(configFile).connect('true', neverAborted),
        'hostKeyUnknown',
        new RegExp(`No ED25519 host key is known for \\[127\\.0\\.0\\.1\\]:${String(sshd.port)}`),
      );
      assert.ok(problem.next.includes(`"ssh -F ${configFile} lab"`));
    });

    it('at a host whose key has changed, with file and line and the fingerprint', async () => {
      const known = [lab.identity.publicKey];
      const configFile = await writeConfig({ port: sshd.port, known, lines: ['StrictHostKeyChecking no'] });
      const print = (await runProgram('ssh-keygen', ['-lf', `${sshd.hostKeys[0]!.path}.pub`])).stdout.split(' ')[1]!;
      const problem = await refuses(
        bySystem(configFile).connect('true', neverAborted),
        'hostKeyChanged',
        /REMOTE HOST IDENTIFICATION HAS CHANGED/,
      );
      assert.ok(problem.message.includes(print), problem.message);
      assert.match(problem.next, /known:1\)/);
    });

    it('at a host whose key is revoked', async () => {
      const known = [...sshd.hostPublicKeys, `@revoked * ${sshd.hostPublicKeys[0]!}`];
      const configFile = await writeConfig({ port: sshd.port, known });
      await refuses(bySystem(configFile).connect('true', neverAborted), 'hostKeyChanged', /REVOKED HOST KEY/);
    });

    it('at a jump host whose key is unknown, though its own configuration would ask', async () => {
      const gate = await startServer();
      const configFile = await writeConfig(
        { port: sshd.port, lines: ['ProxyJump gate'] },
        { alias: 'gate', port: gate.port, known: [] },
      );
      const askpass = join(await lab.makeFolder(), 'askpass');
      await writeFile(askpass, '#!/bin/sh\necho yes\n', { mode: 0o700 });
      const environment = { PATH: process.env['PATH'], SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
      const attempt = auto(configFile, { environment }).connect('true', neverAborted);
      await refuses(attempt, 'hostKeyUnknown', /or that of a host on the way/);
    });

    it('with a key that the server does not know', async () => {
      const key = await makeLabKey(join(await lab.makeFolder(), 'wrong'));
      const configFile = await writeConfig({ port: sshd.port, identity: key });
      const problem = await refuses(
        bySystem(configFile).connect('true', neverAborted),
        'authenticationFailed',
        /Permission denied \(publickey\)/,
      );
      assert.match(problem.next, /ssh-add/);
    });

    it('with a key that is encrypted, and asks nobody', async () => {
      const folder = await lab.makeFolder();
      const key = await makeLabKey(join(folder, 'locked'), 'ed25519', 'secret');
      const server = await startServer({ authorizedKeys: [key.publicKey], hostKeys: sshd.hostKeys });
      const askpass = join(folder, 'askpass');
      await writeFile(askpass, '#!/bin/sh\necho secret\n', { mode: 0o700 });
      const environment = {
        PATH: process.env['PATH'],
        SSH_ASKPASS: askpass,
        SSH_ASKPASS_REQUIRE: 'force',
        DISPLAY: ':9',
      };
      const configFile = await writeConfig({ port: server.port, identity: key });
      await refuses(
        bySystem(configFile, { environment }).connect('true', neverAborted),
        'authenticationFailed',
        /Permission denied/,
      );
    });

    it('at a server that wants a password', async () => {
      const server = await startServer({
        authorizedKeys: [],
        hostKeys: sshd.hostKeys,
        extraConfig: ['PasswordAuthentication yes'],
      });
      const configFile = await writeConfig({ port: server.port });
      await refuses(
        bySystem(configFile).connect('true', neverAborted),
        'authenticationFailed',
        /Permission denied \(publickey,password\)/,
      );
    });

    it('at a closed port', async () => {
      const configFile = await writeConfig({ port: await findFreePort() });
      const problem = await refuses(
        bySystem(configFile).connect('true', neverAborted),
        'unreachable',
        /Connection refused/,
      );
      assert.match(problem.next, /Check the port/);
    });

    it('at a name that does not exist', async () => {
      const configFile = await writeConfig({ port: 22, lines: ['HostName no-such-host.invalid'] });
      await refuses(bySystem(configFile).connect('true', neverAborted), 'unreachable', /Could not resolve hostname/);
    });

    it('at a server that accepts and says nothing', async () => {
      const server = await startTcpServer(() => undefined);
      lab.later(server.close);
      const configFile = await writeConfig({ port: server.port });
      await refuses(
        bySystem(configFile, { timings: { connectMs: 1_000 } }).connect('true', neverAborted),
        'unreachable',
        /timed out/,
      );
      await server.allClosed();
    });

    it('behind a program that connects to nothing', async () => {
      const configFile = await writeConfig({ port: sshd.port, lines: ['ProxyCommand sleep 1000'] });
      const before = new Set(clients().map(({ pid }) => pid));
      const connector = auto(configFile, { timings: { connectMs: 1_000 } });
      await refuses(connector.connect('true', neverAborted), 'unreachable', /timed out during banner exchange/);
      const left = clients().filter(({ pid }) => !before.has(pid));
      assert.deepEqual(left, []);
    });

    it('behind a program that does not start, in its words', async () => {
      const configFile = await writeConfig({ port: sshd.port, lines: ['ProxyCommand /nonexistent/program %h'] });
      await refuses(auto(configFile).connect('true', neverAborted), 'unreachable', /nonexistent\/program/);
    });

    it('at a server that never answers the login, by a limit of ours', async () => {
      const hostKey = await makeLabKey(join(await lab.makeFolder(), 'host'));
      const server = await startFakeSsh({
        hostKey,
        serve: (connection) => connection.on('authentication', () => undefined),
      });
      lab.later(server.close);
      const proxy = await proxyTo(server.port);
      const configFile = await writeConfig({ port: proxy.port, known: [hostKey.publicKey] });
      const timings = { connectMs: 1_000, authenticateMs: 500 };
      await refuses(
        bySystem(configFile, { timings }).connect('true', neverAborted),
        'unreachable',
        /did not log in within 1\.5 s/,
      );
      await proxy.until(({ openCount }) => openCount === 0);
    });

    it('at a server that opens no session', async () => {
      const server = await startServer({ hostKeys: sshd.hostKeys, extraConfig: ['MaxSessions 0'] });
      const configFile = await writeConfig({ port: server.port });
      const { end } = await run(bySystem(configFile), 'true');
      await refuses(Promise.reject(end.error!), 'refused', /accepted the login but opened no session/);
    });

    it('at a server with no algorithm in common', async () => {
      const server = await startServer({ hostKeys: sshd.hostKeys, extraConfig: ['Ciphers aes256-cbc'] });
      const configFile = await writeConfig({ port: server.port });
      await refuses(
        bySystem(configFile).connect('true', neverAborted),
        'notSupported',
        /no matching cipher found\. Their offer: aes256-cbc/,
      );
    });

    it('with jump hosts that hide an option', async () => {
      const configFile = await writeConfig({ port: sshd.port });
      for (const proxyJump of ['-oProxyCommand=x', 'gate,-oProxyCommand=x', 'gate;x', ''])
        await refuses(auto(configFile, { settings: { proxyJump } }).connect('true', neverAborted), 'invalidInput');
    });
  });

  describe('leaves nothing behind', () => {
    it('after it was closed: neither ssh nor the program that it connects through', async () => {
      const gate = await startServer();
      const inner = await writeConfig({ alias: 'gate', port: gate.port, known: gate.hostPublicKeys });
      const configFile = await writeConfig({
        port: sshd.port,
        lines: [`ProxyCommand ssh -F ${inner} -W %h:%p gate`],
      });
      const { stream, ours } = await openCat(auto(configFile));
      const { until, end } = follow(stream);
      await until('ready');
      assert.ok(ours.length >= 2, String(ours.length));
      assert.ok(ours.every(isAlive));
      stream.close();
      await end;
      assert.deepEqual(ours.filter(isAlive), []);
    });

    it('of a program that does not listen', async () => {
      const folder = await lab.makeFolder();
      const script = join(folder, 'stubborn');
      const configFile = await writeConfig({ port: sshd.port, lines: [`ProxyCommand ${script}`] });
      const held = await startTcpServer(() => undefined, join(folder, 'held'));
      lab.later(held.close);
      await writeFile(
        script,
        `#!/usr/bin/env python3\nimport signal,socket\nfor name in (signal.SIGTERM,signal.SIGHUP): signal.signal(name,signal.SIG_IGN)\ns=socket.socket(socket.AF_UNIX);s.connect('${folder}/held');s.recv(1)\n`,
        { mode: 0o700 },
      );
      const abort = new AbortController();
      const connector = auto(configFile, { timings: { farewellMs: 200 } });
      const cancelled = refuses(connector.connect('true', abort.signal), 'cancelled');
      await held.connected;
      abort.abort();
      await cancelled;
      await held.allClosed();
    });

    it('when it is cancelled half-way', async () => {
      const server = await startTcpServer(() => undefined);
      lab.later(server.close);
      const configFile = await writeConfig({ port: server.port });
      const abort = new AbortController();
      const cancelled = refuses(bySystem(configFile).connect('true', abort.signal), 'cancelled');
      await server.connected;
      abort.abort();
      await cancelled;
      await server.allClosed();
      await refuses(bySystem(configFile).connect('true', AbortSignal.abort()), 'cancelled');
    });

    it('when the link was cut, which is told as a cut and not as an exit', async () => {
      const proxy = await proxyTo(sshd.port);
      const configFile = await writeConfig({ port: proxy.port });
      for (const how of ['fin', 'rst'] as const) {
        const { stream, ours } = await openCat(bySystem(configFile));
        const { until, end } = follow(stream);
        await until('ready');
        proxy.cut(how);
        const { exitCode, signal, error } = await end;
        assert.deepEqual([exitCode, signal], [null, null]);
        assert.match(error!.message, /^ssh says ".*(?:closed|reset|Broken pipe)/);
        assert.deepEqual(ours.filter(isAlive), []);
      }
    });

    it('on a frozen link', async () => {
      const proxy = await proxyTo(sshd.port);
      const configFile = await writeConfig({ port: proxy.port });
      const { stream, ours } = await openCat(bySystem(configFile));
      const { until, end } = follow(stream);
      await until('ready');
      proxy.freeze();
      stream.write(Buffer.from('into the void'));
      stream.close();
      await end;
      assert.deepEqual(ours.filter(isAlive), []);
    });

    it('when ssh itself is killed', async () => {
      const configFile = await writeConfig({ port: sshd.port });
      const { stream, ours } = await openCat(bySystem(configFile));
      const { until, end } = follow(stream);
      await until('ready');
      for (const { pid } of ours) process.kill(pid, 'SIGKILL');
      const { exitCode, signal, error } = await end;
      assert.deepEqual([exitCode, signal, error?.message], [null, null, 'ssh was ended by SIGKILL']);
    });
  });

  it('lets a fake server in for the fakes above: its login is seen', async () => {
    const hostKey = await makeLabKey(join(await lab.makeFolder(), 'host'));
    const server = await startFakeSsh({ hostKey, serve: acceptLogin });
    lab.later(server.close);
    const configFile = await writeConfig({ port: server.port, known: [hostKey.publicKey] });
    const { end } = await run(bySystem(configFile), 'true');
    assert.notEqual(end.error, null);
  });
});
