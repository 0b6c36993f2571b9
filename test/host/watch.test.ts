/** The wait for a change of a host, on real daemons. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isProblemError } from '../../src/core/problem';
import type { WatchAnswer } from '../../src/core/watch/watchRequest';
import { identify, untilGone } from '../lab/processes';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { FakeHosts } from '../support/fakePueue';
import { localHost, type LocalHost } from '../support/localHost';

const longMs = 20_000;
const idleMs = 1_500;

function wait({ reader }: LocalHost, sign: string | null, forMs: number, signal?: AbortSignal): Promise<WatchAnswer> {
  return reader.watch({ sign, everyMs: 100, forMs }, signal ?? new AbortController().signal);
}

for (const version of ['3.4.1', '4.0.4'] as const)
  describe(`a watch of a host with pueue ${version}`, () => {
    let pueue: PueueHost;
    let host: LocalHost;
    before(async () => {
      pueue = await startPueueHost({ version, clientIn: '.local/bin' });
      host = localHost(pueue.env);
    });
    after(async () => {
      host.reader.close();
      await pueue.stop();
    });

    /** Waits while something is done, and says what the wait answered and how long it took. @throws where nothing was seen */
    async function seen(act: () => Promise<unknown>, of = host): Promise<string> {
      const { sign } = await wait(of, null, 0);
      const began = performance.now();
      const waiting = wait(of, sign, longMs);
      await act();
      const changed = await waiting;
      assert.notEqual(changed.sign, sign);
      assert.ok(performance.now() - began < longMs, 'it was seen before the end of the wait');
      return changed.sign;
    }

    it('sees what is done to the queue', async () => {
      assert.equal((await wait(host, null, 0)).blind, null);
      let id = 0;
      await seen(async () => (id = await pueue.add('sleep 1000')));
      await runsAlone(id);
      await seen(() => pueue.must(['kill', String(id)]));
      await untilStates(pueue, new Map([[id, 'Killed']]));
      await seen(() => pueue.must(['clean']));
      await seen(() => pueue.must(['group', 'add', 'second']));
      await seen(() => pueue.must(['pause', '-g', 'second']));
      // What was killed paused its group.
      await seen(() => pueue.must(['start', '--all']));
    });

    it('tells with each reading how the host looked before it, so that a wait from there sees what came after', async () => {
      for (let count = 0; count < 2; count++) {
        const { sign } = await host.reader.read(new AbortController().signal, longMs);
        assert.notEqual(sign, null);
        assert.deepEqual(await wait(host, sign, 0), { sign, blind: null });
        await pueue.add('true', { stashed: true });
        assert.notEqual((await wait(host, sign, 0)).sign, sign);
      }
    });

    it('sees a job end by itself', async () => {
      const gate = join(pueue.home, 'gate');
      await runsAlone(await pueue.add(`while [ ! -e '${gate}' ]; do sleep 0.02; done`));
      await seen(() => writeFile(gate, ''));
    });

    /** Waits until the job runs and the daemon has written that down. */
    async function runsAlone(id: number): Promise<void> {
      await untilStates(pueue, new Map([[id, 'Running']]));
      for (let last = ''; ;) {
        const { sign } = await wait(host, last === '' ? null : last, last === '' ? 0 : 300);
        if (sign === last) return;
        last = sign;
      }
    }

    it('sees nothing on a host that stands still, however much its jobs print, and starts no program', async () => {
      const id = await pueue.add('while :; do echo line; sleep 0.02; done', { directory: pueue.home });
      await runsAlone(id);
      const { sign } = await wait(host, null, 0);
      const log = join(pueue.folder, 'pueue/task_logs', `${id}.log`);
      const printed = (await readFile(log)).length;
      assert.deepEqual(await wait(host, sign, idleMs), { sign, blind: null });
      assert.ok((await readFile(log)).length > printed, 'it prints');
      await pueue.must(['kill', String(id)]);
    });

    it('sees a daemon that dies although all its files stay, and one that comes back', async () => {
      await seen(async () => {
        process.kill(pueue.daemonPid()!, 'SIGKILL');
        await Promise.resolve();
      });
      await pueue.stopDaemon();
      await seen(() => pueue.startDaemon());
      assert.equal((await wait(host, null, 0)).blind, null);
    });

    it('says of a daemon that was shut down that it cannot be watched, and sees the next one', async () => {
      await pueue.must(['shutdown']);
      await pueue.stopDaemon();
      const down = await wait(host, null, 0);
      assert.equal(down.blind, 'noPid');
      await seen(() => pueue.startDaemon());
    });

    it('watches the daemon of the configured file and no other', async () => {
      const other = await startPueueHost({ version });
      const both = localHost(pueue.env, { pueueConfig: other.config });
      try {
        const { sign } = await wait(both, null, 0);
        await pueue.add('true', { stashed: true });
        assert.equal((await wait(both, sign, 300)).sign, sign);
        await seen(() => other.add('true', { stashed: true }), both);
      } finally {
        both.reader.close();
        await other.stop();
      }
    });

    it('ends at once where it is cancelled, and the session goes on', async () => {
      const abort = new AbortController();
      const { sign } = await wait(host, null, 0);
      const waiting = wait(host, sign, longMs, abort.signal);
      await wait(host, null, 0);
      abort.abort();
      await assert.rejects(waiting, (error) => isProblemError(error) && error.problem.code === 'cancelled');
      assert.equal((await host.audit()).problem, null);
      const replies = host.tap.replies()!;
      assert.ok(
        replies.some(({ bytes }) => bytes.includes('"code":"cancelled"')),
        'the helper has ended the wait',
      );
    });
  });

