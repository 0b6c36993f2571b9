/** Which job is a retry of which, read from the journal of the host, on real daemons of both versions. */
import assert from 'node:assert/strict';
import { appendFile, chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostSnapshot } from '../../src/core/snapshot';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { add, jobToAdd, targetOf } from '../support/addJobs';
import { localHost, type LocalHost } from '../support/localHost';

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`the lineage of jobs on pueue ${version}`, () => {
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

    const journal = (): string => join(host.home, '.local/state/pueue-preflight/journal.jsonl');
    const look = (by = local): Promise<HostSnapshot> => by.reader.read(new AbortController().signal, 15_000);

    /** A job that failed, and its retry that succeeded. */
    async function retried(reason = 'It just died.'): Promise<{ from: number; to: number }> {
      const from = await host.add('false', { label: 'A@1' });
      await untilStates(host, new Map([[from, 'Failed']]));
      const source = await targetOf(host, from, 'failed');
      const { added } = await add(local, [
        jobToAdd(host, { source, retryOf: source, label: 'A@1-retry', reason, flagsAdded: ['--force-refresh'] }),
      ]);
      const to = added[0]!.newId!;
      await untilStates(host, new Map([[to, 'Success']]));
      return { from, to };
    }

    /** Retries and origins by id of the jobs in the queue, as the reading tells them. */
    function told({ queue, lineage }: HostSnapshot): object[] {
      return queue.jobs.map((job) => ({
        id: job.id,
        retries: lineage.retriesOf(job).map(({ to }) => to.id),
        origin: lineage.originOf(job)?.from.id ?? null,
      }));
    }

    it('stands on both, with label, reason and flags, and costs nothing where it did not change', async () => {
      const { from, to } = await retried();
      const snapshot = await look();
      assert.deepEqual(told(snapshot), [
        { id: from, retries: [to], origin: null },
        { id: to, retries: [], origin: from },
      ]);
      const { label, reason, flagsAdded, adopted } = snapshot.lineage.originOf(snapshot.queue.jobs[1]!)!;
      assert.deepEqual(
        { label, reason, flagsAdded, adopted },
        { label: 'A@1-retry', reason: 'It just died.', flagsAdded: ['--force-refresh'], adopted: false },
      );
      const before = local.tap.bytesReceived;
      const again = await look();
      assert.equal(again.lineage, snapshot.lineage);
      assert.ok(local.tap.bytesReceived - before < 200, `${local.tap.bytesReceived - before} bytes`);
    });

    it('stays on the one that is left, and never goes to another job that got the id', async () => {
      const { from, to } = await retried();
      await host.must(['remove', String(from)]);
      await untilGone(from);
      assert.deepEqual(told(await look()), [{ id: to, retries: [], origin: from }]);
      await host.must(['remove', String(to)]);
      await untilGone(to);
      const ids = [await host.add('true'), await host.add('true')];
      assert.ok(ids.includes(from), 'pueue gives the id again');
      assert.deepEqual(
        told(await look()),
        ids.map((id) => ({ id, retries: [], origin: null })),
      );
    });

    it('is read through torn, foreign and hostile lines, and anew where the journal is another file', async () => {
      const { from, to } = await retried('a\u202e\u001b]0;x\u0007');
      const link = [{ id: from, retries: [to], origin: null }, { id: to, retries: [], origin: from }]; // prettier-ignore
      await appendFile(
        journal(),
        ['{"kind": "intent", "data": {"verb": "add", "act": "x", "what": {"jobs": [{"key": "k", "retryOf": {"id"', '\n']
          .concat(
            [
              {
                kind: 'intent',
                data: { verb: 'add', act: 'y', what: { jobs: [7, { key: 'k', retryOf: { id: 'x' } }] } },
              },
              { kind: 'outcome', data: { verb: 'add', act: 'y', answer: { added: [{ key: 'k', newId: to }, null] } } },
              { kind: 'added', data: { act: 'y', jobs: { k: [0] } } },
              { kind: 'added', data: { act: ['y'], jobs: [] } },
            ].map((record) => `${JSON.stringify(record)}\n`),
          )
          .join(''),
      );
      assert.deepEqual(told(await look()), link);
      const text = await readFile(journal(), 'utf8');
      await rename(journal(), `${journal()}.old`);
      assert.deepEqual(told(await look())[0], { id: from, retries: [], origin: null });
      await writeFile(journal(), text);
      assert.deepEqual(told(await look()), link);
    });

    it('is known from the look at what was added where the end of the act is missing', async () => {
      const { from, to } = await retried();
      const lines = (await readFile(journal(), 'utf8')).split('\n').filter((line) => line !== '');
      await writeFile(journal(), `${lines.slice(0, -1).join('\n')}\n${lines.at(-1)!.slice(0, 40)}`);
      const other = localHost(host.env);
      assert.deepEqual(told(await look(other)), [
        { id: from, retries: [to], origin: null },
        { id: to, retries: [], origin: from },
      ]);
      const outcome = JSON.parse(lines.at(-1)!) as { data: { answer: { added: { outcome: string }[] } } };
      outcome.data.answer.added[0]!.outcome = 'adopted';
      await appendFile(journal(), `\n${JSON.stringify(outcome)}\n`);
      const { queue, lineage } = await look(other);
      assert.equal(lineage.originOf(queue.jobs[1]!)?.adopted, true, 'as it was found later');
      other.reader.close();
    });

    it('of an unreadable journal is not told as none', async () => {
      await retried();
      await rename(journal(), `${journal()}.old`);
      await mkdir(journal());
      await chmod(journal(), 0o755);
      const other = localHost(host.env);
      assert.equal((await look(other)).unreadJournal, 'EISDIR');
      other.reader.close();
    });

    async function untilGone(id: number): Promise<void> {
      while ((await look()).queue.jobs.some((job) => job.id === id)) await new Promise((done) => setImmediate(done));
    }
  });
