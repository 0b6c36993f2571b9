import assert from 'node:assert/strict';
import { utils, type AnyAuthMethod, type ParsedKey } from 'ssh2';
import { parseIdentities } from '../../../src/ssh/login/agent';
import { Authentication, keyAttemptLimit, type AuthenticationRequest } from '../../../src/ssh/login/authentication';
import type { Identities, UsableKey } from '../../../src/ssh/login/identities';
import { inspectKeyFile, unreadableEncryption } from '../../../src/ssh/login/keyFile';
import { authenticationFailed } from '../../../src/ssh/login/loginProblems';
import { readPublicKey } from '../../../src/ssh/publicKey';

/** A key pair made by ssh2, whose generator writes one in some hundred too short to be read again. */
function generate(passphrase?: string): { private: string; public: string; parsed: ParsedKey } {
  for (;;) {
    const pair =
      passphrase === undefined
        ? utils.generateKeyPairSync('ed25519')
        : utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 1 });
    const parsed = utils.parseKey(pair.private, passphrase);
    if (!(parsed instanceof Error)) return { ...pair, parsed };
  }
}

function makeKey(label: string, kind: 'agent' | 'file'): UsableKey {
  const { parsed: privateKey } = generate();
  const blob = privateKey.getPublicSSH();
  const signer = kind === 'agent' ? ({ kind, socketPath: '/agent' } as const) : ({ kind, privateKey } as const);
  return { label, publicKey: { type: 'ssh-ed25519', blob }, signer };
}

/** A login with keys and every method, in which nobody may be asked. */
function login(identities: Identities, more: Partial<AuthenticationRequest> = {}): Authentication {
  const methods = ['publickey', 'keyboard-interactive', 'password'] as const;
  return new Authentication({ user: 'me', identities, methods, password: null, promptLimit: 0, ...more });
}

/** Plays a server that refuses everything and answers with the given list, as ssh2 passes it on. */
function play(authentication: Authentication, answers: (attempt: AnyAuthMethod) => string[] | null): string[] {
  const handler = authentication.handler as unknown as (
    left: string[] | null,
    partial: boolean | null,
  ) => AnyAuthMethod | false;
  const attempts: string[] = [];
  let left: string[] | null = null;
  for (let attempt = handler(null, null); attempt !== false; attempt = handler(left, false)) {
    attempts.push(attempt.type);
    left = answers(attempt) ?? left;
  }
  return attempts;
}

describe('the order of authentication', () => {
  // ssh2 keeps a failed agent attempt's list to itself.
  const listUnlessAgent =
    (...methods: string[]) =>
    (attempt: AnyAuthMethod): string[] | null =>
      attempt.type === 'agent' ? null : methods;

  it('offers the keys in their order and asks for no list that it knows', () => {
    const keys = [makeKey('a', 'agent'), makeKey('b', 'file'), makeKey('c', 'agent')];
    const authentication = login({ usable: keys, locked: [], skipped: [] });
    assert.deepEqual(play(authentication, listUnlessAgent('publickey')), ['agent', 'publickey', 'agent']);
    assert.equal(authentication.isExhausted, true);
    assert.deepEqual(authentication.account('depot', null).tried, ['a', 'b', 'c']);
  });

  it('begins with none only where there is no key, to learn what the server wants', () => {
    const authentication = login({ usable: [], locked: [], skipped: [] });
    assert.deepEqual(play(authentication, listUnlessAgent('password')), ['none']);
    assert.deepEqual(authentication.account('depot', null).offered, ['password']);
  });

  it('asks for the list at the end where only the agent was tried', () => {
    const authentication = login({ usable: [makeKey('a', 'agent')], locked: [], skipped: [] });
    assert.deepEqual(play(authentication, listUnlessAgent('publickey', 'password')), ['agent', 'none']);
  });

  it('offers no further key to a server that takes none', () => {
    const keys = [makeKey('a', 'file'), makeKey('b', 'file')];
    const authentication = login({ usable: keys, locked: [], skipped: [] });
    assert.deepEqual(play(authentication, listUnlessAgent('password')), ['publickey']);
    assert.match(authentication.account('depot', null).skipped[0]!, /^b: the server takes no/);
  });

  it('stays below six failures', () => {
    for (const kind of ['agent', 'file'] as const) {
      const keys = Array.from({ length: 9 }, (_, index) => makeKey(String(index), kind));
      const authentication = login({ usable: keys, locked: [], skipped: [] });
      const attempts = play(authentication, listUnlessAgent('publickey'));
      // OpenSSH does not count the very first `none` (auth2.c).
      assert.deepEqual(attempts.slice(0, 1), kind === 'agent' ? ['none'] : ['publickey']);
      assert.equal(attempts.filter((type) => type !== 'none').length, keyAttemptLimit);
      assert.equal(authentication.account('depot', null).skipped.length, 9 - keyAttemptLimit);
    }
  });

  it('says who, what was offered, tried and skipped, and what to do', () => {
    const authentication = login({
      usable: [makeKey('key a', 'file')],
      locked: [],
      skipped: [{ label: 'key b', reason: 'it needs a passphrase', unsupported: false }],
    });
    play(authentication, listUnlessAgent('publickey', 'keyboard-interactive'));
    const { problem } = authenticationFailed(authentication.account('depot', null));
    assert.equal(
      problem.message,
      'depot asks something (keyboard-interactive) before it lets me in, and nobody was asked. It offers: publickey, keyboard-interactive. Tried: key a. Not tried: key b: it needs a passphrase.',
    );
    assert.match(
      problem.next,
      /^Refresh or audit the host to be asked for what it wants \(keyboard-interactive\), or add a key/,
    );
  });
});

