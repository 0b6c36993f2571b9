/** P1, P4 and P6: what a refresh, an audit and a first look cost over a line with a stated round trip. */
import { auditSnapshot } from '../../src/core/audit/auditReport';
import { auditText } from '../../src/core/audit/auditText';
import { examineBeside } from '../../src/core/doctor/doctorReport';
import { systemClock } from '../../src/systemClock';
import { checkpointDirectory } from '../lab/scenarios';
import type { RemoteHost, Way } from '../ssh/remoteHost';
import { localHost, sha256 } from '../support/localHost';
import {
  callSsh,
  checklistCalls,
  filteredStatus,
  filterName,
  hostCost,
  projectedStatus,
  startControlMaster,
} from './plainSsh';
import { startRawSsh2 } from './rawSsh2';
import { interleave, ratios, timed, without } from './samples';
import type { Row } from './table';

const settings = { checkpoints: [checkpointDirectory] };
const timeoutMs = 60_000;

function wayOf(host: RemoteHost, rttMs: number, bytesPerSecond = 0): Promise<Way> {
  const bandwidth = { up: bytesPerSecond, down: bytesPerSecond };
  return host.way({ delayMs: { up: rttMs / 2, down: rttMs / 2 }, bandwidth }, settings);
}

/** One refresh on the open connection, beside the same question by each plain way. */
interface RefreshSamples {
  readonly ours: readonly number[];
  /** What of it was the host's own work. */
  readonly oursOnHost: readonly number[];
  readonly fresh: readonly number[];
  readonly kept: readonly number[];
  readonly raw: readonly number[];
  /** What the plain command costs the host. */
  readonly plainOnHost: readonly number[];
}

async function compareRefreshes(host: RemoteHost, way: Way, command: string, rounds: number): Promise<RefreshSamples> {
  await readWhole(way);
  const master = await startControlMaster(way);
  const raw = await startRawSsh2(host, way);
  try {
    const oursOnHost: number[] = [];
    const samples = await interleave(rounds, {
      ours: () =>
        timed(async () => {
          oursOnHost.push(await readWhole(way));
        }),
      fresh: () => timed(() => callSsh(way, command)),
      kept: () => timed(() => callSsh(way, command, master.options)),
      raw: () => timed(() => raw.exec(command)),
      plainOnHost: () => hostCost(host, command),
    });
    return { ...samples, oursOnHost };
  } finally {
    raw.stop();
    await master.stop();
    way.reader.close();
  }
}

/** P1 with few jobs: the host's own work is counted on neither side where trips are, and on both where ratios are. */
export async function measureRefresh(host: RemoteHost, rttMs: number, rounds: number): Promise<readonly Row[]> {
  const { ours, oursOnHost, fresh, kept, raw } = await compareRefreshes(
    host,
    await wayOf(host, rttMs),
    filteredStatus,
    rounds,
  );
  const at = `at RTT ${rttMs} ms`;
  const [ofFresh, ofKept] = rttMs === 50 || rttMs === 200 ? [0.15, 0.55] : [null, null];
  const trips = without(ours, oursOnHost).map((milliseconds) => milliseconds / rttMs);
  return [
    ...(rttMs === 0
      ? []
      : [
          {
            ...{ id: 'P1', what: `refresh without the host's own work, ${at}` },
            ...{ atMost: 1.1, unit: 'RTT' as const, samples: trips },
          },
        ]),
    { id: 'P1', what: `refresh / fresh ssh + ${filterName}, ${at}`, atMost: ofFresh, samples: ratios(ours, fresh) },
    { id: 'P1', what: `refresh / ControlMaster + ${filterName}, ${at}`, atMost: ofKept, samples: ratios(ours, kept) },
    { id: 'P1', what: `refresh / ssh2 exec + ${filterName}, ${at}`, atMost: null, samples: ratios(ours, raw) },
  ];
}

/** P1 with many jobs, the host's own work subtracted on both sides: what is left is the line and the programs at its ends. */
export async function measureLargeRefresh(
  host: RemoteHost,
  { jobs, rttMs }: { readonly jobs: number; readonly rttMs: number },
  rounds: number,
): Promise<readonly Row[]> {
  const way = await wayOf(host, rttMs);
  const samples = await compareRefreshes(host, way, filteredStatus, rounds);
  const { ours, oursOnHost, fresh, kept, raw, plainOnHost } = samples;
  const at = `${jobs} jobs at RTT ${rttMs} ms, without the host's own work`;
  const ourLine = without(ours, oursOnHost);
  const beside = (plain: readonly number[]): readonly number[] => ratios(ourLine, without(plain, plainOnHost));
  return [
    { id: 'P1', what: `refresh / fresh ssh + ${filterName}, ${at}`, atMost: 0.15, samples: beside(fresh) },
    { id: 'P1', what: `refresh / ControlMaster + ${filterName}, ${at}`, atMost: 0.55, samples: beside(kept) },
    { id: 'P1', what: `refresh / ssh2 exec + ${filterName}, ${at}`, atMost: null, samples: beside(raw) },
    {
      ...{ id: 'P1', what: `the host's own work of a refresh / of pueue + ${filterName}, ${jobs} jobs` },
      ...{ atMost: null, samples: ratios(oursOnHost, plainOnHost) },
    },
  ];
}

/** P1 on a narrow line, where the plain way brings the jobs as well, each without its environment. */
export async function measureNarrowRefresh(
  host: RemoteHost,
  line: { readonly jobs: number; readonly rttMs: number; readonly bytesPerSecond: number },
  rounds: number,
): Promise<readonly Row[]> {
  const way = await wayOf(host, line.rttMs, line.bytesPerSecond);
  const { ours, fresh, kept, raw } = await compareRefreshes(host, way, projectedStatus, rounds);
  const width = line.bytesPerSecond < 1e6 ? `${line.bytesPerSecond / 1e3} KB/s` : `${line.bytesPerSecond / 1e6} MB/s`;
  const at = `${line.jobs} jobs at ${width} and RTT ${line.rttMs} ms`;
  return [
    { id: 'P1', what: `refresh / fresh ssh + ${filterName}, ${at}`, atMost: null, samples: ratios(ours, fresh) },
    { id: 'P1', what: `refresh / ControlMaster + ${filterName}, ${at}`, atMost: null, samples: ratios(ours, kept) },
    { id: 'P1', what: `refresh / ssh2 exec + ${filterName}, ${at}`, atMost: null, samples: ratios(ours, raw) },
    { id: 'P1', what: `refresh, ${at}`, atMost: null, unit: 'ms', samples: ours },
  ];
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
