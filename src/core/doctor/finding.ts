/** What a fact about a host means, and what to do about it. */

/**
 * `problem`: it does not work. `warning`: jobs or data may be lost, or a later step will fail. `note`: worth knowing. `ok`:
 * how it is, with nothing to do.
 */
export type FindingLevel = 'ok' | 'note' | 'warning' | 'problem';

/** What a finding is about. */
export type FindingSubject =
  | 'system'
  | 'python'
  | 'clock'
  | 'pueue'
  | 'configuration'
  | 'daemon'
  | 'other daemons'
  | 'daemon version'
  | 'runtime directory'
  | 'logout'
  | 'processes'
  | 'state directory'
  | 'state file'
  | 'journal'
  | 'project'
  | 'git'
  | 'uv'
  | 'databases'
  | 'not answered';

export interface Finding {
  readonly subject: FindingSubject;
  readonly level: FindingLevel;
  /** One line, safe to show. */
  readonly text: string;
  /** The next thing to do; `null` where there is nothing. */
  readonly next: string | null;
}

/** A finding with nothing to do. */
export function fine(subject: FindingSubject, text: string): Finding {
  return { subject, level: 'ok', text, next: null };
}

/** Whether a finding may explain why something does not work, or soon will not. */
export function isTelling({ level }: Finding): boolean {
  return level === 'warning' || level === 'problem';
}
