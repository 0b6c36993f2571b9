/** Verbs on jobs and groups, on real daemons of both versions: what they do, what they say of it, and what they refuse. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isProblemError } from '../../src/core/problem';
import { identify } from '../lab/processes';
import { jobStates, untilStates } from '../lab/queueState';
import { outcomes, startActingHost, targetOf, type ActingHost } from '../support/actingHost';
import { hidden, layOutliving, shapes } from '../support/survivors';

const codeOf = async (acting: Promise<unknown>): Promise<string> =>
  acting.then(
    () => 'no problem',
    (error: unknown) => (isProblemError(error) ? error.problem.code : String(error)),
  );

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`verbs on pueue ${version}`, () => {
    let acting: ActingHost;

    beforeEach(async () => {
      acting = await startActingHost(version);
    });
    afterEach(() => acting.stop());

    /** Adds jobs and waits until they are as they are to be. */
    const running = async (...commands: string[]): Promise<number[]> => {
      const ids: number[] = [];
      for (const command of commands) ids.push(await acting.host.add(command));
      await untilStates(acting.host, new Map(ids.map((id) => [id, 'Running'])));
      return ids;
    };
    const parallel = (slots: number): Promise<string> => acting.host.must(['parallel', String(slots)]);

    describe('Kill', () => {
      it('ends every process of the runs, also those that ignore SIGTERM and have left their job', async () => {
        await parallel(40);
        const lay = await layOutliving(acting.host);
        const jobs = [];
        for (const shape of Object.keys(shapes)) jobs.push(await lay.add(shape));
        const bystander = spawn('/bin/sleep', ['1000'], { env: acting.host.env, detached: true });
        await acting.snapshot(); // What has been seen once is known.
        const answer = await acting.jobs('kill', jobs.map(({ id }) => id), { graceMs: 300 }); // prettier-ignore
        const left = jobs.filter(({ pid }) => identify(pid) !== null).map(({ shape }) => shape);
        await lay.stop();
        assert.deepEqual(
          left.filter((shape) => shape !== hidden),
          [],
        );
        assert.ok(bystander.pid !== undefined && identify(bystander.pid) !== null, 'a neighbour was not touched');
        bystander.kill('SIGKILL');
        for (const { outcome } of answer.targets) assert.equal(outcome, 'done');
        assert.ok(answer.commands.every(({ argv }) => !argv.includes('--all')));
      });

      it('gives SIGTERM its time, to paused jobs too, and says which of them ended with success', async () => {
        await parallel(5);
        const heeds = (code: number): string =>
          `exec python3 -c "import signal,sys,time; signal.signal(15, lambda *_: (open('kept-${code}','w').write('x'), sys.exit(${code}))); open('ready-${code}','w'); time.sleep(1000)"`;
        const ids = await running(heeds(0), heeds(3), 'sleep 1000');
        const project = join(acting.host.home, 'project');
        for (const code of [0, 3])
          while (!(await stat(join(project, `ready-${code}`)).catch(() => null)))
            await new Promise((r) => setTimeout(r, 20));
        await acting.host.must(['pause', String(ids[1])]);
        await untilStates(acting.host, new Map([[ids[1]!, 'Paused']]));
        const answer = await acting.jobs('kill', ids, { graceMs: 5_000 });
        assert.deepEqual(outcomes(answer), { [ids[0]!]: 'done: succeeded', [ids[1]!]: 'done: failed', [ids[2]!]: 'done: killed' }); // prettier-ignore
        for (const code of [0, 3]) assert.equal(await readFile(join(project, `kept-${code}`), 'utf8'), 'x');
        assert.equal(answer.commands.filter(({ argv }) => argv.includes('kill')).length, 1, 'no SIGKILL was needed');
      });

      it('begins nothing more once it is cancelled', async () => {
        const [id] = await running(
          `python3 -c "import signal,time; signal.signal(15, signal.SIG_IGN); time.sleep(1000)"`,
        );
        await new Promise((resolve) => setTimeout(resolve, 300)); // Until it ignores the signal.
        const targets = await acting.targets(id!);
        const stop = new AbortController();
        setTimeout(() => {
          stop.abort();
        }, 700);
        const answer = await acting.local.reader.act(
          { kind: 'jobs', id: crypto.randomUUID(), verb: 'kill', targets, graceMs: 60_000, saveLogs: false },
          90_000,
          stop.signal,
        );
        assert.match(outcomes(answer)[id!]!, /^cancelled: alive \d+/u);
        assert.deepEqual(answer.commands.map(({ argv }) => argv.slice(-5)), [['kill', '--signal', 'sigterm', '--', String(id)]]); // prettier-ignore
      });

      it('ends what is left of a job that pueue calls killed', async () => {
        const lay = await layOutliving(acting.host);
        const job = await lay.add('in a session of its own');
        await acting.snapshot();
        await acting.host.must(['kill', String(job.id)]);
        await untilStates(acting.host, new Map([[job.id, 'Killed']]));
        assert.ok(identify(job.pid), 'it has outlived its job');
        const answer = await acting.jobs('kill', [job.id], { graceMs: 200 });
        assert.deepEqual(outcomes(answer), { [job.id]: 'done: killed' });
        assert.equal(identify(job.pid), null);
        assert.deepEqual(answer.commands.map(({ argv }) => argv[1]), ['-TERM', '-KILL']); // prettier-ignore
        await lay.stop();
      });

      it('touches no process that was said to be no part of the job', async () => {
        const lay = await layOutliving(acting.host);
        const job = await lay.add('in a session of its own');
        await acting.snapshot();
        await acting.host.must(['kill', String(job.id)]);
        await untilStates(acting.host, new Map([[job.id, 'Killed']]));
        const { processes, queue } = await acting.snapshot();
        const [run] = processes.kind === 'traced' ? processes.runs : [];
        const { life } = run!.processes[0]!;
        await acting.local.reader.releaseProcess({ job: run!, life: life! }, 15_000);
        const answer = await acting.jobs('kill', queue.jobs.map(targetOf), { graceMs: null });
        assert.deepEqual(outcomes(answer), { [job.id]: 'done: killed' });
        assert.ok(identify(job.pid), 'it lives on');
        await lay.stop();
      });

      it('is told truly where the link is cut during the grace time: what ignored SIGTERM lives on', async () => {
        await parallel(2);
        const [heeds, ignores] = await running(
          'sleep 1000',
          `python3 -c "import signal,time; signal.signal(15, signal.SIG_IGN); time.sleep(1000)"`,
        );
        await new Promise((resolve) => setTimeout(resolve, 300)); // Until it ignores the signal.
        setTimeout(() => {
          acting.local.tap.cut();
        }, 1_000);
        const told = outcomes(await acting.jobs('kill', [heeds!, ignores!], { graceMs: 60_000 }));
        assert.equal(told[heeds!], 'done: killed');
        assert.match(told[ignores!]!, /^cancelled: alive \d+/u);
        assert.equal(acting.local.tap.connections, 2);
      });

      it('says that it is not known where processes cannot be traced: pueue calls a job ended once its shell is', async () => {
        const [id] = await running('sleep 1000');
        // Without the directory of the logs no process can be told to be of a run.
        const logs = join(acting.host.folder, 'pueue/task_logs');
        await rename(logs, `${logs}.away`);
        const answer = await acting.jobs('kill', [id!], { graceMs: 500 });
        await rename(`${logs}.away`, logs).catch(() => undefined);
        assert.deepEqual(outcomes(answer), { [id!]: 'lost: untraced' });
      });

      it('kills at once without a grace time, and tells who took the freed slot', async () => {
        const [id] = await running('sleep 1000');
        const next = await acting.host.add('sleep 1000');
        const answer = await acting.jobs('kill', [id!], { graceMs: null });
        assert.deepEqual(outcomes(answer), { [id!]: 'done: killed' });
        await untilStates(acting.host, new Map([[next, 'Running']]));
      });
    });

    it('is done once, or not at all, wherever its answer is cut', async () => {
      const [id] = await running('sleep 1000');
      const [target] = await acting.targets(id!);
      for (const bytes of [0, 1, 5, 60, 200]) {
        acting.local.tap.cutAfter(bytes);
        const isPaused = [...(await jobStates(acting.host)).values()][0] === 'Paused';
        const told = await acting
          .jobs(isPaused ? 'resume' : 'pause', [{ ...target!, state: isPaused ? 'paused' : 'running' }])
          .then((answer) => outcomes(answer)[id!], (error: unknown) => (isProblemError(error) ? error.problem.code : String(error))); // prettier-ignore
        const now = [...(await jobStates(acting.host)).values()][0];
        const changed = now === (isPaused ? 'Running' : 'Paused');
        assert.ok(told === 'done' ? changed : told === 'unreachable' && !changed, `${bytes} bytes: ${told}, ${now}`);
      }
    });

    it('Pause and Resume act on the named jobs only, and a resumed one leaves its drained group drained', async () => {
      await parallel(3);
      const ids = await running('sleep 1000', 'sleep 1000', 'sleep 1000');
      assert.deepEqual(outcomes(await acting.jobs('pause', ids.slice(0, 2))), { [ids[0]!]: 'done', [ids[1]!]: 'done' });
      assert.deepEqual([...(await jobStates(acting.host)).values()], ['Paused', 'Paused', 'Running']);
      await acting.group('drain', 'default');
      assert.deepEqual(outcomes(await acting.jobs('resume', [ids[0]!])), { [ids[0]!]: 'done' });
      assert.deepEqual([...(await jobStates(acting.host)).values()], ['Running', 'Paused', 'Running']);
      assert.equal((await acting.snapshot()).queue.groups[0]?.status, 'paused');
    });

    it('Stash and Enqueue move jobs that wait', async () => {
      await acting.host.must(['pause', '--wait']);
      const ids = [await acting.host.add('true'), await acting.host.add('true')];
      const late = await acting.host.add('true', { delay: '3h' });
      assert.deepEqual(outcomes(await acting.jobs('stash', ids)), { [ids[0]!]: 'done', [ids[1]!]: 'done' });
      const answer = await acting.jobs('enqueue', [ids[0]!, late]);
      assert.deepEqual(outcomes(answer), { [ids[0]!]: 'done', [late]: 'done' });
      assert.deepEqual([...(await jobStates(acting.host)).values()], ['Queued', 'Stashed', 'Queued']);
    });

    it('Remove takes a parent with its dependants, keeps the log, and names what pueue leaves', async () => {
      const parent = await acting.host.add('echo parent output');
      await untilStates(acting.host, new Map([[parent, 'Success']]));
      const child = await acting.host.add('true', { after: [parent], stashed: true });
      const alone = await acting.host.add('true', { stashed: true });
      const partly = await acting.jobs('remove', [parent, alone], { saveLogs: true });
      assert.deepEqual(outcomes(partly), { [parent]: `failed: dependants ${child}`, [alone]: 'done' });
      const both = await acting.jobs('remove', [parent, child], { saveLogs: true });
      assert.equal(
        both.targets.every(({ outcome }) => outcome === 'done'),
        true,
        JSON.stringify(both.targets),
      );
      const path = /^saved (.*)$/u.exec(both.targets[0]!.why ?? '')?.[1] ?? '';
      assert.equal(await readFile(path, 'utf8'), 'parent output\n');
      assert.equal((await jobStates(acting.host)).size, 0);
    });

    it('Drain stops no running job, and what is queued then does not start', async () => {
      const [id] = await running('sleep 1000');
      assert.deepEqual(outcomes(await acting.group('drain', 'default')), { default: 'done' });
      await parallel(3);
      const next = await acting.host.add('true');
      await new Promise((resolve) => setTimeout(resolve, 700)); // pueue starts what it would start within 0.3 s.
      assert.deepEqual([...(await jobStates(acting.host))], [[id, 'Running'], [next, 'Queued']]); // prettier-ignore
    });

    it('Resume of a group starts what waits, and pauses again what was paused on purpose', async () => {
      await parallel(3);
      const [paused] = await running('sleep 1000');
      await acting.jobs('pause', [paused!]);
      await acting.group('drain', 'default');
      const next = await acting.host.add('sleep 1000');
      const answer = await acting.group('resume', 'default', [paused!]);
      assert.deepEqual(outcomes(answer), { default: 'done', [paused!]: 'done' });
      await untilStates(acting.host, new Map([[paused!, 'Paused'], [next, 'Running']])); // prettier-ignore
      assert.equal((await acting.snapshot()).queue.groups[0]?.status, 'running');
    });

    it('Set Parallel shows in the next reading, 0 for no limit', async () => {
      for (const slots of [4, 0]) {
        assert.deepEqual(outcomes(await acting.group('setParallel', 'default', [], { parallel: slots })), {
          default: 'done',
        });
        assert.equal((await acting.snapshot()).queue.groups[0]?.parallel, slots);
      }
    });

    it('Clean removes exactly the listed jobs and keeps the logs of those that failed', async () => {
      const ids = [
        await acting.host.add('echo good'),
        await acting.host.add('echo bad; exit 3'),
        await acting.host.add('true'),
      ];
      await untilStates(acting.host, new Map([[ids[0]!, 'Success'], [ids[1]!, 'Failed'], [ids[2]!, 'Success']])); // prettier-ignore
      const answer = await acting.group('clean', 'default', ids.slice(0, 2), { saveLogs: true });
      assert.equal(outcomes(answer)[ids[0]!], 'done');
      const path = /^done: saved (.*)$/u.exec(outcomes(answer)[ids[1]!]!)?.[1] ?? '';
      assert.equal(await readFile(path, 'utf8'), 'bad\n');
      assert.deepEqual([...(await jobStates(acting.host)).keys()], [ids[2]]);
    });

    it('does nothing on changed ground', async () => {
      const [id] = await running('sleep 1000');
      const [target] = await acting.targets(id!);
      const wrong = [
        { ...target!, createdAt: '2020-01-01T00:00:00Z' },
        { ...target!, start: '2020-01-01T00:00:00Z' },
        { ...target!, state: 'paused' as const },
        { ...target!, id: 99 },
      ];
      for (const each of wrong) assert.equal(await codeOf(acting.jobs('kill', [each])), 'stale', JSON.stringify(each));
      const [group] = (await acting.snapshot()).queue.groups;
      for (const each of [{ name: 'nope' }, { status: 'paused' }])
        assert.equal(await codeOf(acting.group('drain', 'default', [], { group: { ...group!, ...each } })), 'stale');
      await acting.jobs('pause', [id!]);
      await acting.group('drain', 'default');
      assert.equal(await codeOf(acting.group('resume', 'default', [])), 'stale', 'a job is paused that was not shown');
      assert.deepEqual([...(await jobStates(acting.host)).values()], ['Paused']);
    });

    it('does nothing where it could not be recorded', async () => {
      const [id] = await running('sleep 1000');
      const targets = await acting.targets(id!);
      await mkdir(join(acting.host.home, '.local'), { recursive: true });
      await writeFile(join(acting.host.home, '.local/state'), 'in the way');
      assert.equal(await codeOf(acting.jobs('pause', targets)), 'refused');
      assert.deepEqual([...(await jobStates(acting.host)).values()], ['Running']);
    });

    it('never acts on a whole group where no job is named', async () => {
      await running('sleep 1000');
      for (const verb of ['kill', 'pause', 'remove'] as const)
        assert.equal(await codeOf(acting.jobs(verb, [])), 'badReply', verb);
      assert.deepEqual([...(await jobStates(acting.host)).values()], ['Running']);
    });
  });
