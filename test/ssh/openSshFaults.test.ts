/** How connections by the system's ssh fail, in which words, and that nothing of them stays. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forceEnd, isAlive, untilGone } from '../lab/processes';
import { runProgram } from '../lab/runProgram';
import { findFreePort, makeLabKey, type Sshd } from '../lab/sshd';
import { acceptLogin, startFakeSsh, startTcpServer } from './fakeServer';
import { follow, neverAborted, refuses, run } from './labConnector';
import { auto, bySystem, OpenSshLab } from './openSshLab';

describe("the system's ssh", function () {
  this.timeout(60_000);
  let here: OpenSshLab;
  let sshd: Sshd;

  before(async () => {
    here = await OpenSshLab.open();
    sshd = here.sshd;
  });
  after(() => here.close());

  describe('fails by name', () => {
    it('at a host whose key is unknown', async () => {
      const configFile = await here.writeConfig({ port: sshd.port, known: [], lines: ['StrictHostKeyChecking no'] });
      const problem = await refuses(
        bySystem(configFile).connect('true', neverAborted),
        'hostKeyUnknown',
        new RegExp(`No ED25519 host key is known for \\[127\\.0\\.0\\.1\\]:${String(sshd.port)}`),
      );
      assert.ok(problem.next.includes(`"ssh -F ${configFile} lab"`));
    });

    it('at a host whose key has changed, with file and line and the fingerprint', async () => {
      const known = [here.lab.identity.publicKey];
      const configFile = await here.writeConfig({ port: sshd.port, known, lines: ['StrictHostKeyChecking no'] });
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
      const configFile = await here.writeConfig({ port: sshd.port, known });
      await refuses(bySystem(configFile).connect('true', neverAborted), 'hostKeyChanged', /REVOKED HOST KEY/);
    });

    it('at a jump host whose key is unknown, though its own configuration would ask', async () => {
      const gate = await here.startServer();
      const configFile = await here.writeConfig(
        { port: sshd.port, lines: ['ProxyJump gate'] },
        { alias: 'gate', port: gate.port, known: [] },
      );
      const askpass = join(await here.lab.makeFolder(), 'askpass');
      await writeFile(askpass, '#!/bin/sh\necho yes\n', { mode: 0o700 });
      const environment = { PATH: process.env['PATH'], SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
      const attempt = bySystem(configFile, { environment }).connect('true', neverAborted);
      await refuses(attempt, 'hostKeyUnknown', /or that of a host on the way/);
    });

    for (const value of ['no', 'accept-new'])
      it(`at a jump host that would be taken with any key (${value}), where that cannot be forbidden`, async () => {
        const gate = await here.startServer();
        const gateKnown = join(await here.lab.makeFolder(), 'known');
        const lines = [`StrictHostKeyChecking ${value}`, `UserKnownHostsFile ${gateKnown}`];
        const configFile = await here.writeConfig(
          { port: sshd.port, lines: ['ProxyJump gate'] },
          { alias: 'gate', port: gate.port, known: [], lines },
        );
        const asOnWindows = bySystem(configFile, { askpassFolder: null });
        const words = /configuration of gate \(jump host of lab\) takes unknown keys without a question/;
        await refuses(asOnWindows.connect('true', neverAborted), 'invalidInput', words);
        await assert.rejects(readFile(gateKnown), { code: 'ENOENT' });
      });

    it('through a program that would ask by itself', async () => {
      const gate = await here.startServer();
      const inner = await here.writeConfig({ alias: 'gate', port: gate.port, known: [] });
      const configFile = await here.writeConfig({
        port: sshd.port,
        lines: [`ProxyCommand ssh -F ${inner} -W %h:%p gate`],
      });
      const askpass = join(await here.lab.makeFolder(), 'askpass');
      await writeFile(askpass, '#!/bin/sh\necho yes\n', { mode: 0o700 });
      const environment = { PATH: process.env['PATH'], SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
      const attempt = auto(configFile, { environment }).connect('true', neverAborted);
      await refuses(attempt, 'hostKeyUnknown', /or that of a host on the way/);
    });

    it('with a key that the server does not know', async () => {
      const key = await makeLabKey(join(await here.lab.makeFolder(), 'wrong'));
      const configFile = await here.writeConfig({ port: sshd.port, identity: key });
      const problem = await refuses(
        bySystem(configFile).connect('true', neverAborted),
        'authenticationFailed',
        /Permission denied \(publickey\)/,
      );
      assert.match(problem.next, /ssh-add/);
    });

    it('with a key that is encrypted, and asks nobody', async () => {
      const folder = await here.lab.makeFolder();
      const key = await makeLabKey(join(folder, 'locked'), 'ed25519', 'secret');
      const server = await here.startServer({ authorizedKeys: [key.publicKey], hostKeys: sshd.hostKeys });
      const askpass = join(folder, 'askpass');
      await writeFile(askpass, '#!/bin/sh\necho secret\n', { mode: 0o700 });
      const environment = {
        PATH: process.env['PATH'],
        SSH_ASKPASS: askpass,
        SSH_ASKPASS_REQUIRE: 'force',
        DISPLAY: ':9',
      };
      const configFile = await here.writeConfig({ port: server.port, identity: key });
      await refuses(
        bySystem(configFile, { environment }).connect('true', neverAborted),
        'authenticationFailed',
        /Permission denied/,
      );
    });

    it('at a server that wants a password', async () => {
      const server = await here.startServer({
        authorizedKeys: [],
        hostKeys: sshd.hostKeys,
        extraConfig: ['PasswordAuthentication yes'],
      });
      const configFile = await here.writeConfig({ port: server.port });
      await refuses(
        bySystem(configFile).connect('true', neverAborted),
        'authenticationFailed',
        /Permission denied \(publickey,password\)/,
      );
    });

    it('at a closed port', async () => {
      const configFile = await here.writeConfig({ port: await findFreePort() });
      const problem = await refuses(
        bySystem(configFile).connect('true', neverAborted),
        'unreachable',
        /Connection refused/,
      );
      assert.match(problem.next, /Check the port/);
    });

    it('at a name that does not exist', async () => {
      const configFile = await here.writeConfig({ port: 22, lines: ['HostName no-such-host.invalid'] });
      await refuses(bySystem(configFile).connect('true', neverAborted), 'unreachable', /Could not resolve hostname/);
    });

    it('at a server that accepts and says nothing', async () => {
      const server = await startTcpServer(() => undefined);
      here.lab.later(server.close);
      const configFile = await here.writeConfig({ port: server.port });
      await refuses(
        bySystem(configFile, { timings: { connectMs: 1_000 } }).connect('true', neverAborted),
        'unreachable',
        /timed out/,
      );
      await server.allClosed();
    });

    it('behind a program that connects to nothing', async () => {
      const configFile = await here.writeConfig({ port: sshd.port, lines: ['ProxyCommand sleep 1000'] });
      const before = new Set(here.clients().map(({ pid }) => pid));
      const connector = auto(configFile, { timings: { connectMs: 1_000 } });
      await refuses(connector.connect('true', neverAborted), 'unreachable', /timed out during banner exchange/);
      const left = here.clients().filter(({ pid }) => !before.has(pid));
      assert.deepEqual(left, []);
    });

    it('behind a program that does not start, in its words', async () => {
      const configFile = await here.writeConfig({ port: sshd.port, lines: ['ProxyCommand /nonexistent/program %h'] });
      await refuses(auto(configFile).connect('true', neverAborted), 'unreachable', /nonexistent\/program/);
    });

    it('at a server that never answers the login, by a limit of ours', async () => {
      const hostKey = await makeLabKey(join(await here.lab.makeFolder(), 'host'));
      const server = await startFakeSsh({
        hostKey,
        serve: (connection) => connection.on('authentication', () => undefined),
      });
      here.lab.later(server.close);
      const proxy = await here.proxyTo(server.port);
      const configFile = await here.writeConfig({ port: proxy.port, known: [hostKey.publicKey] });
      const timings = { connectMs: 1_000, authenticateMs: 500 };
      await refuses(
        bySystem(configFile, { timings }).connect('true', neverAborted),
        'unreachable',
        /did not log in within 1\.5 s/,
      );
      await proxy.until(({ openCount }) => openCount === 0);
    });

    it('at a server that opens no session', async () => {
      const server = await here.startServer({ hostKeys: sshd.hostKeys, extraConfig: ['MaxSessions 0'] });
      const configFile = await here.writeConfig({ port: server.port });
      const { end } = await run(bySystem(configFile), 'true');
      await refuses(Promise.reject(end.error!), 'refused', /accepted the login but opened no session/);
    });

    it('at a server with no algorithm in common', async () => {
      const server = await here.startServer({ hostKeys: sshd.hostKeys, extraConfig: ['Ciphers aes256-cbc'] });
      const configFile = await here.writeConfig({ port: server.port });
      await refuses(
        bySystem(configFile).connect('true', neverAborted),
        'notSupported',
        /no matching cipher found\. Their offer: aes256-cbc/,
      );
    });

    it('with jump hosts that hide an option', async () => {
      const configFile = await here.writeConfig({ port: sshd.port });
      for (const proxyJump of ['-oProxyCommand=x', 'gate,-oProxyCommand=x', 'gate;x', ''])
        await refuses(auto(configFile, { settings: { proxyJump } }).connect('true', neverAborted), 'invalidInput');
    });
  });

  describe('leaves nothing behind', () => {
    it('after it was closed: neither ssh nor the program that it connects through', async () => {
      const gate = await here.startServer();
      const inner = await here.writeConfig({ alias: 'gate', port: gate.port, known: gate.hostPublicKeys });
      const configFile = await here.writeConfig({
        port: sshd.port,
        lines: [`ProxyCommand ssh -F ${inner} -W %h:%p gate`],
      });
      const { stream, ours } = await here.openCat(auto(configFile));
      const { until, end } = follow(stream);
      await until('ready');
      assert.ok(ours.length >= 2, String(ours.length));
      assert.ok(ours.every(isAlive));
      stream.close();
      await end;
      await untilGone(ours);
    });

    for (const [whose, output] of [
      ['', ''],
      [' and whose output goes elsewhere', 'os.dup2(os.open("/dev/null",os.O_RDWR),2)'],
    ] as const)
      it(`of a program that does not listen${whose}`, async () => {
        const folder = await here.lab.makeFolder();
        const script = join(folder, 'stubborn');
        const configFile = await here.writeConfig({ port: sshd.port, lines: [`ProxyCommand ${script}`] });
        const held = await startTcpServer(() => undefined, join(folder, 'held'));
        here.lab.later(held.close);
        await writeFile(
          script,
          [
            '#!/usr/bin/env python3',
            'import os,signal,socket',
            'for name in (signal.SIGTERM,signal.SIGHUP): signal.signal(name,signal.SIG_IGN)',
            output,
            `s=socket.socket(socket.AF_UNIX);s.connect('${folder}/held');s.recv(1)`,
            '',
          ].join('\n'),
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
      here.lab.later(server.close);
      // So that ssh does not end by itself.
      const configFile = await here.writeConfig({ port: server.port, lines: ['ConnectTimeout 600'] });
      const abort = new AbortController();
      const cancelled = refuses(bySystem(configFile).connect('true', abort.signal), 'cancelled');
      await server.connected;
      abort.abort();
      await cancelled;
      await server.allClosed();
      await refuses(bySystem(configFile).connect('true', AbortSignal.abort()), 'cancelled');
    });

    it('when the link was cut, which is told as a cut and not as an exit', async () => {
      const proxy = await here.proxyTo(sshd.port);
      const configFile = await here.writeConfig({ port: proxy.port });
      for (const how of ['fin', 'rst'] as const) {
        const { stream, ours } = await here.openCat(bySystem(configFile));
        const { until, end } = follow(stream);
        await until('ready');
        proxy.cut(how);
        const { exitCode, signal, error } = await end;
        assert.deepEqual([exitCode, signal], [null, null]);
        assert.match(error!.message, /^ssh says ".*(?:closed|reset|Broken pipe)/);
        await untilGone(ours);
      }
    });

    it('on a frozen link', async () => {
      const proxy = await here.proxyTo(sshd.port);
      const configFile = await here.writeConfig({ port: proxy.port });
      const { stream, ours } = await here.openCat(bySystem(configFile));
      const { until, end } = follow(stream);
      await until('ready');
      proxy.freeze();
      stream.write(Buffer.from('into the void'));
      stream.close();
      await end;
      await untilGone(ours);
    });

    it('when ssh itself is killed', async () => {
      const configFile = await here.writeConfig({ port: sshd.port });
      const { stream, ours } = await here.openCat(bySystem(configFile));
      const { until, end } = follow(stream);
      await until('ready');
      forceEnd(ours);
      const { exitCode, signal, error } = await end;
      assert.deepEqual([exitCode, signal, error?.message], [null, null, 'ssh was ended by SIGKILL']);
    });
  });

  it('lets a fake server in for the fakes above: its login is seen', async () => {
    const hostKey = await makeLabKey(join(await here.lab.makeFolder(), 'host'));
    const server = await startFakeSsh({ hostKey, serve: acceptLogin });
    here.lab.later(server.close);
    const configFile = await here.writeConfig({ port: server.port, known: [hostKey.publicKey] });
    const { end } = await run(bySystem(configFile), 'true');
    assert.notEqual(end.error, null);
  });
});
