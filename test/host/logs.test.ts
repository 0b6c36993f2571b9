/** Logs of real jobs of both versions, read by the real helper: parts, edges, and whose output it is. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, open, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogPart, LogRequest } from '../../src/core/log/logOfRun';
import { isProblemError, type Problem } from '../../src/core/problem';
import { startOf, type Job } from '../../src/core/pueue/job';
import type { PueueHost } from '../lab/pueueHost';
import { startPueueHost } from '../lab/pueueHost';
import { untilStates, type LabState } from '../lab/queueState';
import { FakeHosts } from '../support/fakePueue';
import { recordedStatus } from '../support/fixtures';
import { localHost, type LocalHost } from '../support/localHost';

const signal = new AbortController().signal;
const wholePart = 1 << 20;

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`the log of a job of pueue ${version}`, () => {
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

    const read = (asked: Partial<LogRequest> & { id: number }): Promise<LogPart> =>
      local.reader.readLog({ createdAt: null, start: null, before: null, bytes: wholePart, ...asked }, signal, 15_000);
    async function problem(asked: Partial<LogRequest> & { id: number }): Promise<Problem> {
      try {
        await read(asked);
      } catch (error) {
        assert.ok(isProblemError(error), String(error));
        return error.problem;
      }
      throw new Error('the log was read');
    }
    const until = (id: number, state: LabState): Promise<void> => untilStates(host, new Map([[id, state]]));
    async function add(command: string, state: LabState, options: Parameters<PueueHost['add']>[1] = {}) {
      const id = await host.add(command, options);
      await until(id, state);
      return id;
    }
    async function job(id: number): Promise<Job> {
      const { queue } = await local.reader.read(signal, 15_000);
      return queue.jobs.find((each) => each.id === id)!;
    }
    const text = ({ bytes }: LogPart): string => Buffer.from(bytes).toString();
    const file = (id: number): string => join(host.folder, `pueue/task_logs/${id}.log`);

    it('is read whole, with the job, the run and the file that it is of', async () => {
      const id = await add('echo out; echo err >&2; exit 3', 'Failed', { label: 'SWEEP@1' });
      const part = await read({ id });
      assert.deepEqual(text(part).split('\n').sort(), ['', 'err', 'out']);
      assert.deepEqual([part.size, part.from, part.path], [8, 0, file(id)]);
      assert.equal(part.inode, (await stat(file(id))).ino);
      assert.equal(part.job.label, 'SWEEP@1');
      assert.equal(part.start, startOf((await job(id)).state));
      assert.ok(Math.abs(part.takenAt - Date.now() / 1000) < 60);
    });

    it('is read in parts from its end, and only the part that is asked for is sent', async () => {
      const id = await add('seq 1 200000', 'Success');
      const whole = await readFile(file(id));
      const before = local.tap.bytesReceived;
      const last = await read({ id, bytes: 1000 });
      assert.ok(local.tap.bytesReceived - before < 10_000, 'the rest of the file stays on the host');
      assert.deepEqual(Buffer.from(last.bytes), whole.subarray(-1000));
      assert.deepEqual([last.size, last.from], [whole.length, whole.length - 1000]);
      const earlier = await read({ id, before: last.from, bytes: 1000 });
      assert.deepEqual(Buffer.from(earlier.bytes), whole.subarray(-2000, -1000));
      const first = await read({ id, before: 10, bytes: 1000 });
      assert.deepEqual([first.from, text(first)], [0, '1\n2\n3\n4\n5\n']);
    });

    it('keeps every byte, whatever it is', async () => {
      const id = await add(String.raw`printf 'a\000\377\033[31m\303\244\342\202'`, 'Success');
      assert.equal(Buffer.from((await read({ id })).bytes).toString('hex'), '6100ff1b5b33316dc3a4e282');
    });

    it('of 2 GB costs no more than the part that is asked for', async () => {
      const id = await add('echo begin', 'Success');
      const handle = await open(file(id), 'r+');
      await handle.truncate(2 * 1024 ** 3);
      await handle.write('end\n', 2 * 1024 ** 3 - 4);
      await handle.close();
      const began = performance.now();
      const part = await read({ id, bytes: 4 });
      assert.deepEqual([text(part), part.size], ['end\n', 2 * 1024 ** 3]);
      assert.ok(performance.now() - began < 5000);
    });

    it('of a running job is what it has written so far', async () => {
      const go = join(host.home, `go-${version}`);
      const id = await add(`echo one; while [ ! -e ${go} ]; do sleep 0.05; done; echo two`, 'Running');
      // The job writes its line when it likes.
      let part = await read({ id });
      while (part.size === 0) part = await read({ id });
      assert.deepEqual([text(part), part.job.state.kind], ['one\n', 'running']);
      await writeFile(go, '');
      await until(id, 'Success');
      assert.equal(text(await read({ id, start: part.start })), 'one\ntwo\n');
    });

    it('without any output is empty, and is that of its run', async () => {
      const part = await read({ id: await add('true', 'Success') });
      assert.deepEqual([part.size, part.from, part.bytes.length], [0, 0, 0]);
    });

    it('is not shown for a job that waits or was never started, though a file of an earlier run may lie there', async () => {
      const stashed = await add('echo x', 'Stashed', { stashed: true });
      assert.match((await problem({ id: stashed })).message, /has no log: it is stashed and has not been started/u);
      const failed = await add('echo earlier; false', 'Failed');
      await host.must(['restart', '--in-place', '--stashed', String(failed)]);
      await until(failed, 'Stashed');
      assert.equal(await readFile(file(failed), 'utf8'), 'earlier\n', 'pueue leaves the file until the next start');
      assert.equal((await problem({ id: failed })).code, 'refused');
    });

    it('is not shown for a job whose dependency failed', async () => {
      const first = await add('false', 'Failed');
      const second = await add('echo x', 'DependencyFailed', { after: [first] });
      await writeFile(file(second), 'of an earlier run\n');
      assert.match((await problem({ id: second })).message, /a job that it depends on failed/u);
    });

    it('that was restarted in place is not taken for the log of the earlier run', async () => {
      const id = await add('date +%N; exit 1', 'Failed');
      const { start } = await read({ id });
      await host.must(['restart', '--in-place', String(id)]);
      let again = await job(id);
      while (startOf(again.state) === null || startOf(again.state) === start || again.state.kind !== 'done')
        again = await job(id);
      const { code, message } = await problem({ id, start });
      assert.equal(code, 'stale');
      assert.match(message, /was started again: its log is of the run of .*, and the one asked for began /u);
      assert.equal((await read({ id, start: startOf(again.state) })).start, startOf(again.state));
    });

    it('of a number that came back is not taken for the log of the removed job', async () => {
      const id = await add('echo first', 'Success');
      const { createdAt } = await job(id);
      await host.must(['remove', String(id)]);
      assert.match((await problem({ id, createdAt })).message, new RegExp(`job ${id} is no longer in the queue`, 'u'));
      assert.equal(await add('echo second', 'Success'), id, 'pueue gives the number again');
      const { code, message } = await problem({ id, createdAt });
      assert.equal(code, 'stale');
      assert.match(message, /is another job than the one asked for/u);
      assert.equal(text(await read({ id, createdAt: (await job(id)).createdAt })), 'second\n');
    });

    it('that was last written before the run began is said to be of an earlier run', async () => {
      const id = await add('echo x', 'Success');
      await utimes(file(id), new Date('2020-01-01'), new Date('2020-01-01'));
      const { code, message } = await problem({ id });
      assert.equal(code, 'stale');
      assert.match(message, /last written 2020-01-01 00:00:00 UTC, before the run began/u);
    });

    it('that is gone, or no file, is said to be so, with its place', async () => {
      const id = await add('echo x', 'Success');
      await rm(file(id));
      assert.ok((await problem({ id })).message.includes(`no log file at ${file(id)}`));
      await mkdir(file(id));
      assert.match((await problem({ id })).message, /cannot be read \(not a file\)/u);
      await rm(file(id), { recursive: true });
      await symlink(file(id), file(id));
      assert.match((await problem({ id })).message, /cannot be read \(ELOOP\)/u);
      await rm(file(id));
    });

    it('of a job that could not be spawned is what pueue wrote about it', async () => {
      const directory = join(host.home, 'gone');
      await mkdir(directory);
      const id = await host.add('true', { directory, stashed: true });
      await rm(directory, { recursive: true });
      await host.must(['enqueue', String(id)]);
      await until(id, 'FailedToSpawn');
      assert.match(text(await read({ id })), /spawn/u);
    });

    it('carries no environment, and no other job', async () => {
      const secret = 'canary-log-77aa';
      const id = await add('echo x', 'Success', { env: { SECRET: secret } });
      const other = await add('echo other-command-9', 'Success');
      const quiet = localHost(host.env);
      try {
        await quiet.reader.readLog({ id, createdAt: null, start: null, before: null, bytes: 10 }, signal, 15_000);
        const said = await quiet.tap.said();
        assert.ok(!said.includes(secret));
        assert.ok(!said.includes('other-command-9'), `job ${other} was not asked for`);
        assert.ok(said.includes('task_logs'), 'the tap sees what is said');
      } finally {
        quiet.reader.close();
      }
    });

    it('that a writer goes on with is cut where it was when it was read', async () => {
      const id = await add('echo x', 'Success');
      const part = await read({ id });
      await appendFile(file(id), 'more\n');
      assert.equal(text(await read({ id, before: part.size })), 'x\n');
    });
  });

describe('the log of a job that is started again while it is read', () => {
  const hosts = new FakeHosts();

  it('is not shown: the queue is read behind the file too', async () => {
    const { pueue } = hosts;
    await writeFile(join(pueue.data, 'task_logs/0.log'), 'of which run?\n');
    const looked = join(pueue.home, 'looked');
    const [start] = /(?<="start": ")[^"]+/u.exec(recordedStatus('4.0.4'))!;
    const later = start.replace('T07:22', 'T07:59');
    await pueue.runs(
      `if [ -e ${looked} ]; then sed 's/${start}/${later}/' ${pueue.status}; else cat ${pueue.status}; fi; touch ${looked}`,
    );
    const asked = { id: 0, createdAt: null, start, before: null, bytes: wholePart };
    await assert.rejects(hosts.host().reader.readLog(asked, signal, 15_000), (error) => {
      assert.ok(isProblemError(error), String(error));
      assert.match(error.problem.message, /while the log was read/u);
      return error.problem.code === 'stale';
    });
  });
});