describe('key files', () => {
  const plain = generate();
  const locked = generate('x');

  it('show whether they are private, encrypted, or only the public half', () => {
    const open = inspectKeyFile(Buffer.from(plain.private));
    assert.deepEqual([open.kind, open.kind === 'private' && open.encrypted], ['private', false]);
    const closed = inspectKeyFile(Buffer.from(locked.private));
    assert.deepEqual([closed.kind, closed.kind === 'private' && closed.encrypted], ['private', true]);
    assert.equal(inspectKeyFile(Buffer.from(plain.public)).kind, 'public');
  });

  it('show the public key of an encrypted one', () => {
    const closed = inspectKeyFile(Buffer.from(locked.private));
    const blob = Buffer.from(locked.public.split(' ')[1]!, 'base64');
    assert.deepEqual(closed.kind === 'private' ? closed.publicKey : null, readPublicKey(blob));
  });

  for (const [title, content, expected] of [
    ['encrypted PKCS#8', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n', true],
    [
      'encrypted PEM',
      '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n',
      true,
    ],
    ['plain PEM', '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n', false],
    ['encrypted PuTTY', 'PuTTY-User-Key-File-2: ssh-rsa\nEncryption: aes256-cbc\n', true],
  ] as const) {
    it(`${title}: ${expected ? 'encrypted' : 'plain'}`, () => {
      assert.deepEqual(inspectKeyFile(Buffer.from(content)), { kind: 'private', publicKey: null, encrypted: expected });
    });
  }

  for (const [title, content, expected] of [
    ['OpenSSH, AES', locked.private, null],
    ['OpenSSH, not encrypted', plain.private, null],
    ['PKCS#8', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n', 'PKCS#8'],
    ['PEM', '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n', null],
    ['PuTTY 2', 'PuTTY-User-Key-File-2: ssh-rsa\nEncryption: aes256-cbc\n', null],
    ['PuTTY 3', 'PuTTY-User-Key-File-3: ssh-rsa\nEncryption: aes256-cbc\n', "PuTTY's newer format"],
    ['OpenSSH, cut short', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----', null],
  ] as const) {
    it(`can be opened by a passphrase: ${title}: ${expected ?? 'yes'}`, () => {
      assert.equal(unreadableEncryption(Buffer.from(content)), expected);
    });
  }

  for (const content of [
    '',
    'nonsense',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----',
    'ssh-ed25519 AAAA',
  ]) {
    it(`unknown: ${JSON.stringify(content.slice(0, 30))}`, () => {
      assert.deepEqual(inspectKeyFile(Buffer.from(content)), { kind: 'unknown' });
    });
  }
});

describe('the list of an agent', () => {
  it('is refused where it is cut short or is something else', () => {
    for (const message of [[], [5], [12, 0, 0, 0, 1], [12, 0, 0, 0, 1, 0, 0, 0, 9, 1], [12, 255, 255, 255, 255]])
      assert.equal(parseIdentities(Buffer.from(message)), null);
  });

  it('shows certificates and unknown types, which ssh2 hides', () => {
    const name = Buffer.from('ssh-ed25519-cert-v01@openssh.com');
    const blob = Buffer.concat([Buffer.from([0, 0, 0, name.length]), name, Buffer.from('rest')]);
    const message = Buffer.concat([
      Buffer.from([12, 0, 0, 0, 1, 0, 0, 0, blob.length]),
      blob,
      Buffer.from([0, 0, 0, 2]),
      Buffer.from('me'),
    ]);
    assert.deepEqual(parseIdentities(message), [{ type: name.toString(), blob, comment: 'me', key: null }]);
  });
});
