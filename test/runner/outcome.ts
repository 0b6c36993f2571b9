/** What a test layer came to, in numbers. */

/** Counts of one layer or of all of them. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Pending tests, and one for each layer that could not run here. */
  readonly skipped: number;
}

/** Nothing run. */
export const nothingRun: Outcome = { passed: 0, failed: 0, skipped: 0 };

/** Both together. */
export function sum(one: Outcome, other: Outcome): Outcome {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

/** The closing line of a run. */
export function closingLine(outcome: Outcome): string {
  return `${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped`;
}

/** True where the run may count as good: nothing failed, something ran, and under CI nothing was left out. */
export function isGood(outcome: Outcome, continuousIntegration: boolean): boolean {
  if (outcome.failed > 0 || (continuousIntegration && outcome.skipped > 0)) return false;
  return outcome.passed > 0 || outcome.skipped > 0;
}
