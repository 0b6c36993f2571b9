/** known_hosts against OpenSSH itself: the same files, the same server, `ssh` with StrictHostKeyChecking=yes as oracle. */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../lab/runProgram';
import { makeLabKey, type Sshd } from '../lab/sshd';
import { labConnector, labUser, neverAborted, problemOf, SshLab } from './labConnector';

/** What a client makes of the server's key. */
type Answer = 'accepted' | 'changed' | 'revoked' | 'unknown' | 'authority';

/** What a case is written with. Keys are `type base64`. */
interface Ground {
  readonly port: number;
  /** `[localhost]:port`. */
  readonly name: string;
  readonly ed25519: string;
  readonly rsa: string;
  readonly ecdsa: string;
  /** Keys of somebody else. */
  readonly otherEd25519: string;
  readonly otherRsa: string;
  readonly securityKey: string;
}

interface Case {
  readonly title: string;
  /** The first known_hosts file; `null`: there is none. */
  readonly lines: (ground: Ground) => string | null;
  readonly second?: (ground: Ground) => string;
  readonly global?: (ground: Ground) => string;
  readonly config?: readonly string[];
  readonly oracle: Answer;
  /** Where we are stricter than OpenSSH, what we say, and why. */
  readonly ours?: readonly [Answer, string];
  /** A server that has only an Ed25519 key. */
  readonly single?: boolean;
}

function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

const truncated = (key: string): string => {
  const [type, base64] = key.split(' ');
  return `${type!} ${Buffer.from(base64!, 'base64').subarray(0, -5).toString('base64')}`;
};
const retyped = (key: string, type: string): string => `${type} ${key.split(' ')[1]!}`;
const alias = 'HostKeyAlias depot-host';

