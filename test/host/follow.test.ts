/** Jobs of real daemons, followed by the real helper: growth, restarts, emptied and replaced files, floods, and the end. */
import assert from 'node:assert/strict';
import { appendFile, open, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { linkLost } from '../../src/core/hostProblems';
import type { PueueHost } from '../lab/pueueHost';
import { startPueueHost } from '../lab/pueueHost';
import { untilStates, type LabState } from '../lab/queueState';
import { followJob, WatchedHost, type FollowedJob } from '../support/followedJob';
import { localHost, type LocalHost } from '../support/localHost';

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`following a job of pueue ${version}`, function () {
    this.timeout(60_000);
    let host: PueueHost;
    let local: LocalHost;
    let watched: WatchedHost;
    const running: FollowedJob[] = [];

    before(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      await host.must(['parallel', '10']);
      local = localHost(host.env);
      watched = new WatchedHost(local.reader);
      await watched.refresh();
    });

    afterEach(() => {
      for (const followed of running.splice(0)) followed.stop();
    });

    after(async () => {
      watched.watch.close();
      await host.stop();
    });

    const follow = (...[id, lines]: [number, number?]): FollowedJob => {
      const followed = followJob(watched, { id }, lines);
      running.push(followed);
      return followed;
    };
    const until = (id: number, state: LabState): Promise<void> => untilStates(host, new Map([[id, state]]));
    async function add(command: string, state: LabState, options: Parameters<PueueHost['add']>[1] = {}) {
      const id = await host.add(command, options);
      await until(id, state);
      await watched.refresh();
      return id;
    }
    const file = (id: number): string => join(host.folder, `pueue/task_logs/${id}.log`);
    let gates = 0;
    /** A command that waits for a file, and what makes it. */
    function gate(): { readonly wait: string; readonly open: () => Promise<void> } {
      const path = join(host.home, `gate-${++gates}`);
      return { wait: `while [ ! -e ${path} ]; do sleep 0.02; done`, open: () => writeFile(path, '') };
    }

    it('shows what it has written, what it writes, and how it ended', async () => {
      const { wait, open: go } = gate();
      const id = await add(`echo one; ${wait}; echo two; exit 3`, 'Running', { label: 'SWEEP@1' });
      const { screen, end } = follow(id);
      await screen.until(({ text }) => text === 'one\n');
      await go();
      assert.deepEqual(await end, { hasLog: true });
      assert.equal(screen.text, 'one\ntwo\n');
      assert.match(
        screen.said.at(-1)!,
        new RegExp(`^Job ${id} \\(SWEEP@1\\) failed with exit code 3 after .+\\.$`, 'u'),
      );
      assert.equal(screen.said.length, 2, screen.said.join('\n'));
    });

    it('begins with as many lines as are asked for, and says how much is before them', async () => {
      const id = await add('seq 1 100000', 'Success');
      const { screen, end } = follow(id, 3);
      await end;
      assert.equal(screen.text, '99998\n99999\n100000\n');
      assert.match(screen.said[1]!, /^589 KB before this are not shown here: Open Log\.$/u);
      const none = follow(id, 0);
      await none.end;
      assert.equal(none.screen.text, '');
    });

    it('shows all of a log that has fewer lines, and the unfinished last one', async () => {
      const id = await add(String.raw`printf 'a\nb\nc'`, 'Success');
      for (const [lines, text] of [
        [3, 'a\nb\nc'],
        [2, 'b\nc'],
        [1, 'c'],
      ] as const) {
        const { screen, end } = follow(id, lines);
        await end;
        assert.equal(screen.text, text);
      }
    });

    it('waits for a job that was not started, says for what, and shows all of it then', async () => {
      const { wait, open: go } = gate();
      const first = await add(wait, 'Running');
      const id = await add('seq 1 1000', 'Queued', { after: [first] });
      const { screen, end } = follow(id, 2);
      await screen.until(({ said }) => said.length === 2);
      assert.equal(screen.said[1], `Not started yet: waits for job ${first}.`);
      await host.must(['stash', String(id)]);
      await screen.until(({ said }) => said.length === 3);
      assert.equal(screen.said[2], 'Not started yet: starts only when enqueued.');
      await host.must(['enqueue', String(id)]);
      await go();
      await end;
      assert.equal(screen.text.split('\n').length, 1001);
      assert.ok(screen.has(/^Started /u));
    });

    it('says what was paused and resumed', async () => {
      const { wait, open: go } = gate();
      const id = await add(wait, 'Running');
      const { screen, end } = follow(id);
      await host.must(['pause', String(id)]);
      await screen.until(({ said }) => said.includes('Paused.'));
      await host.must(['start', String(id)]);
      await screen.until(({ said }) => said.includes('Resumed.'));
      await go();
      await end;
    });

    it('tells a restart in place from more output, though the later run prints the same', async () => {
      const { wait, open: go } = gate();
      const id = await add(`seq 1 1000; ${wait}; echo end`, 'Running');
      const { screen, end } = follow(id, 2000);
      await screen.until(({ size }) => size > 3000);
      const once = screen.size;
      // While the link is away the job is killed and started again, and comes just as far.
      watched.setOutage(linkLost('lab', 'test'));
      await host.must(['kill', String(id)]);
      await until(id, 'Killed');
      await host.must(['restart', '--in-place', String(id)]);
      await until(id, 'Running');
      while ((await stat(file(id))).size < once) await watched.refresh();
      await watched.refresh();
      watched.setOutage(null);
      await screen.until(({ size }) => size >= 2 * once);
      await go();
      await end;
      assert.equal(screen.text.slice(once), await readFile(file(id), 'utf8'));
      assert.match(
        screen.said.slice(1, -1).join('\n'),
        /^.*the link was lost.*\nThe host is back after .*\nRestarted in place: .*$/u,
      );
    });

    it('does not show the log of an earlier run while a restarted job waits', async () => {
      const id = await add('echo run; false', 'Failed');
      await host.must(['restart', '--in-place', '--stashed', String(id)]);
      await until(id, 'Stashed');
      await watched.refresh();
      const { screen, end } = follow(id);
      assert.equal(await readFile(file(id), 'utf8'), 'run\n');
      await screen.until(({ said }) => said.length === 2);
      assert.equal(screen.text, '');
      await host.must(['enqueue', String(id)]);
      await end;
      assert.equal(screen.text, 'run\n');
    });

    it('says that the log was emptied, and goes on with its first byte', async () => {
      const { wait, open: go } = gate();
      const id = await add(`seq 1 100; ${wait}; echo last`, 'Running');
      const { screen, end } = follow(id);
      await screen.until(({ size }) => size === 292);
      await truncate(file(id), 0);
      await screen.until(({ said }) => said.some((line) => line.startsWith('The log was emptied')));
      await appendFile(file(id), 'anew\n');
      await screen.until(({ size }) => size === 297);
      // The same size and other bytes; and the same bytes under another time, which is no news.
      const handle = await open(file(id), 'r+');
      await handle.write('ANEW\n', 0);
      await handle.close();
      await screen.until(({ size }) => size === 302);
      await utimes(file(id), new Date(), new Date());
      await appendFile(file(id), 'more\n');
      await screen.until(({ size }) => size === 307);
      assert.ok(screen.text.endsWith('100\nanew\nANEW\nmore\n'), screen.text.slice(290));
      await go();
      await end;
    });

    it('that is written anew with what it held, in its inode, shows nothing twice', async () => {
      const { wait, open: go } = gate();
      const id = await add(`echo same; ${wait}; echo last`, 'Running');
      const { screen, end } = follow(id);
      await screen.until(({ size }) => size === 5);
      const before = watched.requests.length;
      const handle = await open(file(id), 'r+');
      await handle.write('same\n', 0);
      await handle.close();
      while (watched.requests.length < before + 2) await watched.refresh();
      await go();
      await end;
      assert.equal(screen.text.split('same').length, 2);
      assert.ok(!screen.has(/emptied/u));
    });

    it('goes on with a file that took the place of the log, and ends where the job is removed', async () => {
      const { wait, open: go } = gate();
      const id = await add(`echo one; ${wait}`, 'Running');
      const { screen, end } = follow(id);
      await screen.until(({ size }) => size === 4);
      await writeFile(`${file(id)}.new`, 'two\n');
      await rename(`${file(id)}.new`, file(id));
      await screen.until(({ size }) => size === 8);
      await rm(file(id));
      await screen.until(({ said }) => said.some((line) => line.startsWith('There is no log at ')));
      await writeFile(file(id), 'three\n');
      await screen.until(({ size }) => size === 14);
      assert.equal(screen.text, 'one\ntwo\nthree\n');
      await go();
      await end;
    });

    it('that was cleaned, or whose number another job has got, ends with that', async () => {
      const { wait, open: go } = gate();
      const id = await host.add(`echo x; ${wait}`, { stashed: true });
      await watched.refresh();
      const { createdAt } = watched.state.reading!.snapshot.queue.jobs.find((each) => each.id === id)!;
      const waits = followJob(watched, { id, createdAt });
      await host.must(['remove', String(id)]);
      assert.deepEqual(await waits.end, { hasLog: false });
      assert.match(waits.screen.said.at(-1)!, /is no longer in the queue\. Refresh the host\./u);
      assert.equal(await add('echo other', 'Success'), id);
      const replaced = followJob(watched, { id, createdAt });
      assert.deepEqual(await replaced.end, { hasLog: false });
      assert.match(replaced.screen.said.at(-1)!, /is another job than the one asked for/u);
      assert.equal(replaced.screen.text, '');
      await go();
    });

    it('says the result of each kind of end', async () => {
      const killed = await add('sleep 60', 'Running');
      const { screen, end } = follow(killed);
      await host.must(['kill', String(killed)]);
      await end;
      assert.match(
        screen.said.at(-1)!,
        / was killed after \d+ m?s\. Its programs may still be alive: Audit finds them\.$/u,
      );
      const child = await add('echo no', 'DependencyFailed', { after: [killed] });
      await writeFile(file(child), 'of an earlier run\n');
      const never = follow(child);
      assert.deepEqual(await never.end, { hasLog: false });
      assert.match(never.screen.said.at(-1)!, /was never started, because a job that it depends on failed\.$/u);
      assert.equal(never.screen.text, '');
    });

    it('of 2 GB, and without a line feed, costs a part of it', async () => {
      const id = await add('echo begin', 'Success');
      const handle = await open(file(id), 'r+');
      await handle.truncate(2 * 1024 ** 3);
      await handle.write('end', 2 * 1024 ** 3 - 3);
      await handle.close();
      const began = performance.now();
      const { screen, end } = follow(id);
      await end;
      assert.ok(performance.now() - began < 5000);
      assert.equal(screen.size, 1 << 20);
      assert.equal(screen.bytes.subarray(-3).toString(), 'end');
      await truncate(file(id), 0);
    });

    it('leaves out what comes faster than it can be shown, says how much, and has the last lines right', async () => {
      const { wait, open: go } = gate();
      const id = await add(`echo begin; ${wait}`, 'Running');
      const { screen, end } = follow(id);
      await screen.until(({ size }) => size === 6);
      const lines = Array.from({ length: 1_500_000 }, (_none, index) => `line ${index}\n`).join('');
      await appendFile(file(id), lines);
      await screen.until(({ text }) => text.endsWith('line 1499999\n'));
      const left = Number(
        /\((\d+) bytes\) are left out/u.exec(screen.said.find((line) => /left out/u.test(line))!)![1],
      );
      assert.equal(screen.size + left, (await stat(file(id))).size);
      assert.match(screen.text.slice(6), /^line \d+\n/u);
      await go();
      await end;
    });

    it('of 10 MB a second is shown ten times a second at most, costs little memory, and stops at once', async () => {
      const id = await add(
        `python3 -c "
import time
n = 0
for tenth in range(50):
    print('\\n'.join('%015d' % (n + each) for each in range(65536)), flush=True)
    n += 65536
    time.sleep(0.1)
"`,
        'Running',
      );
      const helper = /helper (\d+) is up/u.exec(local.log.lines.join('\n'))![1]!;
      const memory = async (): Promise<number> =>
        Number(/^VmRSS:\s+(\d+) kB/mu.exec(await readFile(`/proc/${helper}/status`, 'utf8'))![1]) * 1024;
      const before = await memory();
      const { screen, end } = follow(id);
      const stopped = follow(id);
      await stopped.screen.until(({ size }) => size > 1e6);
      const began = performance.now();
      stopped.stop();
      assert.equal(await stopped.end, null);
      assert.ok(performance.now() - began < 1000, 'it stops at once');
      await end;
      assert.ok((await memory()) - before < 64e6, `${(await memory()) - before} bytes`);
      const gaps = screen.updates.slice(1).map((at, index) => at - screen.updates[index]!);
      assert.ok(Math.min(...gaps) >= 100, String(Math.min(...gaps)));
      assert.ok(screen.has(/left out/u));
      assert.ok(screen.text.endsWith('000000003276798\n000000003276799\n'));
    });

    it('reads no log that was last written before the run began', async () => {
      const { wait, open: go } = gate();
      const id = await add(`echo x; ${wait}`, 'Running');
      await utimes(file(id), new Date('2020-01-01'), new Date('2020-01-01'));
      const { screen, end } = follow(id);
      await screen.until(({ said }) => said.some((line) => /before the run began/u.test(line)));
      assert.equal(screen.text, '');
      await go();
      await end;
    });
  });
