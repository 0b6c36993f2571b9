import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostIdentity } from '../../../src/ssh/hostKeys/hostIdentity';
import { judgeHostKey, parseKnownHosts } from '../../../src/ssh/hostKeys/knownHosts';
import { findKeyStore, storeKey } from '../../../src/ssh/hostKeys/knownHostsStore';
import { readPublicKey, type PublicKey } from '../../../src/ssh/publicKey';

function makeKey(type: string, ...fields: Buffer[]): PublicKey {
  const field = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const key = readPublicKey(Buffer.concat([Buffer.from(type), ...fields].map(field)));
  assert.ok(key !== null);
  return key;
}

const key = makeKey('ssh-ed25519', Buffer.alloc(32, 1));
const other = makeKey('ssh-ed25519', Buffer.alloc(32, 2));
const rsa = makeKey('ssh-rsa', Buffer.alloc(3, 1), Buffer.alloc(256, 3));
const text = (of: PublicKey): string => `${of.type} ${of.blob.toString('base64')}`;

describe('the store of host keys', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'pp-store-'));
  });
  afterEach(() => rm(home, { recursive: true }));

  const store = (file: string, hash = false, name = 'depot'): Promise<void> =>
    storeKey(file, home, { name, hash, key });
  const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

  for (const [title, before, after] of [
    ['an empty file', '', ''],
    ['a file that ends with a newline', 'a\n', 'a\n'],
    ['a file that does not', 'a\nb', 'a\nb\n'],
    ['a file with CRLF', 'a\r\n', 'a\r\n'],
    ['bytes that are no text', '\xff\x00', '\xff\x00\n'],
  ] as const)
    it(`appends one line to ${title}, and leaves what stands there`, async () => {
      const file = join(home, 'known');
      await writeFile(file, before, 'latin1');
      await store(file);
      assert.equal(await readFile(file, 'latin1'), `${after}depot ${text(key)}\n`);
    });

  for (const name of ['gpu-*', 'gpu-?', 'a,b', '!a', '@revoked', '#a', '|1|a'])
    it(`stores the alias ${name} for nothing but itself`, async () => {
      const file = join(home, 'known');
      await store(file, false, name);
      const lines = parseKnownHosts(await readFile(file, 'latin1'), file);
      assert.equal(judgeHostKey(lines, [name], key.blob).kind, 'accepted');
      for (const another of ['gpu-1', 'a', 'b', '1'])
        assert.equal(judgeHostKey(lines, [another], key.blob).kind, 'unknown');
    });

  it('hashes the name under a salt of its own each time, and so that it is found again', async () => {
    const file = join(home, 'known');
    await store(file, true, '[depot]:2222');
    await store(file, true, '[depot]:2222');
    const content = await readFile(file, 'latin1');
    assert.doesNotMatch(content, /depot/u);
    assert.equal(new Set(content.trim().split('\n')).size, 2);
    const lines = parseKnownHosts(content, file);
    assert.equal(judgeHostKey(lines, ['[depot]:2222', 'depot'], key.blob).kind, 'accepted');
    assert.equal(judgeHostKey(lines, ['[depot]:22'], key.blob).kind, 'unknown');
  });

  it('makes ~/.ssh and the file for their owner alone, whatever the umask, and no other folder', async () => {
    const before = process.umask(0);
    try {
      const file = join(home, '.ssh', 'known_hosts');
      assert.deepEqual(await findKeyStore([file], home), { file });
      await store(file);
      assert.deepEqual([await mode(join(home, '.ssh')), await mode(file)], ['700', '600']);
    } finally {
      process.umask(before);
    }
    const elsewhere = join(home, 'absent', 'known_hosts');
    assert.match(JSON.stringify(await findKeyStore([elsewhere], home)), /its folder does not exist/u);
    await assert.rejects(store(elsewhere), { code: 'ENOENT' });
  });

  it('keeps the modes of what is there', async () => {
    const file = join(home, '.ssh', 'known_hosts');
    await mkdir(join(home, '.ssh'));
    await chmod(join(home, '.ssh'), 0o755);
    await writeFile(file, '');
    await chmod(file, 0o644);
    await store(file);
    assert.deepEqual([await mode(join(home, '.ssh')), await mode(file)], ['755', '644']);
  });

  it('writes through a symbolic link and does not replace it', async () => {
    const target = join(home, 'target');
    const file = join(home, 'link');
    await writeFile(target, '# shared\n');
    await symlink(target, file);
    assert.deepEqual(await findKeyStore([file], home), { file });
    await store(file);
    assert.equal(await readFile(target, 'latin1'), `# shared\ndepot ${text(key)}\n`);
  });

  for (const [title, files, reason] of [
    ['none', () => [], /^UserKnownHostsFile is none$/u],
    ['a device', () => ['/dev/null'], /is no file$/u],
    ['a folder', () => [home], /is no file$/u],
    ['a path through a file', () => [join(home, 'plain', 'known')], /cannot be written \(ENOTDIR\)$/u],
  ] as const)
    it(`says why there is no place for a key: ${title}`, async () => {
      await writeFile(join(home, 'plain'), '');
      const found = await findKeyStore(files(), home);
      assert.match('reason' in found ? found.reason : 'a file', reason);
    });

  it('says that a file is write-protected', async () => {
    // Root may write every file but the kernel's own.
    const asRoot = process.getuid?.() === 0 && process.platform === 'linux';
    const file = asRoot ? '/proc/sys/kernel/osrelease' : join(home, 'known');
    if (!asRoot) await writeFile(file, '', { mode: 0o400 });
    assert.match(JSON.stringify(await findKeyStore([file], home)), /cannot be written \(EACCES\)/u);
  });

  it('takes the first of several files', async () => {
    assert.deepEqual(await findKeyStore([join(home, 'a'), join(home, 'b')], home), { file: join(home, 'a') });
  });
});

