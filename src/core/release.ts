/** The saying that a process is no part of a job: kept in the journal on the host, until that boots. */
import type { JobIdentity } from './pueue/job';
import type { Problem } from './problem';
import { untracedReason } from './audit/survivors';
import type { HostState } from './watch/hostWatch';
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

/**
 * Why it cannot be said that no process counts as live, where none was found; `null` where it can: then every host was read,
 * its processes were looked at, and all of them are known one by one.
 */
export function cannotSayNone(hosts: readonly { readonly name: string; readonly state: HostState }[]): Problem | null {
  for (const { name, state } of hosts) {
    const { reading, problem } = state;
    if (problem !== null) return problem;
    const tracing = reading?.snapshot.processes;
    const why =
      tracing === undefined
        ? 'the host has not been read'
        : tracing.kind === 'untraced'
          ? untracedReason(tracing.why)
          : tracing.runs.some(({ total, processes }) => total > processes.length)
            ? 'a job has left so many that only the oldest are told'
            : null;
    if (why !== null)
      return {
        code: 'refused',
        message: `${visible(name, 80)}: the process was not found among those of ended jobs, and not all of them can be told: ${why}.`,
        next: `Look for it on ${visible(name, 80)} by "ps -fp" and its pid.`,
      };
  }
  return null;
}
