/** Reports about several hosts at once. */
import type { Problem } from '../problem';
import type { AuditReport } from './auditReport';

export interface FleetReport {
  readonly kind: 'fleet';
  readonly version: 1;
  readonly host: null;
  readonly takenAt: string;
  readonly problem: Problem | null;
  readonly hosts: readonly AuditReport[];
  readonly stoppedAt: null;
}

/** The reports of `host.auditAll`, in the order of the settings. */
export function fleetOf(hosts: readonly AuditReport[], takenAtMs: number, problem: Problem | null = null): FleetReport {
  return {
    kind: 'fleet',
    version: 1,
    host: null,
    takenAt: new Date(takenAtMs).toISOString(),
    problem,
    hosts,
    stoppedAt: null,
  };
}

/** The report of a command that has none of its own. */
export interface ActionReport {
  readonly kind: 'action';
  readonly version: 1;
  readonly host: string | null;
  readonly takenAt: string;
  readonly problem: Problem | null;
  readonly targets: readonly {
    readonly target: string;
    readonly outcome: 'done' | 'alreadySo' | 'refused' | 'failed' | 'lost' | 'cancelled';
    readonly reason: string | null;
  }[];
}
