/**
 * The one table of everything that the manifest contributes and the code refers to: ids, settings with their defaults, and
 * which commands Restricted Mode allows. A test holds it against package.json.
 */
import { defaultFollowLines, defaultIntervalSeconds, defaultNotifications } from '../core/settings';

const prefix = 'pueuePreflight';

export interface CommandEntry {
  /** Whether it may run in Restricted Mode: looking is allowed there, changing is not. */
  readonly restrictedMode: boolean;
  /** Whether the command palette shows it. */
  readonly palette: boolean;
}

export type CommandName =
  | 'host.add'
  | 'host.remove'
  | 'host.refresh'
  | 'host.configure'
  | 'host.audit'
  | 'host.auditAll'
  | 'host.openTerminal'
  | 'host.copyDiagnostics'
  | 'job.follow'
  | 'job.openLog'
  | 'job.copyCommand'
  | 'job.releaseProcess'
  | 'job.filter'
  | 'job.clearFilter'
  | 'report.open'
  | 'report.compare'
  | 'output.show'
  | 'tree.showMore'
  | 'log.showEarlier';

/** Commands by the part of its id behind `pueuePreflight.`. */
export const commands: Readonly<Record<CommandName, CommandEntry>> = {
  'host.add': { restrictedMode: true, palette: true },
  'host.remove': { restrictedMode: true, palette: true },
  'host.refresh': { restrictedMode: true, palette: true },
  'host.configure': { restrictedMode: true, palette: true },
  'host.audit': { restrictedMode: true, palette: true },
  'host.auditAll': { restrictedMode: true, palette: true },
  'host.openTerminal': { restrictedMode: false, palette: true },
  'host.copyDiagnostics': { restrictedMode: true, palette: true },
  /** In Restricted Mode it opens the log as a document. */
  'job.follow': { restrictedMode: true, palette: true },
  'job.openLog': { restrictedMode: true, palette: true },
  'job.copyCommand': { restrictedMode: true, palette: true },
  'job.releaseProcess': { restrictedMode: false, palette: true },
  'job.filter': { restrictedMode: true, palette: true },
  'job.clearFilter': { restrictedMode: true, palette: true },
  /** The last two audits of a host, side by side. */
  'report.compare': { restrictedMode: true, palette: true },
  'report.open': { restrictedMode: true, palette: true },
  'output.show': { restrictedMode: true, palette: true },
  /** The row that shows more of a long list. */
  'tree.showMore': { restrictedMode: true, palette: false },
  /** Also the line at the top of a log that is not shown from its beginning. */
  'log.showEarlier': { restrictedMode: true, palette: true },
};

export function commandId(name: CommandName): string {
  return `${prefix}.${name}`;
}

/** Settings by the part of their key behind `pueuePreflight.`, with the defaults of the manifest. */
export const settings = {
  hosts: [] as unknown,
  sshConfigFile: '',
  refreshIntervalSeconds: defaultIntervalSeconds,
  followLines: defaultFollowLines,
  notifications: defaultNotifications,
};

export const settingsSection = prefix;
export const viewContainerId = prefix;
/** Context key: URIs of the logs that are not shown from their beginning. */
export const logsWithEarlierKey = `${prefix}.logsWithEarlier`;
/** Context key: whether the tree shows only what a filter lets through. */
export const filteredKey = `${prefix}.filtered`;
export const hostsViewId = `${prefix}.hosts`;
export const documentScheme = 'pueue-preflight';
export const outputChannelName = 'Pueue Preflight';
export const logChannelName = 'Pueue Preflight Log';