const cases: readonly Case[] = [
  { title: 'name and port, Ed25519', lines: (g) => `${g.name} ${g.ed25519}\n`, oracle: 'accepted' },
  { title: 'only the RSA key known of a host with three', lines: (g) => `${g.name} ${g.rsa}\n`, oracle: 'accepted' },
  {
    title: 'only the ECDSA key known of a host with three',
    lines: (g) => `${g.name} ${g.ecdsa}\n`,
    oracle: 'accepted',
  },
  {
    title: 'all three known',
    lines: (g) => `${g.name} ${g.rsa}\n${g.name} ${g.ecdsa}\n${g.name} ${g.ed25519}\n`,
    oracle: 'accepted',
  },
  { title: 'hashed name and port', lines: (g) => `${hashed(g.name)} ${g.ed25519}\n`, oracle: 'accepted' },
  { title: 'hashed name without port', lines: (g) => `${hashed('localhost')} ${g.ed25519}\n`, oracle: 'accepted' },
  { title: 'hashed, RSA only', lines: (g) => `${hashed(g.name)} ${g.rsa}\n`, oracle: 'accepted' },
  { title: 'hashed name of another host', lines: (g) => `${hashed('elsewhere')} ${g.ed25519}\n`, oracle: 'unknown' },
  { title: 'hash that is none', lines: (g) => `|1|AAAA|BBBB ${g.ed25519}\n`, oracle: 'unknown' },
  {
    title: 'hash of another kind',
    lines: (g) => `${hashed(g.name).replace('|1|', '|2|')} ${g.ed25519}\n`,
    oracle: 'unknown',
  },
  {
    title: 'two hashes in one field',
    lines: (g) => `${hashed('a')},${hashed(g.name)} ${g.ed25519}\n`,
    oracle: 'unknown',
  },
  { title: 'hashed and wrong', lines: (g) => `${hashed(g.name)} ${g.otherEd25519}\n`, oracle: 'changed' },
  { title: 'plain name, right key', lines: (g) => `localhost ${g.ed25519}\n`, oracle: 'accepted' },
  { title: 'plain name, wrong key', lines: (g) => `localhost ${g.otherEd25519}\n`, oracle: 'unknown' },
  {
    title: 'plain name right, with port wrong',
    lines: (g) => `localhost ${g.ed25519}\n${g.name} ${g.otherEd25519}\n`,
    oracle: 'changed',
  },
  {
    title: 'plain name wrong, with port right',
    lines: (g) => `localhost ${g.otherEd25519}\n${g.name} ${g.ed25519}\n`,
    oracle: 'accepted',
  },
  { title: 'another port', lines: (g) => `[localhost]:1 ${g.ed25519}\n`, oracle: 'unknown' },
  { title: 'wrong Ed25519', lines: (g) => `${g.name} ${g.otherEd25519}\n`, oracle: 'changed' },
  { title: 'wrong RSA, nothing else known', lines: (g) => `${g.name} ${g.otherRsa}\n`, oracle: 'changed' },
  {
    title: 'right ECDSA, wrong Ed25519',
    lines: (g) => `${g.name} ${g.ecdsa}\n${g.name} ${g.otherEd25519}\n`,
    oracle: 'changed',
  },
  {
    title: 'right and wrong of one type',
    lines: (g) => `${g.name} ${g.otherEd25519}\n${g.name} ${g.ed25519}\n`,
    oracle: 'accepted',
  },
  {
    title: 'wrong and right of one type',
    lines: (g) => `${g.name} ${g.ed25519}\n${g.name} ${g.otherEd25519}\n`,
    oracle: 'accepted',
  },
  { title: 'a type that the server lacks', lines: (g) => `${g.name} ${g.otherRsa}\n`, oracle: 'changed', single: true },
  {
    title: 'a type that the server lacks beside its own',
    lines: (g) => `${g.name} ${g.otherRsa}\n${g.name} ${g.ed25519}\n`,
    oracle: 'accepted',
    single: true,
  },
  { title: 'only a security key known', lines: (g) => `${g.name} ${g.securityKey}\n`, oracle: 'changed' },
  { title: 'wildcard over name and port', lines: (g) => `[local*]:* ${g.ed25519}\n`, oracle: 'accepted' },
  { title: 'wildcard for everything', lines: (g) => `* ${g.ed25519}\n`, oracle: 'accepted' },
  { title: 'wildcard for everything, wrong', lines: (g) => `* ${g.otherEd25519}\n`, oracle: 'changed' },
  { title: 'question marks', lines: (g) => `[l?c?lhost]:${String(g.port)} ${g.ed25519}\n`, oracle: 'accepted' },
  {
    title: 'question mark stands for exactly one',
    lines: (g) => `[localhost?]:${String(g.port)} ${g.ed25519}\n`,
    oracle: 'unknown',
  },
  { title: 'negation vetoes the line', lines: (g) => `*,!${g.name},!localhost ${g.ed25519}\n`, oracle: 'unknown' },
  { title: 'negation of the port form only', lines: (g) => `*,!${g.name} ${g.ed25519}\n`, oracle: 'accepted' },
  {
    title: 'negation of a wrong key',
    lines: (g) => `*,!${g.name} ${g.otherEd25519}\n${g.name} ${g.ed25519}\n`,
    oracle: 'accepted',
  },
  { title: 'negation of another host alone', lines: (g) => `!elsewhere ${g.ed25519}\n`, oracle: 'unknown' },
  {
    title: 'negation of another host beside a match',
    lines: (g) => `!elsewhere,${g.name} ${g.ed25519}\n`,
    oracle: 'accepted',
  },
  { title: 'list of names', lines: (g) => `elsewhere,${g.name},10.0.0.1 ${g.ed25519}\n`, oracle: 'accepted' },
  { title: 'upper case in the file', lines: (g) => `${g.name.toUpperCase()} ${g.ed25519}\n`, oracle: 'accepted' },
  {
    title: 'upper case in the configuration',
    lines: (g) => `${g.name} ${g.ed25519}\n`,
    config: ['HostName LOCALHOST'],
    oracle: 'accepted',
  },
  {
    title: 'upper case in the configuration, hashed',
    lines: (g) => `${hashed(g.name)} ${g.ed25519}\n`,
    config: ['HostName LOCALHOST'],
    oracle: 'accepted',
  },
  {
    title: 'comments and blank lines',
    lines: (g) => `# a\n\n  \n#${g.name} ${g.otherEd25519}\n${g.name} ${g.ed25519}\n`,
    oracle: 'accepted',
  },
  { title: 'blanks before the name', lines: (g) => `  \t${g.name} ${g.ed25519}\n`, oracle: 'accepted' },
  {
    title: 'tabs between the fields',
    lines: (g) => `${g.name}\t${g.ed25519.replace(' ', '\t')}\n`,
    oracle: 'accepted',
  },
  { title: 'a comment behind the key', lines: (g) => `${g.name} ${g.ed25519} root@here again\n`, oracle: 'accepted' },
  { title: 'no newline at the end', lines: (g) => `${g.name} ${g.ed25519}`, oracle: 'accepted' },
  { title: 'CRLF behind a comment', lines: (g) => `${g.name} ${g.ed25519} c\r\n`, oracle: 'accepted' },
  { title: 'CRLF behind the key', lines: (g) => `# a\r\n\r\n${g.name} ${g.ed25519}\r\n`, oracle: 'accepted' },
  { title: 'CRLF and wrong', lines: (g) => `${g.name} ${g.otherEd25519}\r\n`, oracle: 'changed' },
  { title: 'bad base64', lines: (g) => `${g.name} ssh-ed25519 !!!notbase64!!!\n`, oracle: 'unknown' },
  {
    title: 'bad base64 beside the right key',
    lines: (g) => `${g.name} ssh-ed25519 @@@@\n${g.name} ${g.ed25519}\n`,
    oracle: 'accepted',
  },
  { title: 'truncated key', lines: (g) => `${g.name} ${truncated(g.ed25519)}\n`, oracle: 'unknown' },
  {
    title: 'type and key do not match',
    lines: (g) => `${g.name} ${retyped(g.ed25519, 'ssh-rsa')}\n`,
    oracle: 'unknown',
  },
  {
    title: 'signature algorithm in place of a type',
    lines: (g) => `${g.name} ${retyped(g.rsa, 'rsa-sha2-512')}\n`,
    oracle: 'accepted',
  },
  { title: 'unknown type', lines: (g) => `${g.name} ${retyped(g.ed25519, 'ssh-future')}\n`, oracle: 'unknown' },
  { title: 'unknown marker', lines: (g) => `@bogus ${g.name} ${g.ed25519}\n`, oracle: 'unknown' },
  {
    title: 'unknown marker before a wrong key',
    lines: (g) => `@bogus ${g.name} ${g.otherEd25519}\n${g.name} ${g.ed25519}\n`,
    oracle: 'accepted',
  },
  { title: 'name without a key', lines: (g) => `${g.name}\n${g.name} ssh-ed25519\n`, oracle: 'unknown' },
  { title: 'revoked', lines: (g) => `@revoked ${g.name} ${g.ed25519}\n`, oracle: 'revoked' },
  {
    title: 'revoked beside the right line',
    lines: (g) => `${g.name} ${g.ed25519}\n@revoked ${g.name} ${g.ed25519}\n`,
    oracle: 'revoked',
  },
  {
    title: 'revoked for everything',
    lines: (g) => `${g.name} ${g.ed25519}\n@revoked * ${g.ed25519}\n`,
    oracle: 'revoked',
  },
  {
    title: 'revoked, hashed',
    lines: (g) => `${g.name} ${g.ed25519}\n@revoked ${hashed(g.name)} ${g.ed25519}\n`,
    oracle: 'revoked',
  },
  {
    title: 'revoked without the port',
    lines: (g) => `${g.name} ${g.ed25519}\n@revoked localhost ${g.ed25519}\n`,
    oracle: 'accepted',
    ours: ['revoked', 'a key that is revoked for a host is revoked on all its ports'],
  },
  {
    title: 'another key revoked',
    lines: (g) => `${g.name} ${g.ed25519}\n@revoked ${g.name} ${g.otherEd25519}\n`,
    oracle: 'accepted',
  },
  {
    title: 'only a certificate authority',
    lines: (g) => `@cert-authority ${g.name} ${g.otherEd25519}\n`,
    oracle: 'unknown',
    ours: ['authority', 'both refuse; we can say that host certificates are the reason'],
  },
  {
    title: 'an authority that is the key itself',
    lines: (g) => `@cert-authority * ${g.ed25519}\n`,
    oracle: 'unknown',
    ours: ['authority', 'both refuse; we can say that host certificates are the reason'],
  },
  {
    title: 'authority beside the right line',
    lines: (g) => `@cert-authority * ${g.otherEd25519}\n${g.name} ${g.ed25519}\n`,
    oracle: 'accepted',
  },
  {
    title: 'authority beside a wrong line',
    lines: (g) => `@cert-authority * ${g.ed25519}\n${g.name} ${g.otherEd25519}\n`,
    oracle: 'changed',
  },
  { title: 'alias', lines: (g) => `depot-host ${g.ed25519}\n`, config: [alias], oracle: 'accepted' },
  {
    title: 'alias, hashed',
    lines: (g) => `${hashed('depot-host')} ${g.ed25519}\n`,
    config: [alias],
    oracle: 'accepted',
  },
  {
    title: 'alias, wrong',
    lines: (g) => `depot-host ${g.otherEd25519}\n${g.name} ${g.ed25519}\n`,
    config: [alias],
    oracle: 'changed',
  },
  {
    title: 'alias, only the address is known',
    lines: (g) => `${g.name} ${g.ed25519}\nlocalhost ${g.ed25519}\n`,
    config: [alias],
    oracle: 'unknown',
  },
  {
    title: 'alias with the port',
    lines: (g) => `[depot-host]:${String(g.port)} ${g.ed25519}\n`,
    config: [alias],
    oracle: 'unknown',
  },
  { title: 'alias in another case', lines: (g) => `DEPOT-host ${g.ed25519}\n`, config: [alias], oracle: 'accepted' },
  {
    title: 'alias written with capitals',
    lines: (g) => `depot-host ${g.ed25519}\n`,
    config: ['HostKeyAlias Depot-Host'],
    oracle: 'accepted',
  },
  {
    title: 'alias written with capitals, hashed as OpenSSH writes it',
    lines: (g) => `${hashed('depot-host')} ${g.ed25519}\n`,
    config: ['HostKeyAlias Depot-Host'],
    oracle: 'accepted',
  },
  {
    title: 'alias with capitals, hashed with them',
    lines: (g) => `${hashed('Depot-Host')} ${g.ed25519}\n`,
    config: ['HostKeyAlias Depot-Host'],
    oracle: 'unknown',
  },
  {
    title: 'address in place of the name',
    lines: (g) => `[127.0.0.1]:${String(g.port)} ${g.ed25519}\n`,
    oracle: 'unknown',
  },
  {
    title: 'address as HostName',
    lines: (g) => `[127.0.*]:${String(g.port)} ${g.ed25519}\n`,
    config: ['HostName 127.0.0.1'],
    oracle: 'accepted',
  },
  { title: 'no file', lines: () => null, oracle: 'unknown' },
  { title: 'empty file', lines: () => '', oracle: 'unknown' },
  { title: 'second user file', lines: () => '', second: (g) => `${g.name} ${g.ed25519}\n`, oracle: 'accepted' },
  {
    title: 'wrong in the first, right in the second user file',
    lines: (g) => `${g.name} ${g.otherEd25519}\n`,
    second: (g) => `${g.name} ${g.ed25519}\n`,
    oracle: 'accepted',
  },
  {
    title: 'revoked in the second user file',
    lines: (g) => `${g.name} ${g.ed25519}\n`,
    second: (g) => `@revoked ${g.name} ${g.ed25519}\n`,
    oracle: 'revoked',
  },
  { title: 'global file', lines: () => null, global: (g) => `${g.name} ${g.ed25519}\n`, oracle: 'accepted' },
  {
    title: 'wrong in the global file',
    lines: () => '',
    global: (g) => `${g.name} ${g.otherEd25519}\n`,
    oracle: 'changed',
  },
  {
    title: 'right for the user, wrong in the global file',
    lines: (g) => `${g.name} ${g.ed25519}\n`,
    global: (g) => `${g.name} ${g.otherEd25519}\n`,
    oracle: 'accepted',
  },
  {
    title: 'plain name in the global file, port form wrong for the user',
    lines: (g) => `${g.name} ${g.otherEd25519}\n`,
    global: (g) => `localhost ${g.ed25519}\n`,
    oracle: 'changed',
  },
  {
    title: 'checking is off',
    lines: (g) => `${g.name} ${g.ed25519}\n`,
    config: ['StrictHostKeyChecking no'],
    oracle: 'accepted',
  },
];

