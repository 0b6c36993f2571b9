/** The first step of an emergency stop on real daemons: what is kept, what is drained, and what a bad day makes of it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BeginEmergency, JobTarget } from '../../src/core/acts/hostAct';
import { isProblemError, type Problem } from '../../src/core/problem';
import { startOf, stateName } from '../../src/core/pueue/job';
import { layLargeQueue } from '../lab/largeQueue';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { jobStates, untilStates, type LabState } from '../lab/queueState';
import { canarySecret, canaryVariable } from '../lab/scenarios';
import { localHost, type LocalHost } from '../support/localHost';

const timeoutMs = 30_000;

async function problemOf(asked: Promise<unknown>): Promise<Problem> {
  try {
    await asked;
  } catch (error) {
    if (isProblemError(error)) return error.problem;
    throw error;
  }
  throw new Error('it ended well');
}

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`the beginning of an emergency stop, on pueue ${version}`, () => {
    let host: PueueHost;
    let local: LocalHost;

    const folder = (): string => join(host.home, '.local/state/pueue-preflight');
    const targets = async (group: string | null = null): Promise<JobTarget[]> => {
      const { queue } = await local.reader.read(new AbortController().signal, timeoutMs);
      return queue.jobs
        .filter((job) => group === null || job.group === group)
        .map((job) => ({
          id: job.id,
          createdAt: job.createdAt!,
          start: startOf(job.state),
          state: stateName(job.state),
        }));
    };
    const act = async (more: Partial<BeginEmergency> = {}): Promise<BeginEmergency> => ({
      ...{ id: randomUUID(), kind: 'emergency', snapshotId: randomUUID(), group: null, deployId: randomUUID() },
      targets: await targets(more.group),
      ...more,
    });
    const begin = async (more: Partial<BeginEmergency> = {}) => local.reader.act(await act(more), timeoutMs);
    const statuses = async (): Promise<Record<string, string>> => {
      const groups = JSON.parse(await host.must(['group', '--json'])) as Record<string, { status: string }>;
      return Object.fromEntries(Object.entries(groups).map(([name, { status }]) => [name, status]));
    };
    const journal = async (): Promise<{ kind: string; data: Record<string, unknown> }[]> =>
      (await readFile(join(folder(), 'journal.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { kind: string; data: Record<string, unknown> });

    beforeEach(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      local = localHost(host.env);
      await host.must(['group', 'add', 'other']);
      while ((await statuses())['other'] === undefined) await new Promise((resolve) => setImmediate(resolve));
    });

    afterEach(async () => {
      local.reader.close();
      await host.stop();
    });

    /** One that runs, one that waits for it, one in another group that runs, and one that is over. */
    const lay = async () => {
      const env = { [canaryVariable]: canarySecret };
      const done = await host.add('true', { env, label: 'DONE@1' });
      await untilStates(host, new Map<number, LabState>([[done, 'Success']]));
      const running = await host.add('sleep 1000', { env, label: 'DOGEUSDT@250' });
      const waiting = await host.add('echo \'a b\' "$HOME"', { env, after: [running] });
      const other = await host.add('sleep 1001', { env, group: 'other' });
      await untilStates(host, new Map<number, LabState>([[running, 'Running'], [waiting, 'Queued'], [other, 'Running']])); // prettier-ignore
      return { done, running, waiting, other };
    };

    it('keeps every job with its environment for this user alone, drains all groups and lets running jobs run', async () => {
      const { running, waiting, other } = await lay();
      const asked = await act();
      const answer = await local.reader.act(asked, timeoutMs);
      assert.deepEqual(answer.targets.map(({ target, outcome }) => [target, outcome]).sort(), [
        ['default', 'done'],
        ['other', 'done'],
      ]);
      assert.deepEqual(await statuses(), { default: 'Paused', other: 'Paused' });
      assert.deepEqual(
        answer.live?.map(({ id, state }) => [id, state]),
        [
          [running, 'running'],
          [other, 'running'],
        ],
      );
      assert.equal(answer.recorded, true);
      const { path, jobs, bytes } = answer.snapshot;
      assert.equal(path, join(folder(), 'snapshots', `${asked.snapshotId}.json`));
      assert.deepEqual([jobs, bytes], [4, (await stat(path)).size]);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      assert.equal((await stat(join(folder(), 'snapshots'))).mode & 0o777, 0o700);
      const kept = JSON.parse(await readFile(path, 'utf8')) as {
        jobs: { id: number; environment: Record<string, string> }[];
      };
      const job = kept.jobs.find(({ id }) => id === waiting)!;
      const { environment, ...rest } = job;
      assert.equal(environment[canaryVariable], canarySecret);
      const target = asked.targets.find(({ id }) => id === waiting)!;
      assert.deepEqual(rest, {
        ...{ id: waiting, createdAt: target.createdAt, start: null, state: 'queued', exitCode: null },
        ...{ command: 'echo \'a b\' "$HOME"', directory: join(host.home, 'project'), group: 'default' },
        ...{ label: null, priority: 0, dependencies: [running] },
      });
      const intent = (await journal()).find(({ kind }) => kind === 'intent');
      assert.equal(intent?.data['deployId'], asked.deployId);
      assert.ok(!JSON.stringify(await journal()).includes(canarySecret), 'the journal holds no environment');
      assert.ok(!(await local.tap.said()).includes(canarySecret), 'no environment has left the host');
    });

    it('is read back without environments, newest first', async () => {
      const { waiting } = await lay();
      const first = await begin({ snapshotId: '00000000-0000-4000-8000-000000000001', group: 'other' });
      const second = await begin({ snapshotId: '00000000-0000-4000-8000-000000000002' });
      await writeFile(join(folder(), 'snapshots/00000000-0000-4000-8000-000000000003.json'), '{"version": 1, "jo');
      const { signal } = new AbortController();
      const list = await local.reader.readSnapshots(signal, timeoutMs);
      assert.deepEqual(
        list.snapshots.map(({ path, group, count }) => [path, group, count]),
        [
          [join(folder(), 'snapshots/00000000-0000-4000-8000-000000000003.json'), null, null],
          [second.snapshot.path, null, 4],
          [first.snapshot.path, 'other', 1],
        ],
      );
      const kept = await local.reader.readSnapshotJobs('00000000-0000-4000-8000-000000000002', signal, timeoutMs);
      assert.deepEqual([kept.jobs.length, kept.pueueVersion, kept.group], [4, version, null]);
      assert.equal(kept.jobs.find(({ id }) => id === waiting)?.command, 'echo \'a b\' "$HOME"');
      assert.ok(!(await local.tap.said()).includes(canarySecret), 'no environment has left the host');
      const ask = (last: number) =>
        problemOf(local.reader.readSnapshotJobs(`00000000-0000-4000-8000-00000000000${last}`, signal, timeoutMs));
      assert.equal((await ask(3)).code, 'refused');
      assert.equal((await ask(4)).code, 'invalidInput');
    });

    it('of a group leaves the others as they are', async () => {
      const { other } = await lay();
      const answer = await begin({ group: 'other' });
      assert.deepEqual(await statuses(), { default: 'Running', other: 'Paused' });
      assert.deepEqual(
        answer.live?.map(({ id }) => id),
        [other],
      );
      assert.equal(answer.snapshot.jobs, 1);
    });

    it('goes on where jobs have begun or ended by themselves, and keeps nothing of what came meanwhile', async () => {
      const { running, waiting, other } = await lay();
      const asked = await act();
      await host.must(['kill', String(running)]);
      await untilStates(host, new Map<number, LabState>([[running, 'Killed'], [waiting, 'DependencyFailed']])); // prettier-ignore
      await host.must(['remove', String(waiting)]);
      const added = await host.add('sleep 1002', { group: 'other' });
      const answer = await local.reader.act(asked, timeoutMs);
      assert.deepEqual(
        answer.live?.map(({ id }) => id),
        [other],
      );
      assert.equal(answer.snapshot.jobs, 3);
      assert.equal((await jobStates(host)).get(added), 'Queued');
    });

    it('finds groups that are drained already so, and runs nothing for them', async () => {
      await lay();
      await host.must(['pause', '--all', '--wait']);
      while (Object.values(await statuses()).some((status) => status !== 'Paused'))
        await new Promise((resolve) => setImmediate(resolve));
      const answer = await begin();
      assert.deepEqual([answer.commands, new Set(answer.targets.map(({ outcome }) => outcome))], [[], new Set(['alreadySo'])]); // prettier-ignore
    });

    it('does nothing where the snapshot cannot be kept, or none of the jobs is there', async () => {
      await lay();
      await mkdir(folder(), { recursive: true, mode: 0o700 });
      // A file stands where the directory belongs: also root cannot write below it.
      await writeFile(join(folder(), 'snapshots'), '');
      const problem = await problemOf(begin());
      assert.equal(problem.code, 'refused');
      assert.match(problem.message, /could not be kept \(ENOTDIR\), so nothing was done/u);
      assert.match(problem.next, /snapshots writable/u);
      assert.deepEqual(await statuses(), { default: 'Running', other: 'Running' });
      assert.deepEqual(
        (await journal().catch(() => [])).filter(({ kind }) => kind === 'intent'),
        [],
      );
      const gone = await problemOf(begin({ targets: [{ id: 77, createdAt: 'x', start: null, state: 'queued' }] }));
      assert.equal(gone.code, 'stale');
    });

    it('leaves no snapshot where the journal takes no record', async () => {
      await lay();
      await begin({ group: 'other' });
      await host.must(['start', '--group', 'other']);
      const kept = await readdir(join(folder(), 'snapshots'));
      // Root writes anywhere: a directory in its place refuses everyone.
      const text = await readFile(join(folder(), 'journal.jsonl'));
      await rm(join(folder(), 'reserve'));
      await mkdir(join(folder(), 'reserve'));
      const problem = await problemOf(begin());
      assert.equal(problem.code, 'refused');
      assert.match(problem.message, /journal could not be written/u);
      assert.deepEqual(await readdir(join(folder(), 'snapshots')), kept);
      assert.deepEqual(await statuses(), { default: 'Running', other: 'Running' });
      assert.deepEqual(await readFile(join(folder(), 'journal.jsonl')), text);
    });

    it('ends in the truth wherever the link is cut', async () => {
      await lay();
      const whole = local.tap.bytesReceived;
      await begin({ group: 'other' });
      const bytes = local.tap.bytesReceived - whole;
      for (const share of [0, 0.3, 0.7, 0.99]) {
        await host.must(['start', '--group', 'other']);
        const asked = await act({ group: 'other' });
        local.tap.cutAfter(Math.max(1, Math.floor((bytes * share) / 2)));
        const ended = await local.reader.act(asked, timeoutMs).catch((error: unknown) => error);
        const isDrained = (await statuses())['other'] === 'Paused';
        if (isProblemError(ended))
          assert.ok(!isDrained && ended.problem.code !== 'lost', JSON.stringify(ended.problem));
        else assert.ok(isDrained);
      }
    });
  });

describe('the beginning of an emergency stop of 1,000 jobs', () => {
  let host: PueueHost;

  before(async () => {
    host = await startPueueHost({ version: '4.0.4', clientIn: '.cargo/bin' });
    await layLargeQueue(host, 999);
  });

  after(() => host.stop());

  it('is one request, keeps them all, and sends nothing of their environments back', async () => {
    const local = localHost(host.env);
    const { queue } = await local.reader.read(new AbortController().signal, timeoutMs);
    const targets = queue.jobs.map(({ id, createdAt, state }) => ({
      ...{ id, createdAt: createdAt ?? '', start: startOf(state), state: stateName(state) },
    }));
    const before = { writes: local.tap.writes, bytes: local.tap.bytesReceived };
    const ids = { id: randomUUID(), snapshotId: randomUUID() };
    const answer = await local.reader.act({ ...ids, kind: 'emergency', group: null, targets }, timeoutMs);
    local.reader.close();
    assert.deepEqual([answer.snapshot.jobs, answer.live?.length], [1000, 1]);
    assert.equal(local.tap.writes - before.writes, 1);
    assert.ok(local.tap.bytesReceived - before.bytes < 2000);
    assert.ok(answer.snapshot.bytes > 1_000_000, 'the environments are in it');
  });
});
