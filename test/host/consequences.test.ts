/** What is told before a verb comes true: predicted from a reading, then done on a real daemon of each version. */
import assert from 'node:assert/strict';
import { consequencesOf, type AskedAct } from '../../src/core/acts/consequences';
import type { Queue } from '../../src/core/pueue/job';
import { plannedCommands } from '../../src/core/acts/plannedCommands';
import { targetOf } from '../../src/core/acts/targets';
import { jobStates, untilStates, type LabState } from '../lab/queueState';
import type { PueueHost } from '../lab/pueueHost';
import { startActingHost, type ActingHost } from '../support/actingHost';

interface Case {
  readonly title: string;
  /** Lays jobs. @returns their ids by name */
  readonly lay: (
    host: PueueHost,
    settled: (states: Record<number, LabState>) => Promise<void>,
  ) => Promise<Record<string, number>>;
  readonly ask: (queue: Queue, ids: Record<string, number>) => AskedAct;
  readonly starts: readonly string[];
  readonly fails: readonly string[];
}

const long = 'sleep 1000';
const jobsOf = (queue: Queue, ids: readonly (number | undefined)[]) => queue.jobs.filter(({ id }) => ids.includes(id));
const onGroup = (queue: Queue, verb: 'drain' | 'resume' | 'setParallel', parallel: number | null = null): AskedAct => ({
  ...{ kind: 'group', verb, group: queue.groups[0]!, parallel },
  jobs: verb === 'resume' ? queue.jobs.filter(({ state }) => state.kind === 'paused') : [],
});

/** `first` runs in the one slot; of those that wait, one has priority, one depends on `first`. */
const layLine: Case['lay'] = async (host, settled) => {
  const first = await host.add(long);
  await settled({ [first]: 'Running' });
  const second = await host.add(long);
  const urgent = Number(await host.must(['add', '--print-task-id', '--priority=5', '--', long]));
  const child = await host.add(long, { after: [first] });
  const grandchild = await host.add(long, { after: [child] });
  const stashed = await host.add(long, { stashed: true });
  return { first, second, urgent, child, grandchild, stashed };
};
const kill = (queue: Queue, ids: readonly (number | undefined)[]): AskedAct => ({
  ...{ kind: 'jobs', verb: 'kill', graceMs: null },
  jobs: jobsOf(queue, ids),
});

const cases: readonly Case[] = [
  {
    title: 'a kill frees a slot for the job of the highest priority, and lets dependants fail',
    lay: layLine,
    ask: (queue, { first }) => kill(queue, [first]),
    starts: ['urgent'],
    fails: ['child', 'grandchild'],
  },
  {
    title: 'a kill in a drained group starts nothing and lets nothing fail',
    lay: async (host, settled) => {
      const ids = await layLine(host, settled);
      await host.must(['pause', '--wait']);
      return ids;
    },
    ask: (queue, { first }) => kill(queue, [first]),
    starts: [],
    fails: [],
  },
  {
    title: 'a pause keeps the slot',
    lay: layLine,
    ask: (queue, { first }) => ({ kind: 'jobs', verb: 'pause', graceMs: null, jobs: jobsOf(queue, [first]) }),
    starts: [],
    fails: [],
  },
  {
    title: 'an enqueued job starts where a slot is free',
    lay: async (host) => ({ stashed: await host.add(long, { stashed: true }) }),
    ask: (queue, { stashed }) => ({ kind: 'jobs', verb: 'enqueue', graceMs: null, jobs: jobsOf(queue, [stashed]) }),
    starts: ['stashed'],
    fails: [],
  },
  {
    title: 'more slots start jobs in the order of priority',
    lay: layLine,
    ask: (queue) => onGroup(queue, 'setParallel', 2),
    starts: ['urgent'],
    fails: [],
  },
  {
    title: 'no limit starts all that can',
    lay: layLine,
    ask: (queue) => onGroup(queue, 'setParallel', 0),
    starts: ['urgent', 'second'],
    fails: [],
  },
  {
    title: 'a resumed group starts what waits, and what was paused keeps its slot',
    lay: async (host, settled) => {
      await host.must(['parallel', '2']);
      const paused = await host.add(long);
      await settled({ [paused]: 'Running' });
      await host.must(['pause', String(paused)]);
      await host.must(['pause', '--wait']);
      return { paused, next: await host.add(long), later: await host.add(long) };
    },
    ask: (queue) => onGroup(queue, 'resume'),
    starts: ['next'],
    fails: [],
  },
];

for (const version of ['4.0.4', '3.4.1'] as const)
  describe(`what is told before a verb, on pueue ${version}`, () => {
    let acting: ActingHost;
    beforeEach(async () => {
      acting = await startActingHost(version);
    });
    afterEach(() => acting.stop());

    for (const { title, lay, ask, starts, fails } of cases)
      it(`comes true: ${title}`, async () => {
        const { host } = acting;
        const ids = await lay(host, (states) => untilStates(host, new Map(Object.entries(states).map(([id, state]) => [Number(id), state])))); // prettier-ignore
        await new Promise((resolve) => setTimeout(resolve, 700)); // pueue goes on within 0.3 s.
        const before = await jobStates(host);
        const { queue } = await acting.snapshot();
        const asked = ask(queue, ids);
        const told = consequencesOf(asked, queue);
        const named = (list: readonly number[]): string[] =>
          list.map((id) => Object.keys(ids).find((name) => ids[name] === id) ?? String(id));
        assert.deepEqual([named(told.starts), named(told.fails)], [starts, fails]);

        const targets = asked.jobs.map(targetOf);
        const answer =
          asked.kind === 'jobs'
            ? await acting.jobs(asked.verb, targets, { graceMs: asked.graceMs })
            : await acting.group(asked.verb, asked.group.name, targets.map(({ id }) => id), { parallel: asked.parallel }); // prettier-ignore
        assert.ok(
          answer.targets.every(({ outcome }) => outcome === 'done'),
          JSON.stringify(answer.targets),
        );
        const planned = plannedCommands(
          asked.kind === 'jobs'
            ? { kind: 'jobs', id: '', verb: asked.verb, targets, graceMs: asked.graceMs, saveLogs: false }
            : { kind: 'group', id: '', verb: asked.verb, group: asked.group, parallel: asked.parallel, targets, saveLogs: false }, // prettier-ignore
        ).flatMap(({ argv }) => (argv[0] === 'pueue' ? [argv.slice(1)] : []));
        assert.deepEqual(answer.commands.map(({ argv }) => argv.slice(3)), planned, 'what ran is what was shown'); // prettier-ignore

        await new Promise((resolve) => setTimeout(resolve, 900));
        const after = await jobStates(host);
        const became = (state: LabState): number[] =>
          [...after].filter(([id, now]) => now === state && before.get(id) !== state && !targets.some((target) => target.id === id && state !== 'Running')).map(([id]) => id); // prettier-ignore
        assert.deepEqual(became('Running').sort(), [...told.starts].sort());
        assert.deepEqual(became('DependencyFailed').sort(), [...told.fails].sort());
      });
  });
