/** A requeue from the plan to the queue, on real daemons of both versions. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isProblemError } from '../../src/core/problem';
import type { HostSnapshot } from '../../src/core/snapshot';
import { addJobAct } from '../../src/core/requeue/newJob';
import { planRequeue } from '../../src/core/requeue/planRequeue';
import { requeueAct } from '../../src/core/requeue/requeueAct';
import type { RequeuePlan } from '../../src/core/requeue/requeuePlan';
import { requeuePlanText } from '../../src/core/requeue/requeueText';
import { requeuedJobs } from '../../src/core/requeue/requeueReport';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { localHost, type LocalHost } from '../support/localHost';

const signal = new AbortController().signal;
const flag = '--force-refresh';

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`a requeue on pueue ${version}`, () => {
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

    const look = (): Promise<HostSnapshot> => local.reader.read(signal, 15_000);
    function plan(snapshot: HostSnapshot, ids: readonly number[], word: 'internalOnly' | 'changesOutput'): RequeuePlan {
      return planRequeue({
        snapshot,
        sources: snapshot.queue.jobs.filter(({ id }) => ids.includes(id)).map((job) => ({ job, snapshotId: null })),
        ...{ refreshFlag: flag, word, withoutCheckpoint: true, edits: new Map() },
        checkpointsOf: () => ({ kind: 'judged', judgements: [] }),
        database: () => 'notAvailable',
      });
    }

    it('adds what the plan shows, with the same commands and -retry behind the labels', async () => {
      const first = await host.add('exit 3 #', { label: 'A@1' });
      const second = await host.add('printf "%s" one >&2; exit 1', { label: 'B' });
      await untilStates(
        host,
        new Map([
          [first, 'Failed'],
          [second, 'Failed'],
        ]),
      );
      const snapshot = await look();
      const made = plan(snapshot, [first, second], 'internalOnly');
      assert.deepEqual(
        made.rows.map(({ status }) => status),
        ['ready', 'ready'],
      );
      const act = requeueAct(made, snapshot, randomUUID);
      const told = requeuedJobs(made, act, await local.reader.act(act, 30_000));
      assert.deepEqual(
        told.map(({ outcome }) => outcome),
        ['added', 'added'],
      );
      const now = await look();
      for (const { source, newId } of told) {
        const [before, after] = [source.id, newId].map((id) => now.queue.jobs.find((job) => job.id === id));
        assert.equal(after?.command, before?.command);
        assert.equal(after?.label, `${before?.label ?? ''}-retry`);
      }
    });

    it('adds a refreshed job with the flag, and a job that is written by hand', async () => {
      const id = await host.add('true; false');
      const plain = await host.add('false', { label: 'D' });
      await untilStates(
        host,
        new Map([
          [id, 'Failed'],
          [plain, 'Failed'],
        ]),
      );
      const snapshot = await look();
      const made = plan(snapshot, [id, plain], 'changesOutput');
      assert.deepEqual(
        made.rows.map(({ status }) => status),
        ['open', 'ready'],
      );
      const act = requeueAct(made, snapshot, randomUUID);
      const [, told] = requeuedJobs(made, act, await local.reader.act(act, 30_000));
      assert.deepEqual([told?.outcome, told?.refresh, told?.command], ['added', true, `false ${flag}`]);
      const job = { command: 'echo by hand', directory: host.home, group: 'default', label: 'E', after: [] };
      const added = await local.reader.act(addJobAct({ ...job, environmentOf: null }, flag, randomUUID), 30_000);
      assert.equal(added.added[0]?.outcome, 'added');
      const { queue } = await look();
      assert.deepEqual(
        queue.jobs.filter(({ label }) => label === 'E').map(({ command }) => command),
        ['echo by hand'],
      );
    });

    it('runs the real text where secrets of the command are shown masked', async () => {
      const id = await host.add('printf %s --token=hunter2 >&1; exit 4', { label: 'S' });
      await untilStates(host, new Map([[id, 'Failed']]));
      const snapshot = await look();
      const made = plan(snapshot, [id], 'internalOnly');
      const shown = requeuePlanText('lab', made, [], snapshot);
      assert.ok(!shown.includes('hunter2') && /1 span masked/u.test(shown), shown);
      const act = requeueAct(made, snapshot, randomUUID);
      const [told] = requeuedJobs(made, act, await local.reader.act(act, 30_000));
      assert.ok(told?.outcome === 'added' && !told.command.includes('hunter2'));
      await untilStates(host, new Map([[told.newId!, 'Failed']]));
      assert.match(await host.must(['log', String(told.newId)]), /--token=hunter2/u);
    });

    it('is refused by the host where somebody queued the same work after the plan, with or without the flag', async () => {
      const gate = join(host.folder, 'gate');
      const command = `sh -c 'test -e ${gate} && sleep 300; exit 1'`;
      const id = await host.add(command, { label: 'C' });
      await untilStates(host, new Map([[id, 'Failed']]));
      const snapshot = await look();
      const act = requeueAct(plan(snapshot, [id], 'internalOnly'), snapshot, randomUUID);
      await writeFile(gate, '');
      const other = await host.add(`${command}  ${flag}`, { label: 'other' });
      await untilStates(host, new Map([[other, 'Running']]));
      await assert.rejects(local.reader.act(act, 30_000), (error) => {
        assert.ok(isProblemError(error), String(error));
        return error.problem.code === 'stale';
      });
      assert.equal((await look()).queue.jobs.at(-1)?.id, other, 'nothing was added');
    });
  });