describe('known_hosts as OpenSSH reads it', function () {
  this.timeout(60_000);
  let lab: SshLab;
  let sshd: Sshd;
  let single: Sshd;
  let others: readonly string[];

  before(async () => {
    lab = await SshLab.open();
    sshd = await lab.sshd({ hostKeyTypes: ['ed25519', 'rsa', 'ecdsa'] });
    single = await lab.sshd();
    const folder = await lab.makeFolder();
    others = [
      (await makeLabKey(join(folder, 'ed25519'))).publicKey,
      (await makeLabKey(join(folder, 'rsa'), 'rsa')).publicKey,
    ];
  });
  after(() => lab.close());

  function ground(server: Sshd): Ground {
    const field = (bytes: Buffer): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    const securityType = 'sk-ssh-ed25519@openssh.com';
    const parts = [Buffer.from(securityType), randomBytes(32), Buffer.from('ssh:')].map(field);
    return {
      port: server.port,
      name: `[localhost]:${String(server.port)}`,
      ed25519: server.hostPublicKeys[0]!,
      rsa: server.hostPublicKeys[1] ?? '',
      ecdsa: server.hostPublicKeys[2] ?? '',
      otherEd25519: others[0]!,
      otherRsa: others[1]!,
      securityKey: `${securityType} ${Buffer.concat(parts).toString('base64')}`,
    };
  }

  async function writeCase(test: Case): Promise<string> {
    const server = test.single === true ? single : sshd;
    const folder = await lab.makeFolder();
    const file = (name: string): string => join(folder, name);
    const here = ground(server);
    const first = test.lines(here);
    if (first !== null) await writeFile(file('first'), first);
    if (test.second !== undefined) await writeFile(file('second'), test.second(here));
    if (test.global !== undefined) await writeFile(file('global'), test.global(here));
    await writeFile(
      file('config'),
      [
        'Host lab',
        ...(test.config ?? []),
        'HostName localhost',
        `Port ${String(server.port)}`,
        `User ${labUser}`,
        `IdentityFile ${lab.identity.path}`,
        'IdentitiesOnly yes',
        'IdentityAgent none',
        `UserKnownHostsFile ${file('first')} ${file('second')}`,
        `GlobalKnownHostsFile ${file('global')}`,
        'UpdateHostKeys no',
      ].join('\n  '),
    );
    return file('config');
  }

  async function askOracle(configFile: string): Promise<Answer> {
    const argv = ['-F', configFile, '-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes', 'lab', 'true'];
    const { exitCode, stderr } = await runProgram('ssh', argv);
    if (exitCode === 0) return 'accepted';
    if (stderr.includes('REVOKED HOST KEY DETECTED') || stderr.includes('is marked as revoked')) return 'revoked';
    if (stderr.includes('REMOTE HOST IDENTIFICATION HAS CHANGED')) return 'changed';
    assert.match(stderr, /host key is known for/);
    return 'unknown';
  }

  async function askOurs(configFile: string): Promise<Answer> {
    const connector = labConnector({ configFile });
    const attempt = connector.connect('true', neverAborted);
    const accepted = await attempt.then(
      (stream) => {
        stream.close();
        return true;
      },
      () => false,
    );
    if (accepted) return 'accepted';
    const { code, message } = await problemOf(attempt);
    switch (code) {
      case 'hostKeyChanged':
        return message.includes('@revoked') ? 'revoked' : 'changed';
      case 'notSupported':
        assert.match(message, /@cert-authority/);
        return 'authority';
      default:
        assert.equal(code, 'hostKeyUnknown', message);
        return 'unknown';
    }
  }

  it('is asked in at least sixty cases, and differs from ours only where ours refuses as well or more', () => {
    assert.ok(cases.length >= 60, `${cases.length} cases`);
    assert.equal(new Set(cases.map(({ title }) => title)).size, cases.length, 'no case stands twice');
    for (const { title, oracle, ours } of cases.filter((test) => test.ours !== undefined)) {
      const [answer, why] = ours!;
      assert.notEqual(answer, 'accepted', title);
      assert.notEqual(answer, oracle, title);
      assert.notEqual(why, '', title);
    }
  });

  for (const test of cases) {
    const stricter = test.ours === undefined ? '' : ` (stricter: ${test.ours[1]})`;
    it(`${test.title}: ${test.ours?.[0] ?? test.oracle}${stricter}`, async () => {
      const configFile = await writeCase(test);
      assert.equal(await askOracle(configFile), test.oracle, 'OpenSSH');
      assert.equal(await askOurs(configFile), test.ours?.[0] ?? test.oracle, 'ours');
    });
  }
});
