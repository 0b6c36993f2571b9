/** Checkpoints put into quarantine, restored and deleted, on real daemons and real files. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntryTarget, MoveEntries } from '../../src/core/acts/hostAct';
import type { CheckpointEntry, HostSnapshot } from '../../src/core/snapshot';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { localHost, type LocalHost } from '../support/localHost';

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
  });
