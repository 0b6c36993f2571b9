/** What is said of processes that outlive their run: pueue counts the job as ended, and its program may go on writing. */
import { stateName, type Job } from '../pueue/job';
import type { HostSnapshot, SurvivingRun, Tracing } from '../snapshot';
import { formatCount, formatList } from '../text/format';
import { visible } from '../text/visible';

/** How far a look at processes went, and what stands against it. */
export interface TracingFacts {
  /** Why nothing could be traced; `null` where it could. */
  readonly untraced: string | null;
  /** Jobs that ended since the host started and were not seen live; `null` where nothing could be traced. */
  readonly unseen: number | null;
  /** Processes of the user that could be part of a job and refuse to be looked at. */
  readonly refused: number | null;
  /** Why what was said of processes earlier could not be read: then those that were released count again. */
  readonly unreadJournal: string | null;
}

export function tracingFacts({ processes, unreadJournal }: HostSnapshot): TracingFacts {
  return processes.kind === 'traced'
    ? { untraced: null, unseen: processes.unseen, refused: processes.refused, unreadJournal }
    : {
        untraced: untracedReason(processes.why),
        unseen: null,
        refused: null,
        unreadJournal,
      };
}

/** Most runs that are named one by one. */
const namedRuns = 10;

const untracedWords: Readonly<Record<string, string>> = {
  noProc: 'the host has no /proc',
  hidden: 'the host hides the processes of other users, and with them what belongs to whom',
  noDaemon: 'no daemon of pueue was found among the processes of the host; it may run elsewhere, and its jobs with it',
  noLogs: 'the directory in which pueue keeps logs was not found',
  hangs: 'a process did not let itself be looked at in time',
};

/** Why processes could not be traced, as the end of a sentence. */
export function untracedReason(why: string): string {
  return untracedWords[why] ?? `the look at them met an unexpected error (${visible(why, 80)})`;
}

/** One sentence for each run with live processes, or one that there is none; empty where they were not traced. */
export function survivorReasons(tracing: Tracing, jobs: readonly Job[]): string[] {
  if (tracing.kind === 'untraced') return [];
  const { runs } = tracing;
  if (runs.length === 0) return ['No process of an ended job was found.'];
  const reasons = runs.slice(0, namedRuns).map((run) => {
    const { total, processes } = run;
    const pids = processes.map(({ pid }) => pid);
    const more = total > pids.length ? ' and others' : '';
    return `${formatCount(total, 'process', 'processes')} of ${runName(run, jobs)} still ${total === 1 ? 'runs' : 'run'}: pid ${formatList(pids)}${more}.`;
  });
  if (runs.length > namedRuns)
    reasons.push(`${formatCount(runs.length - namedRuns, 'more ended job')} with live processes.`);
  return reasons;
}

/** What was not found for certain, as one sentence; `null` where nothing can have been missed. */
export function missedReason({ unseen, refused }: TracingFacts): string | null {
  const parts: string[] = [];
  if (unseen !== null && unseen > 0)
    parts.push(
      `of ${formatCount(unseen, 'job')} that ended before this session looked, a process that cleaned its environment and redirected all its output may not be found`,
    );
  if (refused !== null && refused > 0)
    parts.push(`${formatCount(refused, 'process', 'processes')} of this user cannot be looked at`);
  if (parts.length === 0) return null;
  const sentence = parts.join('; ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

/** The job that the run was one of, where it is in the queue. */
export function jobOfRun(run: SurvivingRun, jobs: readonly Job[]): Job | undefined {
  return jobs.find(({ id, createdAt }) => id === run.id && createdAt === run.createdAt);
}

/** `job 12 (killed)`, `an earlier run of job 12`, `job 12 (no longer in the queue)`. */
export function runName(run: SurvivingRun, jobs: readonly Job[]): string {
  const job = jobOfRun(run, jobs);
  if (job === undefined) return `job ${run.id} (no longer in the queue)`;
  const isNewest = job.state.kind === 'done' && job.state.start === run.start;
  return isNewest ? `job ${run.id} (${stateName(job.state)})` : `an earlier run of job ${run.id}`;
}
