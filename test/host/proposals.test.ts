/** Directories that may hold checkpoints, found on a real host: by name, and by what real jobs hold open. */
import assert from 'node:assert/strict';
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CheckpointProposal, CheckpointProposals } from '../../src/core/checkpointProposals';
import type { HostSnapshot } from '../../src/core/snapshot';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { canarySecret, canaryVariable } from '../lab/scenarios';
import { FakeHosts } from '../support/fakePueue';
import { localHost, type LocalHost } from '../support/localHost';
import { untilFile } from '../vscode/launchDriver';

const signal = new AbortController().signal;

async function propose(local: LocalHost, snapshot?: HostSnapshot | null): Promise<CheckpointProposals> {
  const known = snapshot === undefined ? await local.reader.read(signal, 15_000) : snapshot;
  return local.reader.proposeCheckpoints(known, signal, 15_000);
}

function shown({ proposals }: CheckpointProposals): string[] {
  return proposals.map((each) => each.shown);
}

/** A job that opens `path` for writing, says so by a file beside it, and keeps it open. */
function holding(path: string, redirected = ''): string {
  return `exec 3>>'${path}'; touch '${path}.open'; sleep 1000 ${redirected}`;
}

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`checkpoint directories of a host with pueue ${version}`, () => {
    let host: PueueHost;
    let local: LocalHost;

    beforeEach(async () => {
      host = await startPueueHost({ version, clientIn: '.local/bin' });
      local = localHost(host.env);
    });

    afterEach(async () => {
      local.reader.close();
      await host.stop();
    });

    async function start(command: string): Promise<number> {
      const id = await host.add(command, { env: { [canaryVariable]: canarySecret } });
      await untilStates(host, new Map([[id, 'Running']]));
      return id;
    }

    /** The proposals, once a job has its file open. */
    async function proposeOnce(path: string): Promise<CheckpointProposal[]> {
      await untilFile(dirname(path), `${basename(path)}.open`, 10_000);
      return [...(await propose(local)).proposals];
    }

    it('are those where a live job holds a file open for writing, with the job, before all others', async () => {
      const state = join(host.home, 'state/model');
      await mkdir(state, { recursive: true });
      await mkdir(join(host.home, '.cache/myapp/checkpoints'), { recursive: true });
      // A grandchild holds it, and reads another file that nobody writes.
      const id = await start(`sh -c "${holding(join(state, 'last.pt'))}" < /etc/hostname`);
      const [first, ...others] = await proposeOnce(join(state, 'last.pt'));
      assert.deepEqual(
        [first!.path, first!.shown, first!.files, first!.jobs, first!.open],
        [state, '~/state/model', 2, [id], true],
      );
      assert.ok(first!.newest !== null);
      assert.deepEqual(
        others.map((each) => [each.shown, each.open, each.files, each.newest]),
        [['~/.cache/myapp/checkpoints', false, 0, null]],
      );
      assert.ok(!(await local.tap.said()).includes(canarySecret));
    });

    it('are found also where the job prints to elsewhere; whose they are is then not said', async () => {
      const state = join(host.home, 'state');
      await mkdir(state);
      const path = join(state, 'last.pt');
      await start(`exec >/dev/null 2>&1; ${holding(path)}`);
      const [first] = await proposeOnce(path);
      assert.deepEqual([first!.path, first!.jobs, first!.open], [state, [], true]);
    });

    it('are none of what pueue itself writes, of deleted files and of the home directory', async () => {
      const gone = join(host.home, 'gone');
      await mkdir(gone);
      await start(`exec 4>'${gone}/x'; rm '${gone}/x'; ${holding(join(host.home, 'file'))}`);
      assert.deepEqual(await proposeOnce(join(host.home, 'file')), []);
    });

    it('are no longer those of a job that has ended, nor of a daemon that is another process now', async () => {
      const state = join(host.home, 'state');
      await mkdir(state);
      const path = join(state, 'last.pt');
      await start(holding(path));
      assert.equal((await proposeOnce(path)).length, 1);
      const before = await local.reader.read(signal, 15_000);
      const { daemonStart } = before;
      assert.ok(daemonStart !== null);
      assert.deepEqual(shown(await propose(local, { ...before, daemonStart: `${daemonStart}1` })), []);
      await host.stopDaemon();
      assert.deepEqual(shown(await propose(local, before)), []);
    });
  });

