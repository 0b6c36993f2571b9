/** Keys under a passphrase: only one that would open the door is asked for, between two connections, and kept open. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { LabProxy } from '../lab/proxy';
import { makeLabKey, type LabKey, type Sshd } from '../lab/sshd';
import { AnsweredQuestions } from '../support/answeredQuestions';
import { KeptLog } from '../support/localHost';
import { labConnector, labUser, neverAborted, refuses, run, SshLab } from './labConnector';

const passphrase = 'open "sesame" $HOME';

describe('a key under a passphrase', function () {
  this.timeout(30_000);
  let lab: SshLab;
  let locked: LabKey;
  let sshd: Sshd;

  before(async () => {
    lab = await SshLab.open();
    locked = await makeLabKey(join(await lab.makeFolder(), 'locked'), 'ed25519', passphrase);
    sshd = await lab.sshd({ authorizedKeys: [locked.publicKey] });
  });
  after(() => lab.close());

  async function writeConfig(keys: readonly LabKey[], server = sshd, port = server.port): Promise<string> {
    const folder = await lab.makeFolder();
    await writeFile(join(folder, 'known'), `[127.0.0.1]:${String(port)} ${server.hostPublicKeys[0]!}\n`);
    const lines = [
      'Host lab',
      'HostName 127.0.0.1',
      `Port ${String(port)}`,
      `User ${labUser}`,
      ...keys.map(({ path }) => `IdentityFile ${path}`),
      'IdentitiesOnly yes',
      'IdentityAgent none',
      `UserKnownHostsFile ${join(folder, 'known')}`,
      'GlobalKnownHostsFile none',
    ];
    await writeFile(join(folder, 'config'), lines.join('\n  '));
    return join(folder, 'config');
  }

  function typing(...typed: string[]): AnsweredQuestions {
    const questions = new AnsweredQuestions();
    questions.typed = typed;
    return questions;
  }

  it('is opened by the right passphrase, and stays open for the next connection', async () => {
    const configFile = await writeConfig([locked]);
    const log = new KeptLog();
    const connector = labConnector({ configFile, log });
    const questions = typing(passphrase);
    assert.equal((await run(connector, 'echo in', questions)).output.toString(), 'in\n');
    assert.equal((await run(connector, 'echo again', questions)).output.toString(), 'again\n');
    assert.equal(questions.passphrases.length, 1);
    const [{ host, key }] = questions.passphrases as [AnsweredQuestions['passphrases'][number]];
    assert.equal(host, 'lab');
    assert.ok(key.startsWith(`${locked.path} (ED25519 SHA256:`), key);
    assert.ok(!log.lines.join('\n').includes('sesame'));
  });

  it('is not held against the server’s time: no link is open while the person thinks', async () => {
    const proxy = await LabProxy.start({ port: sshd.port });
    lab.later(() => proxy.close());
    const configFile = await writeConfig([locked], sshd, proxy.port);
    const questions = typing();
    questions.unlockKey = async (question) => {
      await proxy.until(({ openCount }) => openCount === 0);
      return question.open(passphrase) === 'open';
    };
    assert.equal((await run(labConnector({ configFile }), 'echo in', questions)).output.toString(), 'in\n');
    assert.equal(proxy.connectionCount, 2);
  });

  it('may be given a wrong passphrase twice', async () => {
    const configFile = await writeConfig([locked]);
    const outcome = await run(labConnector({ configFile }), 'echo in', typing('no', '', passphrase));
    assert.equal(outcome.output.toString(), 'in\n');
  });

  it('stays closed after the third wrong passphrase, which the problem says, naming the key and no passphrase', async () => {
    const configFile = await writeConfig([locked]);
    const questions = typing('wrong-1', 'wrong-2', 'wrong-3', passphrase);
    const problem = await refuses(
      labConnector({ configFile }).connect('true', neverAborted, questions),
      'authenticationFailed',
      new RegExp(`the key ${locked.path} \\(ED25519 [^)]+\\) is encrypted, and none of 3 passphrases opened it\\.`),
    );
    assert.deepEqual(questions.typed, [passphrase], 'there is no fourth try');
    assert.equal(questions.passphrases[0]!.open(passphrase), 'spent', 'nor one behind the back of the box');
    assert.match(problem.next, /^Refresh or audit the host to be asked for the passphrase again/);
    assert.doesNotMatch(problem.message, /wrong-/);
  });

  it('is not given where the box is cancelled', async () => {
    const server = await lab.sshd({ authorizedKeys: [locked.publicKey] });
    const configFile = await writeConfig([locked], server);
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted, typing()),
      'authenticationFailed',
      /its passphrase was not given/,
    );
    assert.doesNotMatch(server.log(), /Accepted publickey/);
  });

  it('is open only where it can sign, whatever is answered, and is not asked for again and again', async () => {
    const configFile = await writeConfig([locked]);
    const questions = new AnsweredQuestions();
    questions.unlockKey = (question) => Promise.resolve(questions.passphrases.push(question) > 0);
    await refuses(labConnector({ configFile }).connect('true', neverAborted, questions), 'authenticationFailed');
    assert.equal(questions.passphrases.length, 1);
  });

  it('is said to be the one that is needed where nobody can be asked', async () => {
    const configFile = await writeConfig([locked]);
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'authenticationFailed',
      /Tried: [^;]*locked \([^)]+\), which the server would take and which needs a passphrase\./,
    );
  });

  it('is not asked for where another key is enough, nor where the server would not take it', async () => {
    const questions = typing();
    const both = await lab.sshd({ authorizedKeys: [locked.publicKey, lab.identity.publicKey] });
    await run(labConnector({ configFile: await writeConfig([locked, lab.identity], both) }), 'true', questions);
    const neither = await lab.sshd({ authorizedKeys: [] });
    const configFile = await writeConfig([locked], neither);
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted, questions),
      'authenticationFailed',
      /Tried: [^;]*locked \(ED25519 [^)]+\)\./,
    );
    assert.deepEqual(questions.passphrases, []);
  });

  it('is the one of several that the server would take', async () => {
    const folder = await lab.makeFolder();
    const other = await makeLabKey(join(folder, 'other'), 'ecdsa', 'x');
    const wanted = await makeLabKey(join(folder, 'wanted'), 'rsa', passphrase);
    const server = await lab.sshd({ authorizedKeys: [wanted.publicKey] });
    const questions = typing(passphrase);
    const configFile = await writeConfig([lab.identity, other, wanted], server);
    assert.equal((await run(labConnector({ configFile }), 'echo in', questions)).output.toString(), 'in\n');
    assert.deepEqual(
      questions.passphrases.map(({ key }) => key.split(' ')[0]),
      [wanted.path],
    );
  });

  it('costs no failed attempt where the server would take it: MaxAuthTries 2 is enough', async () => {
    const server = await lab.sshd({ authorizedKeys: [locked.publicKey], extraConfig: ['MaxAuthTries 2'] });
    const configFile = await writeConfig([locked], server);
    assert.equal((await run(labConnector({ configFile }), 'echo in', typing(passphrase))).output.toString(), 'in\n');
  });

  it('is open for the other hosts of the window too', async () => {
    const configFile = await writeConfig([locked]);
    const unlockedKeys = new Map<string, unknown>();
    await run(labConnector({ configFile, unlockedKeys }), 'true', typing(passphrase));
    const questions = typing();
    await run(labConnector({ configFile, unlockedKeys }), 'true', questions);
    assert.deepEqual(questions.passphrases, []);
    await refuses(labConnector({ configFile }).connect('true', neverAborted, questions), 'authenticationFailed');
  });

  it('is asked for on trust where its file hides the public half', async () => {
    const folder = await lab.makeFolder();
    const path = join(folder, 'pem');
    await promisify(execFile)('ssh-keygen', [
      '-q',
      '-t',
      'rsa',
      '-b',
      '2048',
      '-m',
      'PEM',
      '-N',
      'pem-secret',
      '-f',
      path,
    ]);
    const publicKey = (await promisify(execFile)('ssh-keygen', ['-y', '-P', 'pem-secret', '-f', path])).stdout.trim();
    await rm(`${path}.pub`);
    const server = await lab.sshd({ authorizedKeys: [publicKey] });
    const configFile = await writeConfig([{ path, publicKey }], server);
    const questions = typing('no', 'pem-secret');
    assert.equal((await run(labConnector({ configFile }), 'echo in', questions)).output.toString(), 'in\n');
    assert.equal(questions.passphrases[0]!.key, path);
  });

  it('is left out with the reason where ssh2 cannot open its kind of encryption', async () => {
    const path = join(await lab.makeFolder(), 'chacha');
    const cipher = 'chacha20-poly1305@openssh.com';
    await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-Z', cipher, '-N', 'x', '-f', path]);
    const questions = typing('x');
    await refuses(
      labConnector({ configFile: await writeConfig([{ path, publicKey: '' }]) }).connect(
        'true',
        neverAborted,
        questions,
      ),
      'authenticationFailed',
      /chacha \([^)]+\): the built-in SSH client cannot open its encryption \(chacha20-poly1305@openssh\.com\): add it to the agent/,
    );
    assert.deepEqual(questions.passphrases, []);
  });

  it('follows the question about the host, each in its turn', async () => {
    const configFile = await writeConfig([locked]);
    await writeFile(join(configFile, '../known'), '');
    const questions = typing(passphrase);
    questions.onHostKey = () => {
      assert.deepEqual(questions.passphrases, []);
      return true;
    };
    assert.equal((await run(labConnector({ configFile }), 'echo in', questions)).output.toString(), 'in\n');
    assert.deepEqual([questions.hostKeys.length, questions.passphrases.length], [1, 1]);
  });
});
