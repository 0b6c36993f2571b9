/** The environment that a job is given: what its program sees is the original, on real daemons of both versions. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddAnswer, JobToAdd } from '../../src/core/acts/hostAct';
import { isProblemError } from '../../src/core/problem';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { runProgram } from '../lab/runProgram';
import { untilStates } from '../lab/queueState';
import { add, jobToAdd, rawTask, targetOf } from '../support/addJobs';
import { localHost, type LocalHost } from '../support/localHost';

/** What shells and programs do odd things with; `exec env -0` of the job shows what came of it. */
const nasty: Readonly<Record<string, string>> = {
  NEWLINES: 'a\nb\n\nC=d\n',
  EQUALS: '=a=b=',
  EMPTY: '',
  CONTROL: '\u0001\u001b[31m\t\r\u007f',
  UNICODE: 'ü 🚀 \u202e',
  'BASH_FUNC_x%%': '() {  echo hi\n}',
  'odd.name-with space': 'x',
  QUOTES: `'"\`$(id)\\`,
  LONG: 'x'.repeat(100_000),
  RUST_LOG: 'trace',
  HOME: '/nowhere',
  XDG_RUNTIME_DIR: '/nowhere/either',
  PUEUE_CONFIG_PATH: '/nowhere/pueue.yml',
  LC_ALL: 'C',
  PUEUE_GROUP: 'of another group',
  PUEUE_WORKER_ID: 'of another job',
};

