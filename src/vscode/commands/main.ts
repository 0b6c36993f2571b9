/**
 * Entry of the bundle with the commands and the reader of project files: it is loaded with the first command, or the first
 * project file. Its classes are not those of the main bundle, so what is handed over is never asked by `instanceof`.
 */
import { randomUUID } from 'node:crypto';
import type { Extension } from 'vscode';
import type { Judgements } from '../../core/checkpoint/judgements';
import type { OwnEnds } from '../../core/notices/ownEnds';
import type { Clock, FoundAliases, Sha256 } from '../../core/ports';
import type { CheckpointDocuments } from '../checkpointDocuments';
import type { Documents } from '../documents';
import type { FollowTerminals } from '../followTerminals';
import type { Hosts } from '../hosts';
import type { Logs } from '../logs';
import type { Output } from '../output';
import type { Plans } from '../plans';
import type { ProjectApprovals } from '../projectApprovals';
import type { Projects } from '../projects';
import type { RecentLog } from '../recentLog';
import type { Reports } from '../reports';
import type { HostsSetting } from '../settings';
import type { HostsTree } from '../tree/hostsTree';
import type { MoreNode } from '../tree/nodes';
import { readWindowFacts } from '../windowFacts';
import { actOnGroup } from './actOnGroup';
import { actOnJobs } from './actOnJobs';
import { addHost, type Computer } from './addHost';
import { addJob } from './addJob';
import { approveProject } from './approveProject';
import { auditAll, auditHost, type AuditParts } from './audit';
import { compareAudits } from './compareAudits';
import { configureHost } from './configureHost';
import { copyCommand } from './copyCommand';
import { copyDiagnostics } from './copyDiagnostics';
import { createProject } from './createProject';
import { EmergencyStops } from './emergencyStop';
import { clearFilter, filterJobs } from './filterJobs';
import { followJob } from './followJob';
import { moveCheckpoints, type MoveParts } from './moveCheckpoints';
import { OneAtATime } from './oneAtATime';
import { openCheckpoint } from './openCheckpoint';
import { openLog, showEarlier } from './openLog';
import { openReport } from './openReport';
import { openTerminal } from './openTerminal';
import type { ActParts } from './performAct';
import { applyPlan, cancelPlan, editPlan } from './planCommands';
import { refreshHosts } from './refresh';
import type { Handlers } from './register';
import { releaseProcess } from './releaseProcess';
import { removeHost } from './removeHost';
import { requeueJobs, type RequeueParts } from './requeueJobs';
import { restartInPlace } from './restartInPlace';
import { showHistory } from './showHistory';
import { showOutput } from './showOutput';

export { isProjectFile, parseProjectFile } from '../../core/project/projectFile';
export { standingOf } from '../../core/project/standing';

/** What a window has one of. */
export interface CommandParts {
  readonly extension: Extension<unknown>;
  readonly computer: Computer;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly output: Output;
  readonly log: RecentLog;
  readonly hosts: Hosts;
  readonly setting: HostsSetting;
  readonly tree: HostsTree;
  readonly projects: Projects;
  readonly approvals: ProjectApprovals;
  readonly judgements: Judgements;
  readonly documents: Documents;
  readonly reports: Reports;
  readonly plans: Plans;
  readonly logs: Logs;
  readonly checkpoints: CheckpointDocuments;
  readonly terminals: FollowTerminals;
  readonly ownEnds: OwnEnds;
  /** The aliases of an ssh_config, of the user's own where the file is empty. */
  readonly listAliases: (sshConfigFile: string) => Promise<FoundAliases>;
}

export function createHandlers(parts: CommandParts): Handlers {
  return { ...lookingHandlers(parts), ...actingHandlers(parts) };
}

