/** An emergency stop as a plan, made from one reading: what is stopped, by which commands, what is kept, and what is left alone. */
import { actsNotSupported } from '../acts/actProblems';
import type { PlanStep } from '../plan/plan';
import type { Problem } from '../problem';
import { isLive, startOf, type Job } from '../pueue/job';
import { compareVersions, formatVersion } from '../pueue/version';
import type { HostSnapshot } from '../snapshot';
import { formatCount, formatDuration, formatList } from '../text/format';
import { shellLine } from '../text/shellQuote';
import { visible } from '../text/visible';
import { noSuchGroup, nothingToStop } from './emergencyProblems';
import { chooseEntries, type Judge, type QuarantineChoice } from './quarantineChoice';

export interface EmergencyChoices {
  /** How long SIGTERM is given before SIGKILL; 0 for SIGKILL at once. */
  readonly graceMs: number;
  /** Whether the jobs leave the queue, their logs saved. */
  readonly remove: boolean;
  readonly quarantine: boolean;
}

export const defaultChoices: EmergencyChoices = { graceMs: 10_000, remove: true, quarantine: true };
export const graceChoicesMs: readonly number[] = [0, 10_000, 30_000, 60_000];

export const stepIds = ['drain', 'kill', 'look', 'remove', 'quarantine'] as const;

export interface EmergencyPlan {
  readonly deployId: string;
  readonly snapshotId: string;
  readonly host: string;
  /** `null` for the whole host. */
  readonly group: string | null;
  readonly snapshot: HostSnapshot;
  readonly fingerprint: string;
  readonly choices: EmergencyChoices;
  /** What is stopped, by ascending id. */
  readonly jobs: readonly TargetJob[];
  /** Of these, jobs that are over and have live processes. */
  readonly lingering: readonly TargetJob[];
  /** Jobs that are in scope and left alone, and why. */
  readonly spared: readonly { readonly job: Job; readonly why: string }[];
  /** Jobs of other groups that wait for one that is stopped. */
  readonly dependants: readonly Job[];
  readonly quarantine: QuarantineChoice;
  readonly steps: readonly PlanStep[];
  /** What differed from the plan before this one. */
  readonly changes: readonly string[];
}

/** A job that can be named to the host exactly. */
export type TargetJob = Job & { readonly createdAt: string };

export interface PlanningInput extends Pick<
  EmergencyPlan,
  'deployId' | 'snapshotId' | 'host' | 'group' | 'snapshot' | 'fingerprint' | 'choices'
> {
  readonly judge: Judge;
  readonly changes?: readonly string[];
}

/** Where the helper keeps things, as a person would write it. */
export const stateDirectory = '${XDG_STATE_HOME:-~/.local/state}/pueue-preflight';

/** Without priorities, and with other rules for killing, below. */
const oldest = { major: 3, minor: 2, patch: 0 };

export const isSameJob = (one: { id: number; createdAt: string | null }, other: typeof one): boolean =>
  one.id === other.id && one.createdAt === other.createdAt;

/** Why there can be no plan; `null` where there can. */
export function planObstacle({
  host,
  group,
  snapshot,
}: Pick<PlanningInput, 'host' | 'group' | 'snapshot'>): Problem | null {
  const { version, queue } = snapshot;
  if (compareVersions(version, oldest) < 0) return actsNotSupported(host, `pueue ${formatVersion(version)}`);
  const names = queue.groups.map(({ name }) => name);
  if (group !== null && !names.includes(group)) return noSuchGroup(host, group, names);
  return splitScope(group, snapshot).jobs.length === 0 ? nothingToStop(host, group) : null;
}

export function planEmergency(input: PlanningInput): EmergencyPlan {
  const { host, group, snapshot, choices, judge, changes = [], ...rest } = input;
  const { jobs, spared } = splitScope(group, snapshot);
  const ids = new Set(jobs.map(({ id }) => id));
  const dependants = snapshot.queue.jobs.filter(
    (job) => !ids.has(job.id) && job.state.kind !== 'done' && job.dependencies.some((id) => ids.has(id)),
  );
  const isWholeHost = group === null;
  const quarantine = chooseEntries({ snapshot, jobs, isWholeHost, alive: [] }, judge);
  const lingering = jobs.filter((job) => isLingering(job, snapshot));
  const plan = { ...rest, host, group, snapshot, choices, jobs, lingering, spared, dependants, quarantine, changes };
  return { ...plan, steps: stepsOf(plan) };
}

/** What of the queue differs from what was planned, as sentences: jobs that came and went. That jobs begin and end is no change. */
export function changesSince(
  { group, jobs, spared, snapshot: planned }: EmergencyPlan,
  snapshot: HostSnapshot,
): string[] {
  const before = [...jobs, ...spared.map(({ job }) => job)];
  const after = inScope(group, snapshot);
  const keys = (all: readonly Job[]): Set<string> =>
    new Set(all.map(({ id, createdAt }) => `${id} ${createdAt ?? ''}`));
  const [beforeKeys, afterKeys] = [keys(before), keys(after)];
  const isNew = (known: Set<string>) => (job: Job) => !known.has(`${job.id} ${job.createdAt ?? ''}`);
  const came = after.filter(isNew(beforeKeys));
  const went = before.filter(isNew(afterKeys));
  const told = (all: readonly Job[], what: string): string[] =>
    all.length === 0 ? [] : [`${all.length === 1 ? 'Job' : 'Jobs'} ${formatList(all.map(({ id }) => id))} ${all.length === 1 ? 'was' : 'were'} ${what}.`]; // prettier-ignore
  const restarted =
    planned.daemonStart !== null && snapshot.daemonStart !== null && planned.daemonStart !== snapshot.daemonStart
      ? ['The daemon was started again.']
      : [];
  return [...told(came, 'added'), ...told(went, 'removed'), ...restarted];
}

