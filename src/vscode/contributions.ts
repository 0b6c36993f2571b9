/**
 * The one table of everything that the manifest contributes and the code refers to: ids, settings with their defaults, and
 * which commands Restricted Mode allows. A test holds it against package.json.
 */
import { defaultFollowLines, defaultIntervalSeconds, defaultNotifications, defaultStaleHours } from '../core/settings';

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
  | 'log.showEarlier'
  | 'project.create'
  | 'project.approve'
  | 'job.add'
  | 'job.requeue'
  | 'job.restartInPlace'
  | 'job.kill'
  | 'job.pause'
  | 'job.resume'
  | 'job.stash'
  | 'job.enqueue'
  | 'job.remove'
  | 'group.drain'
  | 'group.resume'
  | 'group.setParallel'
  | 'group.clean'
  | 'checkpoint.open'
  | 'checkpoint.quarantine'
  | 'checkpoint.restore'
  | 'checkpoint.deleteQuarantined'
  | 'host.emergencyStop'
  | 'plan.apply'
  | 'plan.edit'
  | 'plan.cancel'
  | 'deploy.history';

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
  'project.create': { restrictedMode: false, palette: true },
  /** Shows what a project file says, and asks whether it may have an effect. */
  'project.approve': { restrictedMode: false, palette: true },
  'job.add': { restrictedMode: false, palette: true },
  'job.requeue': { restrictedMode: false, palette: true },
  'job.restartInPlace': { restrictedMode: false, palette: true },
  'job.kill': { restrictedMode: false, palette: true },
  'job.pause': { restrictedMode: false, palette: true },
  'job.resume': { restrictedMode: false, palette: true },
  'job.stash': { restrictedMode: false, palette: true },
  'job.enqueue': { restrictedMode: false, palette: true },
  'job.remove': { restrictedMode: false, palette: true },
  'group.drain': { restrictedMode: false, palette: true },
  'group.resume': { restrictedMode: false, palette: true },
  'group.setParallel': { restrictedMode: false, palette: true },
  'group.clean': { restrictedMode: false, palette: true },
  'checkpoint.open': { restrictedMode: true, palette: true },
  'checkpoint.quarantine': { restrictedMode: false, palette: true },
  'checkpoint.restore': { restrictedMode: false, palette: true },
  'checkpoint.deleteQuarantined': { restrictedMode: false, palette: true },
  'host.emergencyStop': { restrictedMode: false, palette: true },
  'plan.apply': { restrictedMode: false, palette: true },
  'plan.edit': { restrictedMode: false, palette: true },
  'plan.cancel': { restrictedMode: false, palette: true },
  'deploy.history': { restrictedMode: false, palette: true },
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
  confirmTypedName: true,
  staleCheckpointHours: defaultStaleHours,
};

export const settingsSection = prefix;
export const viewContainerId = prefix;
/** Context key: URIs of the logs that are not shown from their beginning. */
export const logsWithEarlierKey = `${prefix}.logsWithEarlier`;
/** Context key: whether the tree shows only what a filter lets through. */
export const filteredKey = `${prefix}.filtered`;
/** Context keys: URIs of plans that can be applied or edited, and of those that can be cancelled. */
export const plannedPlansKey = `${prefix}.plannedPlans`;
export const openPlansKey = `${prefix}.openPlans`;
export const hostsViewId = `${prefix}.hosts`;
export const documentScheme = 'pueue-preflight';
export const outputChannelName = 'Pueue Preflight';
export const logChannelName = 'Pueue Preflight Log';
