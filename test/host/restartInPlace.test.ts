/** Restart in Place on real daemons of both versions: what is kept, what is saved first, and what it refuses to touch. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isProblemError, type Problem } from '../../src/core/problem';
import type { RestartInPlace } from '../../src/core/acts/hostAct';
import { restartedTargets } from '../../src/core/acts/restartText';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { entryOf } from '../support/entryTarget';
import { localHost, type LocalHost } from '../support/localHost';
import { restartOf, snapshotOf, targetOf } from '../support/restart';

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`restart in place, on pueue ${version}`, () => {
    let host: PueueHost;
    let local: LocalHost;

    const act = (request: RestartInPlace) => local.reader.act(request, 20_000);
    const refusal = async (request: RestartInPlace): Promise<Problem> => {
      try {
        await act(request);
      } catch (error) {
        if (isProblemError(error)) return error.problem;
        throw error;
      }
      throw new Error('it was done');
    };
    const jobOf = async (id: number) => (await snapshotOf(local)).queue.jobs.find((job) => job.id === id)!;
    const savedLogs = async (): Promise<string[]> => {
      const logs = join(host.home, '.local/state/pueue-preflight/logs');
      const [daemon] = await readdir(logs).catch(() => []);
      return daemon === undefined ? [] : (await readdir(join(logs, daemon))).map((name) => join(logs, daemon, name));
    };

    beforeEach(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      local = localHost(host.env);
    });

    afterEach(async () => {
      local.reader.close();
      await host.stop();
    });

    it('keeps id, creation, label and stored environment, and the log of the earlier run', async () => {
      const id = await host.add('echo run $WHO; test -e again', { label: 'a@1', env: { WHO: 'first' } });
      await untilStates(host, new Map([[id, 'Failed']]));
      const before = await targetOf(local, id);
      await writeFile(join(host.home, 'project/again'), '');
      const { targets, commands, recorded } = await act(restartOf([before]));
      await untilStates(host, new Map([[id, 'Success']]));

      const after = await jobOf(id);
      assert.deepEqual([after.createdAt, after.label], [before.createdAt, 'a@1']);
      assert.deepEqual(
        targets.map(({ target, outcome }) => [target, outcome]),
        [[String(id), 'done']],
      );
      assert.equal(await readFile(targets[0]!.why!, 'utf8'), 'run first\n');
      assert.deepEqual(await savedLogs(), [targets[0]!.why]);
      assert.equal(await readFile(join(host.folder, `pueue/task_logs/${id}.log`), 'utf8'), 'run first\n');
      assert.ok(recorded);
      assert.deepEqual(
        commands.map(({ argv }) => argv.slice(-5)),
        [
          ['never', 'restart', '--in-place', '--stashed', '--', String(id)].slice(-5),
          ['--color', 'never', 'enqueue', '--', String(id)],
        ],
      );
    });

    it('starts a parent and the child that failed with it in one call, in order', async () => {
      const parent = await host.add('test -e again');
      const child = await host.add('echo child', { after: [parent] });
      await untilStates(host, new Map([[child, 'DependencyFailed']]));
      await writeFile(join(host.home, 'project/again'), '');
      const targets = [await targetOf(local, parent), await targetOf(local, child)];
      const answer = await act(restartOf(targets));
      assert.deepEqual(
        answer.targets.map(({ outcome }) => outcome),
        ['done', 'done'],
      );
      await untilStates(host, new Map([[child, 'Success']]));
      assert.deepEqual((await jobOf(child)).dependencies, [parent]);
    });

    it('does nothing to any of them where one has changed', async () => {
      const [one, other] = [await host.add('false'), await host.add('false')];
      await untilStates(host, new Map([[other, 'Failed']]));
      const targets = [await targetOf(local, one), await targetOf(local, other)];
      await host.must(['restart', '--in-place', '--stashed', String(other)]);
      const { code, message } = await refusal(restartOf(targets));
      assert.equal(code, 'stale');
      assert.match(message, new RegExp(`job ${other} is`, 'u'));
      assert.equal((await targetOf(local, one)).state, 'failed');
      assert.deepEqual(await savedLogs(), []);
    });

    it('refuses where the same work is queued by now, under the label or as the command', async () => {
      const id = await host.add('false', { label: 'a@1' });
      await untilStates(host, new Map([[id, 'Failed']]));
      const target = await targetOf(local, id);
      const { command, directory, group } = await jobOf(id);
      await host.must(['pause']);
      const again = await host.add('true', { label: 'a@1-retry' });
      const label = { labels: [{ group, label: 'a@1' }], commands: [], withoutFlag: null };
      assert.match((await refusal(restartOf([target], { absent: label }))).message, /same label and is queued/u);
      await host.must(['remove', String(again)]);
      await host.add('false --fresh');
      const same = { labels: [], commands: [{ directory, command }], withoutFlag: '--fresh' };
      assert.match((await refusal(restartOf([target], { absent: same }))).message, /same command and is queued/u);
      assert.equal((await targetOf(local, id)).state, 'failed');
    });

    it('refuses while a program of the earlier run lives, with its process', async () => {
      const id = await host.add('setsid sh -c "echo $$ > pid; exec sleep 1000" & sleep 0.2; false');
      await untilStates(host, new Map([[id, 'Failed']]));
      const { code, message } = await refusal(restartOf([await targetOf(local, id)]));
      assert.equal(code, 'refused');
      assert.match(message, /process \d+ of job \d+ still lives/u);
      assert.equal((await targetOf(local, id)).state, 'failed');
    });

    it('leaves a job stashed whose log goes on growing after it was saved', async () => {
      const id = await host.add('echo first; false');
      await untilStates(host, new Map([[id, 'Failed']]));
      const log = join(host.folder, `pueue/task_logs/${id}.log`);
      const target = await targetOf(local, id);
      // A client that writes to the log as it restarts, which a program that nobody can see could do.
      const client = join(host.home, 'client');
      await writeFile(
        client,
        `#!/bin/sh\ncase "$*" in *restart*) echo late >> '${log}';; esac\nexec ${join(host.home, '.cargo/bin/pueue')} "$@"\n`,
        { mode: 0o755 },
      );
      const odd = localHost(host.env, { pueue: client });
      try {
        const { targets } = await odd.reader.act(restartOf([target]), 20_000);
        assert.deepEqual([targets[0]!.outcome, targets[0]!.why], ['failed', 'logChanged stashed']);
        assert.equal((await targetOf(local, id)).state, 'stashed');
        assert.equal(await readFile((await savedLogs())[0]!, 'utf8'), 'first\n');
      } finally {
        odd.reader.close();
      }
    });

    it('starts a job whose log is gone, and says that none was saved', async () => {
      const id = await host.add('false');
      await untilStates(host, new Map([[id, 'Failed']]));
      const target = await targetOf(local, id);
      await host.run(['log']);
      await rm(join(host.folder, `pueue/task_logs/${id}.log`));
      const { targets } = await act(restartOf([target]));
      assert.deepEqual([targets[0]!.outcome, targets[0]!.why], ['done', null]);
    });

    it('restarts nothing where the quarantine cannot be made, and says why of each job', async () => {
      const id = await host.add('false');
      await untilStates(host, new Map([[id, 'Failed']]));
      const root = join(host.home, 'results');
      await mkdir(root);
      const path = join(root, 'a.json');
      await writeFile(path, '{}');
      await writeFile(`${root}.pueue-preflight-quarantine`, 'in its way');
      const target = await targetOf(local, id);
      const { targets, commands } = await act(
        restartOf([target], { quarantine: [{ root, entries: [entryOf(path)] }] }),
      );
      assert.deepEqual([targets[0]!.outcome, commands], ['refused', []]);
      assert.match(targets[0]!.why!, /^notQuarantined .*results: E[A-Z]+$/u);
      assert.match(
        restartedTargets(targets)[0]!.reason!,
        /could not be put into quarantine \(.*results: E[A-Z]+\)[.]$/u,
      );
      assert.deepEqual(await targetOf(local, id), target);
      assert.equal(await readFile(path, 'utf8'), '{}');
    });

    it('refuses where an entry that it rests on has changed', async () => {
      const id = await host.add('false');
      await untilStates(host, new Map([[id, 'Failed']]));
      const path = join(host.home, 'a.json');
      await writeFile(path, '{}');
      const entry = entryOf(path);
      const target = await targetOf(local, id);
      await appendFile(path, ' ');
      assert.equal((await refusal(restartOf([target], { unchanged: [entry] }))).code, 'stale');
      await writeFile(path, '{}');
      const same = entryOf(path);
      assert.equal((await act(restartOf([target], { unchanged: [same] }))).targets[0]!.outcome, 'done');
    });
  });
