/** Builds the object graph. The only file that sees every room. */
import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { env, ExtensionKind, type ExtensionContext } from 'vscode';
import { Judgements } from './core/checkpoint/judgements';
import { unexpectedReading } from './core/hostProblems';
import { OwnEnds } from './core/notices/ownEnds';
import type { Sha256, UnlockedKeys } from './core/ports';
import type { Problem } from './core/problem';
import { createLateReader, listAliases } from './lateReader';
import { systemClock } from './systemClock';
import { actOnGroup } from './vscode/commands/actOnGroup';
import { actOnJobs } from './vscode/commands/actOnJobs';
import { auditAll, auditHost, type AuditParts } from './vscode/commands/audit';
import { approveProject } from './vscode/commands/approveProject';
import { addHost, type Computer } from './vscode/commands/addHost';
import { compareAudits } from './vscode/commands/compareAudits';
import { configureHost } from './vscode/commands/configureHost';
import { createProject } from './vscode/commands/createProject';
import { copyCommand } from './vscode/commands/copyCommand';
import { copyDiagnostics } from './vscode/commands/copyDiagnostics';
import { clearFilter, filterJobs } from './vscode/commands/filterJobs';
import { EmergencyStops } from './vscode/commands/emergencyStop';
import { followJob } from './vscode/commands/followJob';
import { OneAtATime } from './vscode/commands/oneAtATime';
import { moveCheckpoints, type MoveParts } from './vscode/commands/moveCheckpoints';
import { openCheckpoint } from './vscode/commands/openCheckpoint';
import { openLog, showEarlier, type LogParts } from './vscode/commands/openLog';
import { openReport } from './vscode/commands/openReport';
import { openTerminal } from './vscode/commands/openTerminal';
import { showHistory } from './vscode/commands/showHistory';
import { showOutput } from './vscode/commands/showOutput';
import { applyPlan, cancelPlan, editPlan } from './vscode/commands/planCommands';
import { addJob } from './vscode/commands/addJob';
import { requeueJobs, type RequeueParts } from './vscode/commands/requeueJobs';
import { releaseProcess } from './vscode/commands/releaseProcess';
import type { ActParts } from './vscode/commands/performAct';
import { restartInPlace } from './vscode/commands/restartInPlace';
import { refreshHosts } from './vscode/commands/refresh';
import { registerCommands } from './vscode/commands/register';
import { removeHost } from './vscode/commands/removeHost';
import { CheckpointDocuments } from './vscode/checkpointDocuments';
import { Documents } from './vscode/documents';
import { FollowTerminals } from './vscode/followTerminals';
import { Hosts } from './vscode/hosts';
import { Logs } from './vscode/logs';
import { Notifications } from './vscode/notifications';
import { Output } from './vscode/output';
import { Plans } from './vscode/plans';
import { listedAnew } from './vscode/listedAnew';
import { ProjectApprovals } from './vscode/projectApprovals';
import { ProjectDiagnostics } from './vscode/projectDiagnostics';
import { Projects } from './vscode/projects';
import { QuestionQueue } from './vscode/questionQueue';
import { questionFaces } from './vscode/questions';
import { RecentLog } from './vscode/recentLog';
import { SavedLogs } from './vscode/savedLogs';
import { Reports } from './vscode/reports';
import { HostsSetting } from './vscode/settings';
import { HostsTree } from './vscode/tree/hostsTree';
import { readWindowFacts } from './vscode/windowFacts';
import type { MoreNode } from './vscode/tree/nodes';

