/**
 * Review Project File…: shows all that it says, beside what was approved earlier, and asks. What is approved is exactly what
 * was shown, whatever the file says by then.
 */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { projectFileName } from '../../core/project/projectFileName';
import { noProjectFile, projectFileFaulty, projectFileUnreadable } from '../../core/project/projectProblems';
import type { Standing } from '../../core/project/standing';
import type { TextFault } from '../../core/project/textFault';
import type { Documents } from '../documents';
import { projectPath } from '../documentPaths';
import type { Output } from '../output';
import { plainLabel, withoutLinks } from '../plainLabel';
import type { ProjectApprovals } from '../projectApprovals';
import type { Projects } from '../projects';
import { chooseFolder } from './folderChoice';
import { actionDone, actionProblem } from './register';

export interface ApprovalParts {
  readonly projects: Projects;
  readonly approvals: ProjectApprovals;
  readonly documents: Documents;
  readonly output: Output;
  /** Questions that are open, by folder and content: asked again, they are shown again and not put twice. */
  readonly open: Map<string, Promise<boolean>>;
}

export async function approveProject(argument: unknown, parts: ApprovalParts): Promise<ActionReport | undefined> {
  const chosen = await chooseFolder(argument);
  if (chosen === undefined) return undefined;
  if ('code' in chosen) return told(actionProblem(chosen), parts);
  return told(await review(chosen, parts), parts);
}

async function review(folder: vscode.WorkspaceFolder, parts: ApprovalParts): Promise<ActionReport> {
  const { projects } = parts;
  const found = await projects.readAgain(folder);
  const standing: Standing = found?.standing ?? { kind: 'none' };
  const target = folder.uri.toString();
  switch (standing.kind) {
    case 'none':
      return actionProblem(noProjectFile(folder.name));
    case 'unreadable':
      return actionProblem(projectFileUnreadable(folder.name, standing.why));
    case 'faulty':
      await openAt(vscode.Uri.joinPath(folder.uri, projectFileName), standing.faults[0]);
      return actionProblem(projectFileFaulty(folder.name, standing.faults));
    case 'approved':
      return actionDone(target, null, 'alreadySo');
    case 'proposed':
      return propose(folder, standing, parts);
  }
}

async function propose(
  folder: vscode.WorkspaceFolder,
  standing: Extract<Standing, { kind: 'proposed' }>,
  parts: ApprovalParts,
): Promise<ActionReport> {
  const { projects, approvals, open } = parts;
  const { approval } = standing.proposal;
  const target = folder.uri.toString();
  await show(folder, standing, parts);
  const key = `${target} ${approval.hash}`;
  const known = open.get(key);
  if (known !== undefined) await vscode.commands.executeCommand('notifications.showList');
  const asked = known ?? ask(folder).finally(() => open.delete(key));
  open.set(key, asked);
  if (!(await asked)) return actionDone(target, null, 'cancelled');
  // The question may have stood there while the trust was taken back.
  if (!vscode.workspace.isTrusted)
    return actionDone(target, null, 'refused', 'The window is in Restricted Mode by now.');
  await approvals.store(folder.uri, approval);
  const now = await projects.readAgain(folder);
  const isStill = now?.standing.kind === 'approved';
  const reason = `${projectFileName} has changed since it was shown: what it says now has no effect until it is reviewed.`;
  return actionDone(target, null, 'done', isStill ? null : reason);
}

/** One document for each content, so that what a tab shows stays what it was opened with. */
async function show(
  folder: vscode.WorkspaceFolder,
  { proposal, approved }: Extract<Standing, { kind: 'proposed' }>,
  { documents }: ApprovalParts,
): Promise<void> {
  const { hash, text } = proposal.approval;
  const proposed = documents.store(projectPath(folder.name, hash), text);
  if (approved === null || approved.hash === hash) {
    await vscode.window.showTextDocument(proposed, { preview: false });
    return;
  }
  const before = documents.store(projectPath(folder.name, approved.hash), approved.text);
  const title = vscode.l10n.t('{0} of {1}: approved ↔ now', projectFileName, folder.name);
  await vscode.commands.executeCommand('vscode.diff', before, proposed, title, { preview: false });
}

/** No modal: it would cover what is to be read. A notification with answers stays until it is closed. */
async function ask(folder: vscode.WorkspaceFolder): Promise<boolean> {
  const { t } = vscode.l10n;
  const approve = t('Approve');
  const question = t(
    'The editor shows all that {0} of {1} says, as it is saved. Once approved, its checkpoint directories are listed and judged on its hosts, audits look at its groups, and a requeue uses its patterns and its refresh flag. Approve exactly this?',
    projectFileName,
    withoutLinks(plainLabel(folder.name, 80)),
  );
  const isUnsaved = vscode.workspace.textDocuments.some(
    ({ uri, isDirty }) => isDirty && uri.toString() === vscode.Uri.joinPath(folder.uri, projectFileName).toString(),
  );
  const asked = isUnsaved ? `${question} ${t('What is not saved yet does not count.')}` : question;
  return (await vscode.window.showInformationMessage(asked, t('Not Now'), approve)) === approve;
}

async function openAt(uri: vscode.Uri, fault: TextFault | undefined): Promise<void> {
  const { line, column, length } = fault ?? { line: 1, column: 1, length: 0 };
  const begin = new vscode.Position(line - 1, column - 1);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(begin, begin.translate(0, length)) });
}

function told(report: ActionReport, { output }: ApprovalParts): ActionReport {
  const { problem, targets } = report;
  const lines =
    problem === null
      ? targets.map(
          ({ target, outcome, reason }) =>
            `Review of the project file of ${target}: ${outcome}${reason === null ? '' : `. ${reason}`}`,
        )
      : [problem.message, problem.next];
  output.append(`${lines.join('\n')}\n`);
  return report;
}
