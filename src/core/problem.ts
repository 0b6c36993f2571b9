/**
 * The error catalogue: every failure that a person can meet has one constructor here. A message says which host, what
 * happened, and what to do next; code decides by `code`, never by the words.
 */

/** The closed list of failure codes that reports may carry. An unknown code is to be read as a failure. */
export type ProblemCode =
  | 'unreachable'
  | 'hostKeyUnknown'
  | 'hostKeyChanged'
  | 'authenticationFailed'
  | 'pythonMissing'
  | 'pueueMissing'
  | 'daemonDown'
  | 'versionUnsupported'
  | 'versionMismatch'
  | 'badReply'
  | 'timedOut'
  | 'cancelled'
  | 'notSupported'
  | 'untrusted'
  | 'busy'
  | 'stale'
  | 'lost'
  | 'refused'
  | 'invalidInput';

/** A known failure as data: what reports carry in their `problem` field. */
export interface Problem {
  readonly code: ProblemCode;
  /** What happened, naming the host. One paragraph of plain text, safe to show. */
  readonly message: string;
  /** The next thing to do. */
  readonly next: string;
}

/** A known failure on its way up. Thrown by adapters, turned into a report's `problem` at the command boundary. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(problem.message, options);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/**
 * Whether an error is a known failure. By shape and not by `instanceof`: the host and ssh bundles are loaded apart from
 * the main one and bring their own copy of the class.
 */
export function isProblemError(error: unknown): error is ProblemError {
  return error instanceof Error && error.name === 'ProblemError' && 'problem' in error;
}

/** Whether trying again by itself may help. Answers that only a person can change are not tried again. */
export function mayRetryUnattended(code: ProblemCode): boolean {
  switch (code) {
    case 'unreachable':
    case 'lost':
    case 'timedOut':
    case 'daemonDown':
    case 'badReply':
      return true;
    default:
      return false;
  }
}
