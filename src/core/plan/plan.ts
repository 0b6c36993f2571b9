/** A plan: ordered steps that a person reads, agrees to, and sees being done. What they do is data of whoever plans. */
import type { Problem } from '../problem';

/** `pending`: not begun. `skipped`: not wanted. `refused`: not done. `lost`: begun, and what came of it is not known. */
export type StepState = 'pending' | 'skipped' | 'alreadySo' | 'done' | 'failed' | 'lost' | 'refused';

export interface PlanStep {
  /** One word, unique in its plan. */
  readonly id: string;
  readonly title: string;
  /** What runs, as a person would type it; empty where only something is looked at. Secrets masked, everything visible. */
  readonly command: string;
  /** What it can do that is not wanted, in one sentence; empty where there is nothing. */
  readonly risk: string;
  readonly state: StepState;
  /** What came of it, in one sentence; `null` before. */
  readonly result: string | null;
}

/** How one step ended. */
export interface StepEnd {
  readonly state: Exclude<StepState, 'pending'>;
  readonly result: string;
  /** What is wrong. The first one is the plan's; the steps behind go on all the same, unless `ends` stands beside it. */
  readonly problem?: Problem;
  readonly ends?: true;
}

/** Where a plan is. `null` in `current`: between two steps, before the first one, or behind the last. */
export interface StepsProgress {
  readonly steps: readonly PlanStep[];
  readonly current: string | null;
}

export interface StepsEnd {
  readonly steps: readonly PlanStep[];
  /** `null` where every step came to a good end. */
  readonly problem: Problem | null;
  /** The step that did not, or before which it was cancelled; `null` where all did. */
  readonly stoppedAt: string | null;
}
