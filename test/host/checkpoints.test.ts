/** What the helper finds in checkpoint directories, and what it lets nobody read, on real files. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, open, readFile, realpath, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntryPart } from '../../src/core/checkpoint/readEntry';
import type { ProjectOnHost } from '../../src/core/project/projectOnHost';
import type { CheckpointEntry } from '../../src/core/snapshot';
import { createLocalConnector } from '../../src/host/localConnector';
import { createHostReader } from '../../src/host/main';
import { isProblemError } from '../../src/core/problem';
import type { HostReader } from '../../src/core/ports';
import { systemClock } from '../../src/systemClock';
import { FakePueue } from '../support/fakePueue';
import { hostSettings } from '../support/hostSettings';
import { project } from '../support/judgements';
import { KeptLog } from '../support/localHost';
import { WireTap } from '../support/wireTap';

const signal = new AbortController().signal;
const idle = '{"tasks":{},"groups":{"default":{"status":"Running","parallel_tasks":1}}}';

describe('checkpoint directories of a host', () => {
  let fake: FakePueue;
  let tap: WireTap;
  const readers: HostReader[] = [];
  let folder: string;
  const at = (name: string): string => join(folder, name);

  beforeEach(async () => {
    fake = await FakePueue.make();
    await fake.prints(idle);
    folder = join(fake.home, 'c');
    await mkdir(folder);
  });
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    await fake.remove();
  });

  const readerOf = (asked: ProjectOnHost | null, python: string | null = null): HostReader => {
    tap = new WireTap(createLocalConnector('lab', fake.env));
    const settings = hostSettings('lab', { transport: 'local', python });
    const reader = createHostReader({
      settings,
      project: () => asked,
      connector: tap,
      clock: systemClock,
      log: new KeptLog(),
    });
    readers.push(reader);
    return reader;
  };
  const json = project([{ directory: '~/c', pattern: '{symbol}_{threshold}.json' }]);
  const contentOf = async (reader: HostReader): Promise<Record<string, CheckpointEntry['content']>> => {
    const { checkpoints } = await reader.read(signal, 15_000);
    const entries = checkpoints[0]!.entries.map(
      ({ path, content }) => [path.slice(folder.length + 1), content] as const,
    );
    return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  };

  it('are looked into: what is empty, what parses, and what does not', async () => {
    const files: Record<string, string | Buffer> = {
      'a_1.json': '{"x":[1.5,NaN,-Infinity,1e400]}',
      'b_1.json': '{"x":',
      'c_1.json': '',
      'd_1.json': '{} {}',
      'e_1.json': '\ufeff{}',
      'f_1.json': Buffer.from([0x22, 0xff, 0x22]),
      'g_1.json': '['.repeat(100_000),
      'h_1.json': `[${'9'.repeat(6000)}]`,
      'i_1.json': '\0\0\0\0',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(at(name), text);
    await mkdir(at('j_1.json'));
    await mkdir(at('k_1.json'));
    await writeFile(join(at('k_1.json'), 'x'), '');
    await symlink('a_1.json', at('l_1.json'));
    execFileSync('mkfifo', [at('m_1.json')]);
    const inode = (await stat(at('a_1.json'), { bigint: true })).ino;
    assert.deepEqual(await contentOf(readerOf(json)), {
      ...{
        'a_1.json': 'intact',
        'b_1.json': 'broken',
        'c_1.json': 'empty',
        'd_1.json': 'broken',
        'e_1.json': 'intact',
      },
      ...{ 'f_1.json': 'broken', 'g_1.json': 'unchecked', 'h_1.json': 'intact', 'i_1.json': 'broken' },
      ...{ 'j_1.json': 'empty', 'k_1.json': null, 'l_1.json': null, 'm_1.json': null },
    });
    const [found] = (await readerOf(json).read(signal, 15_000)).checkpoints;
    assert.equal(found!.entries.find(({ path }) => path.endsWith('a_1.json'))!.inode, String(inode));
  });

  it('are looked into for nothing but emptiness where the pattern is not of JSON, and not at all without one', async () => {
    await writeFile(at('a.json'), '{');
    await writeFile(at('b.bin'), '');
    const other = project([{ directory: '~/c', pattern: '{symbol}.bin' }]);
    assert.deepEqual(await contentOf(readerOf(other)), { 'a.json': null, 'b.bin': 'empty' });
    assert.deepEqual(await contentOf(readerOf(project([{ directory: '~/c', pattern: null }]))), {
      'a.json': null,
      'b.bin': null,
    });
  });

  it('are read again only where they changed, and then certainly', async () => {
    await writeFile(at('a_1.json'), '{}');
    await writeFile(at('b_1.json'), '{');
    // Tells on standard error, which is dropped, and in a file which names are read.
    const spy = [
      'import os',
      'real=os.open',
      'def spied(name,*a,**k):',
      `  if k.get('dir_fd'): open('${fake.home}/opened','a').write(name+' ')`,
      '  return real(name,*a,**k)',
      'os.open=spied',
    ];
    const reader = readerOf(json, await fake.python(spy.join('\n')));
    const opened = async (): Promise<string[]> => (await readFile(join(fake.home, 'opened'), 'utf8')).trim().split(' ');
    assert.deepEqual(await contentOf(reader), { 'a_1.json': 'intact', 'b_1.json': 'broken' });
    assert.deepEqual((await opened()).sort(), ['a_1.json', 'b_1.json']);
    assert.deepEqual(await contentOf(reader), { 'a_1.json': 'intact', 'b_1.json': 'broken' });
    assert.equal((await opened()).length, 2);
    // Same size, same name, same times: only the inode differs.
    const { atime, mtime } = await stat(at('a_1.json'));
    await writeFile(at('new'), '{]');
    await utimes(at('new'), atime, mtime);
    await rename(at('new'), at('a_1.json'));
    assert.deepEqual(await contentOf(reader), { 'a_1.json': 'broken', 'b_1.json': 'broken' });
    assert.deepEqual((await opened()).slice(2), ['a_1.json']);
  });

  it('that did not change cost the wire nothing', async () => {
    for (let index = 0; index < 50; index += 1) await writeFile(at(`a_${index}.json`), '{}');
    const reader = readerOf(json);
    const first = await reader.read(signal, 15_000);
    const before = tap.bytesReceived;
    const second = await reader.read(signal, 15_000);
    assert.equal(second.checkpoints, first.checkpoints);
    assert.ok(tap.bytesReceived - before < 200, `${tap.bytesReceived - before} bytes`);
  });

  it('are not read through where a file is larger than 64 MiB, or the reading has used its time', async () => {
    const large = await open(at('a_1.json'), 'w');
    await large.truncate((64 << 20) + 1);
    await large.close();
    assert.deepEqual(await contentOf(readerOf(json)), { 'a_1.json': 'unchecked' });
    // With a clock that jumps a second at each look the first file uses all time there is.
    await writeFile(at('b_1.json'), '{}');
    await writeFile(at('c_1.json'), '{}');
    const slow = [
      'import time',
      'real=time.monotonic',
      'seen=[]',
      'def jumps():',
      '  seen.append(0.2)',
      '  return real()+sum(seen)',
      'time.monotonic=jumps',
    ];
    const found = await contentOf(readerOf(json, await fake.python(slow.join('\n'))));
    assert.ok(Object.values(found).includes('unchecked'));
    assert.ok(!Object.values(found).includes('broken'));
  });

  describe('when one entry is opened', () => {
    const read = (path: string, roots: readonly string[] = [folder], bytes = 1 << 20): Promise<EntryPart> =>
      readerOf(null).readCheckpoint({ roots, path, bytes }, signal, 15_000);
    const refused = async (path: string, roots?: readonly string[]): Promise<string> => {
      try {
        await read(path, roots);
      } catch (error) {
        if (isProblemError(error)) return error.problem.code;
        throw error;
      }
      return 'read';
    };

    it('give its beginning, its names, or where it leads', async () => {
      await writeFile(at('bad\n'), 'abcdef');
      const file = await read(at('bad\n'), [folder], 3);
      assert.ok(file.kind === 'file');
      assert.deepEqual([Buffer.from(file.bytes).toString(), file.size], ['abc', 6]);
      await mkdir(at('d'));
      await writeFile(join(at('d'), 'x'), '1');
      const directory = await read(at('d'));
      assert.ok(directory.kind === 'directory');
      assert.deepEqual(
        directory.entries.map(({ name, kind, bytes }) => [name, kind, bytes]),
        [['x', 'file', 1]],
      );
      assert.equal((await read(join(at('d'), 'x'))).kind, 'file');
      await symlink('/etc/passwd', at('link'));
      const link = await read(at('link'));
      assert.deepEqual(link.kind === 'link' && link.target, '/etc/passwd');
      execFileSync('mkfifo', [at('pipe')]);
      assert.equal((await read(at('pipe'))).kind, 'other');
      const bytes = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]);
      await writeFile(bytes, 'x');
      assert.equal((await read(at('\udcff'))).kind, 'file');
    });

    it('follow no link in the place of a quarantine, which is made by us', async () => {
      await writeFile(join(fake.home, 'secret'), 'x');
      const quarantine = `${folder}.pueue-preflight-quarantine`;
      await symlink(fake.home, quarantine);
      assert.notEqual(await refused(join(quarantine, 'secret')), 'read');
    });

    it('give nothing that lies elsewhere, however it is named', async () => {
      const secret = join(fake.home, 'secret');
      await writeFile(secret, 'x');
      await mkdir(`${folder}-other`);
      await writeFile(join(`${folder}-other`, 'x'), 'x');
      await symlink(fake.home, at('up'));
      const outside = [
        secret,
        `${folder}/../secret`,
        `${folder}/./../secret`,
        `${folder}-other/x`,
        folder,
        `${folder}/`,
        '/etc/passwd',
        `${folder}//x`,
      ];
      for (const path of outside) assert.equal(await refused(path), 'invalidInput', path);
      assert.equal(await refused(at('up/secret')), 'refused');
      assert.equal(await refused(at('gone')), 'stale');
      assert.equal(await refused(secret, []), 'invalidInput');
      await assert.rejects(read('relative'), /could not be understood|badReply/u);
    });

    it('are reached where the directory is a link itself, and so is its quarantine', async () => {
      const linked = join(fake.home, 'linked');
      await symlink(folder, linked);
      await writeFile(at('x'), '1');
      assert.equal((await read(join(linked, 'x'), [linked])).kind, 'file');
      for (const root of [linked, await realpath(folder)]) {
        const kept = `${root}.pueue-preflight-quarantine/2026-1`;
        await mkdir(kept, { recursive: true });
        await writeFile(join(kept, 'x'), '1');
        assert.equal((await read(join(kept, 'x'), [linked])).kind, 'file');
      }
    });
  });
});
