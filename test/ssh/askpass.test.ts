/** The system's ssh asks in the window about what real servers want: passphrases, and the keys of hosts. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PromptQuestion } from '../../src/core/ports';
import { forceEnd, untilGone } from '../lab/processes';
import { runProgram } from '../lab/runProgram';
import { makeLabKey, type LabKey, type Sshd } from '../lab/sshd';
import { AnsweredQuestions } from '../support/answeredQuestions';
import { fastClock } from '../support/fastClock';
import { KeptLog } from '../support/localHost';
import { neverAborted, refuses, run } from './labConnector';
import { bySystem, OpenSshLab, type Wish } from './openSshLab';

const passphrase = `op'en "sésame" $HOME \`id\` \\n für 3`;

describe("the system's ssh asks in the window", function () {
  this.timeout(60_000);
  let here: OpenSshLab;
  let sshd: Sshd;
  let locked: LabKey;
  let lockedServer: Sshd;
  let temporary: string;
  let print: string;

  before(async () => {
    here = await OpenSshLab.open();
    sshd = here.sshd;
    locked = await makeLabKey(join(await here.lab.makeFolder(), 'locked'), 'ed25519', passphrase);
    lockedServer = await here.startServer({ authorizedKeys: [locked.publicKey], hostKeys: sshd.hostKeys });
    temporary = join(here.lab.folder, 'tmp');
    await mkdir(temporary);
    print = (await runProgram('ssh-keygen', ['-lf', `${sshd.hostKeys[0]!.path}.pub`])).stdout.split(' ')[1]!;
  });
  afterEach(async () => {
    assert.deepEqual(await readdir(temporary), [], 'files stay');
    // Linux lists sockets also when their file is gone.
    const sockets = await readFile('/proc/net/unix', 'utf8').catch(() => '');
    assert.ok(!sockets.includes(temporary), 'a socket stays');
    await untilGone(here.clients());
  });
  after(() => here.close());

  const asking = (configFile: string, wish: Wish = {}) => bySystem(configFile, { askpassFolder: temporary, ...wish });
  const toLocked = (...lines: string[]): Promise<string> =>
    here.writeConfig({ port: lockedServer.port, identity: locked, lines });

  /** A person who says something else each time, or does something meanwhile. */
  function person(
    ...answers: (string | null | ((signal: AbortSignal) => Promise<string | null>))[]
  ): AnsweredQuestions {
    const questions = new AnsweredQuestions();
    questions.answer = async (question: PromptQuestion, signal?: AbortSignal) => {
      questions.prompts.push(question);
      const next = answers.shift() ?? null;
      const given = typeof next === 'function' ? await next(signal ?? neverAborted) : next;
      return given === null ? null : [given];
    };
    return questions;
  }
  const untilWithdrawn = (signal: AbortSignal): Promise<null> =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        resolve(null);
      });
    });

  describe('for the passphrase of a key', () => {
    it('which then opens it, whatever characters it holds, and stands in no log', async () => {
      const log = new KeptLog();
      const questions = person(passphrase);
      assert.equal((await run(asking(await toLocked(), { log }), 'echo in', questions)).output.toString(), 'in\n');
      const [asked] = questions.prompts;
      assert.deepEqual(asked, {
        ...{ host: 'lab', kind: 'passphrase', asker: 'ssh on this machine', instruction: '', wasWrong: false },
        prompts: [{ text: `Enter passphrase for key '${locked.path}':`, echo: false }],
      });
      assert.ok(!log.lines.join('\n').includes('sésame'));
    });

    it('however long the person thinks: the limits of the login stand still', async () => {
      const clock = fastClock(20);
      const slow = person(
        () =>
          new Promise((resolve) => {
            clock.after(60_000, () => {
              resolve(passphrase);
            });
          }),
      );
      const connector = asking(await toLocked(), { clock, timings: { connectMs: 10_000, authenticateMs: 20_000 } });
      assert.equal((await run(connector, 'echo in', slow)).output.toString(), 'in\n');
    });

    it('but not longer than a server waits', async () => {
      const clock = fastClock(50);
      const connector = asking(await toLocked(), { clock, timings: { connectMs: 60_000, authenticateMs: 60_000 } });
      const problem = await refuses(
        connector.connect('true', neverAborted, person(untilWithdrawn)),
        'authenticationFailed',
        /ssh asks "Enter passphrase for key '[^']+':", and no answer was given within 110 s/,
      );
      assert.match(problem.next, /^Refresh or audit the host to be asked again/);
    });

    it('once: a wrong one ends the attempt, and so does none', async () => {
      const configFile = await toLocked();
      const wrong = person('wrong', passphrase);
      await refuses(
        asking(configFile).connect('true', neverAborted, wrong),
        'authenticationFailed',
        /Permission denied \(publickey\)\."\. The last answer was to "Enter passphrase/,
      );
      assert.equal(wrong.prompts.length, 1);
      await refuses(
        asking(configFile).connect('true', neverAborted, person(null)),
        'authenticationFailed',
        /ssh asks "Enter passphrase for key '[^']+':", and no answer was given/,
      );
    });

    it('and takes no answer that ssh would cut', async () => {
      const configFile = await toLocked();
      for (const answer of [`${passphrase}\n`, 'x\r', 'a\0b', 'é'.repeat(501)]) {
        const attempt = asking(configFile).connect('true', neverAborted, person(answer));
        await refuses(attempt, 'authenticationFailed', /has a line break or more than 1000 bytes/);
      }
    });

    it('and withdraws the question when the attempt is cancelled, with all processes', async () => {
      const abort = new AbortController();
      let onWithdrawn = (): void => undefined;
      const withdrawn = new Promise<void>((resolve) => {
        onWithdrawn = resolve;
      });
      const questions = person(async (signal) => {
        const gone = untilWithdrawn(signal);
        abort.abort();
        await gone;
        onWithdrawn();
        return null;
      });
      await refuses(asking(await toLocked()).connect('true', abort.signal, questions), 'cancelled');
      await withdrawn;
    });

    it('and withdraws the question when ssh is ended from outside', async () => {
      const questions = person((signal) => {
        forceEnd(here.clients());
        return untilWithdrawn(signal);
      });
      await refuses(asking(await toLocked()).connect('true', neverAborted, questions), 'unreachable', /SIGKILL/);
    });

    it('through a jump host, for the key of each', async () => {
      const gateKey = await makeLabKey(join(await here.lab.makeFolder(), 'gäte'), 'ed25519', 'gate words');
      const gate = await here.startServer({ authorizedKeys: [gateKey.publicKey] });
      const configFile = await here.writeConfig(
        { port: lockedServer.port, identity: locked, lines: ['ProxyJump gate'] },
        { alias: 'gate', port: gate.port, known: gate.hostPublicKeys, identity: gateKey },
      );
      const questions = person('gate words', passphrase);
      assert.equal((await run(asking(configFile), 'echo in', questions)).output.toString(), 'in\n');
      assert.deepEqual(
        questions.prompts.map(({ prompts, wasWrong }) => [prompts[0]!.text, wasWrong]),
        [gateKey, locked].map(({ path }) => [`Enter passphrase for key '${path}':`, false]),
      );
    });

    it('behind a jump host that talks a lot: its login is not taken for that of the host', async () => {
      const gate = await here.startServer();
      const configFile = await here.writeConfig(
        { port: lockedServer.port, identity: locked, lines: ['ProxyJump gate'] },
        { alias: 'gate', port: gate.port, known: gate.hostPublicKeys, lines: ['LogLevel VERBOSE'] },
      );
      const questions = person(null);
      const attempt = asking(configFile).connect('true', neverAborted, questions);
      await refuses(attempt, 'authenticationFailed', /no answer was given/);
    });

    it('and says of the next question that the answer before was refused', async () => {
      const other = await makeLabKey(join(await here.lab.makeFolder(), 'other'), 'ecdsa', 'x');
      const server = await here.startServer({
        authorizedKeys: [locked.publicKey, other.publicKey],
        hostKeys: sshd.hostKeys,
      });
      const lines = [`IdentityFile ${locked.path}`];
      const configFile = await here.writeConfig({ port: server.port, identity: other, lines });
      const questions = person('wrong', 'x');
      assert.equal((await run(asking(configFile), 'echo in', questions)).output.toString(), 'in\n');
      assert.deepEqual(
        questions.prompts.map(({ wasWrong }) => wasWrong),
        [false, true],
      );
    });

    it('and of nobody where a key is simply not the right one', async () => {
      const key = await makeLabKey(join(await here.lab.makeFolder(), 'wrong'));
      const questions = person();
      const configFile = await here.writeConfig({ port: sshd.port, identity: key });
      const attempt = asking(configFile).connect('true', neverAborted, questions);
      await refuses(attempt, 'authenticationFailed', /Permission denied/);
      assert.deepEqual(questions.prompts, []);
    });

    it('and of nobody where it cannot: on Windows, and with an ssh that is too old', async () => {
      const configFile = await toLocked();
      const onWindows = await refuses(
        asking(configFile, { askpassFolder: null }).connect('true', neverAborted, person(passphrase)),
        'authenticationFailed',
      );
      assert.match(onWindows.next, /^On Windows the system's ssh cannot ask.* Load the key into the agent \(ssh-add/);
      const folder = await here.lab.makeFolder();
      const old = '#!/bin/sh\n[ "$1" = -V ] && echo OpenSSH_8.4p1 >&2 && exit\nexec /usr/bin/ssh "$@"\n';
      await writeFile(join(folder, 'ssh'), old, { mode: 0o700 });
      const environment = { PATH: `${folder}:${process.env['PATH']!}` };
      const questions = person(passphrase);
      const problem = await refuses(
        asking(configFile, { environment }).connect('true', neverAborted, questions),
        'authenticationFailed',
      );
      assert.match(problem.next, /^To ask in VS Code, ssh must be OpenSSH 8\.5 or newer; this one is OpenSSH 8\.4\./);
      assert.deepEqual(questions.prompts, []);
    });

    it('and says what to do where its files cannot be written', async () => {
      const attempt = asking(await toLocked(), { askpassFolder: '/proc' }).connect('true', neverAborted, person('x'));
      const problem = await refuses(attempt, 'invalidInput', /files for its questions .* below \/proc \(ENOENT\)/);
      assert.match(problem.next, /TMPDIR/);
    });

    it('in a way that no other program learns how to answer', async () => {
      const trace = join(await here.lab.makeFolder(), 'trace');
      const script = join(await here.lab.makeFolder(), 'through');
      const program = [
        '#!/usr/bin/env python3',
        'import os,select,socket,sys',
        `open('${trace}','w').write(repr(dict(os.environ)))`,
        `s=socket.create_connection(('127.0.0.1',${String(lockedServer.port)}))`,
        'while True:',
        '  for f in select.select([0,s],[],[])[0]:',
        '    b=os.read(0,65536) if f==0 else s.recv(65536)',
        '    if not b: sys.exit()',
        '    s.sendall(b) if f==0 else os.write(1,b)',
        '',
      ];
      await writeFile(script, program.join('\n'), { mode: 0o700 });
      const questions = person(passphrase);
      const outcome = await run(asking(await toLocked(`ProxyCommand ${script}`)), 'env', questions);
      for (const seen of [await readFile(trace, 'utf8'), outcome.output.toString()]) {
        assert.match(seen, /PATH/);
        assert.doesNotMatch(seen, /TOKEN|SOCKET|sésame/);
      }
    });
  });

  describe('for the key of a host', () => {
    it('once, holding no link meanwhile; ssh stores exactly that key, and the next connection asks nothing', async () => {
      const proxy = await here.proxyTo(sshd.port);
      const configFile = await here.writeConfig({ port: proxy.port, known: [] });
      const known = join(configFile, '../known');
      const questions = new AnsweredQuestions();
      questions.onHostKey = async () => {
        await proxy.until(({ openCount }) => openCount === 0);
        assert.equal(await readFile(known, 'utf8'), '');
        return true;
      };
      const connector = asking(configFile);
      assert.equal((await run(connector, 'echo in', questions)).output.toString(), 'in\n');
      assert.deepEqual(questions.hostKeys, [
        {
          ...{ host: 'lab', address: `127.0.0.1:${String(proxy.port)}`, keyType: 'ED25519', fingerprint: print },
          store: { file: known },
          compareCommand: 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
        },
      ]);
      assert.equal(
        (await readFile(known, 'utf8')).trim(),
        `[127.0.0.1]:${String(proxy.port)} ${sshd.hostPublicKeys[0]!}`,
      );
      assert.equal((await run(connector, 'echo again', questions)).output.toString(), 'again\n');
      assert.equal(questions.hostKeys.length, 1);
    });

    it('and leaves nothing where the answer is no', async () => {
      const configFile = await here.writeConfig({ port: sshd.port, known: [] });
      const questions = new AnsweredQuestions();
      const problem = await refuses(
        asking(configFile).connect('true', neverAborted, questions),
        'hostKeyUnknown',
        /shows ED25519 SHA256:/,
      );
      assert.match(problem.next, /^Refresh or audit the host to be asked/);
      assert.equal(questions.hostKeys.length, 1);
      assert.equal(await readFile(join(configFile, '../known'), 'utf8'), '');
    });

    it('though the configuration would accept it, and never where it forbids', async () => {
      for (const [value, count] of [
        ['no', 1],
        ['accept-new', 1],
        ['yes', 0],
      ] as const) {
        const lines = [`StrictHostKeyChecking ${value}`];
        const configFile = await here.writeConfig({ port: sshd.port, known: [], lines });
        const questions = new AnsweredQuestions();
        await refuses(asking(configFile).connect('true', neverAborted, questions), 'hostKeyUnknown');
        assert.equal(questions.hostKeys.length, count, value);
        assert.equal(await readFile(join(configFile, '../known'), 'utf8'), '');
      }
    });

    it('never where it has changed', async () => {
      const known = [here.lab.identity.publicKey];
      const configFile = await here.writeConfig({ port: sshd.port, known, lines: ['StrictHostKeyChecking no'] });
      const questions = new AnsweredQuestions();
      questions.onHostKey = () => true;
      await refuses(asking(configFile).connect('true', neverAborted, questions), 'hostKeyChanged');
      assert.deepEqual(questions.hostKeys, []);
    });

    it('and connects to that key alone: another one a moment later is refused', async () => {
      const server = await here.startServer();
      const configFile = await here.writeConfig({ port: server.port, known: [] });
      const questions = new AnsweredQuestions();
      questions.onHostKey = async () => {
        await server.stop();
        await here.startServer({ port: server.port });
        return true;
      };
      const problem = await refuses(
        asking(configFile).connect('true', neverAborted, questions),
        'hostKeyChanged',
        /trusted in this window was SHA256:/,
      );
      assert.ok(problem.message.includes(questions.hostKeys[0]!.fingerprint));
      assert.equal(questions.hostKeys.length, 1);
      assert.equal(await readFile(join(configFile, '../known'), 'utf8'), '');
    });

    it('and trusts it for the window where no file can hold it', async () => {
      const configFile = await here.writeConfig({ port: sshd.port, known: [] });
      const text = await readFile(configFile, 'utf8');
      await writeFile(configFile, text.replace(/UserKnownHostsFile .*/, 'UserKnownHostsFile /dev/null'));
      const questions = new AnsweredQuestions();
      questions.onHostKey = () => true;
      const connector = asking(configFile);
      for (const word of ['one', 'two'])
        assert.equal((await run(connector, `echo ${word}`, questions)).output.toString(), `${word}\n`);
      assert.equal(questions.hostKeys.length, 1);
      assert.ok('reason' in questions.hostKeys[0]!.store);
    });

    it('then for what else is wanted, each in its turn', async () => {
      const configFile = await here.writeConfig({ port: lockedServer.port, identity: locked, known: [] });
      const questions = person(passphrase);
      questions.onHostKey = () => {
        assert.deepEqual(questions.prompts, []);
        return true;
      };
      assert.equal((await run(asking(configFile), 'echo in', questions)).output.toString(), 'in\n');
      assert.deepEqual([questions.hostKeys.length, questions.prompts.length], [1, 1]);
    });

    for (const value of ['ask', 'no', 'accept-new'])
      it(`of a jump host, though its own configuration says ${value}, in its own file`, async () => {
        const gate = await here.startServer();
        const gateKnown = join(await here.lab.makeFolder(), 'known-of-gate');
        const configFile = await here.writeConfig(
          { port: sshd.port, known: sshd.hostPublicKeys, lines: ['ProxyJump gate'] },
          {
            alias: 'gate',
            port: gate.port,
            known: [],
            lines: [`StrictHostKeyChecking ${value}`, `UserKnownHostsFile ${gateKnown}`],
          },
        );
        const name = `[127.0.0.1]:${String(gate.port)}`;
        const refused = new AnsweredQuestions();
        await refuses(
          asking(configFile).connect('true', neverAborted, refused),
          'hostKeyUnknown',
          /or that of a host on the way.*127\.0\.0\.1\]:\d+ shows ED25519/,
        );
        assert.deepEqual(await readdir(join(gateKnown, '..')), []);
        const questions = new AnsweredQuestions();
        questions.onHostKey = () => true;
        assert.equal((await run(asking(configFile), 'echo in', questions)).output.toString(), 'in\n');
        assert.deepEqual(
          questions.hostKeys.map(({ address, store }) => [address, store]),
          [[`127.0.0.1:${String(gate.port)}`, { file: gateKnown }]],
        );
        assert.equal((await readFile(gateKnown, 'utf8')).trim(), `${name} ${gate.hostPublicKeys[0]!}`);
      });

    it('of a jump host never where its own configuration forbids', async () => {
      const gate = await here.startServer();
      // ssh cuts a name in its question, so that it is not told whose key it is.
      for (const alias of ['gate', 'g'.repeat(250)]) {
        const configFile = await here.writeConfig(
          { port: sshd.port, lines: ['ProxyJump gate'] },
          { alias: 'gate', port: gate.port, known: [], lines: ['StrictHostKeyChecking yes', `HostKeyAlias ${alias}`] },
        );
        const questions = new AnsweredQuestions();
        questions.onHostKey = () => true;
        const attempt = asking(configFile).connect('true', neverAborted, questions);
        await refuses(attempt, 'hostKeyUnknown');
        assert.deepEqual(questions.hostKeys, []);
      }
    });

    it('of a host behind which a program of the configuration connects, saying who stores it', async () => {
      const gate = await here.startServer();
      const inner = await here.writeConfig({ alias: 'gate', port: gate.port, known: [] });
      const lines = [`ProxyCommand ssh -F ${inner} -W %h:%p gate`];
      const configFile = await here.writeConfig({ port: sshd.port, lines });
      const questions = new AnsweredQuestions();
      questions.onHostKey = () => true;
      assert.equal((await run(asking(configFile), 'echo in', questions)).output.toString(), 'in\n');
      assert.deepEqual(
        questions.hostKeys.map(({ address, store }) => [address, store]),
        [[`[127.0.0.1]:${String(gate.port)}`, { file: 'the first UserKnownHostsFile of the ssh that asks' }]],
      );
      assert.match(await readFile(join(inner, '../known'), 'utf8'), /ssh-ed25519/);
    });

    it('of each of two unknown hosts, one after the other', async () => {
      const gate = await here.startServer();
      const configFile = await here.writeConfig(
        { port: sshd.port, known: [], lines: ['ProxyJump gate'] },
        { alias: 'gate', port: gate.port, known: [] },
      );
      const questions = new AnsweredQuestions();
      questions.onHostKey = () => true;
      assert.equal((await run(asking(configFile), 'echo in', questions)).output.toString(), 'in\n');
      assert.deepEqual(
        questions.hostKeys.map(({ address }) => address),
        [gate.port, sshd.port].map((port) => `127.0.0.1:${String(port)}`),
      );
    });
  });

  it('for the touch of a security key, from the first run on, until it is touched', async () => {
    const folder = await here.lab.makeFolder();
    const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
    const type = 'sk-ssh-ed25519@openssh.com';
    const blob = Buffer.concat([Buffer.from(type), Buffer.alloc(32, 1), Buffer.from('ssh:')].map(field));
    await writeFile(join(folder, 'id_sk'), `${type} ${blob.toString('base64')}\n`);
    // No such key is at hand, so this plays what ssh does with one (readpass.c, notify_start), and then logs in with another.
    const played = [
      '#!/bin/sh',
      '[ "$1" = -V ] || [ "$2" = -G ] && exec /usr/bin/ssh "$@"',
      'SSH_ASKPASS_PROMPT=none "$SSH_ASKPASS" "Confirm user presence for key ED25519-SK SHA256:x" &',
      `read -r touched < ${folder}/touch`,
      'kill $!; wait $!',
      `exec /usr/bin/ssh -i ${here.lab.identity.path} "$@"`,
      '',
    ];
    await writeFile(join(folder, 'ssh'), played.join('\n'), { mode: 0o700 });
    await runProgram('mkfifo', [join(folder, 'touch')]);
    const configFile = await here.writeConfig({
      port: sshd.port,
      identity: { path: join(folder, 'id_sk'), publicKey: '' },
    });
    const questions = new AnsweredQuestions();
    questions.requestTouch = async (host, signal) => {
      const over = AnsweredQuestions.prototype.requestTouch.call(questions, host, signal);
      await writeFile(join(folder, 'touch'), 'touched\n');
      await over;
    };
    const environment = { PATH: `${folder}:${process.env['PATH']!}` };
    assert.equal((await run(asking(configFile, { environment }), 'echo in', questions)).output.toString(), 'in\n');
    assert.deepEqual(
      questions.touches.map(({ host, signal }) => [host, signal.aborted]),
      [['lab', true]],
    );
    assert.deepEqual(questions.prompts, []);
  });

  it('joins a shared connection without a question', async () => {
    const socket = join(await here.lab.makeFolder(), 'cm');
    const keys = [locked.publicKey, here.lab.identity.publicKey];
    const server = await here.startServer({ authorizedKeys: keys, hostKeys: sshd.hostKeys });
    const configFile = await here.writeConfig({
      port: server.port,
      identity: locked,
      lines: [`ControlPath ${socket}`],
    });
    const argv = [
      '-F',
      configFile,
      '-i',
      here.lab.identity.path,
      '-o',
      'BatchMode=yes',
      '-M',
      'lab',
      'echo up; exec cat',
    ];
    const master = spawn('ssh', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => master.once('exit', resolve));
    await new Promise((resolve) => master.stdout.once('data', resolve));
    const questions = person();
    assert.equal((await run(asking(configFile), 'echo in', questions)).output.toString(), 'in\n');
    assert.deepEqual(questions.prompts, []);
    master.kill();
    await ended;
  });
});
