/** Jobs added on real daemons of both versions: exactly as asked for, once, and only on unchanged ground. */
import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobToAdd } from '../../src/core/acts/hostAct';
import { isProblemError, type Problem } from '../../src/core/problem';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { add, addJobs, jobToAdd, rawTask, rawTasks, targetOf } from '../support/addJobs';
import { entryOf } from '../support/entryTarget';
import { localHost, type LocalHost } from '../support/localHost';

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`jobs that are added, on pueue ${version}`, () => {
    let host: PueueHost;
    let local: LocalHost;

    beforeEach(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      local = localHost(host.env);
    });

    afterEach(async () => {
      local.reader.close();
      await host.stop();
    });

    const journal = async (): Promise<Record<string, unknown>[]> => {
      const text = await readFile(join(host.home, '.local/state/pueue-preflight/journal.jsonl'), 'utf8');
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    };

    /** The problem that an act ends in. @throws where it ends well */
    const problemOf = async (act: Promise<unknown>): Promise<Problem> => {
      const outcome: unknown = await act.then(
        (answer) => answer,
        (error: unknown) => error,
      );
      if (isProblemError(outcome)) return outcome.problem;
      throw new Error(`the act ended with ${JSON.stringify(outcome)}`);
    };

    const failedJob = async (command = 'false', more: Parameters<PueueHost['add']>[1] = {}): Promise<JobToAdd> => {
      const id = await host.add(command, more);
      await untilStates(host, new Map([[id, 'Failed']]));
      return jobToAdd(host, { source: await targetOf(host, id, 'failed'), command });
    };

    it('runs a failed job again with its environment, label and priority, by one request', async () => {
      const source = await failedJob('false', { env: { CANARY: 'of the job' }, label: 'DOGE@250' });
      await local.audit();
      const before = local.tap.writes;
      const answer = await add(local, [{ ...source, command: 'true', label: 'DOGE@250-retry', priority: -5 }]);
      assert.equal(local.tap.writes - before, 1);
      assert.deepEqual(
        answer.added.map(({ outcome, why }) => ({ outcome, why })),
        [{ outcome: 'added', why: null }],
      );
      const { newId } = answer.added[0]!;
      await untilStates(host, new Map([[newId!, 'Success']]));
      const task = await rawTask(host, newId!);
      assert.equal(task.created_at, answer.added[0]!.createdAt);
      assert.deepEqual([task.original_command, task.label, task.priority], ['true', 'DOGE@250-retry', -5]);
      assert.equal(task.envs['CANARY'], 'of the job');
      assert.deepEqual(answer.noticed, []);
      assert.deepEqual(
        (await journal()).map(({ kind }) => kind),
        ['intent', 'command', 'added', 'command', 'outcome'],
      );
      assert.ok(!JSON.stringify(await journal()).includes('of the job'));
      assert.ok(!(await local.tap.said()).includes('of the job'));
    });

    it('leaves what is asked for stashed, and keeps no label apart from an empty one', async () => {
      const source = await failedJob();
      const labels = [null, '', '-x', 'two\nlines'];
      const answer = await add(
        local,
        labels.map((label) => ({ ...source, label, stashed: true, key: jobToAdd(host).key })),
      );
      const tasks = await rawTasks(host);
      assert.deepEqual(
        answer.added.map(({ newId }) => tasks.find(({ id }) => id === newId)?.label),
        labels,
      );
      assert.deepEqual(
        tasks.slice(1).map(({ status }) => (typeof status === 'string' ? status : Object.keys(status as object)[0])),
        labels.map(() => 'Stashed'),
      );
    });

    it('stores each command byte for byte, up to the longest that there can be', async () => {
      const commands = [
        ...['-- --force', '  spaces  ', 'it\'s $(id) `id` "x"', 'a\nb\tc', '{{ x }} ü 🚀', 'echo \u001b[31m\r\n'],
        `true ${'x'.repeat(131_066)}`,
      ];
      const answer = await add(
        local,
        commands.map((command) => jobToAdd(host, { command, stashed: true })),
      );
      assert.deepEqual(
        answer.added.map(({ outcome, why }) => [outcome, why]),
        commands.map(() => ['added', null]),
      );
      assert.deepEqual(
        (await rawTasks(host)).map(({ original_command: command }) => command),
        commands,
      );
      const tooLong = await problemOf(add(local, [jobToAdd(host, { command: 'x'.repeat(131_072) })]));
      assert.equal(tooLong.code, 'invalidInput');
      assert.equal((await rawTasks(host)).length, commands.length);
    });

    it('has a chain of new jobs wait for one another, and for one in the queue', async () => {
      const parent = await host.add('sleep 0.3');
      const answer = await add(local, [
        jobToAdd(host, { command: 'echo 1 >> ../order', after: [parent] }),
        jobToAdd(host, { command: 'echo 2 >> ../order', afterAdded: [0], priority: 5 }),
        jobToAdd(host, { command: 'echo 3 >> ../order', afterAdded: [0, 1], priority: 9 }),
      ]);
      const ids = answer.added.map(({ newId }) => newId!);
      await untilStates(host, new Map(ids.map((id) => [id, 'Success'])));
      assert.equal(await readFile(join(host.home, 'order'), 'utf8'), '1\n2\n3\n');
      assert.deepEqual((await rawTask(host, ids[2]!)).dependencies, [ids[0], ids[1]]);
    });

    it('adds nothing where a job is not as it was agreed to, and says what has changed', async () => {
      const source = await failedJob();
      const { id } = source.source!;
      await host.must(['restart', '--in-place', String(id)]);
      await untilStates(host, new Map([[id, 'Failed']]));
      const restarted = await problemOf(add(local, [source]));
      assert.equal(restarted.code, 'stale');
      assert.match(restarted.message, /job \d+ is in another run/u);
      await host.must(['remove', String(id)]);
      assert.match((await problemOf(add(local, [source]))).message, /another one, or gone/u);
      assert.deepEqual(await rawTasks(host), []);
      await assert.rejects(journal(), { code: 'ENOENT' });
    });

    it('adds nothing where the same work is queued, by its label or by its command in the same directory', async () => {
      await symlink(join(host.home, 'project'), join(host.home, 'link'));
      await mkdir(join(host.home, 'other'));
      const other = await host.add('sleep 60', { label: 'DOGE@250-retry' });
      const same = await host.add('python run.py  --force-refresh --x 1', { directory: join(host.home, 'link') });
      await host.add('python run.py --x 1', { directory: join(host.home, 'other') });
      await untilStates(host, new Map([[other, 'Running']]));
      const absent = { labels: [], commands: [], withoutFlag: '--force-refresh' };
      const byLabel = { ...absent, labels: [{ group: 'default', label: 'DOGE@250' }] };
      const command = { directory: join(host.home, 'project'), command: 'python run.py --x 1' };
      const refuse = async (more: object): Promise<string> =>
        (await problemOf(add(local, [jobToAdd(host, { command: 'true' })], more))).message;
      assert.match(
        await refuse({ absent: byLabel }),
        new RegExp(`job ${other} has the same label and is running`, 'u'),
      );
      assert.match(
        await refuse({ absent: { ...absent, commands: [command] } }),
        new RegExp(`: job ${same} has the same command and is queued[.]`, 'u'),
      );
      const seen = [await targetOf(host, other, 'running')];
      const agreed = await add(local, [jobToAdd(host)], { absent: byLabel, ground: seen });
      assert.equal(agreed.added[0]?.outcome, 'added');
    });

    it('adds nothing without its group, its directory, or the jobs that it waits for', async () => {
      const failed = await failedJob();
      const refuse = async (more: Partial<JobToAdd>): Promise<string> =>
        (await problemOf(add(local, [jobToAdd(host, more)]))).message;
      assert.match(await refuse({ group: 'nobody' }), /there is no group nobody/u);
      assert.match(await refuse({ directory: '/missing' }), /there is no directory \/missing/u);
      assert.match(await refuse({ after: [failed.source!.id] }), /waited for, is failed/u);
      assert.match(await refuse({ after: [99] }), /waited for, is gone/u);
      assert.equal((await rawTasks(host)).length, 1);
    });

    it('adds nothing where an entry that a job resumes from is not as it was listed', async () => {
      const path = join(host.home, 'state.json');
      await writeFile(path, '{}');
      const entry = entryOf(path);
      assert.equal((await add(local, [jobToAdd(host)], { unchanged: [entry] })).added[0]?.outcome, 'added');
      await utimes(path, 1, 1);
      const changed = await problemOf(add(local, [jobToAdd(host)], { unchanged: [entry] }));
      assert.match(changed.message, /state\.json was written meanwhile/u);
      assert.equal((await rawTasks(host)).length, 1);
    });

    it('adds nothing where the quarantine cannot be made, and says why', async () => {
      const root = join(host.home, 'results');
      await mkdir(root);
      const path = join(root, 'state.json');
      await writeFile(path, '{}');
      await writeFile(`${root}.pueue-preflight-quarantine`, 'in its way');
      const quarantine = [{ root, entries: [entryOf(path)] }];
      const { added, targets } = await add(local, [jobToAdd(host)], { quarantine });
      assert.deepEqual([added[0]!.outcome, added[0]!.newId, targets], ['refused', null, []]);
      assert.match(added[0]!.why!, /could not be put into quarantine \(.*results: E[A-Z]+\)[.]$/u);
      assert.equal((await rawTasks(host)).length, 0);
      assert.equal(await readFile(path, 'utf8'), '{}');
    });

    it('requeues no killed job whose process lives on, and names the process', async () => {
      const command = `python3 -c 'import os, time; os.setsid(); open("pid", "w").write(str(os.getpid())); time.sleep(60)' & sleep 60`;
      const id = await host.add(command);
      await untilStates(host, new Map([[id, 'Running']]));
      const file = join(host.home, 'project/pid');
      let pid = '';
      while (pid === '') pid = await readFile(file, 'utf8').catch(() => '');
      await host.must(['kill', String(id)]);
      await untilStates(host, new Map([[id, 'Killed']]));
      const source = jobToAdd(host, { source: await targetOf(host, id, 'killed'), command: 'true' });
      const alive = await problemOf(add(local, [source]));
      assert.equal(alive.code, 'refused');
      assert.match(alive.message, new RegExp(`process ${pid} of job ${id} still lives`, 'u'));
      process.kill(Number(pid), 'SIGKILL');
      assert.equal((await add(local, [source])).added[0]?.outcome, 'added');
    });

    it('runs an alias as the source ran it, and takes back what would run as something else', async () => {
      const aliases = join(host.folder, 'pueue/aliases.yml');
      await writeFile(aliases, 'job: "false --really"\n');
      const source = await failedJob('job --x');
      assert.equal((await rawTask(host, source.source!.id)).command, 'false --really --x');
      const flagged = { ...source, command: 'job --x --force-refresh' };
      assert.equal((await add(local, [flagged])).added[0]?.outcome, 'added');
      assert.equal((await rawTasks(host)).at(-1)?.command, 'false --really --x --force-refresh');
      await writeFile(aliases, 'job: "rm --really"\n');
      const answer = await add(local, [{ ...flagged, key: jobToAdd(host).key }]);
      assert.deepEqual(
        answer.added.map(({ outcome, newId }) => [outcome, newId]),
        [['refused', null]],
      );
      assert.match(answer.added[0]!.why!, /another expansion of its command/u);
      assert.equal((await rawTasks(host)).length, 2);
    });

    it('never begins the same act twice, and refuses what has no key of its own', async () => {
      const act = addJobs([jobToAdd(host)]);
      const answer = await local.reader.act(act, 60_000);
      assert.deepEqual((await local.reader.act(act, 60_000)).added, answer.added);
      await problemOf(local.reader.act(addJobs([jobToAdd(host, { key: 'x' })]), 60_000));
      await problemOf(local.reader.act(addJobs([]), 60_000));
      assert.equal((await rawTasks(host)).length, 1);
    });

    it('adds a hundred jobs by one request', async () => {
      await local.audit();
      const writes = local.tap.writes;
      const began = performance.now();
      const answer = await add(
        local,
        Array.from({ length: 100 }, () => jobToAdd(host)),
      );
      const seconds = ((performance.now() - began) / 1000).toFixed(2);
      assert.equal(local.tap.writes - writes, 1);
      assert.ok(answer.added.every(({ outcome }) => outcome === 'added'));
      assert.equal((await rawTasks(host)).length, 100);
      const inPueue = answer.commands.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
      console.log(
        `      100 jobs: 1 request, ${answer.commands.length} commands, ${seconds} s (pueue itself ${inPueue.toFixed(2)} s)`,
      );
    });
  });
