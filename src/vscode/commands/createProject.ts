/** Create Project File: made where there is none, filled with what can be learnt, and shown. It has no effect by itself. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { isProblemError } from '../../core/problem';
import { projectFileName } from '../../core/project/projectFileName';
import { projectFileNotWritten } from '../../core/project/projectProblems';
import { proposalText, proposeProject, type LearntOfHost } from '../../core/project/proposeProject';
import type { HostWatch } from '../../core/watch/hostWatch';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import { chooseFolder } from './folderChoice';
import { actionDone, actionProblem } from './register';

/** Longest time for a host that was not read yet: the file can be made without it. */
const readMs = 8000;

export interface CreateParts {
  readonly hosts: Hosts;
  readonly output: Output;
}

export async function createProject(argument: unknown, parts: CreateParts): Promise<ActionReport | undefined> {
  const { hosts, output } = parts;
  const chosen = await chooseFolder(argument);
  if (chosen === undefined) return undefined;
  if ('code' in chosen) {
    output.append(`${chosen.message}\n${chosen.next}\n`);
    return actionProblem(chosen);
  }
  const uri = vscode.Uri.joinPath(chosen.uri, projectFileName);
  if (await exists(uri)) return opened(uri, output);
  const learnt = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Looking at the hosts for the project file'),
    },
    () => Promise.all(hosts.watches.map((watch) => learn(watch, hosts))),
  );
  const read = learnt.filter((each) => typeof each !== 'string');
  const proposed = proposeProject(
    await learnOfFolder(chosen),
    hosts.watches.map(({ name }) => name),
    read,
  );
  // Another window may have made one meanwhile, and its text is not ours to replace.
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(uri, { overwrite: false, contents: new TextEncoder().encode(proposed.text) });
  if (!(await vscode.workspace.applyEdit(edit))) {
    if (await exists(uri)) return opened(uri, output);
    const problem = projectFileNotWritten(chosen.name, 'the editor could not make the file');
    output.append(`${problem.message}\n${problem.next}\n`);
    return actionProblem(problem);
  }
  output.append(
    proposalText(
      uri.path,
      proposed,
      learnt.filter((each) => typeof each === 'string'),
    ),
  );
  await vscode.window.showTextDocument(uri, { preview: false });
  return actionDone(uri.toString());
}

async function opened(uri: vscode.Uri, output: Output): Promise<ActionReport> {
  output.append(`Create Project File: there is one already, and it was opened. Nothing was changed.\n`);
  await vscode.window.showTextDocument(uri, { preview: false });
  return actionDone(uri.toString(), null, 'alreadySo');
}

/** A folder in which nothing can be looked at is told when the file cannot be made there. */
async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return false;
    throw error;
  }
}

/** @returns what the host says, or its name where it cannot be read */
async function learn(watch: HostWatch, hosts: Hosts): Promise<LearntOfHost | string> {
  try {
    const snapshot = watch.state.reading?.snapshot ?? (await watch.readWithin(new AbortController().signal, readMs));
    const configured = hosts.destination(watch.name)?.settings.checkpoints ?? [];
    const checkpoints = snapshot.checkpoints
      .filter((directory) => configured.includes(directory.configured))
      .map(({ configured: directory, entries }) => ({
        directory,
        names: entries.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)),
      }));
    return { name: watch.name, home: snapshot.home, jobs: snapshot.queue.jobs, checkpoints };
  } catch (error) {
    // Why it cannot be read is shown by its row.
    if (!isProblemError(error)) throw error;
    return watch.name;
  }
}

async function learnOfFolder({ uri, name }: vscode.WorkspaceFolder) {
  const [gitConfig, gitHead, pyproject] = await Promise.all(
    ['.git/config', '.git/HEAD', 'pyproject.toml'].map((path) => textOf(vscode.Uri.joinPath(uri, path))),
  );
  return { name, gitConfig: gitConfig ?? null, gitHead: gitHead ?? null, pyproject: pyproject ?? null };
}

/** A small text file of the folder; `null` where there is none, or it cannot be read: then nothing is learnt of it. */
async function textOf(uri: vscode.Uri): Promise<string | null> {
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    return size > 1_000_000 ? null : new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return null;
    throw error;
  }
}
