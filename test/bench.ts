/**
 * `npm run bench`: how far the goals in numbers are reached, as ratios of what is measured side by side in one run. It is a
 * report and no gate: it fails only where something could not be measured. `-- --quick` takes few samples of small queues,
 * `-- --markdown` prints the table for a page.
 */
import { arch, cpus, loadavg, release, type } from 'node:os';
import { startBenchHost, startLargeBenchHost } from './bench/benchHost';
import { measureEditorWork } from './bench/editorWork';
import { measureEmergencyStop } from './bench/emergencyStop';
import { measureFlood, measureLines } from './bench/followCost';
import { measureHugeQueue } from './bench/hugeQueue';
import { measureIdle, type IdleExtent } from './bench/idleCost';
import {
  measureAudit,
  measureFirstTree,
  measureLargeRefresh,
  measureNarrowRefresh,
  measureRefresh,
} from './bench/overSsh';
import { filterName } from './bench/plainSsh';
import { measureBytes } from './bench/replySize';
import { tableMarkdown, tableText, type Row } from './bench/table';
import { measureTreeWork } from './bench/treeWork';
import { Interruption } from './lab/interruption';
import { variableCount } from './lab/sweepEnvironment';
import { takeDownLeftovers, takeDownOwn } from './lab/registry';
import { prepareLayers } from './prepare/layers';
import type { RemoteHost } from './ssh/remoteHost';

/** Goals that this program does not measure, and where else they are held. */
const notMeasured = [
  'P8: the sizes and what an activation loads are held by the layers unit and vscode; its time is not measured',
];

/** How large the queues are, and how many samples are taken. */
interface Extent {
  readonly jobs: number;
  readonly manyJobs: number;
  /** For lines that are narrow, and where the host's own work is subtracted. */
  readonly largeJobs: number;
  /** For what large queues cost the editor. */
  readonly veryLargeJobs: number;
  readonly hugeJobs: number;
  readonly rounds: number;
  /** Of what takes seconds: the audit by the checklist's calls. */
  readonly fewRounds: number;
  /** Of what takes ten seconds. */
  readonly fewestRounds: number;
  readonly idle: IdleExtent;
  readonly lines: number;
  readonly floodSeconds: number;
}

const full: Extent = {
  ...{ jobs: 10, manyJobs: 200, largeJobs: 1_000, veryLargeJobs: 10_000, hugeJobs: 100_000 },
  ...{ rounds: 15, fewRounds: 7, fewestRounds: 5 },
  idle: { watchedSeconds: 30, idleSeconds: 65 },
  ...{ lines: 15, floodSeconds: 15 },
};
const quick: Extent = {
  ...{ jobs: 10, manyJobs: 30, largeJobs: 100, veryLargeJobs: 1_000, hugeJobs: 10_000 },
  ...{ rounds: 2, fewRounds: 1, fewestRounds: 1 },
  idle: { watchedSeconds: 3, idleSeconds: 2 },
  ...{ lines: 3, floodSeconds: 3 },
};

/** On a narrow line. */
const narrowRttMs = 50;

interface Measurement {
  readonly title: string;
  readonly rounds: number;
  readonly run: (rounds: number) => Promise<readonly Row[]>;
}

function measurementsOf(host: RemoteHost, extent: Extent): readonly Measurement[] {
  const { jobs, manyJobs, largeJobs, veryLargeJobs, hugeJobs, rounds, fewRounds, fewestRounds, idle } = extent;
  const { lines, floodSeconds } = extent;
  return [
    ...[0, 50, 200, 500].map((rttMs) => ({
      title: `P1: refresh at RTT ${rttMs} ms`,
      rounds: rttMs === 500 ? fewestRounds : rounds,
      run: (count: number) => measureRefresh(host, rttMs, count),
    })),
    { title: 'P4: audit at RTT 200 ms', rounds: fewRounds, run: (count) => measureAudit(host, 200, count) },
    ...[0, 50, 200, 500].map((rttMs) => ({
      title: `P6: first tree at RTT ${rttMs} ms`,
      rounds: rttMs === 500 ? fewestRounds : rounds,
      run: (count: number) => measureFirstTree(host, rttMs, count),
    })),
    { title: 'P9: looking and not looking', rounds: 1, run: () => measureIdle(host, idle) },
    ...[0, 50, 200, 500].map((rttMs) => ({
      title: `P7: a followed line at RTT ${rttMs} ms`,
      rounds: lines,
      run: (count: number) => measureLines(host, rttMs, count),
    })),
    ...[0, 1_000_000].map((bytesPerSecond) => ({
      title: `P7: a flood${bytesPerSecond === 0 ? '' : ` at ${bytesPerSecond / 1e3} KB/s`}`,
      rounds: 1,
      run: () => measureFlood(host, { seconds: floodSeconds, bytesPerSecond }),
    })),
    // After the others, because it adds jobs.
    { title: 'P2: bytes', rounds: 1, run: () => measureBytes(host, { before: jobs, wanted: manyJobs }) },
    {
      title: `P3: work in the editor with ${veryLargeJobs} jobs`,
      rounds: fewRounds,
      run: (count) => measureEditorWork(veryLargeJobs, count),
    },
    {
      title: `P3: the tree with ${veryLargeJobs} jobs`,
      rounds: fewRounds,
      run: (count) => measureTreeWork(veryLargeJobs, 10 * veryLargeJobs, count),
    },
    { title: `P3: a reading of ${hugeJobs} jobs`, rounds: 1, run: () => measureHugeQueue(hugeJobs) },
    ...[50, 200].map((rttMs) => ({
      title: `P5: an emergency stop of ${largeJobs} jobs at RTT ${rttMs} ms`,
      rounds: Math.min(3, fewRounds),
      run: (count: number) => measureEmergencyStop(largeJobs, rttMs, count),
    })),
  ];
}

