/** Connections by the system's ssh to real servers: the stream that they give, and what auto takes them for. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listAgentKeys } from '../../src/ssh/login/agent';
import { registerProcess, unregister } from '../lab/registry';
import { runProgram } from '../lab/runProgram';
import { findFreePort, makeLabKey, type Sshd } from '../lab/sshd';
import { collect, follow, labUser, neverAborted, refuses, run } from './labConnector';
import { auto, builtIn, bySystem, OpenSshLab } from './openSshLab';

describe("the system's ssh", function () {
  this.timeout(60_000);
  let here: OpenSshLab;
  let sshd: Sshd;

  before(async () => {
    here = await OpenSshLab.open();
    sshd = here.sshd;
  });
  after(() => here.close());

  describe('does', () => {
    it('run a command, with its output and its exit code', async () => {
      const configFile = await here.writeConfig({ port: sshd.port });
      const { output, errorOutput, end } = await run(bySystem(configFile), 'echo out; echo err >&2; exit 3');
      assert.equal(output.toString(), 'out\n');
      assert.match(errorOutput.toString(), /^err\n/m);
      assert.doesNotMatch(errorOutput.toString(), /Authenticated/);
      assert.deepEqual(end, { exitCode: 3, signal: null, error: null });
    });

    it('carry every byte unchanged, both ways', async () => {
      const configFile = await here.writeConfig({ port: sshd.port });
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
      const configFile = await here.writeConfig({ port: sshd.port });
      const { end, errorOutput } = await run(bySystem(configFile), 'head -c 5000000 /dev/zero >&2; exit 5');
      assert.equal(end.exitCode, 5);
      assert.ok(errorOutput.length >= 5_000_000);
      const unheard = await bySystem(configFile).connect('head -c 5000000 /dev/zero >&2; echo done', neverAborted);
      await follow(unheard).until('done');
      unheard.close();
    });

    it('say that the settings asked for it', async () => {
      const configFile = await here.writeConfig({ port: sshd.port });
      const { stream } = await here.openCat(bySystem(configFile));
      assert.deepEqual(stream.route, { transport: 'openssh', reason: null });
      stream.close();
    });

    it('take identity file, port and user from the settings', async () => {
      const folder = await here.lab.makeFolder();
      const key = await makeLabKey(join(folder, 'key with blanks'));
      const server = await here.startServer({ authorizedKeys: [key.publicKey], hostKeys: sshd.hostKeys });
      const configFile = await here.writeConfig({ port: server.port, lines: ['Port 1', 'User nobody'] });
      const settings = { identityFile: key.path, port: server.port, user: labUser };
      assert.equal((await run(bySystem(configFile, { settings }), 'echo in')).output.toString(), 'in\n');
    });

    it('forward nothing, run nothing here and leave nothing behind, whatever the configuration says', async () => {
      const folder = await here.lab.makeFolder();
      const agent = await here.lab.agent([]);
      const trace = join(folder, 'trace');
      const port = await findFreePort();
      const configFile = await here.writeConfig({
        port: sshd.port,
        lines: [
          'ForwardAgent yes',
          'AddKeysToAgent yes',
          `IdentityAgent ${agent}`,
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
      assert.deepEqual(await listAgentKeys(agent, 5000, neverAborted), { kind: 'listed', entries: [] });
      assert.deepEqual(await readdir(folder), []);
    });
  });

  it('goes through a jump host of the configuration or of the settings, where the settings ask for it', async () => {
    for (const line of ['ProxyJump gate', 'ProxyJump none']) {
      const gate = await here.startServer();
      const configFile = await here.writeConfig(
        { port: sshd.port, lines: [line] },
        { alias: 'gate', port: gate.port, known: gate.hostPublicKeys },
      );
      const proxyJump = line.endsWith('none') ? 'gate' : null;
      assert.equal((await run(bySystem(configFile, { settings: { proxyJump } }), 'echo in')).output.toString(), 'in\n');
      await gate.waitForLog(/direct-tcpip/);
    }
  });

  describe('is chosen by auto', () => {
    it('for what a jump host asks for, which is named', async () => {
      const [gate, outer] = [await here.startServer(), await here.startServer()];
      const file = await here.writeConfig({ alias: 'outer', port: outer.port, known: outer.hostPublicKeys });
      const lines = [`ProxyCommand ssh -F ${file} -W %h:%p outer`];
      const configFile = await here.writeConfig(
        { port: sshd.port, lines: ['ProxyJump gate'] },
        { alias: 'gate', port: gate.port, known: gate.hostPublicKeys, lines },
      );
      const stream = await auto(configFile).connect('true', neverAborted);
      assert.deepEqual(stream.route, {
        transport: 'openssh',
        reason: 'the configuration connects through a program (ProxyCommand), at its jump host gate',
      });
      stream.close();
      const attempt = builtIn(configFile).connect('true', neverAborted);
      await refuses(attempt, 'notSupported', /gate \(jump host of lab\): its SSH configuration uses ProxyCommand/);
    });

    it('for a program to connect through', async () => {
      const gate = await here.startServer();
      const configFile = await here.writeConfig({ alias: 'gate', port: gate.port, known: gate.hostPublicKeys });
      const main = await here.writeConfig({
        port: sshd.port,
        lines: [`ProxyCommand ssh -F ${configFile} -W %h:%p gate`],
      });
      const { stream } = await here.openCat(auto(main));
      assert.equal(stream.route.reason, 'the configuration connects through a program (ProxyCommand)');
      await follow(stream).until('ready');
      stream.close();
      await refuses(builtIn(main).connect('true', neverAborted), 'notSupported', /uses ProxyCommand/);
    });

    it('for a certificate beside an identity file, which alone opens the server', async () => {
      const folder = await here.lab.makeFolder();
      const authority = await makeLabKey(join(folder, 'authority'));
      const user = await makeLabKey(join(folder, 'user'));
      await runProgram('ssh-keygen', ['-q', '-s', authority.path, '-I', 'me', '-n', labUser, `${user.path}.pub`]);
      const server = await here.startServer({
        authorizedKeys: [],
        extraConfig: [`TrustedUserCAKeys ${authority.path}.pub`],
      });
      const configFile = await here.writeConfig({ port: server.port, known: server.hostPublicKeys, identity: user });
      const { stream } = await here.openCat(auto(configFile));
      assert.equal(stream.route.reason, 'a certificate lies beside an identity file');
      await follow(stream).until('ready');
      stream.close();
      await refuses(
        builtIn(configFile).connect('true', neverAborted),
        'authenticationFailed',
        /user-cert\.pub: the built-in SSH client cannot present certificates/,
        /set "transport" of this host to "openssh"/,
      );
    });

    it('for a host that only a certificate authority vouches for', async () => {
      const folder = await here.lab.makeFolder();
      const authority = await makeLabKey(join(folder, 'authority'));
      const host = await makeLabKey(join(folder, 'host'));
      const certify = ['-q', '-s', authority.path, '-I', 'depot', '-h', '-n', '127.0.0.1', `${host.path}.pub`];
      await runProgram('ssh-keygen', certify);
      const server = await here.startServer({
        hostKeys: [host],
        extraConfig: [`HostCertificate ${host.path}-cert.pub`],
      });
      const known = [`@cert-authority * ${authority.publicKey}`];
      const configFile = await here.writeConfig({ port: server.port, known });
      const { stream } = await here.openCat(auto(configFile));
      assert.match(stream.route.reason!, /@cert-authority/);
      await follow(stream).until('ready');
      stream.close();
      const problem = await refuses(builtIn(configFile).connect('true', neverAborted), 'notSupported');
      assert.match(problem.next, /^Set "transport" of this host to "auto" or "openssh"/);
      // An authority that has not signed this host's key changes nothing: it stays unknown.
      const stranger = await makeLabKey(join(folder, 'stranger'));
      const other = await here.writeConfig({ port: server.port, known: [`@cert-authority * ${stranger.publicKey}`] });
      await refuses(auto(other).connect('true', neverAborted), 'hostKeyUnknown');
    });

    it('for a server with which the built-in client has no algorithm in common', async () => {
      const server = await here.startServer({ extraConfig: ['KexAlgorithms diffie-hellman-group-exchange-sha256'] });
      const configFile = await here.writeConfig({ port: server.port, known: server.hostPublicKeys });
      const { stream } = await here.openCat(auto(configFile));
      assert.match(stream.route.reason!, /no algorithm in common/);
      await follow(stream).until('ready');
      stream.close();
      await refuses(builtIn(configFile).connect('true', neverAborted), 'notSupported', /how to encrypt/);
    });

    /** Opens a shared connection as a person does in a terminal, and resolves when it is up. */
    async function openMaster(configFile: string): Promise<ChildProcess> {
      const master = spawn('ssh', ['-F', configFile, '-o', 'BatchMode=yes', '-M', 'lab', 'echo up; exec cat'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      registerProcess(master.pid!);
      const ended = new Promise((resolve) => master.once('exit', resolve));
      here.lab.later(async () => {
        master.kill('SIGKILL');
        await ended;
        unregister(null);
      });
      await new Promise((resolve) => master.stdout.once('data', resolve));
      return master;
    }

    it('for an open shared connection, which it joins and leaves open', async () => {
      const socket = join(await here.lab.makeFolder(), 'cm');
      const proxy = await here.proxyTo(sshd.port);
      const configFile = await here.writeConfig({ port: proxy.port, lines: [`ControlPath ${socket}`] });
      const alone = await here.openCat(auto(configFile));
      assert.deepEqual(alone.stream.route, { transport: 'ssh2', reason: null });
      alone.stream.close();
      await proxy.until(({ openCount }) => openCount === 0);
      const before = proxy.connectionCount;
      const master = await openMaster(configFile);

      const { stream } = await here.openCat(auto(configFile));
      assert.match(stream.route.reason!, /ControlMaster/);
      const { until, end } = follow(stream);
      await until('ready');
      stream.close();
      await end;
      // Fails where the shared connection is gone.
      await runProgram('ssh', ['-F', configFile, '-O', 'check', 'lab']);
      assert.equal(master.exitCode, null);
      const outcome = await run(auto(configFile), 'echo again; exit 4');
      assert.deepEqual([outcome.output.toString(), outcome.end.exitCode], ['again\n', 4]);
      assert.equal(proxy.connectionCount, before + 1);
    });

    it('for a shared connection of a dead network once, and then no more', async () => {
      const socket = join(await here.lab.makeFolder(), 'cm');
      const proxy = await here.proxyTo(sshd.port);
      const configFile = await here.writeConfig({ port: proxy.port, lines: [`ControlPath ${socket}`] });
      await openMaster(configFile);
      proxy.freeze();
      const connector = auto(configFile, { timings: { sharedMs: 300 } });
      const { end } = await run(connector, 'echo in');
      const problem = await refuses(Promise.reject(end.error!), 'unreachable', /over the shared connection/);
      assert.match(problem.next, /"ssh -O exit -F [^ ]+ lab"/);
      proxy.unfreeze();
      const stream = await connector.connect('echo in', neverAborted);
      assert.deepEqual(stream.route, { transport: 'ssh2', reason: null });
      assert.equal((await collect(stream)).output.toString(), 'in\n');
      const bySetting = await run(bySystem(configFile), 'echo in');
      assert.equal(bySetting.output.toString(), 'in\n');
    });

    it('where the agent holds nothing but a certificate', async () => {
      const folder = await here.lab.makeFolder();
      const authority = await makeLabKey(join(folder, 'authority'));
      const user = await makeLabKey(join(folder, 'user'));
      await runProgram('ssh-keygen', ['-q', '-s', authority.path, '-I', 'me', '-n', labUser, `${user.path}.pub`]);
      const agent = await here.lab.agent([user]);
      const remove = spawn('ssh-add', ['-q', '-d', '-k', `${user.path}.pub`], {
        env: { ...process.env, SSH_AUTH_SOCK: agent },
        stdio: 'inherit',
      });
      assert.equal(await new Promise((resolve) => remove.once('exit', resolve)), 0);
      const server = await here.startServer({
        authorizedKeys: [],
        extraConfig: [`TrustedUserCAKeys ${authority.path}.pub`],
      });
      const configFile = await here.writeConfig({
        port: server.port,
        known: server.hostPublicKeys,
        identity: { path: join(folder, 'absent'), publicKey: '' },
        lines: [`IdentityAgent ${agent}`, 'IdentitiesOnly no'],
      });
      const { stream } = await here.openCat(auto(configFile));
      assert.equal(stream.route.reason, 'the built-in client can use none of the keys');
      await follow(stream).until('ready');
      stream.close();
      await refuses(builtIn(configFile).connect('true', neverAborted), 'notSupported', /it is a certificate/);
    });

    it('never after a refused host key', async () => {
      for (const [known, code] of [
        [[], 'hostKeyUnknown'],
        [[here.lab.identity.publicKey], 'hostKeyChanged'],
      ] as const) {
        const proxy = await here.proxyTo(sshd.port);
        const configFile = await here.writeConfig({ port: proxy.port, known });
        await refuses(auto(configFile).connect('true', neverAborted), code);
        assert.equal(proxy.connectionCount, 1);
      }
    });
  });
});
