/** What became of a requeue, for the caller and for the output. */
import type { AddAnswer, AddedOutcome, AddJobs } from '../acts/hostAct';
import type { Problem } from '../problem';
import type { JobIdentity } from '../pueue/job';
import { maskSecrets } from '../text/maskSecrets';
import { visible } from '../text/visible';
import { readyRows, type RequeuePlan, type RequeueRow } from './requeuePlan';

export interface RequeuedJob {
  readonly source: JobIdentity;
  readonly outcome: 'added' | 'adopted' | 'refused' | 'lost';
  readonly newId: number | null;
  readonly label: string | null;
  /** Masked as on screen. */
  readonly command: string;
  readonly refresh: boolean;
  readonly reason: string;
}

export interface RequeueReport {
  readonly kind: 'requeue';
  readonly version: 1;
  readonly host: string | null;
  readonly takenAt: string;
  readonly problem: Problem | null;
  readonly jobs: readonly RequeuedJob[];
}

export function requeueReport(
  host: string | null,
  takenAtMs: number,
  problem: Problem | null,
  jobs: readonly RequeuedJob[],
): RequeueReport {
  const takenAt = new Date(takenAtMs).toISOString();
  return { kind: 'requeue', version: 1, host, takenAt, problem, jobs };
}

/** The jobs of a plan that came to nothing: all of it, or what was refused or left out of it. */
export function refusedJobs(rows: readonly RequeueRow[], problem: Problem | null): RequeuedJob[] {
  return rows.map((row) => {
    const kept = row.status === 'ready' || row.status === 'open';
    const reason = problem !== null && kept ? problem.message : row.reason;
    return requeuedJob(
      row,
      { outcome: problem?.code === 'lost' && row.status === 'ready' ? 'lost' : 'refused', newId: null },
      reason,
    );
  });
}

/** Each job of the plan with what the host says of it; one that the host does not speak of is lost. */
export function requeuedJobs(plan: RequeuePlan, act: AddJobs, answer: AddAnswer): RequeuedJob[] {
  const outcomes = new Map(answer.added.map((added) => [added.key, added]));
  const positions = new Map(readyRows(plan).map((row, position) => [row, position]));
  return plan.rows.map((row) => {
    const position = positions.get(row);
    if (position === undefined) return requeuedJob(row, { outcome: 'refused', newId: null }, row.reason);
    const key = act.jobs[position]?.key ?? '';
    const outcome = outcomes.get(key) ?? { outcome: 'lost' as const, newId: null, why: null };
    return requeuedJob(row, outcome, outcomeReason(row, outcome));
  });
}

export function outcomeReason(
  row: Pick<RequeueRow, 'reason'>,
  { outcome, why }: Pick<AddedOutcome, 'outcome' | 'why'>,
): string {
  const told = why === null ? '' : ` (${visible(why, 200)})`;
  switch (outcome) {
    case 'added':
      return row.reason;
    case 'adopted':
      return `It was found in the queue after the answer was lost. ${row.reason}`;
    case 'refused':
      return `The host refused it${told}.`;
    case 'lost':
      return `Whether it was added is not known${told}. It is not tried again by itself.`;
  }
}

function requeuedJob(
  { source, label, command, action }: RequeueRow,
  { outcome, newId }: Pick<AddedOutcome, 'outcome' | 'newId'>,
  reason: string,
): RequeuedJob {
  const { id, createdAt } = source.job;
  const shown = visible(maskSecrets(command), 8192);
  return { source: { id, createdAt }, outcome, newId, label, command: shown, refresh: action === 'refresh', reason };
}
