/**
 * Reads what a command was called with: one object, everything in it optional. Tree rows have the same shapes, so menus,
 * which pass `(node, nodes[])`, and other callers are read by one function.
 */
import type { JobIdentity } from '../../core/pueue/job';

export interface HostArgument {
  readonly host: string | null;
}

export interface ReportArgument extends HostArgument {
  readonly kind: string | null;
}

/** The host that is meant; `null` where none was named. */
export function readHost(argument: unknown): HostArgument {
  return { host: textOf(argument, 'host') };
}

/** A tree row has a `kind` of its own, which names no report. */
export function readReport(argument: unknown): ReportArgument {
  const isRow = textOf(argument, 'id') !== null;
  return { host: textOf(argument, 'host'), kind: isRow ? null : textOf(argument, 'kind') };
}

export interface ProcessArgument extends HostArgument {
  /** Job that the process is said to be of. */
  readonly job: JobIdentity | null;
  readonly pid: number | null;
}

/** The process of a job that is meant; `null` for each part that was not named. */
export function readProcess(argument: unknown): ProcessArgument {
  const given = typeof argument === 'object' && argument !== null ? (argument as Record<string, unknown>) : {};
  const first: unknown = Array.isArray(given['jobs']) ? given['jobs'][0] : undefined;
  const { id, createdAt } = (typeof first === 'object' && first !== null ? first : {}) as Record<string, unknown>;
  return {
    host: textOf(argument, 'host'),
    job: typeof id === 'number' ? { id, createdAt: typeof createdAt === 'string' ? createdAt : null } : null,
    pid: typeof given['pid'] === 'number' ? given['pid'] : null,
  };
}

function textOf(argument: unknown, key: string): string | null {
  if (typeof argument !== 'object' || argument === null || !(key in argument)) return null;
  const value = (argument as Record<string, unknown>)[key];
  return typeof value === 'string' ? value : null;
}
