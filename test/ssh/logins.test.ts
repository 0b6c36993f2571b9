/** Logging in to real sshd servers: the user's configuration, keys from files and from a real agent. */
import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../lab/runProgram';
import { makeLabKey, writeSshClientFiles, type LabKey, type Sshd } from '../lab/sshd';
import { AnsweredQuestions } from '../support/answeredQuestions';
import { addToAgent, labConnector, labUser, neverAborted, refuses, run, SshLab } from './labConnector';

/** Keys that the server was asked about in one connection, by their `pkblob` lines; queries only, not signatures. */
function keysAsked(log: string): number {
  return [...log.matchAll(/userauth_pubkey: publickey test pkalg/g)].length;
}

describe('logging in', function () {
  this.timeout(30_000);
  let lab: SshLab;
  let sshd: Sshd;
  let others: LabKey[];

  before(async () => {
    lab = await SshLab.open();
    sshd = await lab.sshd();
    const folder = await lab.makeFolder();
    others = [];
    for (let index = 0; index < 8; index += 1) others.push(await makeLabKey(join(folder, `other${String(index)}`)));
  });
  after(() => lab.close());

  async function writeConfig(server: Sshd, lines: readonly string[]): Promise<string> {
    const folder = await lab.makeFolder();
    const known = join(folder, 'known');
    await writeFile(known, server.hostPublicKeys.map((key) => `[127.0.0.1]:${String(server.port)} ${key}\n`).join(''));
    const configFile = join(folder, 'config');
    const own = [
      'HostName 127.0.0.1',
      `Port ${String(server.port)}`,
      `User ${labUser}`,
      `UserKnownHostsFile ${known}`,
      'GlobalKnownHostsFile none',
    ];
    await writeFile(configFile, ['Host lab', ...lines, ...own].join('\n  '));
    return configFile;
  }

  const only = ['IdentitiesOnly yes', 'IdentityAgent none'];

  it('runs a command and reports its output and its exit code', async () => {
    const configFile = await writeConfig(sshd, [`IdentityFile ${lab.identity.path}`, ...only]);
    const outcome = await run(labConnector({ configFile }), 'echo out; echo err >&2; exit 3');
    assert.equal(outcome.output.toString(), 'out\n');
    assert.equal(outcome.errorOutput.toString(), 'err\n');
    assert.deepEqual(outcome.end, { exitCode: 3, signal: null, error: null });
  });

  it('reports the signal that ended a command', async () => {
    const configFile = await writeConfig(sshd, [`IdentityFile ${lab.identity.path}`, ...only]);
    const { end } = await run(labConnector({ configFile }), 'kill -9 $$');
    assert.deepEqual(end, { exitCode: null, signal: 'SIGKILL', error: null });
  });

  for (const type of ['rsa', 'ecdsa', 'ed25519'] as const) {
    it(`logs in with a key of type ${type} from a file`, async () => {
      const key = await makeLabKey(join(await lab.makeFolder(), type), type);
      const server = await lab.sshd({ authorizedKeys: [key.publicKey] });
      const configFile = await writeConfig(server, [`IdentityFile ${key.path}`, ...only]);
      assert.equal((await run(labConnector({ configFile }), 'echo in')).output.toString(), 'in\n');
    });

    it(`logs in with a key of type ${type} from the agent`, async () => {
      const key = await makeLabKey(join(await lab.makeFolder(), type), type);
      const server = await lab.sshd({ authorizedKeys: [key.publicKey] });
      const socketPath = await lab.agent([key]);
      const configFile = await writeConfig(server, [`IdentityFile none`]);
      const environment = { PATH: process.env['PATH'], SSH_AUTH_SOCK: socketPath };
      assert.equal((await run(labConnector({ configFile, environment }), 'echo in')).output.toString(), 'in\n');
    });
  }

  it('honours HostName, Port, User, Include, Match and UserKnownHostsFile of the configuration', async () => {
    const folder = await lab.makeFolder();
    const plain = await writeConfig(sshd, [`IdentityFile ${lab.identity.path}`, ...only]);
    const configFile = join(folder, 'config');
    await mkdir(join(folder, 'conf.d'));
    await writeFile(configFile, `Include ${join(folder, 'conf.d', '*.conf')}\n\nHost *\n  User nobody\n`);
    await writeFile(
      join(folder, 'conf.d', 'a.conf'),
      `Match originalhost depot exec "test -f ${plain}"\n  Include ${plain}\n  HostName 127.0.0.1\n  Port ${String(sshd.port)}\n  User ${labUser}\n  IdentityFile ${lab.identity.path}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${join(plain, '..', 'known')}\n`,
    );
    const connector = labConnector({ configFile, settings: { host: 'depot' } });
    assert.equal((await run(connector, 'id -un')).output.toString(), `${labUser}\n`);
  });

  it('puts port and user of the settings before the configuration', async () => {
    const folder = await lab.makeFolder();
    const { configFile } = await writeSshClientFiles(folder, [
      { alias: 'lab', port: sshd.port, hostPublicKeys: sshd.hostPublicKeys, identity: lab.identity, extra: ['User x'] },
    ]);
    const other = await lab.sshd({ hostKeys: sshd.hostKeys });
    await writeFile(
      join(folder, 'known_hosts'),
      sshd.hostPublicKeys.map((key) => `[127.0.0.1]:${String(other.port)} ${key}\n`).join(''),
    );
    const connector = labConnector({ configFile, settings: { port: other.port, user: labUser } });
    assert.equal(
      (await run(connector, 'echo $SSH_CONNECTION')).output.toString().trim().split(' ').at(-1),
      String(other.port),
    );
  });

  it('offers the identity file of the settings first', async () => {
    const configFile = await writeConfig(sshd, [
      ...others.slice(0, 5).map((key) => `IdentityFile ${key.path}`),
      ...only,
    ]);
    const connector = labConnector({ configFile, settings: { identityFile: lab.identity.path } });
    assert.equal((await run(connector, 'echo in')).output.toString(), 'in\n');
  });

  it('expands ~ and tokens of IdentityFile against the home of the passwd entry, not $HOME', async () => {
    const home = await lab.makeFolder();
    await mkdir(join(home, '.ssh'));
    await copyFile(lab.identity.path, join(home, '.ssh', 'key-lab-127.0.0.1'));
    await chmod(join(home, '.ssh', 'key-lab-127.0.0.1'), 0o600);
    const configFile = await writeConfig(sshd, ['IdentityFile ~/.ssh/key-%n-%h', ...only]);
    const environment = { PATH: process.env['PATH'], HOME: '/nonexistent' };
    assert.equal((await run(labConnector({ configFile, home, environment }), 'echo in')).output.toString(), 'in\n');
  });

  it('tries several identity files in order', async () => {
    const server = await lab.sshd();
    const paths = [others[0]!, others[1]!, lab.identity].map((key) => `IdentityFile ${key.path}`);
    const configFile = await writeConfig(server, [...paths, ...only]);
    assert.equal((await run(labConnector({ configFile }), 'echo in')).output.toString(), 'in\n');
    assert.equal(keysAsked(server.log()), 3);
  });

  it('never begins with the method none and never asks for the agent to be forwarded', async () => {
    const server = await lab.sshd();
    const configFile = await writeConfig(server, [`IdentityFile ${lab.identity.path}`, ...only, 'ForwardAgent yes']);
    await run(labConnector({ configFile }), 'true');
    assert.match(
      server.log(),
      new RegExp(`userauth-request for user ${labUser} service ssh-connection method publickey`),
    );
    assert.doesNotMatch(server.log(), /method none/);
    assert.doesNotMatch(server.log(), /auth-agent-req/);
  });

  it('signs by the agent for an identity file that is encrypted', async () => {
    const folder = await lab.makeFolder();
    const key = await makeLabKey(join(folder, 'locked'), 'ed25519', 'open sesame');
    const askpass = join(folder, 'askpass');
    await writeFile(askpass, '#!/bin/sh\necho open sesame\n', { mode: 0o700 });
    const socketPath = await lab.agent([]);
    await addToAgent(socketPath, key.path, askpass);
    const server = await lab.sshd({ authorizedKeys: [key.publicKey] });
    const configFile = await writeConfig(server, [
      `IdentityFile ${key.path}`,
      'IdentitiesOnly yes',
      `IdentityAgent ${socketPath}`,
    ]);
    assert.equal((await run(labConnector({ configFile }), 'echo in')).output.toString(), 'in\n');
  });

  it('takes an identity file that is only the public half as the name of an agent key', async () => {
    const socketPath = await lab.agent([...others, lab.identity]);
    const configFile = await writeConfig(sshd, [
      `IdentityFile ${lab.identity.path}.pub`,
      'IdentitiesOnly yes',
      `IdentityAgent ${socketPath}`,
    ]);
    assert.equal((await run(labConnector({ configFile }), 'echo in')).output.toString(), 'in\n');
  });

  it('leaves agent keys out that IdentitiesOnly does not name, and says so', async () => {
    const socketPath = await lab.agent([lab.identity]);
    const configFile = await writeConfig(sshd, [
      `IdentityFile ${others[0]!.path}`,
      'IdentitiesOnly yes',
      `IdentityAgent ${socketPath}`,
    ]);
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'authenticationFailed',
      new RegExp(`did not let ${labUser} in\\. It offers: publickey\\.`),
      /Tried: [^;]*other0 \(ED25519 SHA256:[^)]+\)\./,
      /Not tried: agent key "lab key" \(ED25519 [^)]+\): IdentitiesOnly is set and no IdentityFile names it\./,
    );
  });

  it('uses no agent where IdentityAgent is none', async () => {
    const socketPath = await lab.agent([lab.identity]);
    const configFile = await writeConfig(sshd, [`IdentityFile ${others[0]!.path}`, 'IdentityAgent none']);
    const environment = { PATH: process.env['PATH'], SSH_AUTH_SOCK: socketPath };
    const { message } = await refuses(
      labConnector({ configFile, environment }).connect('true', neverAborted),
      'authenticationFailed',
    );
    assert.doesNotMatch(message, /agent key|transport/);
  });

  it('finds the key that an identity file names before the other eight of the agent', async () => {
    const socketPath = await lab.agent([...others, lab.identity]);
    const configFile = await writeConfig(sshd, [`IdentityFile ${lab.identity.path}`, `IdentityAgent ${socketPath}`]);
    assert.equal((await run(labConnector({ configFile }), 'echo in')).output.toString(), 'in\n');
  });

  it('stops before a server with MaxAuthTries 6 hangs up, and names what it did not try', async () => {
    const server = await lab.sshd();
    const socketPath = await lab.agent([...others, lab.identity]);
    const configFile = await writeConfig(server, ['IdentityFile none', `IdentityAgent ${socketPath}`]);
    const { message } = await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'authenticationFailed',
      /Not tried: .*servers hang up after 6 failures; name it in IdentityFile and set IdentitiesOnly/,
    );
    assert.doesNotMatch(message, /Too many/);
    assert.equal(keysAsked(server.log()), 5);
  });

  it('spends one attempt on an RSA key', async () => {
    const server = await lab.sshd();
    const key = await makeLabKey(join(await lab.makeFolder(), 'rsa'), 'rsa');
    const configFile = await writeConfig(server, [`IdentityFile ${key.path}`, ...only]);
    await refuses(labConnector({ configFile }).connect('true', neverAborted), 'authenticationFailed');
    assert.equal(keysAsked(server.log()), 1);
  });

  it('names the server own words where it hangs up for too many failures', async () => {
    const server = await lab.sshd({ extraConfig: ['MaxAuthTries 2'] });
    const paths = others.slice(0, 4).map((key) => `IdentityFile ${key.path}`);
    const configFile = await writeConfig(server, [...paths, ...only]);
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'authenticationFailed',
      /The server said: Too many authentication failures/,
    );
  });

  it('says which missing, broken and too open keys it could not use, and tries an encrypted one by its public half', async () => {
    const folder = await lab.makeFolder();
    const locked = await makeLabKey(join(folder, 'locked'), 'ed25519', 'secret');
    await copyFile(lab.identity.path, join(folder, 'open'));
    await chmod(join(folder, 'open'), 0o644);
    await mkdir(join(folder, 'folder'));
    await writeFile(join(folder, 'broken'), 'this is no key\n', { mode: 0o600 });
    const files = ['locked', 'open', 'broken', 'absent', 'folder'].map((name) => `IdentityFile ${join(folder, name)}`);
    const configFile = await writeConfig(sshd, [...files, ...only]);
    const problem = await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'authenticationFailed',
      /Tried: [^ ]*locked \(ED25519 SHA256:[^)]+\)\. Not tried:/,
      /It offers: publickey/,
      /open \(ED25519 [^)]+\): its permissions \(0644\) let others read it/,
      /broken: it is not a key file/,
      /absent: there is no such file/,
      /folder: it cannot be read \(no key file\)/,
    );
    assert.match(problem.next, /ssh-add/);
    assert.ok(locked.publicKey.length > 0);
  });

  it('says that the server wants a password, and how to be asked for it', async () => {
    const server = await lab.sshd({ authorizedKeys: [], extraConfig: ['PasswordAuthentication yes'] });
    const configFile = await writeConfig(server, [`IdentityFile ${lab.identity.path}`, ...only]);
    const problem = await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'authenticationFailed',
      /It offers: publickey, password/,
    );
    assert.match(problem.next, /^Refresh or audit the host to be asked for what it wants \(password\)/);
  });

  it('tries no key on a server that takes none', async () => {
    const server = await lab.sshd({ extraConfig: ['PubkeyAuthentication no', 'PasswordAuthentication yes'] });
    const configFile = await writeConfig(server, [
      ...[lab.identity, ...others.slice(0, 3)].map((key) => `IdentityFile ${key.path}`),
      ...only,
    ]);
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'authenticationFailed',
      /It offers: password\./,
      /the server takes no \(further\) key/,
    );
    assert.equal([...server.log().matchAll(/method publickey/g)].length, 1);
  });

  it('says that a right key was not enough', async () => {
    const server = await lab.sshd({
      extraConfig: ['AuthenticationMethods publickey,password', 'PasswordAuthentication yes'],
    });
    const configFile = await writeConfig(server, [`IdentityFile ${lab.identity.path}`, ...only]);
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'authenticationFailed',
      new RegExp(`accepted a proof of ${labUser} and wants another one as well\\. It offers: password`),
    );
  });

  for (const source of ['file', 'agent'] as const) {
    it(`asks a right key from ${source === 'file' ? 'a file' : 'the agent'} and then the person, where sshd wants both`, async () => {
      const server = await lab.sshd({
        extraConfig: ['AuthenticationMethods publickey,password', 'PasswordAuthentication yes'],
      });
      const agent = source === 'agent' ? [`IdentityAgent ${await lab.agent([lab.identity])}`] : [];
      const configFile = await writeConfig(server, [...agent, `IdentityFile ${lab.identity.path}`, ...only]);
      const questions = new AnsweredQuestions();
      questions.answers = [['wrong']];
      const attempt = labConnector({ configFile }).connect('true', neverAborted, questions);
      await refuses(attempt, 'authenticationFailed', /the password that it asks for was not given/);
      assert.deepEqual(
        questions.prompts.map(({ kind, wasWrong }) => [kind, wasWrong]),
        [
          ['password', false],
          ['password', true],
        ],
      );
      assert.match(server.log(), /Failed password for/);
    });
  }

  it('says that an agent lists no key, which a locked one does not say itself', async () => {
    const socketPath = await lab.agent([lab.identity]);
    const askpass = join(await lab.makeFolder(), 'askpass');
    await writeFile(askpass, '#!/bin/sh\necho lock\n', { mode: 0o700 });
    const env = { ...process.env, SSH_AUTH_SOCK: socketPath, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
    assert.equal((await runProgram('ssh-add', ['-x'], { env })).exitCode, 0);
    const configFile = await writeConfig(sshd, ['IdentityFile none']);
    const environment = { PATH: process.env['PATH'], SSH_AUTH_SOCK: socketPath };
    await refuses(
      labConnector({ configFile, environment }).connect('true', neverAborted),
      'authenticationFailed',
      /Not tried: agent at \S+: it lists no key: it is empty, or locked \(ssh-add -X\)/,
    );
  });

  it('refuses beforehand what only a certificate could open', async () => {
    const configFile = await writeConfig(sshd, ['IdentityFile none', 'CertificateFile ~/.ssh/some-cert.pub', ...only]);
    await refuses(
      labConnector({ configFile }).connect('true', neverAborted),
      'notSupported',
      /CertificateFile ~\/\.ssh\/some-cert\.pub: the built-in SSH client cannot present certificates/,
    );
  });

  it('does not refuse a host that a plain key beside a certificate can serve', async () => {
    const configFile = await writeConfig(sshd, [
      `IdentityFile ${lab.identity.path}`,
      'CertificateFile ~/.ssh/some-cert.pub',
      ...only,
    ]);
    assert.equal((await run(labConnector({ configFile }), 'echo in')).output.toString(), 'in\n');
  });

  const beyond: readonly (readonly [string, RegExp])[] = [
    ['ProxyCommand nc %h %p', /uses ProxyCommand/],
    ['KnownHostsCommand /bin/false', /uses KnownHostsCommand/],
    ['VerifyHostKeyDNS yes', /uses VerifyHostKeyDNS/],
    ['RevokedHostKeys /etc/revoked', /uses RevokedHostKeys/],
  ];
  for (const [line, words] of beyond) {
    it(`refuses ${line.split(' ')[0]!} before connecting, by name`, async () => {
      const server = await lab.sshd();
      const before = server.log();
      const configFile = await writeConfig(server, [`IdentityFile ${lab.identity.path}`, ...only, line]);
      await refuses(labConnector({ configFile }).connect('true', neverAborted), 'notSupported', words);
      assert.equal(server.log(), before);
    });
  }

  it('refuses a configuration that ssh rejects, in its words', async () => {
    const configFile = await writeConfig(sshd, ['NoSuchDirective yes']);
    await refuses(labConnector({ configFile }).connect('true', neverAborted), 'invalidInput', /nosuchdirective/i);
  });

  it('says that there is no ssh program', async () => {
    const configFile = await writeConfig(sshd, []);
    const connector = labConnector({ configFile, environment: { PATH: '/nonexistent' } });
    const problem = await refuses(connector.connect('true', neverAborted), 'notSupported', /there is no "ssh" program/);
    assert.match(problem.next, /Install the OpenSSH client/);
  });
});
