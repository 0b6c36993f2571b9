/** The journal on the host: torn writes, a full disk, two writers at once, and who may read it. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const prelude = `import json, os, sys
sys.path.insert(0, 'src/host/helper')
sys.dont_write_bytecode = True
import journal
book = journal.Journal()
`;

describe('the journal of a host', () => {
  let home: string;
  const folder = (): string => join(home, '.local/state/pueue-preflight');
  const file = (): string => join(folder(), 'journal.jsonl');

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'pp-journal-'));
  });

  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  async function python(script: string, env: Record<string, string> = {}): Promise<string> {
    const { stdout } = await promisify(execFile)('python3', ['-B', '-c', prelude + script], {
      env: { HOME: home, PATH: '/usr/bin:/bin', ...env },
    });
    return stdout.trim();
  }

  const append = (data: string, env?: Record<string, string>): Promise<string> =>
    python(`book.append('release', {'life': '${data}'})`, env);
  const read = async (): Promise<string[]> =>
    JSON.parse(await python(`print(json.dumps([record['data']['life'] for record in book.records()]))`)) as string[];

  it('is this user’s alone, says who did what when, and on which boot of which host', async () => {
    const before = Date.now() / 1000;
    await append('a');
    assert.equal((await stat(folder())).mode & 0o777, 0o700);
    for (const name of ['journal.jsonl', 'reserve'])
      assert.equal((await stat(join(folder(), name))).mode & 0o777, 0o600);
    assert.equal((await stat(join(folder(), 'reserve'))).size, 16384);
    const record = JSON.parse(await readFile(file(), 'utf8')) as Record<string, unknown>;
    assert.deepEqual([record['kind'], record['data']], ['release', { life: 'a' }]);
    assert.ok((record['time'] as number) >= before && typeof record['user'] === 'string');
    assert.equal(record['boot'], (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim());
  });

  it('lies where XDG_STATE_HOME says, but not where that is relative', async () => {
    await append('a', { XDG_STATE_HOME: join(home, 'state') });
    await append('b', { XDG_STATE_HOME: 'state' });
    assert.match(await readFile(join(home, 'state/pueue-preflight/journal.jsonl'), 'utf8'), /"a"/u);
    assert.match(await readFile(file(), 'utf8'), /"b"/u);
  });

  it('has nothing in it before the first record', async () => {
    assert.deepEqual(await read(), []);
    await assert.rejects(stat(folder()), { code: 'ENOENT' });
  });

  it('loses no whole record, wherever the last one was torn', async () => {
    const torn = await python(`import shutil
book.append('release', {'life': 'first'})
book.append('release', {'life': 'second'})
path = os.path.join(journal.directory(), 'journal.jsonl')
whole = open(path, 'rb').read()
start = whole.index(b'\\n') + 1
seen = []
for end in range(start, len(whole) + 1):
    with open(path, 'wb') as file:
        file.write(whole[:end])
    book.append('release', {'life': 'third'})
    seen.append([record['data']['life'] for record in journal.Journal().records()])
print(json.dumps(seen))`);
    const seen = JSON.parse(torn) as string[][];
    assert.ok(seen.length > 100);
    seen.forEach((lives, index) => {
      // The line is whole one byte before its end: what is missing is the line break.
      const isWhole = index >= seen.length - 2;
      assert.deepEqual(lives, isWhole ? ['first', 'second', 'third'] : ['first', 'third'], `torn at ${index}`);
    });
  });

  it('skips what is no record, and reads anew only what has changed', async () => {
    await append('a');
    const text = await readFile(file(), 'utf8');
    await writeFile(file(), `${text}\u0000\n[1]\n{"kind":\n\xff\n${text}`);
    assert.deepEqual(await read(), ['a', 'a']);
    const twice = await python(`seen = []
reading = journal.Reading('"release"')
look = lambda: (reading.read(lambda record: seen.append(record['data']['life']), lambda: seen.append('anew')), len(seen))[1]
first, again = look(), look()
book.append('release', {'life': 'b'})
book.append('other', {'life': 'c'})
with open(journal.path(), 'a') as file: file.write('{"kind": "release", "data": {"life": "t')
book.append('release', {'life': 'd'})
look()
os.rename(journal.path(), journal.path() + '.aside')
book.append('release', {'life': 'e'})
look()
print(first, again, *seen)`);
    assert.equal(twice, '3 3 anew a a b d anew e');
  });

  it('refuses where the disk has no room for the record, and leaves none of it', async () => {
    await append('a');
    const { size } = await stat(file());
    const limited = (bytes: number): Promise<string> =>
      python(`import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (${bytes}, ${bytes}))
try:
    book.append('release', {'life': 'b'})
    print('written')
except OSError as error:
    print(error.errno)`);
    // A limit of the process stands for a full disk: a short write, then none. ENOSPC and EFBIG.
    for (const [room, errno] of [
      [20, '28'],
      [0, '27'],
    ] as const) {
      // prettier-ignore
      assert.equal(await limited(size + room), errno);
      assert.equal((await stat(file())).size, size);
      assert.deepEqual(await read(), ['a']);
    }
    assert.equal(await limited(1 << 20), 'written');
    assert.deepEqual(await read(), ['a', 'b']);
  });

  it('does nothing where there is no room for what has to be written afterwards', async () => {
    const refused = await python(`import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (16383, 16383))
try:
    book.append('release', {'life': 'a'})
except OSError as error:
    print(error.errno)`);
    assert.equal(refused, '28');
    await assert.rejects(stat(file()), { code: 'ENOENT' });
    await append('b');
    assert.deepEqual(await read(), ['b']);
    assert.equal((await stat(join(folder(), 'reserve'))).size, 16384);
  });

  it('holds whole lines when two programs write at once', async () => {
    const script = `${prelude}for count in range(100): book.append('release', {'life': sys.argv[1] * 3000})`;
    const write = (name: string): Promise<number | null> =>
      new Promise((resolve) => {
        spawn('python3', ['-B', '-c', script, name], {
          env: { HOME: home, PATH: '/usr/bin:/bin' },
          stdio: 'inherit',
        }).on('exit', resolve);
      });
    assert.deepEqual(await Promise.all([write('a'), write('b')]), [0, 0]);
    const lines = (await readFile(file(), 'utf8')).trimEnd().split('\n');
    assert.equal(lines.length, 200);
    assert.deepEqual(
      new Set(lines.map((line) => (JSON.parse(line) as { data: { life: string } }).data.life)),
      new Set(['a'.repeat(3000), 'b'.repeat(3000)]),
    );
  });

  it('waits for another program no longer than a while, and goes to the journal that is there then', async () => {
    await append('a');
    const script = `import fcntl, threading
journal.PATIENCE_SECONDS = 0.1
path = os.path.join(journal.directory(), 'journal.jsonl')
holder = open(path)
fcntl.flock(holder, fcntl.LOCK_EX)
try:
    book.append('release', {'life': 'b'})
except OSError as error:
    print(error.errno)
journal.PATIENCE_SECONDS = 20
real = journal.fcntl.flock
class Once:
    LOCK_EX, LOCK_NB = fcntl.LOCK_EX, fcntl.LOCK_NB
    tries = 0
    def flock(self, descriptor, how):
        self.tries += 1
        if self.tries == 2:
            os.rename(path, path + '.aside')
            holder.close()
        real(descriptor, how)
journal.fcntl = Once()
book.append('release', {'life': 'c'})
print(open(path).read().count('"c"'), open(path + '.aside').read().count('"c"'))`;
    assert.equal(await python(script), '11\n1 0');
  });

  it('takes the intent of an act or its refusal for ever, and never both', async () => {
    const outcome = await python(`from concurrent.futures import ThreadPoolExecutor
def take(kind_and_act):
    kind, act = kind_and_act
    try:
        journal.Journal().append(kind, {'act': act}, first_of=act)
        return 1
    except journal.Spoken:
        return 0
with ThreadPoolExecutor(8) as pool:
    taken = list(pool.map(take, [(kind, 'act-%03d' % n) for n in range(50) for kind in ('intent', 'void', 'intent')]))
print({sum(taken[at:at + 3]) for at in range(0, 150, 3)}, len(list(book.records())))`);
    assert.equal(outcome, '{1} 50');
  });

  it('finds the records of one act in a journal of 50 MB within half a second', async () => {
    const seconds = await python(`import time
journal.make(journal.directory())
line = json.dumps({'kind': 'command', 'data': {'act': 'other', 'argv': ['x' * 900]}}) + '\\n'
with open(journal.path(), 'w') as file: file.write(line * (50_000_000 // len(line)))
book.append('intent', {'act': 'mine'}, first_of='mine')
book.append('command', {'act': 'mine'})
began = time.monotonic()
assert [record['kind'] for record in book.of_act('mine')] == ['intent', 'command']
print(time.monotonic() - began)`);
    assert.ok(Number(seconds) < 0.5, seconds);
  });

  it('says of one that cannot be read that it cannot', async () => {
    await mkdir(file(), { recursive: true });
    const errno = await python(`
try:
    list(book.records())
except OSError as error:
    print(error.errno)`);
    assert.equal(errno, '21');
  });
});
