/** Jobs of a snapshot queued again after an emergency stop has removed them, on real daemons of both versions. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startOf, stateName } from '../../src/core/pueue/job';
import { planRequeue } from '../../src/core/requeue/planRequeue';
import { requeueAct } from '../../src/core/requeue/requeueAct';
import type { RequeuePlan } from '../../src/core/requeue/requeuePlan';
import { requeuedJobs } from '../../src/core/requeue/requeueReport';
import { sourcesOfSnapshot } from '../../src/core/requeue/snapshotSources';
import type { HostSnapshot } from '../../src/core/snapshot';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates, type LabState } from '../lab/queueState';
import { rawTasks } from '../support/addJobs';
import { localHost, type LocalHost } from '../support/localHost';

const signal = new AbortController().signal;
const timeoutMs = 30_000;

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`a requeue from a snapshot on pueue ${version}`, () => {
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

    const look = (): Promise<HostSnapshot> => local.reader.read(signal, timeoutMs);

    async function keep(): Promise<string> {
      const { queue } = await look();
      const targets = queue.jobs.map((job) => ({
        ...{ id: job.id, createdAt: job.createdAt!, start: startOf(job.state), state: stateName(job.state) },
      }));
      const snapshotId = randomUUID();
      const ids = { id: randomUUID(), deployId: randomUUID(), snapshotId };
      await local.reader.act({ kind: 'emergency', group: null, targets, ...ids }, timeoutMs);
      return snapshotId;
    }

    async function plan(snapshotId: string, snapshot: HostSnapshot): Promise<RequeuePlan> {
      const kept = await local.reader.readSnapshotJobs(snapshotId, signal, timeoutMs);
      const { sources, edits } = sourcesOfSnapshot(snapshotId, kept, snapshot);
      return planRequeue({
        ...{ snapshot, sources, edits, refreshFlag: null, word: 'internalOnly', withoutCheckpoint: true },
        checkpointsOf: () => ({ kind: 'notKnown', why: 'no checkpoint directory is configured' }),
        database: () => 'notAvailable',
      });
    }

    it('adds what had not ended, parents first, with the environments of then, and once', async () => {
      const env = { LINEAGE_MARK: 'of then' };
      const done = await host.add('true', { env, label: 'DONE' });
      const failed = await host.add('exit 3', { env, label: 'FAILED' });
      const states: [number, LabState][] = [[done, 'Success'], [failed, 'Failed']]; // prettier-ignore
      await untilStates(host, new Map(states));
      const running = await host.add('sleep 1000', { env, label: 'A@1' });
      const waiting = await host.add('echo \'a b\' "$HOME"', { env, label: 'B', after: [running] });
      const held = await host.add('echo held', { env, label: 'HELD', stashed: true });
      await untilStates(host, new Map<number, LabState>([[running, 'Running'], [waiting, 'Queued'], [held, 'Stashed']])); // prettier-ignore
      const before = await rawTasks(host);
      const snapshotId = await keep();

      const tooEarly = await plan(snapshotId, await look());
      const early = tooEarly.rows.find(({ source }) => source.job.id === running);
      assert.deepEqual([early?.status, /running with the same command/u.test(early?.reason ?? '')], ['refused', true]);

      await host.must(['kill', String(running)]);
      await untilStates(host, new Map<number, LabState>([[running, 'Killed']]));
      await host.must(['remove', ...[done, failed, running, waiting, held].map(String)]);
      while ((await rawTasks(host)).length > 0) continue;

      const snapshot = await look();
      const made = await plan(snapshotId, snapshot);
      const rows = made.rows.map(({ source, status, reason }) => [source.job.id, status, status === 'skipped' ? reason : '']); // prettier-ignore
      assert.deepEqual(rows, [
        [done, 'skipped', 'Left out: it had succeeded.'],
        [failed, 'ready', ''],
        [running, 'ready', ''],
        [waiting, 'ready', ''],
        [held, 'skipped', 'Left out: it was stashed.'],
      ]);
      assert.deepEqual(made.rows[3]?.afterSources.map(({ id }) => id), [running]); // prettier-ignore
      const act = requeueAct(made, snapshot, randomUUID);
      const told = requeuedJobs(made, act, await local.reader.act(act, timeoutMs));
      const added = told.filter(({ outcome }) => outcome === 'added');
      assert.deepEqual(added.map(({ source }) => source.id), [failed, running, waiting], JSON.stringify(told)); // prettier-ignore
      const after = await rawTasks(host);
      for (const { source, newId } of added) {
        const [then, now] = [before.find(({ id }) => id === source.id)!, after.find(({ id }) => id === newId)!];
        assert.deepEqual([now.original_command, now.path, now.group], [then.original_command, then.path, then.group]);
        assert.equal(now.label, `${then.label ?? ''}-retry`);
        assert.equal(now.envs['LINEAGE_MARK'], 'of then');
        assert.deepEqual(withoutWorker(now.envs), withoutWorker(then.envs));
      }
      const ids = new Map(added.map(({ source, newId }) => [source.id, newId]));
      assert.deepEqual(after.find(({ id }) => id === ids.get(waiting))?.dependencies, [ids.get(running)]);
      assert.ok(!(await local.tap.said()).includes('of then'), 'no environment has left the host');

      const now = await look();
      const retry = now.queue.jobs.find(({ id }) => id === ids.get(running))!;
      assert.equal(now.lineage.originOf(retry)?.from.id, running);
      const again = (await plan(snapshotId, now)).rows.map(({ status }) => status);
      assert.deepEqual(again, Array(5).fill('skipped'), 'nothing is queued a third time unasked');
    });

    /** But for what pueue itself sets. */
    function withoutWorker(environment: Readonly<Record<string, string>>): Record<string, string> {
      const names = new Set(['PUEUE_WORKER_ID', 'PUEUE_GROUP']);
      return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.has(name)));
    }
  });
