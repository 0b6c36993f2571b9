/** Whether what is known of hosts is enough to say that a process counts nowhere. */
import { untracedReason } from '../audit/survivors';
import type { Problem } from '../problem';
import { visible } from '../text/visible';
import type { HostState } from './hostWatch';

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
