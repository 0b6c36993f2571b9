/** The frame of every act on the host, by itself: no room, no lock, work that fails, and who waits no more. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const prelude = `import collections, errno, json, os, sys, threading, time, uuid
sys.path.insert(0, 'src/host/helper')
sys.dont_write_bytecode = True
import acts, journal, locks
book = journal.Journal()
class Places:
    states = ['/nowhere/pueue/state.json']
done = []
def work(act):
    act.intend({'note': 'x' * 300})
    done.append(act.id)
    return {'targets': [], 'noticed': []}
def perform(work=work, act=None, cancelled=None):
    return acts.perform({'act': act or str(uuid.uuid4())}, 'test', book, Places, cancelled or threading.Event(), work)
def kinds():
    return dict(collections.Counter(record['kind'] for record in book.records()))
`;

describe('the frame of an act', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'pp-frame-'));
  });

  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  /** @returns what the script prints as JSON */
  async function python<T>(script: string): Promise<T> {
    const { stdout } = await promisify(execFile)('python3', ['-B', '-c', prelude + script], {
      env: { HOME: home, PATH: '/usr/bin:/bin' },
    });
    return JSON.parse(stdout) as T;
  }

  it('does nothing without room for its record, and records the end of whatever it has begun', async () => {
    // A disk of 64 KiB, of which every file of the journal's directory takes its part.
    const { refused, acted, counted } = await python<{ refused: object; acted: number; counted: object }>(`
real = os.write
def used():
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(journal.directory()) for name in names)
def write(descriptor, data):
    room = max(0, 65536 - used())
    if not room:
        raise OSError(errno.ENOSPC, 'full')
    return real(descriptor, data[:room])
os.write = write
while True:
    reply = perform()
    if 'refused' in reply:
        break
    assert reply['answer']['recorded'] is True
again = perform()
assert again == reply, again
print(json.dumps({'refused': reply['refused'], 'acted': len(done), 'counted': kinds()}))`);
    assert.deepEqual(refused, { code: 'noJournal', error: 'ENOSPC' });
    assert.ok(acted > 20);
    assert.deepEqual(counted, { intent: acted, outcome: acted });
  });

  it('records an end without what came of it rather than none, where the disk is full by then', async () => {
    const said = await python<unknown[]>(`
def large(act):
    act.intend({})
    os.truncate(os.path.join(journal.directory(), 'reserve'), journal.RESERVE_BYTES)
    real = os.write
    def write(descriptor, data):
        full = len(data) > 500 or os.path.exists(os.path.join(journal.directory(), 'reserve'))
        return real(descriptor, data[:10]) if full else real(descriptor, data)
    os.write = write
    return {'targets': ['x' * 1000], 'noticed': []}
act = str(uuid.uuid4())
reply = perform(large, act)
print(json.dumps([reply['answer']['recorded'], acts.resolve(act, book, Places, threading.Event(), {}), kinds()]))`);
    assert.deepEqual(said, [true, { state: 'ended', answer: null }, { intent: 1, outcome: 1 }]);
  });

  it('says where locks or journal cannot be had, by the name of the error', async () => {
    const said = await python<object[]>(`
said = []
for number in (errno.ENOLCK, errno.ENOSYS, errno.EROFS):
    class Broken:
        LOCK_EX = LOCK_NB = 0
        def flock(self, descriptor, how):
            raise OSError(number, 'broken')
    real, locks.fcntl = locks.fcntl, Broken()
    said.append(perform()['refused'])
    locks.fcntl = real
print(json.dumps([*said, len(done)]))`);
    assert.deepEqual(said, [
      { code: 'noLock', error: 'ENOLCK' },
      { code: 'noLock', error: 'ENOSYS' },
      { code: 'noJournal', error: 'EROFS' },
      0,
    ]);
  });

  it('begins nothing for who waits no more, and the same act never twice', async () => {
    const said = await python<unknown[]>(`
gone = threading.Event()
def late(act):
    gone.set()
    return work(act)
act = str(uuid.uuid4())
first = perform(act=act)
print(json.dumps([perform(late, cancelled=gone)['refused'], perform(act=act)['refused'], len(done), kinds()]))`);
    assert.deepEqual(said, [{ code: 'cancelled' }, { code: 'void' }, 1, { intent: 1, outcome: 1 }]);
  });

  it('records what it has done where the work fails in the middle, and no text of the error', async () => {
    const said = await python<{ answer: { broken: { code: string; error: string } } }>(`
def broken(act):
    act.intend({})
    raise ValueError('SECRET')
reply = perform(broken)
assert 'SECRET' not in open(journal.path()).read()
assert kinds() == {'intent': 1, 'outcome': 1}
print(json.dumps(reply))`);
    assert.equal(said.answer.broken.code, 'failed');
    assert.match(said.answer.broken.error, /^ValueError in broken:\d+$/u);
  });

  it('ends a command that goes on for too long, with all that it started, and says so', async () => {
    const said = await python<unknown[]>(`
def slow(act):
    act.intend({})
    outcome = act.run(['/bin/sh', '-c', 'sleep 1000 & echo $!; wait'], environment=dict(os.environ), seconds=0.3)
    child = int(outcome.stdout)
    deadline = time.monotonic() + 5
    while os.path.exists('/proc/%d' % child) and time.monotonic() < deadline and open('/proc/%d/stat' % child).read().split()[2] != 'Z':
        time.sleep(0.01)
    return {'targets': [outcome.stopped, outcome.signal, time.monotonic() < deadline], 'noticed': []}
print(json.dumps([perform(slow)['answer']['targets'], kinds()]))`);
    assert.deepEqual(said, [['timeout', 9, true], { intent: 1, command: 1, outcome: 1 }]);
  });
});
