/**
 * Reads what a command was called with: one object, everything in it optional. Tree rows have the same shapes, so menus,
 * which pass `(node, nodes[])`, and other callers are read by one function.
 */

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

function textOf(argument: unknown, key: string): string | null {
  if (typeof argument !== 'object' || argument === null || !(key in argument)) return null;
  const value = (argument as Record<string, unknown>)[key];
  return typeof value === 'string' ? value : null;
}