describe('a watch of a host without a real pueue', () => {
  const fake = new FakeHosts();

  /** A daemon's files as pueue would leave them. */
  async function layFiles(): Promise<void> {
    await writeFile(join(fake.pueue.data, 'state.json'), '{}');
    await writeFile(join(fake.pueue.data, 'pueue.pid'), String(process.pid));
  }

  it('sees the state grow and be replaced, be it packed or not', async () => {
    await layFiles();
    const local = fake.host();
    let { sign, blind } = await wait(local, null, 0);
    assert.equal(blind, null);
    const acts = [
      () => writeFile(join(fake.pueue.data, 'state.json'), '{"a":1}'),
      () => writeFile(join(fake.pueue.data, 'state.json.gz'), 'x'),
      () => writeFile(join(fake.pueue.data, 'pueue_someone'), 'x'),
      () => rm(join(fake.pueue.data, 'state.json')),
    ];
    const changed: boolean[] = [];
    for (const act of acts) {
      await act();
      const now = await wait(local, sign, 0);
      changed.push(now.sign !== sign);
      ({ sign, blind } = now);
    }
    assert.deepEqual(changed, [true, true, false, true]);
    assert.equal(blind, null);
  });

  it('sees a state of the same size, be it written in place or put in the place of the other with its time', async () => {
    await layFiles();
    const local = fake.host();
    const state = join(fake.pueue.data, 'state.json');
    const first = await wait(local, null, 0);
    await writeFile(state, '[]');
    const second = await wait(local, first.sign, 0);
    assert.notEqual(second.sign, first.sign);
    const { atime, mtime } = await stat(state);
    await writeFile(`${state}.partial`, '""');
    await utimes(state, atime, mtime);
    await utimes(`${state}.partial`, atime, mtime);
    const third = await wait(local, null, 0);
    await rename(`${state}.partial`, state);
    assert.notEqual((await wait(local, third.sign, 0)).sign, third.sign);
  });

  it('starts no program, however long it waits', async () => {
    await layFiles();
    const started = join(fake.pueue.home, 'started');
    await fake.pueue.runs(`echo x >> '${started}'; cat '${fake.pueue.status}'`);
    const local = fake.host();
    const { sign } = await wait(local, null, 0);
    await wait(local, sign, 500);
    await assert.rejects(readFile(started), { code: 'ENOENT' });
    await local.audit();
    assert.equal(await readFile(started, 'utf8'), 'x\n');
  });

  it('looks no more often than ten times a second, whatever it is asked', async () => {
    await layFiles();
    const looks = join(fake.pueue.home, 'looks');
    const counted = `import os;real=os.stat\ndef counting(p,*a,**k):\n if str(p).endswith('state.json'): os.write(f,b'x')\n return real(p,*a,**k)\nf=os.open('${looks}',os.O_WRONLY|os.O_CREAT);os.stat=counting`;
    const local = fake.host({ python: await fake.pueue.python(counted) });
    const { sign } = await wait(local, null, 0);
    const before = (await readFile(looks)).length;
    await local.reader.watch({ sign, everyMs: 0, forMs: 1000 }, new AbortController().signal);
    const found = (await readFile(looks)).length - before;
    // Each look asks once for the sign; the last one asks once more whether the state is there.
    assert.ok(found >= 2 && found <= 12, `${found} looks`);
  });

  const blind: [string, string, string][] = [
    ['is written on one line', 'shared: {pueue_directory: /x}\n', 'notSimple'],
    ['holds an anchor', 'shared:\n  pueue_directory: &here /x\n', 'notSimple'],
    ['names a relative directory', 'shared:\n  pueue_directory: x\n', 'relative'],
    ['names a directory without a daemon', 'shared:\n  pueue_directory: /nowhere\n', 'noPid'],
  ];
  for (const [what, text, why] of blind)
    it(`says that it cannot see where the configuration ${what}`, async () => {
      await layFiles();
      const config = join(fake.pueue.home, 'pueue.yml');
      await writeFile(config, text);
      const local = fake.host({ pueueConfig: config });
      assert.equal((await wait(local, null, 0)).blind, why);
      assert.equal((await local.reader.read(new AbortController().signal, longMs)).sign, null);
    });

  it('says that it cannot see where the configuration is no text, or no state is there', async () => {
    await layFiles();
    const config = join(fake.pueue.home, 'pueue.yml');
    await mkdir(config);
    assert.equal((await wait(fake.host({ pueueConfig: config }), null, 0)).blind, 'unreadable');
    await rm(join(fake.pueue.data, 'state.json'));
    assert.equal((await wait(fake.host(), null, 0)).blind, 'noState');
  });

  it('sees the configuration itself change', async () => {
    await layFiles();
    const config = join(fake.pueue.home, 'pueue.yml');
    await writeFile(config, 'shared:\n  use_unix_socket: true\n');
    await chmod(config, 0o600);
    const local = fake.host({ pueueConfig: config });
    const { sign } = await wait(local, null, 0);
    await writeFile(config, 'shared:\n  use_unix_socket: true\n  pueue_directory: /x\n');
    assert.notEqual((await wait(local, sign, longMs)).sign, sign);
  });

  it('ends with the link', async () => {
    await layFiles();
    const local = fake.host();
    const { sign } = await wait(local, null, 0);
    const waiting = wait(local, sign, longMs);
    const ping = wait(local, null, 0);
    await ping;
    const pid = Number(/helper (\d+) is up/u.exec(local.log.lines.join('\n'))![1]);
    const helper = identify(pid);
    local.reader.close();
    await assert.rejects(waiting, isProblemError);
    const began = performance.now();
    if (helper !== null) await untilGone([helper]);
    assert.ok(performance.now() - began < 3000, 'the helper waits no longer');
  });
});
