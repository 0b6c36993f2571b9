/** Whether somebody may still write a checkpoint: what forbids to move it, and what a person has to consent to by typing. */
import { untracedReason } from '../audit/survivors';
import type { JobTarget } from '../acts/hostAct';
import { targetOf } from '../acts/targets';
import { isLive, shownLabel, type Job } from '../pueue/job';
import type { HostSnapshot, SurvivingRun } from '../snapshot';
import { formatList } from '../text/format';
import { visible } from '../text/visible';
import type { Judgement } from './judgement';

export interface Writers {
  /** Evidence that forbids it, as one sentence; `null` where nothing does. */
  readonly refused: string | null;
  /** What cannot be told, as one sentence; `null` where everything is known. */
  readonly untold: string | null;
}

/** What cannot end a program for certain: then pueue itself lost track of it. */
const lostTrack: readonly string[] = ['killed', 'errored'];

/** @param judgement `null` where nothing is known of whose it is */
export function mayWrite(judgement: Judgement | null, snapshot: HostSnapshot): Writers {
  const { jobs } = snapshot.queue;
  const survivors = snapshot.processes.kind === 'traced' ? snapshot.processes.runs : [];
  if (judgement?.state === 'active') return { refused: judgement.reason, untold: null };
  const isKnown = judgement !== null && judgement.state !== 'unjudged';
  const owners = isKnown ? judgement.owners : jobs;
  const live = owners.filter((job) => isLive(job) || job.state.kind === 'unknown');
  const surviving = isKnown ? survivors.filter((run) => owners.some((job) => isOf(run, job))) : survivors;
  const evidence = [
    ...(live.length === 0 ? [] : [`${formatList(live.map(jobName))} ${live.length === 1 ? 'is' : 'are'} live`]),
    ...surviving
      .slice(0, 5)
      .map((run) => `process ${run.processes[0]?.pid ?? ''} of job ${run.id}, which has ended, still runs`),
  ];
  if (isKnown && evidence.length > 0)
    return { refused: `It may still be written: ${evidence.join('; ')}.`, untold: null };
  const untold = evidence.length > 0 ? [`it is not known whose it is, and ${evidence.join('; ')}`] : [];
  const lost = snapshot.processes.kind === 'untraced' ? owners.filter((job) => lostSinceBoot(job, snapshot)) : [];
  if (snapshot.processes.kind === 'untraced' && lost.length > 0)
    untold.push(
      `${formatList(lost.map(jobName))} ended by a kill, and whether a process still lives cannot be told: ${untracedReason(snapshot.processes.why)}`,
    );
  return { refused: null, untold: untold.length === 0 ? null : `${capitalised(untold.join('; '))}.` };
}

/** What an act that moves checkpoints rests on: every job that may write one, and those that they belong to, as they are now. */
export function groundOf(judgements: readonly (Judgement | null)[], { queue }: HostSnapshot): JobTarget[] {
  const owners = new Set(judgements.flatMap((judgement) => judgement?.owners.map(({ id }) => id) ?? []));
  return queue.jobs.filter((job) => isLive(job) || job.state.kind === 'unknown' || owners.has(job.id)).map(targetOf);
}

/** `job 12 (DOGE@250)`. */
export function jobName(job: Job): string {
  const label = shownLabel(job);
  return `job ${job.id}${label === null ? '' : ` (${visible(label, 60)})`}`;
}

function isOf(run: SurvivingRun, job: Job): boolean {
  // Of a run whose job is gone from the queue only the number is known.
  return run.id === job.id && (run.createdAt === null || run.createdAt === job.createdAt);
}

/** Whether pueue itself has lost track of the job's end while this host is up. */
export function lostSinceBoot({ state }: Job, { bootedAt }: HostSnapshot): boolean {
  if (state.kind !== 'done' || !lostTrack.includes(state.result.kind)) return false;
  // The clock may have been corrected since the boot.
  return bootedAt === null || state.end === null || Date.parse(state.end) / 1000 >= bootedAt - 1;
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
