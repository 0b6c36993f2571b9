/** The last lines of many real jobs of both versions, in one request. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { untilStates, type LabState } from '../lab/queueState';
import { localHost, type LocalHost } from '../support/localHost';

const signal = new AbortController().signal;

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`the last lines of jobs of pueue ${version}`, () => {
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

    async function ran(command: string, state: LabState): Promise<number> {
      const id = await host.add(command);
      await untilStates(host, new Map([[id, state]]));
      return id;
    }
    const read = async (ids: readonly number[], start: string | null = null): Promise<[number, string][]> => [
      ...(await local.reader.readLastLines(
        ids.map((id) => ({ id, createdAt: null, start })),
        signal,
        15_000,
      )),
    ];

    it('come in one request, whatever stands before them', async () => {
      const one = await ran('seq 1 5000; echo ZeroDivisionError: division by zero; echo; exit 1', 'Failed');
      const two = await ran('printf "\\033[31m10%%\\r20%%\\033[0m"; exit 2', 'Failed');
      const silent = await ran('exit 3', 'Failed');
      const before = local.tap.bytesReceived;
      const lines = await read([two, one, silent]);
      assert.deepEqual(lines, [
        [two, '20%'],
        [one, 'ZeroDivisionError: division by zero'],
      ]);
      assert.ok(local.tap.bytesReceived - before < 20_000, 'only the ends of the logs are sent');
    });

    it('are of the run that is meant, or there are none', async () => {
      const id = await ran('echo mine', 'Success');
      assert.deepEqual(await read([id, 999]), [[id, 'mine']]);
      assert.deepEqual(await read([id], '2020-01-01T00:00:00Z'), []);
    });

    it('are cut where the end of a log is one long line', async () => {
      const id = await ran('exit 1', 'Failed');
      await writeFile(join(host.folder, `pueue/task_logs/${id}.log`), 'x'.repeat(100_000));
      const [line] = await read([id]);
      assert.equal(line?.[1], 'x'.repeat(2048));
    });
  });
