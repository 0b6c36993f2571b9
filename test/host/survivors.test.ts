/** Processes that outlive their jobs, on real daemons of both versions: every one is found, no other, and none is lost. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditReport } from '../../src/core/audit/auditReport';
import { auditText } from '../../src/core/audit/auditText';
import { identify, isAlive } from '../lab/processes';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates, type LabState } from '../lab/queueState';
import { canarySecret, canaryVariable } from '../lab/scenarios';
import { localHost, type LocalHost } from '../support/localHost';
import { hidden, layOutliving, shapes, type Outliving } from '../support/survivors';

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`processes that outlive their jobs, on pueue ${version}`, () => {
    let host: PueueHost;
    let lay: Awaited<ReturnType<typeof layOutliving>>;
    let watching: LocalHost;
    let open: LocalHost[];
    let neighbours: ChildProcess[];

    /** A session of its own, which has seen nothing before. */
    const fresh = (settings = {}): LocalHost => {
      const local = localHost(host.env, settings);
      open.push(local);
      return local;
    };

    /** A process of the same user that is no part of any job. */
    const neighbour = async (program: string, argv: string[], env: Record<string, string>): Promise<void> => {
      const child = spawn(program, argv, { env, stdio: 'ignore', detached: true });
      neighbours.push(child);
      await new Promise((resolve) => child.once('spawn', resolve));
    };

    const until = (jobs: readonly Outliving[], state: LabState): Promise<void> =>
      untilStates(host, new Map(jobs.map(({ id }) => [id, state])));

    beforeEach(async () => {
      open = [];
      neighbours = [];
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      await host.must(['parallel', '40']);
      lay = await layOutliving(host);
      watching = fresh();
    });

    afterEach(async () => {
      for (const { reader } of open) reader.close();
      for (const child of neighbours) child.kill('SIGKILL');
      await lay.stop();
      await host.stop();
    });

    /** Ways in which jobs end while their programs live on. */
    const endings: Readonly<Record<string, (jobs: readonly Outliving[]) => Promise<void>>> = {
      'killed by a signal': async (jobs) => {
        await host.must(['kill', '--signal', 'sigterm', ...jobs.map(({ id }) => String(id))]);
        await until(jobs, 'Killed');
      },
      ended: async (jobs) => {
        await lay.end();
        await until(jobs, 'Success');
      },
      'lost by a daemon that was killed and started again': async (jobs) => {
        const daemon = identify(host.daemonPid()!)!;
        process.kill(daemon.pid, 'SIGKILL');
        while (isAlive(daemon)) await new Promise((resolve) => setImmediate(resolve));
        await host.stopDaemon();
        await host.startDaemon();
        await until(jobs, 'Killed');
      },
    };

    for (const [ending, end] of Object.entries(endings))
      it(`are all found where the jobs were ${ending} while one looked, and all that can be at a first look`, async () => {
        const names = Object.keys(shapes).filter((shape) => ending !== 'ended' || shape !== 'the child of a shell');
        const jobs: Outliving[] = [];
        // What an interactive shell keeps up to date for itself is captured with the job too.
        const ofShell = { PWD: join(host.home, 'project'), OLDPWD: host.home, SHLVL: '1', _: '/usr/bin/pueue' };
        const env = { ...ofShell, [canaryVariable]: canarySecret, MODE: 'sweep' };
        for (const shape of names) jobs.push(await lay.add(shape, { env }));
        const other = await host.add('sleep 1000', { env });
        const quiet = await host.add('true');
        await untilStates(host, new Map<number, LabState>([[other, 'Running'], [quiet, 'Success']])); // prettier-ignore
        // The same variables, the same moments, a log held open, but no part of a job.
        await neighbour('/bin/sleep', ['1001'], { ...host.env, [canaryVariable]: canarySecret, MODE: 'sweep' });
        await neighbour('/usr/bin/tail', ['-f', join(host.folder, `pueue/task_logs/${jobs[0]!.id}.log`)], host.env);
        assert.deepEqual((await watching.audit()).survivors, [], 'while the jobs are live they are no survivors');

        await end(jobs);
        // A daemon that is killed leaves all of a job alive, its shell too, which leads to what is wholly hidden.
        const shellsLive = ending.startsWith('lost');
        const runs = shellsLive ? [...jobs.map(({ id }) => id), other] : jobs.map(({ id }) => id);
        const seen = await watching.audit();
        assertFound(seen, jobs, runs);
        assert.deepEqual([seen.scope.survivors, seen.scope.live], [runs.length, jobs.length + 1]);
        assert.match(seen.decision.row, /^live-/u);

        const cold = await fresh().audit();
        assertFound(cold, shellsLive ? jobs : jobs.filter(({ shape }) => shape !== hidden), runs);
        assert.match(
          auditText(cold),
          /\n {13}Of \d+ jobs that ended before this session looked, a process that cleaned its environment/u,
        );
        for (const local of open) assert.ok(!(await local.tap.said()).includes(canarySecret));
      });

    it('are those of the job that they are of, where its slot and its number were given to another', async () => {
      const env = { MODE: 'sweep' };
      await host.must(['parallel', '1']);
      const first = await lay.add('forked twice, its output elsewhere', { env });
      await watching.audit();
      await endings['ended']!([first]);
      const second = await lay.add('forked twice, its output elsewhere', { env });
      for (const local of [watching, fresh()]) assertFound(await local.audit(), [first]);
      await endings['ended']!([second]);
      for (const local of [watching, fresh()]) assertFound(await local.audit(), [first, second]);

      await host.must(['clean']);
      const third = await lay.add('in the background', { env });
      assert.equal(third.id, first.id, 'the number was given anew');
      const seen = await watching.audit();
      assertFound(seen, [first, second]);
      const { createdAt } = seen.active!.find(({ id }) => id === third.id)!;
      assert.ok(seen.survivors!.every((survivor) => survivor.createdAt !== null && survivor.createdAt !== createdAt));
    });

    it('are found at a first look also where their job was removed: it held their log', async () => {
      const gone = await lay.add('in the background');
      await endings['killed by a signal']!([gone]);
      await host.must(['remove', String(gone.id)]);
      const { survivors, decision } = await fresh().audit();
      assert.deepEqual(
        survivors!.map(({ id, createdAt, pid }) => [id, createdAt, pid]),
        [[gone.id, null, gone.pid]],
      );
      assert.equal(decision.row, 'live-only');
      assert.ok(
        decision.reasons.some((reason) => reason.includes(`of job ${gone.id} (no longer in the queue) still run`)),
      );
    });

    it('are those of their job also where its log was deleted while it ran, and none while it is live', async () => {
      const job = await lay.add('the child of a shell');
      await rm(join(host.folder, `pueue/task_logs/${job.id}.log`));
      assert.deepEqual((await fresh().audit()).survivors, []);
      await endings['killed by a signal']!([job]);
      const { survivors, decision } = await fresh().audit();
      assert.deepEqual(survivors!.map(({ id, pid }) => [id, pid]), [[job.id, job.pid]]); // prettier-ignore
      assert.ok(decision.reasons.some((reason) => reason.includes(`of job ${job.id} (killed) still run`)));
    });

    it('do not count any more once they were said to be no part of their job, in any session, until the pid is another process', async () => {
      const job = await lay.add('the child of a shell');
      const other = await lay.add('in the background');
      await endings['killed by a signal']!([job, other]);
      const { processes } = await watching.reader.read(new AbortController().signal, 15_000);
      assert.ok(processes.kind === 'traced');
      const { id, createdAt, start, processes: found } = processes.runs.find((run) => run.id === job.id)!;
      const release = { job: { id, createdAt, start }, life: found[0]!.life! };
      // Of another process with that pid, of another boot, and of something else: none of them is this process.
      const [boot, pid, ticks] = release.life.split('/');
      const others = [
        { kind: 'release', time: 1, data: { life: `${boot!}/${pid!}/1` } },
        { kind: 'release', time: 1, data: { life: `${'0'.repeat(36)}/${pid!}/${ticks!}` } },
        { kind: 'other', time: 1, data: { life: release.life } },
        { kind: 'release', data: { life: release.life } },
      ];
      const journal = join(host.home, '.local/state/pueue-preflight');
      await mkdir(journal, { recursive: true });
      await writeFile(join(journal, 'journal.jsonl'), others.map((each) => `${JSON.stringify(each)}\n`).join(''));
      assertFound(await watching.audit(), [job, other]);
      assert.deepEqual(await watching.reader.releaseProcess(release, 15_000), { kind: 'done' });
      for (const local of [watching, fresh()]) assertFound(await local.audit(), [other]);
      assert.deepEqual(await fresh().reader.releaseProcess(release, 15_000), { kind: 'alreadySo' });
      assert.equal(identify(job.pid)!.pid, job.pid, 'it was not touched');

      const reborn = { ...release, life: release.life.replace(/\d+$/u, '1') };
      assert.deepEqual(await watching.reader.releaseProcess(reborn, 15_000), { kind: 'gone' });
      assertFound(await fresh().audit(), [other]);
    });

    it('are of the earlier run where their job was restarted in place', async () => {
      const job = await lay.add('the child of a shell');
      await watching.audit();
      await endings['killed by a signal']!([job]);
      await host.must([
        'restart',
        '--in-place',
        version === '3.4.1' ? '--start-immediately' : '--immediate',
        `${job.id}`,
      ]);
      await untilStates(host, new Map([[job.id, 'Running']]));
      for (const [local, start] of [
        [watching, true],
        [fresh(), false],
      ] as const) {
        // prettier-ignore
        const { processes, queue } = await local.reader.read(new AbortController().signal, 15_000);
        assert.ok(processes.kind === 'traced');
        const [run, ...others] = processes.runs;
        assert.deepEqual([run!.processes.map(({ pid }) => pid), others], [[job.pid], []]);
        assert.equal(run!.createdAt, queue.jobs[0]!.createdAt, 'a restart in place keeps the time of creation');
        assert.equal(run!.start !== null, start);
        const { state } = queue.jobs[0]!;
        assert.ok(state.kind === 'running' && state.start !== run!.start);
      }
    });
  });

/**
 * Exactly these programs are survivors, each of its own job. Beside them only what these runs started along: shells that
 * wait, and the end of the pipe.
 */
function assertFound(
  { problem, survivors }: AuditReport,
  jobs: readonly Outliving[],
  runs: readonly number[] = [],
): void {
  assert.equal(problem, null);
  assert.ok(survivors !== null, 'they could not be traced');
  const shapeOf = (id: number): string => jobs.find((job) => job.id === id)?.shape ?? 'another job';
  const found = survivors
    .filter(({ id, command }) => !(runs.includes(id) && /^(?:cat|sleep|sh -c) ?/u.test(command)))
    .map(({ id, pid }) => `${shapeOf(id)}: job ${id}, pid ${pid}`);
  assert.deepEqual(found.sort(), jobs.map(({ shape, id, pid }) => `${shape}: job ${id}, pid ${pid}`).sort());
}