describe('the identity of a host in whose key a person trusts', () => {
  const names = ['[depot]:2222', 'depot'];
  const lookup = { host: 'lab', sshCommand: 'ssh depot', names, files: [], strict: false };
  const identity = (content: string, trusted: PublicKey | null = key): HostIdentity =>
    new HostIdentity({ lookup, knownHosts: parseKnownHosts(content, '/known'), trusted, pinned: null });

  it('is exactly that key, asked for by its type', () => {
    const one = identity('');
    assert.deepEqual(one.knownTypes, ['ssh-ed25519']);
    assert.deepEqual([one.judge(key.blob), one.refusal, one.unknownKey], [true, null, null]);
    assert.equal(one.newlyProven, null, 'shown is not proven');
    one.noteProof();
    assert.equal(one.newlyProven, key);
  });

  it('is refused for every other key, and is then no unknown one', () => {
    const one = identity('');
    assert.equal(one.judge(other.blob), false);
    one.noteProof();
    assert.deepEqual([one.refusal?.problem.code, one.unknownKey, one.newlyProven], ['hostKeyChanged', null, null]);
  });

  for (const [title, content, shown, accepted, code] of [
    ['revoked', `@revoked * ${text(key)}\n`, key, false, 'hostKeyChanged'],
    ['known by another key', `[depot]:2222 ${text(other)}\n`, key, false, 'hostKeyChanged'],
    ['known by the other key that is shown', `[depot]:2222 ${text(other)}\n`, other, true, undefined],
    ['known without its port', `depot ${text(other)}\n`, key, true, undefined],
  ] as const)
    it(`is what the files say of it, where they know it: ${title}`, () => {
      const one = identity(content);
      assert.equal(one.judge(shown.blob), accepted);
      assert.equal(one.refusal?.problem.code, code);
    });

  it('is asked for by the types that the files know, once they know any under its first name', () => {
    assert.deepEqual(identity(`[depot]:2222 ${text(rsa)}\n`).knownTypes, ['ssh-rsa']);
    assert.deepEqual(identity(`depot ${text(rsa)}\n`).knownTypes, ['ssh-ed25519']);
    assert.deepEqual(identity(`depot ${text(rsa)}\n`, null).knownTypes, ['ssh-rsa']);
  });

  it('can be asked about only where nothing is known of it', () => {
    for (const [content, unknown] of [
      ['', true],
      [`elsewhere ${text(key)}\n`, true],
      [`depot ${text(other)}\n`, true],
      [`[depot]:2222 ${text(other)}\n`, false],
      [`@cert-authority * ${text(other)}\n`, false],
      [`@revoked depot ${text(key)}\n`, false],
    ] as const) {
      const one = identity(content, null);
      assert.equal(one.judge(key.blob), false);
      assert.equal(one.unknownKey !== null, unknown, content);
    }
    const odd = identity('', null);
    odd.judge(Buffer.from('no key at all'));
    assert.deepEqual([odd.unknownKey, odd.refusal?.problem.code], [null, 'hostKeyUnknown']);
  });
});
