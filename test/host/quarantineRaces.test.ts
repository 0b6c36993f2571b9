/** Entries that change between the look and the move, full and read-only file systems, and another file system in the way. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const prelude = `import json, os, random, sys
sys.path.insert(0, 'src/host/helper')
sys.dont_write_bytecode = True
import acts, entries, quarantine, quarantined
base = os.environ['HOME']
root = base + '/c'
class Act:
    id, verb, intended = '0f0f0f0f-0000-4000-8000-000000000000', 'entries', False
    def intend(self, what): self.intended = True
def write(name, text):
    with open(root + '/' + name, 'w') as file: file.write(text)
def agreed(names):
    found = []
    for name in names:
        status = os.lstat(root + '/' + name)
        kind = entries.kind_of(status.st_mode)
        found.append({'path': root + '/' + name, 'kind': kind, 'inode': str(status.st_ino),
                      'bytes': status.st_size if kind == 'file' else None, 'modified': status.st_mtime})
    return found
`;

describe('the move of an entry', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'pp-quarantine-'));
  });

  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  async function python(script: string): Promise<string> {
    const { stdout } = await promisify(execFile)('python3', ['-B', '-c', prelude + script], {
      env: { HOME: home, PATH: '/usr/bin:/bin' },
    });
    return stdout.trim();
  }

  it('never takes another entry than the one that was agreed to, and loses none, in 200 seeded races', async () => {
    const script = `
real = os.rename
counts = {}
for seed in range(200):
    dice = random.Random(seed)
    os.makedirs(root)
    for name in 'abc': write(name, 'old ' + name)
    wanted = agreed('abc')
    victim, what = dice.choice('abc'), dice.choice(['replace', 'append', 'truncate', 'remove', 'directory', 'none'])
    moment = dice.choice(['first', 'look', 'after'])
    def change():
        path = root + '/' + victim
        if not os.path.exists(path): return
        if what == 'replace':
            write('.tmp', 'new ' + victim)
            real(root + '/.tmp', path)
        elif what == 'append':
            with open(path, 'a') as file: file.write('!')
        elif what == 'truncate':
            open(path, 'w').close()
        elif what == 'remove':
            os.unlink(path)
        elif what == 'directory':
            os.unlink(path)
            os.mkdir(path)
    def racing(source, target, **directories):
        if moment == 'look' and source == victim: change()
        real(source, target, **directories)
        if moment == 'after' and source == victim: change()
    os.rename = racing
    if moment == 'first': change()
    try:
        outcomes = {each['target'][-1]: each for each in quarantine.put(Act(), root, wanted)}
        refused = None
    except acts.Refused as error:
        outcomes, refused = {}, error.answer['code']
    os.rename = real
    for name in 'abc':
        place, told = root + '/' + name, outcomes.get(name)
        if told is not None and told['outcome'] == 'done':
            assert open(told['why']).read() == 'old ' + name, (seed, told)
        elif name != victim:
            assert open(place).read() == 'old ' + name, (seed, told, refused)
        elif what == 'replace':
            assert open(place).read() == 'new ' + name, (seed, told)
        elif what == 'append':
            assert open(place).read() == 'old %s!' % name, (seed, told)
        elif what == 'directory':
            assert os.path.isdir(place), (seed, told)
    key = refused or outcomes[victim]['outcome']
    counts[key] = counts.get(key, 0) + 1
    import shutil
    shutil.rmtree(root)
    shutil.rmtree(quarantined.place_of(root), ignore_errors=True)
print(json.dumps(counts))`;
    const counts = JSON.parse(await python(script)) as Record<string, number>;
    for (const outcome of ['stale', 'done', 'refused', 'failed'])
      assert.ok(counts[outcome]! > 3, JSON.stringify(counts));
  });

  it('puts nothing anywhere where the quarantine would be on another file system, or cannot be made', async () => {
    const script = `
import errno
os.makedirs(root)
write('a', 'x')
answers = []
def attempt(number):
    act = Act()
    try:
        quarantine.put(act, root, agreed('a'))
    except acts.Refused as refused:
        answers.append([refused.answer['code'], refused.answer['error'], sorted(os.listdir(base)), os.listdir(root)])
real_stat, real_open = os.fstat, os.open
class Elsewhere:
    def __init__(self, status): self._status = status
    def __getattr__(self, name): return -1 if name == 'st_dev' else getattr(self._status, name)
def fstat(descriptor):
    status = real_stat(descriptor)
    return Elsewhere(status) if os.readlink('/proc/self/fd/%d' % descriptor).endswith('quarantine') else status
os.fstat = fstat
attempt(0)
os.fstat = real_stat
def full(path, flags, *more, **named):
    if path == quarantined.MANIFEST: raise OSError(errno.ENOSPC, 'full')
    return real_open(path, flags, *more, **named)
os.open = full
attempt(1)
os.open = real_open
os.symlink('/', quarantined.place_of(root))
attempt(2)
os.unlink(quarantined.place_of(root))
print(json.dumps(answers))`;
    assert.deepEqual(JSON.parse(await python(script)), [
      ['noQuarantine', 'EXDEV', ['c'], ['a']],
      ['noQuarantine', 'ENOSPC', ['c'], ['a']],
      ['noQuarantine', 'ENOTDIR', ['c', 'c.pueue-preflight-quarantine'], ['a']],
    ]);
  });

  it('tells of each entry by itself where some cannot be moved', async () => {
    const script = `
import errno
os.makedirs(root)
for name in 'abc': write(name, name)
real = os.rename
def rename(source, target, **directories):
    if source == 'b': raise OSError(errno.EACCES, 'no')
    real(source, target, **directories)
os.rename = rename
print(json.dumps([[each['outcome'], each['why'][-8:]] for each in quarantine.put(Act(), root, agreed('abc'))]), os.listdir(root))`;
    assert.equal(await python(script), `[["done", "0f0f0f/a"], ["failed", "EACCES"], ["done", "0f0f0f/c"]] ['b']`);
  });

  it('goes on where it was ended between the two names of an entry', async () => {
    const script = `
os.makedirs(root)
write('a', 'x')
moved = quarantine.put(Act(), root, agreed('a'))[0]['why']
os.link(moved, root + '/a')
status = os.lstat(moved)
entry = {'path': moved, 'kind': 'file', 'inode': str(status.st_ino), 'bytes': 1, 'modified': status.st_mtime}
print(quarantine.VERBS['restore'](Act(), root, [entry])[0]['outcome'], os.listdir(base), os.listdir(root))`;
    assert.equal(await python(script), `done ['c'] ['a']`);
  });
});
