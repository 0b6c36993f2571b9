/** Builds the object graph. The only file that sees every room. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { env, ExtensionKind, type ExtensionContext } from 'vscode';
import { Judgements } from './core/checkpoint/judgements';
import { unexpectedReading } from './core/hostProblems';
import { OwnEnds } from './core/notices/ownEnds';
import type { Sha256, UnlockedKeys } from './core/ports';
import { createLateReader, listAliases } from './lateReader';
import { systemClock } from './systemClock';
import { CheckpointDocuments } from './vscode/checkpointDocuments';
import { registerCommands } from './vscode/commands/register';
import { Documents } from './vscode/documents';
import { FollowTerminals } from './vscode/followTerminals';
import { Hosts } from './vscode/hosts';
import { lateCommands, loadCommands } from './vscode/lateCommands';
import { listedAnew } from './vscode/listedAnew';
import { Logs } from './vscode/logs';
import { Notifications } from './vscode/notifications';
import { Output } from './vscode/output';
import { Plans } from './vscode/plans';
import { ProjectApprovals } from './vscode/projectApprovals';
import { ProjectDiagnostics } from './vscode/projectDiagnostics';
import { Projects } from './vscode/projects';
import { QuestionQueue } from './vscode/questionQueue';
import { questionFaces } from './vscode/questions';
import { RecentLog } from './vscode/recentLog';
import { Reports } from './vscode/reports';
import { SavedLogs } from './vscode/savedLogs';
import { HostsSetting } from './vscode/settings';
import { HostsTree } from './vscode/tree/hostsTree';

export function activate({ subscriptions, extension, globalState }: ExtensionContext): void {
  const clock = systemClock;
  const output = new Output();
  const log = new RecentLog(output.log, () => clock.now());
  const unexpected = (doing: string) => (error: unknown) => {
    output.unexpected(doing, error);
  };
  const questions = new QuestionQueue(questionFaces, log);
  const unlockedKeys: UnlockedKeys = new Map();
  const sha256: Sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const approvals = new ProjectApprovals(globalState);
  const projects = new Projects({
    approvals,
    standingOf: async (text, approved) => (await loadCommands()).standingOf(text, approved, sha256),
    onUnexpected: unexpected('reading a project file'),
  });
  const hosts = new Hosts({
    ...{ clock, log, random: Math.random },
    onUnexpected: (error, host) => {
      output.unexpected(`reading ${host}`, error);
      return unexpectedReading(host);
    },
    createReader: (settings, sshConfigFile) =>
      createLateReader({
        ...{ settings, sshConfigFile, questions, unlockedKeys, clock, log },
        project: () => projects.of(settings.name),
      }),
  });
  const computer = {
    hostname: hostname(),
    isWindows: process.platform === 'win32',
    remoteName: extension.extensionKind === ExtensionKind.UI ? (env.remoteName ?? null) : null,
  };
  const judgements = new Judgements({
    projectOf: (host) => projects.of(host),
    staleMs: () => hosts.staleCheckpointMs,
  });
  const tree = new HostsTree({ hosts, projects, judgements, clock, hostname: computer.hostname });
  const documents = new Documents();
  const reports = new Reports(documents);
  const plans = new Plans(documents);
  const logs = new Logs(documents, hosts);
  const savedLogs = new SavedLogs(documents, hosts);
  const checkpoints = new CheckpointDocuments(documents, hosts, judgements);
  const terminals = new FollowTerminals({ hosts, clock, onUnexpected: unexpected('following a job') });
  const ownEnds = new OwnEnds();
  const handlers = lateCommands({
    ...{ extension, computer, clock, sha256, output, log, ownEnds },
    ...{ hosts, setting: new HostsSetting(), tree, projects, approvals, judgements },
    ...{ documents, reports, plans, logs, checkpoints, terminals },
    listAliases: (file) => listAliases(file, log),
  });
  const commands = registerCommands(handlers, output);
  const notifications = new Notifications({ hosts, tree, output, clock, ownEnds });
  const diagnostics = new ProjectDiagnostics(hosts, unexpected('marking a project file'));
  subscriptions.push(
    ...[projects, diagnostics, listedAnew(projects, hosts)],
    ...[checkpoints, output, hosts, documents, logs, savedLogs, terminals, notifications, tree, commands],
  );
}
