/**
 * The one table of everything that the manifest contributes and the code refers to: ids, settings with their defaults, and
 * which commands Restricted Mode allows. A test holds it against package.json.
 */
import { defaultIntervalSeconds } from '../core/settings';

const prefix = 'pueuePreflight';

export interface CommandEntry {
  /** Whether it may run in Restricted Mode: looking is allowed there, changing is not. */
  readonly restrictedMode: boolean;
  /** Whether the command palette shows it. */
  readonly palette: boolean;
}

export type CommandName =
  'host.refresh' | 'host.audit' | 'host.auditAll' | 'report.open' | 'output.show' | 'tree.showMore';

/** Commands by the part of its id behind `pueuePreflight.`. */
export const commands: Readonly<Record<CommandName, CommandEntry>> = {
  'host.refresh': { restrictedMode: true, palette: true },
  'host.audit': { restrictedMode: true, palette: true },
  'host.auditAll': { restrictedMode: true, palette: true },
  'report.open': { restrictedMode: true, palette: true },
  'output.show': { restrictedMode: true, palette: true },
  /** The row that shows more of a long list. */
  'tree.showMore': { restrictedMode: true, palette: false },
};

export function commandId(name: CommandName): string {
  return `${prefix}.${name}`;
}

/** Settings by the part of their key behind `pueuePreflight.`, with the defaults of the manifest. */
export const settings = {
  hosts: [] as unknown,
  sshConfigFile: '',
  refreshIntervalSeconds: defaultIntervalSeconds,
};

export const settingsSection = prefix;
export const viewContainerId = prefix;
export const hostsViewId = `${prefix}.hosts`;
export const documentScheme = 'pueue-preflight';
export const outputChannelName = 'Pueue Preflight';
export const logChannelName = 'Pueue Preflight Log';
