/** What differs between two audits of one host. */
import type { Group, JobIdentity, JobStateName } from '../pueue/job';
import type { Decision } from './decide';

export interface NamedJob extends JobIdentity {
  readonly label: string | null;
  readonly group: string;
}

/** A job that is in both audits and is not the same in them. */
export interface ChangedJob extends NamedJob {
  readonly before: JobStateName;
  readonly after: JobStateName;
  /** It has begun another run. */
  readonly again: boolean;
  /** Its group or its label is another one. */
  readonly renamed: boolean;
}

/** `null` for a group that was not there. */
export interface ChangedGroup {
  readonly name: string;
  readonly before: Pick<Group, 'status' | 'parallel'> | null;
  readonly after: Pick<Group, 'status' | 'parallel'> | null;
}

export interface AuditChanges {
  /** When the earlier audit was taken: RFC 3339, the host's clock. */
  readonly since: string;
  /**
   * Nothing differs, everything could be compared, and this audit can tell how the host is. What could not be read is never
   * unchanged.
   */
  readonly unchanged: boolean;
  readonly fingerprintEqual: boolean;
  readonly pueueVersion: { readonly before: string | null; readonly after: string | null } | null;
  /** `null`: not known. */
  readonly daemonRestarted: boolean | null;
  readonly decision: {
    readonly before: Pick<Decision, 'verdict' | 'row'>;
    readonly after: Pick<Decision, 'verdict' | 'row'>;
  } | null;
  readonly jobs: {
    readonly came: readonly NamedJob[];
    readonly went: readonly NamedJob[];
    readonly changed: readonly ChangedJob[];
  };
  readonly groups: readonly ChangedGroup[];
  /** Processes of ended jobs by their pids; `null` where one of the audits could not trace all of them. */
  readonly survivors: { readonly came: readonly number[]; readonly went: readonly number[] } | null;
  /** Paths; `null` where one of the audits could not read every directory to its end. */
  readonly checkpoints: {
    readonly came: readonly string[];
    readonly went: readonly string[];
    readonly changed: readonly string[];
  } | null;
}
