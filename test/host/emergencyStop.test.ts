/** A whole emergency stop on real daemons: every job gone with its log and its environment kept, and in how many requests. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyEmergency, type EmergencyEnd } from '../../src/core/emergency/applyEmergency';
import { defaultChoices, planEmergency, type EmergencyChoices } from '../../src/core/emergency/emergencyPlan';
import { identify } from '../lab/processes';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { jobStates, untilStates, type LabState } from '../lab/queueState';
import { runProgram } from '../lab/runProgram';
import { localHost, type LocalHost } from '../support/localHost';
import { layOutliving } from '../support/survivors';

const timeoutMs = 60_000;

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`an emergency stop, on pueue ${version}`, () => {
    let host: PueueHost;
    let local: LocalHost;
    let lay: Awaited<ReturnType<typeof layOutliving>>;

    beforeEach(async () => {
      host = await startPueueHost({ version, clientIn: '.cargo/bin' });
      local = localHost(host.env);
      lay = await layOutliving(host);
      await host.must(['parallel', '4']);
    });

    afterEach(async () => {
      local.reader.close();
      await lay.stop();
      await host.stop();
    });

    const read = () => local.reader.read(new AbortController().signal, timeoutMs);
    const stop = async (choices: Partial<EmergencyChoices> = {}): Promise<EmergencyEnd> => {
      const plan = planEmergency({
        ...{ deployId: randomUUID(), snapshotId: randomUUID(), host: 'lab', group: null, fingerprint: 'f' },
        ...{ snapshot: await read(), choices: { ...defaultChoices, ...choices }, judge: () => [] },
      });
      return applyEmergency(plan, {
        reader: local.reader,
        newId: () => randomUUID(),
        judge: () => [],
        isCancelled: () => false,
        onProgress: () => undefined,
      });
    };

    it('ends jobs that ignore SIGTERM, hide, or are paused, starts none that waits, and keeps log and environment', async () => {
      const hiding = await lay.add('in a session of its own');
      const stubborn = await lay.add('the child of a shell');
      const paused = await host.add('echo begun; sleep 1000');
      const waiting = await host.add('touch ~/started', { after: [stubborn.id] });
      await untilStates(host, new Map<number, LabState>([[hiding.id, 'Running'], [paused, 'Running']])); // prettier-ignore
      await host.must(['pause', String(paused)]);
      await untilStates(host, new Map<number, LabState>([[paused, 'Paused'], [waiting, 'Queued']])); // prettier-ignore
      await read();
      const end = await stop({ graceMs: 500 });
      assert.deepEqual(end.problem, null, JSON.stringify(end, null, 1));
      assert.deepEqual(end.steps.map(({ state }) => state), ['done', 'done', 'done', 'done', 'alreadySo']); // prettier-ignore
      assert.deepEqual(await jobStates(host), new Map());
      for (const { pid } of [hiding, stubborn]) assert.equal(identify(pid), null);
      const kept = JSON.parse(await readFile(end.kept?.path ?? '', 'utf8')) as { jobs: unknown[] };
      assert.equal(kept.jobs.length, 4);
      const { processes } = await read();
      assert.deepEqual(processes.kind === 'traced' && processes.runs, []);
      await assert.rejects(readFile(join(host.home, 'started')), { code: 'ENOENT' });
    });

    it('of 1,000 jobs takes at most five requests', async () => {
      await host.must(['parallel', '10']);
      // One call of the shell adds them all: a client each would take a minute.
      const text = `i=0; while [ $i -lt 1000 ]; do ${host.pueue} -c ${host.config} add -- "sleep 100$i" >/dev/null; i=$((i+1)); done`;
      await runProgram('/bin/sh', ['-c', text], { env: { ...host.env }, cwd: host.home });
      await read();
      const before = local.tap.writes;
      const began = performance.now();
      const end = await stop();
      const milliseconds = Math.round(performance.now() - began);
      console.log(
        `      ${version}: ${milliseconds} ms, ${local.tap.writes - before} requests with the plan's reading`,
      );
      assert.deepEqual([end.problem, (await jobStates(host)).size], [null, 0]);
      assert.ok(local.tap.writes - before <= 6);
    }).timeout(180_000);
  });
