/** P5: an emergency stop of many jobs beside the checklist's loop, which removes them by one ssh call each. */
import { randomUUID } from 'node:crypto';
import { applyEmergency } from '../../src/core/emergency/applyEmergency';
import { defaultChoices, planEmergency } from '../../src/core/emergency/emergencyPlan';
import { checkpointDirectory } from '../lab/scenarios';
import { layLargeQueue } from '../lab/largeQueue';
import { RemoteHost } from '../ssh/remoteHost';
import { callSsh } from './plainSsh';
import { timed } from './samples';
import type { Row } from './table';

const pueue = '~/.cargo/bin/pueue';
/** How many calls of the loop are measured; the others cost as much. */
const measuredCalls = 20;
const mostRequests = 5;

/** What the checklist does before, behind and instead of the loop; what prints nothing is made to print a line. */
const otherCalls: readonly string[] = [
  `${pueue} kill --all; echo`,
  `${pueue} clean; echo`,
  `${pueue} status --json`,
  'rm -f ~/.cache/myapp/checkpoints/*.json; echo',
  `${pueue} start --all; echo`,
];

/** Each round on a host of its own, since a stop leaves nothing to stop. */
export async function measureEmergencyStop(jobs: number, rttMs: number, rounds: number): Promise<readonly Row[]> {
  const ratios: number[] = [];
  const milliseconds: number[] = [];
  const requests: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const host = await RemoteHost.start({ version: '4.0.4' });
    try {
      await layLargeQueue(host.pueue, measuredCalls + jobs - 1);
      const link = { delayMs: { up: rttMs / 2, down: rttMs / 2 } };
      const way = await host.way(link, { checkpoints: [checkpointDirectory] });
      const calls = await timed(async () => {
        for (let id = 0; id < measuredCalls; id++) await callSsh(way, `${pueue} remove ${id}`);
      });
      const snapshot = await way.reader.read(new AbortController().signal, 60_000);
      const plan = planEmergency({
        ...{ deployId: randomUUID(), snapshotId: randomUUID(), host: way.alias, group: null, fingerprint: '' },
        ...{ snapshot, choices: defaultChoices, judge: () => [] },
      });
      const before = way.tap.writes;
      const began = performance.now();
      const end = await applyEmergency(plan, {
        ...{ reader: way.reader, newId: randomUUID, judge: () => [] },
        ...{ isCancelled: () => false, onProgress: () => undefined },
      });
      milliseconds.push(performance.now() - began);
      requests.push(way.tap.writes - before);
      if (end.problem !== null || plan.jobs.length !== jobs)
        throw new Error(end.problem?.message ?? `${plan.jobs.length} jobs`);
      const others = await timed(async () => {
        for (const call of otherCalls) await callSsh(way, call);
      });
      ratios.push(milliseconds.at(-1)! / (others + (calls / measuredCalls) * jobs));
    } finally {
      await host.stop();
    }
  }
  const at = `${jobs} jobs at RTT ${rttMs} ms`;
  return [
    {
      ...{ id: 'P5', what: `emergency stop / the checklist's loop (${measuredCalls} of its calls, scaled), ${at}` },
      ...{ atMost: 1 / 100, samples: ratios },
    },
    { id: 'P5', what: `requests of an emergency stop, ${at}`, atMost: mostRequests, samples: requests },
    { id: 'P5', what: `emergency stop, ${at}`, atMost: null, unit: 'ms', samples: milliseconds },
  ];
}
