/** An emergency stop as the report of its commands, and as the document that a person reads. */
import type { PlanStep } from '../plan/plan';
import { planText, type PlanSection } from '../plan/planText';
import type { Problem } from '../problem';
import { isLive, isWaiting, shownLabel, stateName, type Job } from '../pueue/job';
import { formatCount, formatDuration, formatList } from '../text/format';
import { maskedLine, maskSecrets } from '../text/maskSecrets';
import { secondsToRfc3339, secondsToTime } from '../text/time';
import { visible } from '../text/visible';
import type { EmergencyEnd } from './applyEmergency';
import { stateDirectory, type EmergencyPlan } from './emergencyPlan';

export interface EmergencyStopReport {
  readonly kind: 'emergencyStop';
  readonly version: 1;
  readonly host: string;
  readonly takenAt: string;
  readonly problem: Problem | null;
  /** `null` where there was nothing to plan. */
  readonly deployId: string | null;
  readonly snapshotId: string | null;
  readonly group: string | null;
  readonly plan: readonly PlanStep[];
  readonly before: null;
  readonly after: null;
  /** `stopped`: everything that was planned is done. `refused`: something was not, `problem` and `stoppedAt` say what. */
  readonly outcome: 'planned' | 'stopped' | 'lost' | 'refused';
  readonly stoppedAt: string | null;
  readonly noticed: readonly string[];
}

/** Where a plan is in its life. */
export type EmergencyPhase =
  | { readonly kind: 'planned'; readonly problem: Problem | null }
  | { readonly kind: 'applying'; readonly steps: readonly PlanStep[]; readonly current: string | null }
  | { readonly kind: 'ended'; readonly end: EmergencyEnd; readonly atMs: number }
  /** Nothing was done, and nothing will be. */
  | { readonly kind: 'dropped'; readonly problem: Problem };

export function emergencyReport(plan: EmergencyPlan, phase: EmergencyPhase): EmergencyStopReport {
  const { host, deployId, snapshotId, group, snapshot } = plan;
  const base = {
    ...({ kind: 'emergencyStop', version: 1, host, deployId, snapshotId, group, before: null, after: null } as const),
    takenAt: secondsToRfc3339(snapshot.takenAt),
    ...{ plan: plan.steps, stoppedAt: null, noticed: plan.changes, problem: null },
  };
  switch (phase.kind) {
    case 'planned':
      return { ...base, outcome: 'planned', problem: phase.problem };
    case 'applying':
      return { ...base, outcome: 'planned', plan: phase.steps };
    case 'dropped':
      return { ...base, outcome: 'refused', problem: phase.problem };
    case 'ended': {
      const { steps, problem, stoppedAt, noticed } = phase.end;
      const outcome = problem === null ? 'stopped' : problem.code === 'lost' ? 'lost' : 'refused';
      return {
        ...base,
        takenAt: new Date(phase.atMs).toISOString(),
        plan: steps,
        outcome,
        problem,
        stoppedAt,
        noticed,
      };
    }
  }
}

/** The report where nothing could be planned. */
export function emergencyProblem(
  host: string,
  group: string | null,
  problem: Problem,
  nowMs: number,
): EmergencyStopReport {
  return {
    ...({ kind: 'emergencyStop', version: 1, host, deployId: null, snapshotId: null, group } as const),
    ...{ takenAt: new Date(nowMs).toISOString(), problem, plan: [], before: null, after: null },
    ...({ outcome: 'refused', stoppedAt: null, noticed: [] } as const),
  };
}

/** `gpu-1`, or `group sweep of gpu-1`. */
export function scopeName({ host, group }: Pick<EmergencyPlan, 'host' | 'group'>): string {
  const name = visible(host, 80);
  return group === null ? name : `group ${visible(group, 80)} of ${name}`;
}

