/**
 * Reads what a command was called with: one object, everything in it optional. Tree rows have the same shapes, so menus,
 * which pass `(node, nodes[])`, and other callers are read by one function.
 */
import type { InvalidSetting } from '../../core/hostSettings';
import type { InvalidSettingNode } from '../tree/nodes';

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

/**
 * The host that is to be added. The title of the view hands over the row that has the focus, and that one is not meant.
 */
export function readNewHost(argument: unknown): HostArgument {
  return { host: isRow(argument) ? null : textOf(argument, 'host') };
}

/** The row of an entry of the settings that cannot be used; `null` where the argument is none. */
export function readInvalidEntry(argument: unknown): InvalidSetting | null {
  if (!isRow(argument) || textOf(argument, 'kind') !== 'invalidSetting') return null;
  return (argument as InvalidSettingNode).entry;
}

/** A tree row has a `kind` of its own, which names no report. */
export function readReport(argument: unknown): ReportArgument {
  return { host: textOf(argument, 'host'), kind: isRow(argument) ? null : textOf(argument, 'kind') };
}

function isRow(argument: unknown): boolean {
  return textOf(argument, 'id') !== null;
}

function textOf(argument: unknown, key: string): string | null {
  if (typeof argument !== 'object' || argument === null || !(key in argument)) return null;
  const value = (argument as Record<string, unknown>)[key];
  return typeof value === 'string' ? value : null;
}
