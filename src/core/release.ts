/** The saying that a process is no part of a job: kept in the journal on the host, until that boots. */
import type { JobIdentity } from './pueue/job';
import type { Problem } from './problem';
import { visible } from './text/visible';

/** A process that is meant, by one life of it, and the run that it counted for. */
export interface ProcessRelease {
  readonly job: JobIdentity & { readonly start: string | null };
  readonly life: string;
}

/** What the host made of it. `gone`: the process has ended. `failed`: the journal could not be written, so nothing was done. */
export type ReleaseOutcome =
  { readonly kind: 'done' | 'alreadySo' | 'gone' } | { readonly kind: 'failed'; readonly why: string };

/** The answer to an act did not come, so that it may have happened or not. */
export function answerLost(host: string, problem: Problem): Problem {
  return {
    code: 'lost',
    message: `${visible(host, 80)}: the answer did not come, so it is not known whether it was done. ${problem.message}`,
    next: 'It is not tried again by itself. Refresh shows what is true.',
  };
}