/** What is measured on a host with many jobs, which is started only for that. */
function measurementsOfMany(host: RemoteHost, jobs: number, extent: Extent): readonly Measurement[] {
  const { veryLargeJobs, rounds, fewRounds, fewestRounds } = extent;
  if (jobs !== veryLargeJobs)
    return [
      {
        title: `P1: refresh of ${jobs} jobs at RTT 200 ms`,
        rounds: fewestRounds,
        run: (count) => measureLargeRefresh(host, { jobs, rttMs: 200 }, count),
      },
    ];
  return [
    ...[50, 200].map((rttMs) => ({
      title: `P1: refresh of ${jobs} jobs at RTT ${rttMs} ms`,
      rounds,
      run: (count: number) => measureLargeRefresh(host, { jobs, rttMs }, count),
    })),
    ...[1_000_000, 64_000].map((bytesPerSecond) => ({
      title: `P1: refresh of ${jobs} jobs at ${bytesPerSecond / 1e3} KB/s`,
      rounds: bytesPerSecond < 1e6 ? Math.min(3, fewRounds) : fewRounds,
      run: (count: number) => measureNarrowRefresh(host, { jobs, rttMs: narrowRttMs, bytesPerSecond }, count),
    })),
  ];
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What a run has brought so far. */
interface Results {
  readonly rows: Row[];
  readonly failures: string[];
  readonly began: number;
}

async function measureOn(
  start: () => Promise<RemoteHost>,
  measurements: (host: RemoteHost) => readonly Measurement[],
  { rows, failures, began }: Results,
): Promise<void> {
  const host = await start();
  try {
    for (const { title, rounds, run } of measurements(host)) {
      const since = ((performance.now() - began) / 1000).toFixed(0).padStart(3);
      say(`${since} s  ${title}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'} …`);
      try {
        rows.push(...(await run(rounds)));
      } catch (error) {
        failures.push(`${title}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await host.stop();
  }
}

/** @returns true where everything could be measured */
async function main({ isQuick, isMarkdown }: BenchOptions): Promise<boolean> {
  const extent = isQuick ? quick : full;
  for (const line of await takeDownLeftovers()) say(line);
  const missing = (await prepareLayers(['ssh'], false, say)).get('ssh') ?? [];
  if (missing.length > 0) throw new Error(`Nothing can be measured: ${missing.join('; ')}`);
  say(`Hosts with pueue 4.0.4, ${variableCount} variables a job, behind sshd and a proxy that delays …`);
  const results: Results = { rows: [], failures: [], began: performance.now() };
  await measureOn(
    () => startBenchHost(extent.jobs),
    (host) => measurementsOf(host, extent),
    results,
  );
  for (const jobs of [extent.veryLargeJobs, extent.hugeJobs])
    await measureOn(
      () => startLargeBenchHost(jobs),
      (host) => measurementsOfMany(host, jobs, extent),
      results,
    );
  const { rows, failures, began } = results;
  rows.sort((one, other) => one.id.localeCompare(other.id));
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  say(
    `\n${type()} ${release()} ${arch()}, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}; ${seconds} s`,
  );
  if (filterName !== 'jq') say(`There is no jq on PATH: ${filterName} filters in its place.`);
  say(`\n${isMarkdown ? tableMarkdown(rows) : tableText(rows)}\n`);
  say(`Not measured here:\n${notMeasured.map((line) => `  ${line}`).join('\n')}`);
  if (failures.length > 0) say(`\nCould not be measured:\n${failures.map((line) => `  ${line}`).join('\n')}`);
  return failures.length === 0;
}

interface BenchOptions {
  readonly isQuick: boolean;
  readonly isMarkdown: boolean;
}

const interruption = new Interruption(say);
const given = process.argv.slice(2);
if (given.some((each) => each !== '--quick' && each !== '--markdown')) {
  console.error('The options are --quick and --markdown');
  process.exit(2);
}
main({ isQuick: given.includes('--quick'), isMarkdown: given.includes('--markdown') }).then(
  (complete) => {
    interruption.exit(complete ? 0 : 1);
  },
  async (error: unknown) => {
    await takeDownOwn();
    interruption.exit(1, error instanceof Error ? error.message : error);
  },
);