export function activate({ subscriptions, extension, globalState }: ExtensionContext): void {
  const clock = systemClock;
  const output = new Output();
  const log = new RecentLog(output.log, () => clock.now());
  const onUnexpected = (error: unknown, host: string): Problem => {
    output.unexpected(`reading ${host}`, error);
    return unexpectedReading(host);
  };
  const questions = new QuestionQueue(questionFaces, log);
  const unlockedKeys: UnlockedKeys = new Map();
  const sha256: Sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const approvals = new ProjectApprovals(globalState);
  const projects = new Projects({
    ...{ approvals, sha256 },
    onUnexpected: (error) => {
      output.unexpected('reading a project file', error);
    },
  });
  const hosts = new Hosts({
    clock,
    random: Math.random,
    log,
    onUnexpected,
    createReader: (settings, sshConfigFile) =>
      createLateReader({
        ...{ settings, sshConfigFile, questions, unlockedKeys, clock, log },
        project: () => projects.of(settings.name),
      }),
  });
  const computer: Computer = {
    hostname: hostname(),
    isWindows: process.platform === 'win32',
    remoteName: extension.extensionKind === ExtensionKind.UI ? (env.remoteName ?? null) : null,
  };
  const judgements = new Judgements({
    projectOf: (host) => projects.of(host),
    staleMs: () => hosts.staleCheckpointMs,
  });
  const tree = new HostsTree({ hosts, projects, judgements, clock, hostname: computer.hostname });
  const setting = new HostsSetting();
  const documents = new Documents();
  const reports = new Reports(documents);
  const logs = new Logs(documents, hosts);
  const checkpoints = new CheckpointDocuments(documents, hosts, judgements);
  const parts: AuditParts = { hosts, projects, output, reports, judgements, clock, sha256, earlier: new WeakMap() };
  const savedLogs = new SavedLogs(documents, hosts);
  const logParts: LogParts = { hosts, logs, output, clock };
  const ownEnds = new OwnEnds();
  const oneAtATime = new OneAtATime();
  const actParts: ActParts = { hosts, output, reports, clock, ownEnds, oneAtATime };
  const requeueParts: RequeueParts = {
    ...{ hosts, output, reports, clock, projects, judgements, oneAtATime, newKey: randomUUID },
  };
  const moveParts: MoveParts = {
    ...{ hosts, output, reports, newId: randomUUID, asking: new Set() },
    judgeOf: (host, snapshot) => (entry) => judgements.of(host, snapshot).of(entry.path),
  };
  const plans = new Plans(documents);
  const planParts = { plans, output };
  const emergencyStops = new EmergencyStops(hosts, {
    ...{ plans, output, reports, clock, sha256 },
    newId: () => randomUUID(),
    judge: (host) => (snapshot) => judgements.of(host, snapshot).all,
  });
  const openReviews = new Map<string, Promise<boolean>>();
  const terminals = new FollowTerminals({
    hosts,
    clock,
    onUnexpected: (error) => {
      output.unexpected('following a job', error);
    },
  });
  const commands = registerCommands(
    {
      'host.add': (argument) =>
        addHost(argument, { hosts, setting, tree, output, computer, listAliases: (file) => listAliases(file, log) }),
      'host.remove': (argument) => removeHost(argument, { hosts, setting, output }),
      'host.configure': (argument) => configureHost(argument, { hosts, setting, output }),
      'host.openTerminal': (argument) => openTerminal(argument, { hosts, output }),
      'host.copyDiagnostics': (argument) =>
        copyDiagnostics(argument, {
          ...{ hosts, output, log, clock },
          windowFacts: () =>
            readWindowFacts({
              ...{ extension, hosts, hostname: computer.hostname },
              listAliases: (file) => listAliases(file, log),
            }),
        }),
      'job.follow': (argument) => followJob(argument, { ...logParts, terminals }),
      'job.openLog': (argument) => openLog(argument, logParts),
      'job.copyCommand': (argument) => copyCommand(argument, { hosts, output, clock }),
      'job.releaseProcess': (argument) => releaseProcess(argument, parts),
      'job.filter': (argument) => filterJobs(argument, { hosts, tree }),
      'job.clearFilter': () => clearFilter(tree),
      'log.showEarlier': (argument) => showEarlier(argument, logParts),
      'host.refresh': (argument) => refreshHosts(argument, hosts),
      'host.audit': (argument) => auditHost(argument, parts),
      'host.auditAll': () => auditAll(parts),
      'report.compare': (argument) => compareAudits(argument, { hosts, reports }),
      'report.open': (argument) => openReport(argument, reports),
      'output.show': () => showOutput(output),
      'project.create': (argument) => createProject(argument, { hosts, output }),
      'project.approve': (argument) =>
        approveProject(argument, { ...{ projects, approvals, documents, output }, open: openReviews }),
      'job.add': (argument) => addJob(argument, requeueParts),
      'job.requeue': (argument) => requeueJobs(argument, requeueParts),
      'job.restartInPlace': (argument) => restartInPlace(argument, { ...actParts, projects, judgements }),
      'job.kill': (argument) => actOnJobs('kill', argument, actParts),
      'job.pause': (argument) => actOnJobs('pause', argument, actParts),
      'job.resume': (argument) => actOnJobs('resume', argument, actParts),
      'job.stash': (argument) => actOnJobs('stash', argument, actParts),
      'job.enqueue': (argument) => actOnJobs('enqueue', argument, actParts),
      'job.remove': (argument) => actOnJobs('remove', argument, actParts),
      'group.drain': (argument) => actOnGroup('drain', argument, actParts),
      'group.resume': (argument) => actOnGroup('resume', argument, actParts),
      'group.setParallel': (argument) => actOnGroup('setParallel', argument, actParts),
      'group.clean': (argument) => actOnGroup('clean', argument, actParts),
      'checkpoint.open': (argument) => openCheckpoint(argument, { hosts, judgements, checkpoints, output, clock }),
      'checkpoint.quarantine': (argument) => moveCheckpoints('quarantine', argument, moveParts),
      'checkpoint.restore': (argument) => moveCheckpoints('restore', argument, moveParts),
      'checkpoint.deleteQuarantined': (argument) => moveCheckpoints('delete', argument, moveParts),
      'host.emergencyStop': (argument) => emergencyStops.plan(argument),
      'plan.apply': (argument) => applyPlan(argument, planParts),
      'plan.edit': (argument) => editPlan(argument, planParts),
      'plan.cancel': (argument) => cancelPlan(argument, planParts),
      'deploy.history': (argument) => showHistory(argument, actParts),
      // Only its row calls this command.
      'tree.showMore': (node) => tree.showMore(node as MoreNode),
    },
    output,
  );
  const notifications = new Notifications({ hosts, tree, output, clock, ownEnds });
  const projectParts = [projects, new ProjectDiagnostics(hosts), listedAnew(projects, hosts)];
  subscriptions.push(
    ...projectParts,
    checkpoints,
    output,
    hosts,
    documents,
    logs,
    savedLogs,
    terminals,
    notifications,
    tree,
    commands,
  );
}