function inScope(group: string | null, { queue }: HostSnapshot): readonly Job[] {
  return queue.jobs.filter((job) => group === null || job.group === group);
}

/** Whether a process of the job's newest run lives, which is over. */
export function isLingering(job: Job, { processes }: HostSnapshot): boolean {
  if (isLive(job) || processes.kind === 'untraced') return false;
  return processes.runs.some((run) => isSameJob(run, job) && run.start === startOf(job.state));
}

function splitScope(group: string | null, snapshot: HostSnapshot): Pick<EmergencyPlan, 'jobs' | 'spared'> {
  const survivors = snapshot.processes.kind === 'traced' ? snapshot.processes.runs : [];
  const jobs: TargetJob[] = [];
  const spared: { job: Job; why: string }[] = [];
  for (const job of inScope(group, snapshot)) {
    const earlier = survivors.find((run) => isSameJob(run, job) && run.start !== startOf(job.state));
    if (job.createdAt === null) spared.push({ job, why: 'pueue does not say when it was created' });
    else if (job.state.kind === 'unknown') spared.push({ job, why: 'its state is not recognised' });
    else if (earlier !== undefined)
      spared.push({
        job,
        why: `pid ${formatList(earlier.processes.map(({ pid }) => pid))} of an earlier run of it still runs`,
      });
    else jobs.push({ ...job, createdAt: job.createdAt });
  }
  return { jobs, spared };
}

type Planned = Omit<EmergencyPlan, 'steps'>;

function stepsOf(plan: Planned): PlanStep[] {
  const { group, choices, jobs, lingering, quarantine, snapshot } = plan;
  const live = jobs.filter(isLive);
  const paused = jobs.filter(({ state }) => state.kind === 'paused');
  const run = (...words: string[]): string => shellLine([...clientOf(snapshot), ...words]);
  const idsOf = (all: readonly Job[]): string[] => all.map(({ id }) => String(id));
  const entries = quarantine.roots.reduce((sum, root) => sum + root.entries.length, 0);
  const seconds = formatDuration(choices.graceMs);
  const ofEnded =
    lingering.length === 0
      ? []
      : [`(signals to the processes of ended jobs ${formatList(idsOf(lingering))} themselves)`];
  const ending =
    choices.graceMs === 0
      ? [run('kill', '--', ...idsOf(live))]
      : [
          run('kill', '--signal', 'sigterm', '--', ...idsOf(live)),
          ...(paused.length === 0 ? [] : [run('start', '--', ...idsOf(paused))]),
          `${run('kill', '--')} … (those that still live after ${seconds}; then their processes themselves)`,
        ];
  const step = (id: (typeof stepIds)[number], title: string, command: string, risk: string, wanted = true): PlanStep =>
    wanted
      ? { id, title, command, risk, state: 'pending', result: null }
      : { id, title, command: '', risk: '', state: 'skipped', result: null };
  return [
    step(
      'drain',
      `Keep a snapshot of ${formatCount(jobs.length, 'job')} on the host, then let no other job start`,
      run('pause', ...(group === null ? ['--all'] : [`--group=${group}`]), '--wait'),
      'Running jobs go on until the next step. The groups stay drained after the stop.',
    ),
    step(
      'kill',
      `End ${formatCount(live.length, 'job')}${lingering.length === 0 ? '' : ` and what lives of ${formatCount(lingering.length, 'ended job')}`}: ${choices.graceMs === 0 ? 'SIGKILL at once' : `SIGTERM, SIGKILL after ${seconds}`}, until no process lives`,
      [...(live.length === 0 ? [] : ending), ...ofEnded].join('\n'),
      choices.graceMs === 0 ? 'A checkpoint that is being written may be cut off in its middle.' : '',
    ),
    step('look', 'Read the host again: what lives, and which checkpoints were written last', '', ''),
    step(
      'remove',
      choices.remove
        ? `Save the logs of ${formatCount(jobs.length, 'job')}, then remove these from the queue in one call`
        : 'Save logs and remove the jobs from the queue: not wanted, they stay in the queue',
      run('remove', '--', ...idsOf(jobs)),
      'pueue gives their ids to later jobs.',
      choices.remove,
    ),
    step(
      'quarantine',
      choices.quarantine
        ? entries === 0
          ? 'Put checkpoints into quarantine: none is listed by now that is of these jobs'
          : `Put ${formatCount(entries, 'checkpoint')} into quarantine`
        : 'Put checkpoints into quarantine: not wanted, they stay where they are',
      quarantine.roots
        .map(({ root }) => `rename the listed entries into ${visible(root, 300)}.pueue-preflight-quarantine/`)
        .join('\n'),
      'What the jobs write while they end counts too: the list is made anew after they have.',
      choices.quarantine,
    ),
  ];
}

/** The client as it was found on the host, with what leads it to its daemon. */
function clientOf({ commands }: HostSnapshot): readonly string[] {
  const status = commands.find(({ argv }) => argv.at(-2) === 'status' && argv.at(-1) === '--json');
  return status === undefined ? ['pueue'] : status.argv.slice(0, -2);
}
