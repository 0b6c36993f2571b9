/** Does the steps of a plan one after the other. Nothing is begun after a step that failed, was lost, or after a cancel. */
import { isProblemError, type Problem } from '../problem';
import type { PlanStep, StepEnd, StepsEnd, StepsProgress } from './plan';

export interface StepsRun {
  readonly steps: readonly PlanStep[];
  /** What does a step, by its id. A step that is not pending is passed over. @throws ProblemError where it ends the plan */
  readonly work: Readonly<Record<string, () => Promise<StepEnd>>>;
  /** Asked before each step. */
  readonly isCancelled: () => boolean;
  /** The problem of a plan that was cancelled before a step. */
  readonly cancelled: (before: PlanStep) => Problem;
  readonly onProgress: (progress: StepsProgress) => void;
}

export async function runSteps({ steps: all, work, isCancelled, cancelled, onProgress }: StepsRun): Promise<StepsEnd> {
  let steps = all;
  let found: Problem | null = null;
  let stoppedAt: string | null = null;
  const set = (id: string, { state, result }: Pick<StepEnd, 'state' | 'result'>): void => {
    steps = steps.map((step) => (step.id === id ? { ...step, state, result } : step));
  };
  for (const step of all) {
    if (step.state !== 'pending') continue;
    if (isCancelled()) return { steps, problem: cancelled(step), stoppedAt: stoppedAt ?? step.id };
    onProgress({ steps, current: step.id });
    try {
      const end = await workOf(step, work)();
      set(step.id, end);
      if (end.problem !== undefined) {
        found ??= end.problem;
        stoppedAt ??= step.id;
        if (end.ends) return { steps, problem: found, stoppedAt };
      }
    } catch (error) {
      if (!isProblemError(error)) throw error;
      const { problem } = error;
      set(step.id, { state: problem.code === 'lost' ? 'lost' : 'refused', result: problem.message });
      // What is lost outweighs what failed before: nobody may take it for known.
      return { steps, problem: problem.code === 'lost' ? problem : (found ?? problem), stoppedAt: step.id };
    }
    onProgress({ steps, current: null });
  }
  return { steps, problem: found, stoppedAt };
}

function workOf({ id }: PlanStep, work: StepsRun['work']): () => Promise<StepEnd> {
  const found = work[id];
  if (found === undefined) throw new Error(`nothing does the step ${id}`);
  return found;
}