/** Of the shell itself, as it was started: dash passes no name on that is none of its own kind. */
const dump = 'cat /proc/$$/environ > environ; true';

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`the environment of jobs that are added, on pueue ${version}`, () => {
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

    /** Adds a job with exactly this environment, as a person's own script would, and waits until it has failed. */
    const failedWith = async (env: Readonly<Record<string, string>>): Promise<JobToAdd> => {
      const client = await runProgram(
        host.pueue,
        ['-c', host.config, 'add', '-p', '-w', join(host.home, 'project'), '--', 'false'],
        { env: { ...env }, cwd: host.home },
      );
      assert.equal(client.exitCode, 0, client.stderr);
      const id = Number(client.stdout.trim());
      await untilStates(host, new Map([[id, 'Failed']]));
      return jobToAdd(host, { source: await targetOf(host, id, 'failed'), command: dump });
    };

    const seen = async (answer: AddAnswer, directory = join(host.home, 'project')): Promise<Map<string, string>> => {
      assert.equal(answer.added[0]?.outcome, 'added', JSON.stringify(answer.added));
      await untilStates(host, new Map([[answer.added[0].newId!, 'Success']]));
      const text = await readFile(join(directory, 'environ'), 'utf8');
      const pairs = text.split('\0').filter((pair) => pair !== '');
      return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
    };

    const sorted = (environment: Iterable<readonly [string, string]>): (readonly [string, string])[] =>
      [...environment].sort(([a], [b]) => (a < b ? -1 : 1));

    it('is the original to the byte, whatever stands in it, and nothing of it leaves the host or is journaled', async () => {
      const secret = `canary-${randomUUID()}`;
      const environment = { ...nasty, SECRET: secret, PATH: host.env['PATH']! };
      const source = await failedWith(environment);
      const answer = await add(local, [source]);
      const found = await seen(answer);
      const set = { PUEUE_GROUP: 'default', PUEUE_WORKER_ID: found.get('PUEUE_WORKER_ID')! };
      assert.deepEqual(sorted(found), sorted(Object.entries({ ...environment, ...set })));
      assert.match(found.get('PUEUE_WORKER_ID')!, /^\d+$/u);
      assert.deepEqual(answer.noticed, []);
      const book = await readFile(join(host.home, '.local/state/pueue-preflight/journal.jsonl'), 'utf8');
      for (const text of [book, await local.tap.said(), local.log.lines.join('\n')]) assert.ok(!text.includes(secret));
    });

    it('is empty where the original was', async () => {
      const source = await failedWith({});
      const answer = await add(local, [{ ...source, command: `PATH=${host.env['PATH']!}; ${dump}` }]);
      assert.deepEqual([...(await seen(answer)).keys()].sort(), ['PUEUE_GROUP', 'PUEUE_WORKER_ID']);
    });

    it('is that of a login shell where no job is named, with nothing that startup files print', async () => {
      await writeFile(
        join(host.home, '.profile'),
        'echo NOISE; printf "A=1\\0"; export OF_PROFILE="a\nb"; sleep 30 &\n',
      );
      const answer = await add(local, [jobToAdd(host, { command: dump })]);
      const found = await seen(answer);
      assert.equal(found.get('OF_PROFILE'), 'a\nb');
      assert.equal(found.get('HOME'), host.home);
      assert.ok(!found.has('A') && ![...found.keys()].some((name) => name.includes('NOISE')));
    });

    it('is not guessed where a login shell does not tell it', async () => {
      await writeFile(join(host.home, '.profile'), 'exec cat >/dev/null\n');
      const refused: unknown = await add(local, [jobToAdd(host)]).catch((error: unknown) => error);
      assert.ok(isProblemError(refused) && refused.problem.message.includes('a login shell did not tell'));
    });

    it('differs from a login shell in names that are told, never in values', async () => {
      await writeFile(join(host.home, '.profile'), 'export BOTH=login ONLY_LOGIN=1 SAME=1\n');
      const source = await failedWith({
        BOTH: 'job-value',
        ONLY_JOB: 'job-value',
        SAME: '1',
        PWD: '/x',
        LANG: 'C.UTF-8',
      });
      const owner = { ...source.source!, snapshotId: null };
      const other = { ...owner, createdAt: '2020-01-01T00:00:00Z' };
      const [difference, gone] = await local.reader.compareEnvironment(
        [owner, other],
        new AbortController().signal,
        20_000,
      );
      assert.equal(gone, null);
      assert.deepEqual(difference?.onlyJob, ['ONLY_JOB']);
      assert.deepEqual(difference.changed, ['BOTH']);
      assert.ok(difference.onlyLogin.includes('ONLY_LOGIN') && difference.noise.includes('PWD'));
      assert.ok(!(await local.tap.said()).includes('job-value'));
    });

    it('comes from a snapshot of an emergency stop where the job itself is gone', async () => {
      const folder = join(host.home, '.local/state/pueue-preflight/snapshots');
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const job = { id: 7, createdAt: '2026-01-01T00:00:00Z', command: 'x', directory: '/', group: 'default' };
      const saved = {
        ...job,
        label: null,
        priority: 0,
        dependencies: [],
        environment: { OF: 'snapshot', PATH: '/usr/bin:/bin' },
      };
      await writeFile(join(folder, 'snap-1.json'), JSON.stringify({ version: 1, jobs: [saved] }), { mode: 0o600 });
      const source = { id: 7, createdAt: job.createdAt, start: null, state: 'killed' as const };
      const wanted = jobToAdd(host, { source, snapshotId: 'snap-1', command: dump });
      const found = await seen(await add(local, [{ ...wanted, key: randomUUID() }]));
      assert.equal(found.get('OF'), 'snapshot');
      for (const snapshotId of ['../snap-1', 'missing', '.']) {
        const refused: unknown = await add(local, [{ ...wanted, snapshotId }]).catch((error: unknown) => error);
        assert.ok(isProblemError(refused) && refused.problem.message.includes('the snapshot'), snapshotId);
      }
      const owner = { id: 7, createdAt: job.createdAt, snapshotId: 'snap-1' };
      const [difference] = await local.reader.compareEnvironment([owner], new AbortController().signal, 20_000);
      assert.ok(difference?.onlyJob.includes('OF'));
    });

    const withConfig = async (text: string): Promise<void> => {
      await host.stopDaemon();
      for (const file of [host.config, join(host.home, '.config/pueue/pueue.yml')]) await writeFile(file, text);
      await host.startDaemon();
    };

    it('reaches a daemon whose configuration is left to defaults that hang on the environment', async () => {
      const unset = ['runtime_directory', 'alias_file', 'unix_socket_path', 'pid_path', 'shared_secret_path'];
      const lines = unset.map((name) => `  ${name}: null\n`).join('');
      await withConfig(`client: {}\ndaemon: {}\nshared:\n  pueue_directory: "~/.data"\n${lines}`);
      const source = await failedWith({ HOME: host.home, PATH: '/usr/bin:/bin' });
      const other = await failedWith({ HOME: host.home, PATH: '/usr/bin:/bin', XDG_RUNTIME_DIR: '' });
      assert.equal((await seen(await add(local, [source]))).get('HOME'), host.home);
      assert.equal((await add(local, [other])).added[0]?.outcome, 'added');
    });

    it('reaches a daemon over TCP', async () => {
      const config = await readFile(host.config, 'utf8');
      const port = 20_000 + (process.pid % 20_000);
      const text = config.replace(
        'use_unix_socket: true',
        `use_unix_socket: false # by hand\n  host: 127.0.0.1\n  port: '${port}'`,
      );
      await withConfig(text);
      const source = await failedWith({ HOME: '/nowhere', PATH: '/usr/bin:/bin', OVER: 'tcp' });
      assert.equal((await seen(await add(local, [source]))).get('OVER'), 'tcp');
    });

    it('names what is not original where the configuration of pueue is more than this program reads', async () => {
      const flow = `{client: {}, daemon: {}, shared: {${(await readFile(host.config, 'utf8'))
        .split('shared:\n')[1]!
        .trim()
        .split('\n')
        .map((line) => line.trim())
        .join(', ')}}}`;
      await writeFile(join(host.home, '.config/pueue/pueue.yml'), flow);
      const source = await failedWith({ HOME: '/nowhere', PATH: '/usr/bin:/bin', X: '1' });
      const answer = await add(local, [{ ...source, stashed: true }]);
      assert.equal(answer.added[0]?.outcome, 'added', JSON.stringify(answer.added));
      assert.match(answer.noticed.join(), /HOME of this login/u);
      const { envs } = await rawTask(host, answer.added[0].newId!);
      assert.deepEqual([envs['HOME'], envs['X']], [host.home, '1']);
    });

    it('is not given where pueue does not find its daemon with it', async () => {
      const source = await failedWith({ LD_PRELOAD: '', PATH: '/usr/bin:/bin' });
      const wrapper = join(host.home, 'pueue');
      await writeFile(wrapper, `#!/bin/sh\n[ -n "$USER" ] || exit 7\nexec ${host.pueue} "$@"\n`);
      await chmod(wrapper, 0o755);
      const other = localHost(host.env, { pueue: wrapper });
      const refused: unknown = await add(other, [source]).catch((error: unknown) => error);
      other.reader.close();
      assert.ok(isProblemError(refused) && refused.problem.message.includes('does not find its daemon'));
      const { id } = source.source!;
      assert.equal((await rawTask(host, id)).id, id);
    });
  });
