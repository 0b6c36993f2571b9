/** Jobs of real daemons, followed by the real helper: growth, restarts, emptied and replaced files, floods, and the end. */
import assert from 'node:assert/strict';
import { appendFile, open, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
      assert.match(screen.said.at(-1)!, new RegExp(`^Job ${id} \\(SWEEP@1\\) failed with exit code 3 after .+\\.$`, 'u'));
      assert.equal(screen.said.length, 2, screen.said.join('\n'));
    });
  });