/** The whole document, ending in a line break. Hostile text in it is made visible, commands are masked. */
export function emergencyText(plan: EmergencyPlan, phase: EmergencyPhase): string {
  const { host, deployId, snapshot, fingerprint, jobs, changes } = plan;
  const end = phase.kind === 'ended' ? phase.end : null;
  const steps = phase.kind === 'applying' ? phase.steps : (end?.steps ?? plan.steps);
  // While it is done, the steps are what a person looks at: they stand where nobody has to scroll.
  const isApplying = phase.kind === 'applying';
  const planned = [
    { title: 'Changed since the plan before this one', lines: changes },
    { title: 'What cannot be undone', lines: lossesOf(plan) },
    { title: 'What is kept, and where', lines: keptLines(plan) },
    { title: 'What is left alone', lines: sparedLines(plan) },
  ];
  return planText({
    title: `Emergency stop of ${scopeName(plan)}`,
    status: statusOf(phase),
    problem: phase.kind === 'applying' ? null : phase.kind === 'ended' ? phase.end.problem : phase.problem,
    facts: [
      ['Host', visible(host, 80)],
      ['Planned on', `what was read at ${secondsToTime(snapshot.takenAt)}`],
      ['Jobs', countsOf(jobs)],
      ['Plan', deployId],
      ['Fingerprint', fingerprint.slice(0, 16)],
    ],
    before: end !== null ? endSections(plan, end) : isApplying ? [] : planned,
    steps,
    current: phase.kind === 'applying' ? phase.current : null,
    after: [
      ...(isApplying ? planned : []),
      { title: `Jobs that are stopped (${jobs.length})`, lines: jobs.map(jobLine) },
      ...(end === null ? [checkpointSection(plan)] : [ranSection(end)]),
    ],
  });
}

function statusOf(phase: EmergencyPhase): string {
  switch (phase.kind) {
    case 'planned':
      return 'Planned. Nothing was done yet. "Apply…" asks once more, "Edit Plan…" changes it, "Cancel" drops it.';
    case 'applying':
      return 'Being done. "Cancel" takes effect before the next step.';
    case 'dropped':
      return 'Dropped. Nothing was done.';
    case 'ended':
      return phase.end.problem === null
        ? 'Stopped. Everything that was planned is done. Deploy fresh code, then requeue.'
        : phase.end.unproven.length > 0
          ? 'Not known to be stopped: the steps below say what was done, and which jobs may have live processes.'
          : phase.end.problem.code === 'lost'
            ? 'Not known how far it came. Nothing is tried again by itself.'
            : 'Not everything that was planned is done.';
  }
}

function countsOf(jobs: readonly Job[]): string {
  const [live, waiting] = [jobs.filter(isLive).length, jobs.filter(isWaiting).length];
  return `${jobs.length}: ${live} live, ${waiting} waiting, ${jobs.length - live - waiting} finished or stashed`;
}

/** What cannot be undone, line by line; the exact jobs that are ended among it. */
export function lossesOf({ jobs, lingering, choices, dependants, snapshot }: EmergencyPlan): string[] {
  const live = jobs.filter(isLive);
  const lines: string[] = [];
  if (live.length > 0)
    lines.push(
      `${formatCount(live.length, 'job')} ${live.length === 1 ? 'is' : 'are'} ended: what ${live.length === 1 ? 'it has' : 'they have'} not yet written is lost.`,
    );
  for (const job of live) {
    const seconds = snapshot.runSeconds.get(job.id);
    lines.push(`${nameOf(job)}${seconds === undefined ? '' : `, running for ${formatDuration(seconds * 1000)}`}`);
  }
  for (const job of lingering) lines.push(`${nameOf(job)} is over; its processes that still run are ended.`);
  if (choices.remove)
    lines.push(`${formatCount(jobs.length, 'job')} leave the queue; pueue gives their ids to later jobs.`);
  for (const job of dependants)
    lines.push(`${nameOf(job)} of group ${visible(job.group, 80)} waits for a job that is stopped, and will not run.`);
  if (snapshot.processes.kind === 'untraced')
    lines.push(
      'This host does not let processes be traced: whether a program outlives its job cannot be seen. The steps behind are done all the same.',
    );
  return lines;
}

