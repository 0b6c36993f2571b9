/** P1, P4 and P6: what a refresh, an audit and a first look cost over a line with a stated round trip. */
import { auditSnapshot } from '../../src/core/audit/auditReport';
import { auditText } from '../../src/core/audit/auditText';
import { examineBeside } from '../../src/core/doctor/doctorReport';
import { systemClock } from '../../src/systemClock';
import { checkpointDirectory } from '../lab/scenarios';
import type { RemoteHost, Way } from '../ssh/remoteHost';
import { localHost, sha256 } from '../support/localHost';
import { callSsh, checklistCalls, filteredStatus, filterName, startControlMaster } from './plainSsh';
import { interleave, ratios, timed } from './samples';
import type { Row } from './table';

const settings = { checkpoints: [checkpointDirectory] };
const timeoutMs = 60_000;

function wayOf(host: RemoteHost, rttMs: number): Promise<Way> {
  return host.way({ delayMs: { up: rttMs / 2, down: rttMs / 2 } }, settings);
}

/** P1: one refresh on the open connection, beside the same question by `ssh`. */
export async function measureRefresh(host: RemoteHost, rttMs: number, rounds: number): Promise<readonly Row[]> {
  const way = await wayOf(host, rttMs);
  await readWhole(way);
  const master = await startControlMaster(way);
  try {
    const trips: number[] = [];
    const { ours, fresh, kept } = await interleave(rounds, {
      ours: async () => {
        let hostMs = 0;
        const milliseconds = await timed(async () => {
          hostMs = await readWhole(way);
        });
        trips.push((milliseconds - hostMs) / rttMs);
        return milliseconds;
      },
      fresh: () => timed(() => callSsh(way, filteredStatus)),
      kept: () => timed(() => callSsh(way, filteredStatus, master.options)),
    });
    const at = `at RTT ${rttMs} ms`;
    return [
      { id: 'P1', what: `refresh without the host's own work, ${at}`, atMost: 1.1, unit: 'RTT', samples: trips },
      { id: 'P1', what: `refresh / fresh ssh + ${filterName}, ${at}`, atMost: 0.15, samples: ratios(ours, fresh) },
      { id: 'P1', what: `refresh / ControlMaster + ${filterName}, ${at}`, atMost: 0.55, samples: ratios(ours, kept) },
    ];
  } finally {
    await master.stop();
    way.reader.close();
  }
}

/** P4: a whole audit beside the ssh calls of the checklist's audit. What the checklist does with their output is not counted. */
export async function measureAudit(host: RemoteHost, rttMs: number, rounds: number): Promise<readonly Row[]> {
  const way = await wayOf(host, rttMs);
  await audit(way);
  const { ours, cold, calls } = await interleave(rounds, {
    ours: () => timed(() => audit(way)),
    cold: async () => {
      const fresh = await wayOf(host, rttMs);
      const milliseconds = await timed(() => audit(fresh));
      fresh.reader.close();
      return milliseconds;
    },
    calls: () =>
      timed(async () => {
        for (const call of checklistCalls) await callSsh(way, call);
      }),
  });
  way.reader.close();
  const plain = `the checklist's ${checklistCalls.length} ssh calls, at RTT ${rttMs} ms`;
  return [
    { id: 'P4', what: `audit / ${plain}`, atMost: 0.125, samples: ratios(ours, calls) },
    { id: 'P4', what: `audit, connecting included / ${plain}`, atMost: null, samples: ratios(cold, calls) },
  ];
}

/**
 * P6: from nothing to the first reading, beside `ssh host true` and the host's own work. That work, from the login shell's
 * first step to the answer, is measured without any line: the same command and program, started on this machine.
 */
export async function measureFirstTree(host: RemoteHost, rttMs: number, rounds: number): Promise<readonly Row[]> {
  const plain = await wayOf(host, rttMs);
  const { ours, work, login } = await interleave(rounds, {
    ours: async () => {
      const way = await wayOf(host, rttMs);
      const milliseconds = await timed(() => readWhole(way));
      way.reader.close();
      return milliseconds;
    },
    work: async () => {
      const { reader } = localHost(host.pueue.env, settings);
      const milliseconds = await timed(() => reader.read(new AbortController().signal, timeoutMs));
      reader.close();
      return milliseconds;
    },
    login: () => timed(() => callSsh(plain, 'true')),
  });
  const both = login.map((milliseconds, round) => milliseconds + work[round]!);
  const what = `first tree / (ssh host true + the host's own work), at RTT ${rttMs} ms`;
  return [{ id: 'P6', what, atMost: 1, samples: ratios(ours, both) }];
}

/** @returns what the reading cost the host, in milliseconds */
async function readWhole({ reader }: Way): Promise<number> {
  return (await reader.read(new AbortController().signal, timeoutMs)).hostMilliseconds;
}

/** As the command does it: the host is examined while its queue is read. */
async function audit({ reader, alias }: Way): Promise<void> {
  const reading = reader.read(new AbortController().signal, timeoutMs);
  const doctor = await examineBeside(alias, (signal) => reader.examine(signal, timeoutMs), reading, systemClock);
  auditText({ ...auditSnapshot(alias, await reading, sha256), doctor });
  if (doctor?.problem !== null) throw new Error(doctor?.problem.message ?? 'the host was not reached');
}
