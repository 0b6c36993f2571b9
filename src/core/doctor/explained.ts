/** Which failures an examination of the host may explain. */
import type { ProblemCode } from '../problem';
import type { FindingSubject } from './finding';

/** Those of hosts that were reached, and whose pueue gave no queue. */
export function isExplained(code: ProblemCode): boolean {
  switch (code) {
    case 'pueueMissing':
    case 'daemonDown':
    case 'versionUnsupported':
    case 'versionMismatch':
    case 'badReply':
    case 'timedOut':
      return true;
    default:
      return false;
  }
}

/** What a failure says already, or takes for granted, so that no finding needs to say it again beside it. */
export function saidBy(code: ProblemCode): readonly FindingSubject[] {
  switch (code) {
    case 'pueueMissing':
      return ['pueue', 'configuration'];
    case 'versionMismatch':
      return ['daemon version'];
    default:
      return [];
  }
}