function keptLines({ snapshotId, choices, quarantine }: EmergencyPlan): string[] {
  return [
    'Command, directory, group, label, priority, dependencies and environment of each job, for Requeue…, on the host and for its user alone:',
    `${stateDirectory}/snapshots/${snapshotId}.json`,
    choices.remove
      ? `The log of each job: below ${stateDirectory}/logs on the host.`
      : 'The logs stay where pueue keeps them, and the jobs in the queue.',
    ...(choices.quarantine
      ? quarantine.roots.map(
          ({ root, entries }) =>
            `${formatCount(entries.length, 'checkpoint')} of ${visible(root, 300)}: in ${visible(root, 300)}.pueue-preflight-quarantine/, from where Restore brings them back.`,
        )
      : ['Checkpoints stay where they are: decide on each before its job is requeued.']),
  ];
}

/** Most lines of what is left alone; the report object and the host's journal hold all. */
const leftCap = 200;

function sparedLines({ spared, quarantine, choices }: EmergencyPlan): string[] {
  const left = choices.quarantine ? leftLines(quarantine.left) : [];
  return [...spared.map(({ job, why }) => `${nameOf(job)}: ${visible(why, 200)}`), ...left];
}

function leftLines(left: EmergencyEnd['left']): string[] {
  const lines = left.slice(0, leftCap).map(({ path, why }) => `${visible(path, 300)}: ${why}`);
  return left.length > leftCap ? [...lines, `and ${left.length - leftCap} more`] : lines;
}

function endSections(
  plan: EmergencyPlan,
  { kept, alive, unproven, moved, left, noticed, recorded }: EmergencyEnd,
): PlanSection[] {
  const places = new Set(
    moved.flatMap(({ outcome, why }) => (outcome === 'done' && why !== null ? [parentOf(why)] : [])),
  );
  const where = [
    ...(kept === null ? [] : [`Snapshot of ${formatCount(kept.jobs, 'job')}: ${visible(kept.path, 400)}`]),
    ...(plan.choices.remove && kept !== null ? [`Logs: below ${visible(stateOf(kept.path), 400)}/logs`] : []),
    ...[...places].map((place) => `Checkpoints: ${visible(place, 400)}`),
  ];
  return [
    { title: 'Still alive', lines: alive.map(({ job, why }) => `${nameOf(job)}: ${why}`) },
    {
      title: 'Not known to have ended',
      lines: unproven.map(
        (job) => `${nameOf(job)}: pueue calls it ended, and this host does not let processes be traced.`,
      ),
    },
    { title: 'What was kept, and where', lines: where },
    { title: 'Checkpoints that were not touched', lines: plan.choices.quarantine ? leftLines(left) : [] },
    {
      title: 'Noticed',
      lines: [
        ...noticed,
        ...(recorded
          ? []
          : ['The journal on the host could not take every outcome: this document is the only record.']),
      ],
    },
    {
      title: 'What to do next',
      lines:
        kept === null
          ? []
          : [
              'Deploy fresh code, then requeue: Requeue… takes the jobs from the snapshot. The groups stay drained until they are resumed.',
            ],
    },
  ];
}

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));
/** The directory of which the snapshots are one. */
const stateOf = (path: string): string => parentOf(parentOf(path));

function checkpointSection({ quarantine, choices }: EmergencyPlan): PlanSection {
  const paths = quarantine.roots.flatMap(({ entries }) => entries.map(({ path }) => visible(path, 300)));
  return { title: `Checkpoints that go into quarantine (${paths.length})`, lines: choices.quarantine ? paths : [] };
}

function ranSection({ ran }: EmergencyEnd): PlanSection {
  const lines = ran.map(
    ({ argv, exitCode, milliseconds }) =>
      `${maskedLine(argv)}  (exit ${exitCode ?? 'by a signal'}, ${milliseconds} ms)`,
  );
  return { title: 'What ran on the host', lines };
}

function nameOf(job: Job): string {
  const label = shownLabel(job);
  return `job ${job.id}${label === null ? '' : ` ${visible(label, 80)}`}`;
}

function jobLine(job: Job): string {
  const parents = job.dependencies.length === 0 ? '' : `, after ${formatList(job.dependencies)}`;
  return `${nameOf(job)} · ${stateName(job.state)} · ${visible(job.group, 40)}${parents} · ${visible(maskSecrets(job.command), 300)}`;
}
