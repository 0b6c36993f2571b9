/** The key of a host that is not known: asked about between two connections, pinned, and stored as OpenSSH stores it. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'ssh2';
import { createHostVerifier } from '../../src/ssh/hostKeys/hostKeyCheck';
import { LabProxy } from '../lab/proxy';
import { runProgram } from '../lab/runProgram';
import { makeLabKey, type Sshd } from '../lab/sshd';
import { AnsweredQuestions } from '../support/answeredQuestions';
import { KeptLog } from '../support/localHost';
import { acceptLogin, startFakeSsh } from './fakeServer';
import { labConnector, labUser, neverAborted, refuses, run, SshLab } from './labConnector';

describe('the key of a host that is not known', function () {
  this.timeout(30_000);
  let lab: SshLab;
  let sshd: Sshd;

  before(async () => {
    lab = await SshLab.open();
    sshd = await lab.sshd();
  });
  after(() => lab.close());

  interface Files {
    readonly configFile: string;
    readonly home: string;
    readonly knownFile: string;
  }

  /** A home of its own, without a `.ssh`; `%s` in a line stands for the home. */
  async function files(
    port: number,
    lines: readonly string[] = ['UserKnownHostsFile %s/.ssh/known_hosts'],
  ): Promise<Files> {
    const home = await lab.makeFolder();
    const configFile = join(home, 'config');
    const own = [
      'HostName 127.0.0.1',
      `Port ${String(port)}`,
      `User ${labUser}`,
      `IdentityFile ${lab.identity.path}`,
      'IdentitiesOnly yes',
      'IdentityAgent none',
      'GlobalKnownHostsFile none',
      'UpdateHostKeys no',
    ];
    await writeFile(configFile, ['Host lab', ...lines.map((line) => line.replace('%s', home)), ...own].join('\n  '));
    return { configFile, home, knownFile: join(home, '.ssh/known_hosts') };
  }

  function trusting(): AnsweredQuestions {
    const questions = new AnsweredQuestions();
    questions.onHostKey = () => true;
    return questions;
  }

  const lines = async (path: string): Promise<string[]> => (await readFile(path, 'latin1')).split('\n');
  const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
  const exists = (path: string): Promise<boolean> =>
    stat(path).then(
      () => true,
      () => false,
    );
  const noLoginIn = (log: string): void => {
    assert.doesNotMatch(log, /userauth-request|SSH2_MSG_SERVICE_REQUEST received/);
  };
  const opensshAccepts = async ({ configFile }: Files): Promise<boolean> => {
    const argv = ['-F', configFile, '-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes', 'lab', 'true'];
    return (await runProgram('ssh', argv)).exitCode === 0;
  };

  it('is shown with all that is needed to compare it, and appended when it was trusted and proven', async () => {
    const here = await files(sshd.port);
    const questions = trusting();
    const connector = labConnector(here);
    assert.equal((await run(connector, 'echo in', questions)).output.toString(), 'in\n');
    const print = (await runProgram('ssh-keygen', ['-lf', `${sshd.hostKeys[0]!.path}.pub`])).stdout.split(' ')[1]!;
    assert.deepEqual(questions.hostKeys, [
      {
        host: 'lab',
        address: `127.0.0.1:${String(sshd.port)}`,
        keyType: 'ED25519',
        fingerprint: print,
        store: { file: here.knownFile },
        compareCommand: 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
      },
    ]);
    const name = `[127.0.0.1]:${String(sshd.port)}`;
    assert.deepEqual(await lines(here.knownFile), [`${name} ${sshd.hostPublicKeys[0]!}`, '']);
    assert.deepEqual([await mode(here.knownFile), await mode(dirname(here.knownFile))], ['600', '700']);
    const found = await runProgram('ssh-keygen', ['-F', name, '-f', here.knownFile]);
    assert.match(found.stdout, /found: line 1/);
    assert.ok(await opensshAccepts(here));
    await run(connector, 'true', questions);
    await run(labConnector(here), 'true');
    assert.deepEqual([questions.hostKeys.length, (await lines(here.knownFile)).length], [1, 2]);
  });

  it('is stored under a hashed name where HashKnownHosts is yes, behind what stands there', async () => {
    const here = await files(sshd.port, ['UserKnownHostsFile %s/known', 'HashKnownHosts yes']);
    const knownFile = join(here.home, 'known');
    await writeFile(knownFile, '# mine, without a newline', { mode: 0o644 });
    await run(labConnector(here), 'true', trusting());
    const [first, second, ...rest] = await lines(knownFile);
    assert.deepEqual([first, rest], ['# mine, without a newline', ['']]);
    assert.match(second!, /^\|1\|[A-Za-z0-9+/]{27}=\|[A-Za-z0-9+/]{27}= ssh-ed25519 [A-Za-z0-9+/=]+$/);
    assert.equal(await mode(knownFile), '644', 'an existing file keeps its mode');
    const name = `[127.0.0.1]:${String(sshd.port)}`;
    assert.match((await runProgram('ssh-keygen', ['-F', name, '-f', knownFile])).stdout, /found: line 2/);
    assert.ok(await opensshAccepts(here));
  });

  it('is stored under HostKeyAlias, without the port', async () => {
    const here = await files(sshd.port, ['UserKnownHostsFile %s/known', 'HostKeyAlias Depot']);
    await run(labConnector(here), 'true', trusting());
    assert.deepEqual(await lines(join(here.home, 'known')), [`depot ${sshd.hostPublicKeys[0]!}`, '']);
    assert.ok(await opensshAccepts(here));
  });

  it('is pinned by its type on a server that has several', async () => {
    const server = await lab.sshd({ hostKeyTypes: ['ed25519', 'rsa', 'ecdsa'] });
    const here = await files(server.port, ['UserKnownHostsFile %s/known', 'GlobalKnownHostsFile %s/global']);
    await writeFile(join(here.home, 'global'), `127.0.0.1 ${lab.identity.publicKey}\n`);
    await run(labConnector(here), 'true', trusting());
    assert.ok(await opensshAccepts(here));
  });

  for (const strict of ['accept-new', 'no', 'off'])
    it(`is asked about where StrictHostKeyChecking is ${strict}`, async () => {
      const here = await files(sshd.port, ['UserKnownHostsFile %s/known', `StrictHostKeyChecking ${strict}`]);
      const questions = new AnsweredQuestions();
      await refuses(labConnector(here).connect('true', neverAborted, questions), 'hostKeyUnknown');
      assert.equal(questions.hostKeys.length, 1);
    });

  it('leaves nothing behind where it was not trusted: no file, no folder, no login', async () => {
    const server = await lab.sshd();
    const proxy = await LabProxy.start({ port: server.port });
    lab.later(() => proxy.close());
    const here = await files(proxy.port);
    const questions = new AnsweredQuestions();
    questions.onHostKey = async () => {
      await proxy.until(({ openCount }) => openCount === 0);
      return false;
    };
    const problem = await refuses(labConnector(here).connect('true', neverAborted, questions), 'hostKeyUnknown');
    assert.match(problem.next, /^Refresh or audit the host to be asked/);
    assert.deepEqual([proxy.connectionCount, await exists(dirname(here.knownFile))], [1, false]);
    noLoginIn(server.log());
  });

  it('is refused where another one is shown after the question, and none is stored', async () => {
    const first = await lab.sshd();
    const here = await files(first.port);
    let second: Sshd | null = null;
    const questions = new AnsweredQuestions();
    questions.onHostKey = async () => {
      await first.stop();
      second = await lab.sshd({ port: first.port });
      return true;
    };
    await refuses(
      labConnector(here).connect('true', neverAborted, questions),
      'hostKeyChanged',
      /the server's key has changed\. It shows ED25519 SHA256:[^;]+; trusted in this window was ED25519 SHA256:/,
    );
    assert.deepEqual([questions.hostKeys.length, await exists(dirname(here.knownFile))], [1, false]);
    noLoginIn((second as Sshd | null)!.log());
  });

  it('is refused without a question where it changes between two connections, stored or not', async () => {
    for (const knownHosts of ['%s/known', 'none']) {
      const first = await lab.sshd();
      const here = await files(first.port, [`UserKnownHostsFile ${knownHosts}`]);
      const questions = trusting();
      const connector = labConnector(here);
      await run(connector, 'true', questions);
      await run(connector, 'true', questions);
      await first.stop();
      const second = await lab.sshd({ port: first.port });
      await refuses(connector.connect('true', neverAborted, questions), 'hostKeyChanged', /key has changed/);
      assert.equal(questions.hostKeys.length, 1);
      noLoginIn(second.log());
    }
  });

  for (const [title, known, code] of [
    ['a changed key', (name: string, _key: string, other: string) => `${name} ${other}\n`, 'hostKeyChanged'],
    ['a revoked key', (name: string, key: string) => `@revoked ${name} ${key}\n`, 'hostKeyChanged'],
    [
      'an authority',
      (name: string, _key: string, other: string) => `@cert-authority ${name} ${other}\n`,
      'notSupported',
    ],
    ['StrictHostKeyChecking yes', () => '', 'hostKeyUnknown'],
  ] as const)
    it(`is not asked about: ${title}`, async () => {
      const strict = title.startsWith('Strict') ? [title] : [];
      const here = await files(sshd.port, ['UserKnownHostsFile %s/known', ...strict]);
      const line = known(`[127.0.0.1]:${String(sshd.port)}`, sshd.hostPublicKeys[0]!, lab.identity.publicKey);
      await writeFile(join(here.home, 'known'), line);
      const questions = trusting();
      await refuses(labConnector(here).connect('true', neverAborted, questions), code);
      assert.deepEqual(questions.hostKeys, []);
      assert.equal((await lines(join(here.home, 'known'))).join('\n'), line);
    });

  for (const [title, setting, reason] of [
    ['none', 'none', /^UserKnownHostsFile is none$/],
    ['/dev/null', '/dev/null', /^\/dev\/null is no file$/],
    ['a file in a folder that is missing', '%s/absent/known', /its folder does not exist$/],
  ] as const)
    it(`is trusted until the window closes where it cannot be stored: ${title}`, async () => {
      const here = await files(sshd.port, [`UserKnownHostsFile ${setting}`]);
      const questions = trusting();
      const connector = labConnector(here);
      await run(connector, 'true', questions);
      await run(connector, 'true', questions);
      const { store } = questions.hostKeys[0]!;
      assert.match('reason' in store ? store.reason : '', reason);
      assert.equal(questions.hostKeys.length, 1);
      await run(labConnector(here), 'true', questions);
      assert.equal(questions.hostKeys.length, 2, 'another window asks again');
      assert.ok(!(await exists(join(here.home, 'absent'))));
    });

  it('is trusted under the name only that it was shown for', async () => {
    const here = await files(sshd.port, ['UserKnownHostsFile none', 'HostKeyAlias first']);
    const connector = labConnector(here);
    const questions = trusting();
    await run(connector, 'true', questions);
    const config = await readFile(here.configFile, 'utf8');
    await writeFile(here.configFile, config.replace('HostKeyAlias first', 'HostKeyAlias second'));
    await run(connector, 'true', questions);
    assert.equal(questions.hostKeys.length, 2);
  });

  it('counts no more where StrictHostKeyChecking has become yes', async () => {
    const here = await files(sshd.port, ['UserKnownHostsFile none', 'StrictHostKeyChecking ask']);
    const connector = labConnector(here);
    await run(connector, 'true', trusting());
    const config = await readFile(here.configFile, 'utf8');
    await writeFile(here.configFile, config.replace('StrictHostKeyChecking ask', 'StrictHostKeyChecking yes'));
    const questions = trusting();
    await refuses(connector.connect('true', neverAborted, questions), 'hostKeyUnknown');
    assert.deepEqual(questions.hostKeys, []);
  });

  it('lets the files decide as soon as they know the host', async () => {
    const here = await files(sshd.port, ['UserKnownHostsFile none', 'GlobalKnownHostsFile %s/global']);
    const connector = labConnector(here);
    await run(connector, 'true', trusting());
    await writeFile(join(here.home, 'global'), `[127.0.0.1]:* ${lab.identity.publicKey}\n`);
    await refuses(connector.connect('true', neverAborted, trusting()), 'hostKeyChanged', /global:1/);
  });

  it('connects all the same where the line could not be written, says so in the log, and asks no more', async () => {
    const here = await files(sshd.port);
    const log = new KeptLog();
    const connector = labConnector({ ...here, log });
    const questions = new AnsweredQuestions();
    questions.onHostKey = async () => {
      await mkdir(here.knownFile, { recursive: true });
      return true;
    };
    assert.equal((await run(connector, 'echo in', questions)).output.toString(), 'in\n');
    assert.match(log.lines.join('\n'), /lab: its host key is trusted until the window closes, because .*EISDIR/);
    await rm(here.knownFile, { recursive: true });
    await run(connector, 'true', questions);
    assert.equal(questions.hostKeys.length, 1);
  });

  it('is remembered without a second question where the host was away just after the answer', async () => {
    const first = await lab.sshd();
    const here = await files(first.port);
    const connector = labConnector(here);
    const questions = new AnsweredQuestions();
    questions.onHostKey = async () => {
      await first.stop();
      return true;
    };
    await refuses(connector.connect('true', neverAborted, questions), 'unreachable');
    assert.equal(await exists(here.knownFile), false, 'what is not proven is not stored');
    await lab.sshd({ port: first.port, hostKeys: first.hostKeys });
    await run(connector, 'true');
    assert.equal((await lines(here.knownFile)).length, 2);
  });

  it('is stored even where the login fails after it', async () => {
    const server = await lab.sshd({ authorizedKeys: [] });
    const here = await files(server.port);
    await refuses(labConnector(here).connect('true', neverAborted, trusting()), 'authenticationFailed');
    assert.equal((await lines(here.knownFile)).length, 2);
  });

  it('is not stored where the server shows it and cannot sign with it', async () => {
    const hostKey = await makeLabKey(join(await lab.makeFolder(), 'thief'));
    const server = await startFakeSsh({ hostKey, pretend: sshd.hostPublicKeys[0]!, serve: acceptLogin });
    lab.later(server.close);
    const here = await files(server.port);
    await refuses(
      labConnector(here).connect('true', neverAborted, trusting()),
      'hostKeyChanged',
      /did not prove that it owns it/,
    );
    assert.equal(await exists(dirname(here.knownFile)), false);
    assert.deepEqual(
      server.received().filter((name) => /SERVICE|USERAUTH/.test(name)),
      [],
    );
  });

  it('connects no more where the attempt is cancelled during the question', async () => {
    const server = await lab.sshd();
    const here = await files(server.port);
    const abort = new AbortController();
    const questions = new AnsweredQuestions();
    questions.onHostKey = () => {
      abort.abort();
      return true;
    };
    await refuses(labConnector(here).connect('true', abort.signal, questions), 'cancelled');
    noLoginIn(server.log());
    assert.equal(await exists(here.knownFile), false);
  });

  for (const [title, judge] of [
    ['async () => false', () => Promise.resolve(false)],
    ['async () => { throw }', () => Promise.reject(new Error('no'))],
    ['() => null', () => null],
  ] as const)
    it(`is refused on a real server through the one verifier that ssh2 is given: ${title}`, async () => {
      const server = await lab.sshd();
      const client = new Client();
      await new Promise<void>((resolve, reject) => {
        client.on('handshake', () => {
          reject(new Error('the key was accepted'));
        });
        client.on('error', () => undefined);
        client.on('close', resolve);
        const hostVerifier = createHostVerifier(judge);
        client.connect({ host: '127.0.0.1', port: server.port, username: labUser, hostVerifier });
      });
      noLoginIn(server.log());
    });
});
