/** Checkpoints put into quarantine, restored and deleted, on real daemons and real files. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { EntryTarget, MoveEntries } from '../../src/core/acts/hostAct';
import { groundOf } from '../../src/core/checkpoint/mayWrite';
import { seenAfter } from '../../src/core/checkpoint/moveText';
import type { CheckpointEntry, HostSnapshot, QuarantineFolder } from '../../src/core/snapshot';
import { startOf, stateName } from '../../src/core/pueue/job';
import { processesAtHome } from '../lab/processes';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { localHost, type LocalHost } from '../support/localHost';

async function untilThere(path: string): Promise<void> {
  const until = performance.now() + 10_000;
  while (!existsSync(path)) {
    assert.ok(performance.now() < until, path);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const helpersOf = (home: string): readonly { pid: number }[] =>
  processesAtHome(home).filter(({ pid }) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('python'));

const signal = new AbortController().signal;

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`quarantine, on pueue ${version}`, () => {
    let host: PueueHost;
    let local: LocalHost;
    let root: string;

    beforeEach(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      root = join(host.home, 'checkpoints');
      await mkdir(root);
      local = localHost(host.env, { checkpoints: ['~/checkpoints'] });
    });

    afterEach(async () => {
      local.reader.close();
      await host.stop();
    });

    const read = (): Promise<HostSnapshot> => local.reader.read(signal, 15_000);
    const write = (name: string, text = name): Promise<void> => writeFile(join(root, name), text);
    const target = ({ path, kind, bytes, modified, inode }: CheckpointEntry): EntryTarget => ({
      ...{ path, kind, bytes, modified, inode },
    });
    const act = (verb: MoveEntries['verb'], entries: readonly CheckpointEntry[]): MoveEntries => ({
      ...{ kind: 'entries', id: randomUUID(), verb, root, entries: entries.map(target), ground: [] },
    });

    it('moves what was agreed to, lists it, and brings it back under its name', async () => {
      await write('a.json');
      await write('b.json');
      await mkdir(join(root, 'c'));
      await writeFile(join(root, 'c/part'), 'x');
      const before = await read();
      const entries = before.checkpoints[0]!.entries.filter(({ path }) => !path.endsWith('b.json'));
      const moved = await local.reader.act(act('quarantine', entries), 15_000);
      assert.deepEqual(new Set(moved.targets.map(({ outcome }) => outcome)), new Set(['done']));
      assert.deepEqual(await readdir(root), ['b.json']);

      const [quarantine] = (await read()).quarantines;
      const [folder] = quarantine!.folders;
      assert.deepEqual(folder!.entries.map(({ path }) => path).sort(), moved.targets.map(({ why }) => why).sort());
      assert.ok(folder!.hasManifest && Math.abs(folder!.since - Date.now() / 1000) < 60);
      assert.equal((await stat(folder!.path)).mode & 0o777, 0o700);

      const restored = await local.reader.act(act('restore', folder!.entries), 15_000);
      assert.deepEqual(new Set(restored.targets.map(({ outcome }) => outcome)), new Set(['done']));
      assert.deepEqual((await readdir(root)).sort(), ['a.json', 'b.json', 'c']);
      assert.equal(await readFile(join(root, 'a.json'), 'utf8'), 'a.json');
      assert.deepEqual((await read()).quarantines, []);
      assert.ok(!existsSync(quarantine!.path));
    });

    it('moves nothing where one entry is another by now', async () => {
      await write('a.json');
      await write('b.json');
      const [directory] = (await read()).checkpoints;
      await write('b.json.tmp', 'b.json');
      await rename(join(root, 'b.json.tmp'), join(root, 'b.json'));
      await assert.rejects(
        local.reader.act(act('quarantine', directory!.entries), 15_000),
        /b\.json is another one by now/u,
      );
      assert.deepEqual((await readdir(root)).sort(), ['a.json', 'b.json']);
    });

    it('refuses what a process has open for writing, naming it, a process of a job that pueue calls killed too', async () => {
      await write('a.json');
      await mkdir(join(root, 'run'));
      const program = `exec 3>>"${root}/run/part"; echo $$ > "${host.home}/pid"; exec sleep 1000`;
      const id = await host.add(`setsid sh -c '${program}' & wait`);
      await untilThere(join(host.home, 'pid'));
      await host.must(['kill', String(id)]);
      await untilStates(host, new Map([[id, 'Killed']]));
      const [directory] = (await read()).checkpoints;
      await assert.rejects(
        local.reader.act(act('quarantine', directory!.entries), 15_000),
        /process \d+ \(sleep\) has run open for writing/u,
      );
      assert.deepEqual((await readdir(root)).sort(), ['a.json', 'run']);
      assert.ok(!existsSync(`${root}.pueue-preflight-quarantine`));
      const single = directory!.entries.filter(({ path }) => path.endsWith('a.json'));
      assert.equal((await local.reader.act(act('quarantine', single), 15_000)).targets[0]!.outcome, 'done');
    });

    it('moves nothing of a killed job whose process lives on, also where that has nothing open at the moment', async () => {
      await write('a.json');
      const id = await host.add(`setsid sh -c 'echo $$ > "${host.home}/pid"; exec sleep 1000' & wait`);
      await untilThere(join(host.home, 'pid'));
      await host.must(['kill', String(id)]);
      await untilStates(host, new Map([[id, 'Killed']]));
      const [{ entries }, queue] = await read().then(({ checkpoints, queue }) => [checkpoints[0]!, queue] as const);
      const { createdAt, state } = queue.jobs.find((job) => job.id === id)!;
      const ground = [{ id, createdAt: createdAt!, start: startOf(state), state: stateName(state) }];
      await assert.rejects(
        local.reader.act({ ...act('quarantine', entries), ground }, 15_000),
        /process \d+ of job 0 still lives/u,
      );
      assert.deepEqual(await readdir(root), ['a.json']);
    });

    it('does nothing where a job began that nobody has judged, or one that was judged has changed', async () => {
      await write('a.json');
      const [directory] = (await read()).checkpoints;
      const id = await host.add('sleep 1000');
      await untilStates(host, new Map([[id, 'Running']]));
      await assert.rejects(local.reader.act(act('quarantine', directory!.entries), 15_000), /job 0 began meanwhile/u);
      const { queue } = await read();
      const ground = groundOf([null], { queue } as HostSnapshot);
      await host.must(['pause', String(id)]);
      await untilStates(host, new Map([[id, 'Paused']]));
      await assert.rejects(
        local.reader.act({ ...act('quarantine', directory!.entries), ground }, 15_000),
        /job 0 is paused by now/u,
      );
      assert.deepEqual(await readdir(root), ['a.json']);
    });

    it('writes over nothing: what has the name by now stays, and so does what lies in quarantine', async () => {
      await write('a.json', 'old');
      await mkdir(join(root, 'd'));
      await writeFile(join(root, 'd/part'), 'old');
      await local.reader.act(act('quarantine', (await read()).checkpoints[0]!.entries), 15_000);
      await write('a.json', 'new');
      await mkdir(join(root, 'd'));
      const entries = (await read()).quarantines[0]!.folders[0]!.entries;
      const answer = await local.reader.act(act('restore', entries), 15_000);
      assert.deepEqual(answer.targets.map(({ outcome, why }) => [outcome, why]), [['refused', 'exists'], ['refused', 'exists']]); // prettier-ignore
      assert.equal(await readFile(join(root, 'a.json'), 'utf8'), 'new');
      assert.deepEqual((await read()).quarantines[0]!.folders[0]!.entries, entries);
    });

    it('deletes what is old by its name and by its manifest, follows no link, and nothing else', async () => {
      await writeFile(join(host.home, 'precious'), 'x');
      await mkdir(join(root, 'd/e'), { recursive: true });
      await writeFile(join(root, 'd/e/part'), 'x');
      await symlink(join(host.home, 'precious'), join(root, 'd/link'));
      await symlink(host.home, join(root, 'home'));
      await local.reader.act(act('quarantine', (await read()).checkpoints[0]!.entries), 15_000);
      const folder = async (): Promise<QuarantineFolder> => (await read()).quarantines[0]!.folders[0]!;
      const young = await folder();
      const tries = async (expected: RegExp): Promise<void> => {
        const { entries } = await folder();
        await assert.rejects(local.reader.act(act('delete', entries), 15_000), expected);
        assert.equal((await folder()).entries.length, 2);
      };
      await tries(/is younger than 7 days/u);
      const old = join(dirname(young.path), basename(young.path).replace(/^\d{8}/u, '20200101'));
      await rename(young.path, old);
      await tries(/is younger than 7 days/u);
      const manifest = join(old, '.pueue-preflight-manifest.json');
      const text = await readFile(manifest, 'utf8');
      await writeFile(manifest, 'torn');
      await tries(/has no manifest that can be read/u);
      await writeFile(manifest, text.replace(/"at": [\d.]+/u, '"at": 1577836800'));
      const { entries } = await folder();
      const answer = await local.reader.act(act('delete', entries), 15_000);
      assert.deepEqual(
        answer.targets.map(({ outcome }) => outcome),
        ['done', 'done'],
      );
      assert.ok(existsSync(join(host.home, 'precious')) && existsSync(root));
      assert.ok(!existsSync(dirname(old)), 'an empty quarantine is none');
    });

    it('takes names as they are, and ten thousand of them', async () => {
      const names = ['-rf', ' ', 'a\nb', '$(touch x)', '"\'', '\u202e', '*', Buffer.from([0x61, 0xff, 0xfe])];
      for (const name of names) await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name)]), 'x');
      const before = await readdir(root, { encoding: 'buffer' });
      const moved = await local.reader.act(act('quarantine', (await read()).checkpoints[0]!.entries), 15_000);
      assert.deepEqual(new Set(moved.targets.map(({ outcome }) => outcome)), new Set(['done']));
      await local.reader.act(act('restore', (await read()).quarantines[0]!.folders[0]!.entries), 15_000);
      assert.deepEqual(new Set(await readdir(root, { encoding: 'latin1' })), new Set(before.map((name) => name.toString('latin1')))); // prettier-ignore

      await rm(root, { recursive: true });
      await mkdir(root);
      for (let count = 0; count < 10_000; count++) writeFileSync(join(root, `${count}.json`), '');
      const all = await local.reader.act(act('quarantine', (await read()).checkpoints[0]!.entries), 60_000);
      assert.equal(all.targets.filter(({ outcome }) => outcome === 'done').length, 10_000);
      assert.equal((await read()).quarantines[0]!.folders[0]!.entries.length, 10_000);
    });

    it('says where a directory leads to another one, and takes nothing outside of it', async () => {
      await rename(root, `${root}-real`);
      await symlink(`${root}-real`, root);
      await write('a.json');
      const [directory] = (await read()).checkpoints;
      const [entry] = directory!.entries;
      for (const path of [`${root}/../a`, `${root}/a/b`, `${root}/..`, `${root}/`, '/etc/passwd'])
        await assert.rejects(local.reader.act(act('quarantine', [{ ...entry!, path }]), 15_000), /badEntries/u, path);
      const { targets } = await local.reader.act(act('quarantine', [entry!]), 15_000);
      assert.ok(targets[0]!.why!.startsWith(`${root}-real.pueue-preflight-quarantine/`));
    });

    it('is told by looking where the host was killed in the middle: each entry is in one of two places', async () => {
      for (let count = 0; count < 3_000; count++) writeFileSync(join(root, `${count}.json`), String(count));
      const { entries } = (await read()).checkpoints[0]!;
      const moving = local.reader.act(act('quarantine', entries), 60_000);
      const shelf = `${root}.pueue-preflight-quarantine`;
      const until = performance.now() + 20_000;
      while (!existsSync(shelf) || readdirSync(root).length === 3_000) {
        assert.ok(performance.now() < until);
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const { pid } of helpersOf(host.home)) process.kill(pid, 'SIGKILL');
      await assert.rejects(moving, /begun, and what came of it is not recorded/u);
      const after = await read();
      const here = new Set(after.checkpoints[0]!.entries.map(({ inode }) => inode));
      const there = new Set(after.quarantines[0]!.folders[0]!.entries.map(({ inode }) => inode));
      assert.ok(there.size > 0);
      for (const { inode, path } of entries) assert.notEqual(here.has(inode), there.has(inode), path);
      for (const { inode, path } of entries.filter((each) => there.has(each.inode)))
        assert.equal(seenAfter('quarantine', path, inode, after).outcome, 'done');
    });
  });