function lookingHandlers(parts: CommandParts) {
  const { hosts, tree, reports, output } = parts;
  const auditParts: AuditParts = { ...parts, earlier: new WeakMap() };
  const windowFacts = () => readWindowFacts({ ...parts, hostname: parts.computer.hostname });
  return {
    'host.add': (argument: unknown) => addHost(argument, parts),
    'host.remove': (argument: unknown) => removeHost(argument, parts),
    'host.configure': (argument: unknown) => configureHost(argument, parts),
    'host.openTerminal': (argument: unknown) => openTerminal(argument, parts),
    'host.copyDiagnostics': (argument: unknown) => copyDiagnostics(argument, { ...parts, windowFacts }),
    'host.refresh': (argument: unknown) => refreshHosts(argument, hosts),
    'host.audit': (argument: unknown) => auditHost(argument, auditParts),
    'host.auditAll': () => auditAll(auditParts),
    'job.follow': (argument: unknown) => followJob(argument, parts),
    'job.openLog': (argument: unknown) => openLog(argument, parts),
    'job.copyCommand': (argument: unknown) => copyCommand(argument, parts),
    'job.filter': (argument: unknown) => filterJobs(argument, parts),
    'job.clearFilter': () => clearFilter(tree),
    'log.showEarlier': (argument: unknown) => showEarlier(argument, parts),
    'checkpoint.open': (argument: unknown) => openCheckpoint(argument, parts),
    'report.compare': (argument: unknown) => compareAudits(argument, parts),
    'report.open': (argument: unknown) => openReport(argument, reports),
    'output.show': () => showOutput(output),
    'deploy.history': (argument: unknown) => showHistory(argument, parts),
    // Only its row calls this command.
    'tree.showMore': (node: unknown) => tree.showMore(node as MoreNode),
  };
}

function actingHandlers(parts: CommandParts) {
  const { hosts, judgements } = parts;
  const actParts: ActParts = { ...parts, oneAtATime: new OneAtATime() };
  const requeueParts: RequeueParts = { ...actParts, ...parts, newKey: randomUUID };
  const moveParts: MoveParts = {
    ...{ ...parts, newId: randomUUID, asking: new Set() },
    judgeOf: (host, snapshot) => (entry, root) => judgements.of(host, snapshot).ofEntry(entry, root),
  };
  const emergencyStops = new EmergencyStops(hosts, {
    ...{ ...parts, newId: randomUUID },
    judge: (host) => (snapshot) => judgements.of(host, snapshot).all,
  });
  const approvalParts = { ...parts, open: new Map<string, Promise<boolean>>() };
  return {
    'project.create': (argument: unknown) => createProject(argument, parts),
    'project.approve': (argument: unknown) => approveProject(argument, approvalParts),
    'job.add': (argument: unknown) => addJob(argument, requeueParts),
    'job.requeue': (argument: unknown) => requeueJobs(argument, requeueParts),
    'job.restartInPlace': (argument: unknown) => restartInPlace(argument, actParts),
    'job.kill': (argument: unknown) => actOnJobs('kill', argument, actParts),
    'job.pause': (argument: unknown) => actOnJobs('pause', argument, actParts),
    'job.resume': (argument: unknown) => actOnJobs('resume', argument, actParts),
    'job.stash': (argument: unknown) => actOnJobs('stash', argument, actParts),
    'job.enqueue': (argument: unknown) => actOnJobs('enqueue', argument, actParts),
    'job.remove': (argument: unknown) => actOnJobs('remove', argument, actParts),
    'job.releaseProcess': (argument: unknown) => releaseProcess(argument, parts),
    'group.drain': (argument: unknown) => actOnGroup('drain', argument, actParts),
    'group.resume': (argument: unknown) => actOnGroup('resume', argument, actParts),
    'group.setParallel': (argument: unknown) => actOnGroup('setParallel', argument, actParts),
    'group.clean': (argument: unknown) => actOnGroup('clean', argument, actParts),
    'checkpoint.quarantine': (argument: unknown) => moveCheckpoints('quarantine', argument, moveParts),
    'checkpoint.restore': (argument: unknown) => moveCheckpoints('restore', argument, moveParts),
    'checkpoint.deleteQuarantined': (argument: unknown) => moveCheckpoints('delete', argument, moveParts),
    'host.emergencyStop': (argument: unknown) => emergencyStops.plan(argument),
    'plan.apply': (argument: unknown) => applyPlan(argument, parts),
    'plan.edit': (argument: unknown) => editPlan(argument, parts),
    'plan.cancel': (argument: unknown) => cancelPlan(argument, parts),
  };
}
