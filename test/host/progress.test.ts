/** How far running jobs are by the end of their output: real jobs of both versions, and what programs print. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { ProgressOfJobs } from '../../src/core/pueue/progress';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { FakeHosts } from '../support/fakePueue';
import { localHost, type LocalHost } from '../support/localHost';

const signal = new AbortController().signal;
const progressOf = async ({ reader }: LocalHost): Promise<ProgressOfJobs> =>
  (await reader.read(signal, 15_000)).progress;

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`the progress of jobs of pueue ${version}`, () => {
    let host: PueueHost;
    let local: LocalHost;

    before(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      local = localHost(host.env);
    });

    after(async () => {
      local.reader.close();
      await host.stop();
    });

    it('is read while they run, and not of jobs that show none or are over', async () => {
      await host.must(['parallel', '3']);
      const bar = String.raw`printf "\r  7%%%%|#   | 71/1000 [00:01<00:13, 71it/s]\r  8%%%%|#   | 80/1000 [00:01<00:13, 71it/s]"`;
      const shows = await host.add(`${bar.replaceAll('%%%%', '%%')}; exec sleep 1000`);
      const silent = await host.add('echo load 45%; exec sleep 1000');
      const over = await host.add(`echo "step 3/10"`);
      const states = [
        [shows, 'Running'],
        [silent, 'Running'],
        [over, 'Success'],
      ] as const;
      await untilStates(host, new Map(states));
      let found = await progressOf(local);
      // pueue says that a job runs before the job has printed anything.
      for (let tries = 0; tries < 50 && found.size === 0; tries++) found = await progressOf(local);
      assert.deepEqual([...found.keys()], [shows]);
      assert.equal(found.get(shows)!.fraction, 0.08);
      assert.ok(Math.abs(found.get(shows)!.modified - Date.now() / 1000) < 60);
    });
  });

describe('the end of an output', () => {
  const hosts = new FakeHosts();
  const start = '2026-01-02T03:04:05.000000000Z';

  async function laysRunning(count: number): Promise<(id: number) => string> {
    const tasks = Array.from({ length: count }, (_none, id) => ({
      ...{ id, group: 'default', label: null, command: 'run', original_command: 'run', path: '/srv', priority: 0 },
      ...{ envs: {}, dependencies: [], created_at: start, status: { Running: { enqueued_at: start, start } } },
    }));
    const groups = { default: { status: 'Running', parallel_tasks: 0 } };
    await hosts.pueue.prints(
      JSON.stringify({ tasks: Object.fromEntries(tasks.map((each) => [each.id, each])), groups }),
    );
    return (id) => join(hosts.pueue.data, `task_logs/${id}.log`);
  }

  const table: readonly (readonly [output: string, fraction: number | null])[] = [
    // tqdm, with a description, over a link of the bar to itself, and with units.
    ['  45%|████▌     | 45/100 [00:12<00:15, 3.5it/s]', 0.45],
    ['Downloading:   7%|▋  | 71/1000 [00:01<?]\r  8%|▋| 80/1000 [', 0.08],
    ['100%|██████████| 1.20k/1.20k [00:00<00:00, 3MB/s]', 1],
    ['12%|█| 1.2G/10.0G [', 0.12],
    ['\u001b[32m45%\u001b[0m|██| 45/100 [', 0.45],
    // CMake, Ninja, pip, rich, Keras, rsync, wget, curl.
    ['[ 45%] Building CXX object a.o', 0.45],
    ['[3/10] Linking', 0.3],
    ['   ━━━━━━━━━━━━━━━━━━━━╸━━━━━━━━ 4.5/9.0 MB 2.3 MB/s eta 0:00:03', 0.5],
    ['Working... ━━━━━━━━━━━━━━━━━━━━━━━━━  45% 0:00:12', 0.45],
    ['Epoch 3/10\n 45/100 [====>....] - loss: 0.1', 0.245],
    ['  1,234,567  45%  12.3MB/s  0:00:12', 0.45],
    ['Receiving objects:  45% (450/1000), 1.20 MiB | 2.00 MiB/s', 0.45],
    // Words.
    ['  45.2 %', 0.452],
    ['step 1200/5000 loss 0.3', 0.24],
    ['Step: 1200/5000, acc 93.2', 0.24],
    ['Epoch 3/10', 0.2],
    ['Epoch 3/10:  50%|█████     | 5/10 [00:01', 0.25],
    ['processing file 3 of 12', 0.25],
    ['Progress: 45%', 0.45],
    ['45% complete', 0.45],
    ['step 4/8\nsaved\n', 0.5],
    // What could be something else.
    ['CPU 45%', null],
    ['accuracy: 93.2%', null],
    ['93.2% accuracy', null],
    ['2024/05/06 12:00', null],
    ['3/10', null],
    ['disk 80% used', null],
    ['Epoch 3: 50%|███| 5/10 [', null],
    ['45% done, 20% complete', null],
    ['45%|x| 46%|x|', null],
    ['used 3 GB (45%)', null],
    ['accuracy rose [45%]', null],
    ['45%|██| 90/100 [', null],
    ['step 12/10', null],
    ['step 3/0', null],
    ['200%|x|', null],
    [`45%|██| 45/100 [\n${'x\n'.repeat(11)}`, null],
    ['', null],
    ['\u0000\ufffd', null],
    // Of a line that does not begin within what is read nothing is known.
    [`${'█'.repeat(5000)} 45%`, null],
    [`${'x'.repeat(10_000)}\nstep 1/2`, 0.5],
  ];

  it('says how far a job is where it is clear, and otherwise nothing', async () => {
    const log = await laysRunning(table.length);
    await Promise.all(table.map(([output], id) => writeFile(log(id), output)));
    const found = await progressOf(hosts.host());
    for (const [id, [output, fraction]] of table.entries()) {
      const shown = found.get(id)?.fraction ?? null;
      const isSame = shown === fraction || (shown !== null && fraction !== null && Math.abs(shown - fraction) < 1e-9);
      assert.ok(isSame, `${JSON.stringify(output.slice(-80))}: ${String(shown)}`);
    }
  });

  it('is looked at again when the log has grown or was begun anew, and is of this run', async () => {
    const log = await laysRunning(1);
    const local = hosts.host();
    const fraction = async (): Promise<number | undefined> => (await progressOf(local)).get(0)?.fraction;
    await writeFile(log(0), 'step 1/4\n');
    assert.equal(await fraction(), 0.25);
    await appendFile(log(0), 'step 2/4\n');
    assert.equal(await fraction(), 0.5);
    await truncate(log(0));
    assert.equal(await fraction(), undefined);
    await writeFile(log(0), 'step 3/4\n');
    assert.equal(await fraction(), 0.75);
    // A log that was last written before the job began is of the run before.
    const before = Date.parse(start) / 1000 - 60;
    await utimes(log(0), before, before);
    assert.equal(await fraction(), undefined);
  });

  it('leaves the host as numbers only', async () => {
    const log = await laysRunning(1);
    await writeFile(log(0), 'token geheim-7f31 step 1/4 geheim-7f31\n');
    const local = hosts.host();
    assert.equal((await progressOf(local)).get(0)?.fraction, 0.25);
    // A sign of life may be answered behind it.
    const replies = local.tap
      .replies()!
      .map(({ deflated, bytes }) => (deflated ? inflateSync(bytes) : bytes).toString());
    assert.ok(replies.some((text) => text.includes('"progress"')));
    assert.ok(!replies.some((text) => text.includes('geheim')));
  });

  it('is of the fifty newest jobs, and of no log that is something else than a file', async () => {
    const log = await laysRunning(60);
    await Promise.all(Array.from({ length: 58 }, (_none, index) => writeFile(log(2 + index), 'step 1/4\n')));
    await mkdir(log(0));
    await symlink('/dev/zero', log(1));
    const found = await progressOf(hosts.host());
    assert.ok(!found.has(0) && !found.has(1));
    assert.ok(found.size >= 48 && found.size <= 50, String(found.size));
  });
});