describe('checkpoint directories that are found by their names', () => {
  const fake = new FakeHosts();

  async function lay(...directories: string[]): Promise<void> {
    for (const directory of directories) await mkdir(join(fake.pueue.home, directory), { recursive: true });
  }

  /** A reading whose jobs work in these directories. */
  async function reading(local: LocalHost, ...directories: string[]): Promise<HostSnapshot> {
    const read = await local.reader.read(signal, 15_000);
    const [job] = read.queue.jobs;
    return { ...read, queue: { ...read.queue, jobs: directories.map((directory) => ({ ...job!, directory })) } };
  }

  it('lie in a cache, or up to two levels below where jobs work; links lead nowhere', async () => {
    await lay('.cache/a/checkpoints', '.cache/b/other', 'p/checkpoints', 'p/run/ckpt', 'p/run/deep/checkpoints');
    await lay('p/.git/checkpoints', 'elsewhere/checkpoints');
    await symlink(join(fake.pueue.home, 'elsewhere'), join(fake.pueue.home, 'p/link'));
    await symlink(join(fake.pueue.home, 'elsewhere/checkpoints'), join(fake.pueue.home, 'p/run/checkpoints'));
    const local = fake.host();
    const found = await propose(local, await reading(local, join(fake.pueue.home, 'p')));
    assert.deepEqual(shown(found), ['~/.cache/a/checkpoints', '~/p/checkpoints', '~/p/run/ckpt']);
    assert.equal(found.complete, true);
  });

  it('are found in the cache of a host whose queue was never read', async () => {
    await lay('.cache/a/checkpoints');
    assert.deepEqual(shown(await propose(fake.host(), null)), ['~/.cache/a/checkpoints']);
  });

  it('are counted with their files and the time of the newest, by the host’s clock', async () => {
    await lay('.cache/a/checkpoints/folder');
    for (const [name, modified] of [
      ['old', 1_000_000],
      ['new', 2_000_000],
    ] as const) {
      const path = join(fake.pueue.home, '.cache/a/checkpoints', name);
      await writeFile(path, 'x');
      await utimes(path, modified, modified);
    }
    const { proposals, takenAt } = await propose(fake.host(), null);
    assert.deepEqual([proposals[0]!.files, proposals[0]!.newest, proposals[0]!.more], [2, 2_000_000, false]);
    assert.ok(Math.abs(takenAt * 1000 - Date.now()) < 60_000);
  });

  it('are left out where they cannot be read or are not there', async () => {
    await lay('.cache/a', 'p');
    await writeFile(join(fake.pueue.home, '.cache/a/checkpoints'), 'a file');
    const local = fake.host();
    const found = await propose(local, await reading(local, join(fake.pueue.home, 'p'), '/nowhere', 'relative', ''));
    assert.deepEqual(shown(found), []);
  });

  it('are bounded: a tree of many directories ends the search, and the answer says so', async () => {
    const many = `import os;real=os.scandir
class E:
  name='d'
  def is_dir(self,follow_symlinks): return True
class D(list):
  def __enter__(self): return self
  def __exit__(self,*_): pass
os.scandir=lambda p: D([E()]*9000) if '/huge' in str(p) else real(p)`;
    const local = fake.host({ python: await fake.pueue.python(many) });
    const found = await propose(local, await reading(local, '/huge'));
    assert.deepEqual([found.complete, found.proposals], [false, []]);
  });

  it('are bounded: what hangs in the kernel ends the search, with what was found before it', async () => {
    await lay('.cache/a/checkpoints');
    const hang = `import os,threading;real=os.scandir;os.scandir=lambda p: threading.Event().wait() if p=='/dead' else real(p)`;
    const local = fake.host({ python: await fake.pueue.python(hang) });
    const dead = await reading(local, '/dead');
    const began = performance.now();
    const found = await propose(local, dead);
    assert.ok(performance.now() - began < 5000);
    assert.deepEqual([shown(found), found.complete], [['~/.cache/a/checkpoints'], false]);
    const again = performance.now();
    assert.deepEqual((await propose(local, dead)).proposals, found.proposals);
    assert.ok(performance.now() - again < 1000, 'it is known to hang');
  });
});
