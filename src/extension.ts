/** Builds the object graph. The only file that sees every room. */
import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { env, ExtensionKind, type ExtensionContext } from 'vscode';
import { Judgements } from './core/checkpoint/judgements';
import { unexpectedReading } from './core/hostProblems';
import type { Sha256, UnlockedKeys } from './core/ports';
import type { Problem } from './core/problem';
import { createLateReader, listAliases } from './lateReader';
import { systemClock } from './systemClock';
import { auditAll, auditHost, type AuditParts } from './vscode/commands/audit';
import { addHost, type Computer } from './vscode/commands/addHost';
import { compareAudits } from './vscode/commands/compareAudits';
import { configureHost } from './vscode/commands/configureHost';
import { copyCommand } from './vscode/commands/copyCommand';
import { copyDiagnostics } from './vscode/commands/copyDiagnostics';
import { clearFilter, filterJobs } from './vscode/commands/filterJobs';
import { followJob } from './vscode/commands/followJob';
import { openCheckpoint } from './vscode/commands/openCheckpoint';
import { openLog, showEarlier, type LogParts } from './vscode/commands/openLog';
import { openReport } from './vscode/commands/openReport';
import { openTerminal } from './vscode/commands/openTerminal';
import { showOutput } from './vscode/commands/showOutput';
import { addJob } from './vscode/commands/addJob';
import { OneAtATime } from './vscode/commands/oneAtATime';
import { requeueJobs, type RequeueParts } from './vscode/commands/requeueJobs';
import { releaseProcess } from './vscode/commands/releaseProcess';
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
import { Projects } from './vscode/projects';
import { QuestionQueue } from './vscode/questionQueue';
import { questionFaces } from './vscode/questions';
import { RecentLog } from './vscode/recentLog';
import { Reports } from './vscode/reports';
import { HostsSetting } from './vscode/settings';
import { HostsTree } from './vscode/tree/hostsTree';
import { readWindowFacts } from './vscode/windowFacts';
import type { MoreNode } from './vscode/tree/nodes';

export function activate({ subscriptions, extension }: ExtensionContext): void {
  const clock = systemClock;
  const output = new Output();
  const log = new RecentLog(output.log, () => clock.now());
  const onUnexpected = (error: unknown, host: string): Problem => {
    output.unexpected(`reading ${host}`, error);
    return unexpectedReading(host);
  };
  const questions = new QuestionQueue(questionFaces, log);
  const unlockedKeys: UnlockedKeys = new Map();
  const hosts = new Hosts({
    clock,
    random: Math.random,
    log,
    onUnexpected,
    createReader: (settings, sshConfigFile) =>
      createLateReader({ settings, sshConfigFile, questions, unlockedKeys, clock, log }),
  });
  const computer: Computer = {
    hostname: hostname(),
    isWindows: process.platform === 'win32',
    remoteName: extension.extensionKind === ExtensionKind.UI ? (env.remoteName ?? null) : null,
  };
  const projects = new Projects();
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
  const sha256: Sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const parts: AuditParts = { hosts, output, reports, judgements, clock, sha256, earlier: new WeakMap() };
  const requeueParts: RequeueParts = {
    ...{ hosts, output, reports, clock, projects, judgements },
    ...{ oneAtATime: new OneAtATime(), newKey: randomUUID },
  };
  const logParts: LogParts = { hosts, logs, output, clock };
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
      'project.create': notYet,
      'job.add': (argument) => addJob(argument, requeueParts),
      'job.requeue': (argument) => requeueJobs(argument, requeueParts),
      'job.restartInPlace': notYet,
      'job.kill': notYet,
      'job.pause': notYet,
      'job.resume': notYet,
      'job.stash': notYet,
      'job.enqueue': notYet,
      'job.remove': notYet,
      'group.drain': notYet,
      'group.resume': notYet,
      'group.setParallel': notYet,
      'group.clean': notYet,
      'checkpoint.open': (argument) => openCheckpoint(argument, { hosts, judgements, checkpoints, output, clock }),
      'checkpoint.quarantine': notYet,
      'checkpoint.restore': notYet,
      'checkpoint.deleteQuarantined': notYet,
      'host.emergencyStop': notYet,
      'plan.apply': notYet,
      'plan.edit': notYet,
      'plan.cancel': notYet,
      'deploy.history': notYet,
      // Only its row calls this command.
      'tree.showMore': (node) => tree.showMore(node as MoreNode),
    },
    output,
  );
  const notifications = new Notifications({ hosts, tree, output, clock });
  subscriptions.push(output, hosts, projects, documents, logs, checkpoints, terminals, notifications, tree, commands);
}

/** Stands in for a command until its work is there. */
function notYet(): never {
  throw new Error('not there yet');
}
