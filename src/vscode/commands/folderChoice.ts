/** Which workspace folder a command about the project means. */
import * as vscode from 'vscode';
import type { Problem } from '../../core/problem';
import { noFolder, unknownFolder } from '../../core/project/projectProblems';
import { plainLabel } from '../plainLabel';
import { readFolder } from './arguments';

/** @returns the folder, why there is none, or `undefined` where the person chose none */
export async function chooseFolder(argument: unknown): Promise<vscode.WorkspaceFolder | Problem | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const { folder: named, malformed } = readFolder(argument);
  if (malformed) return unknownFolder('The argument "folder"', names(folders));
  if (named !== null)
    return (
      folders.find(({ uri, name }) => [uri.toString(), name, uri.fsPath].includes(named)) ??
      (folders.length === 0 ? noFolder() : unknownFolder(named, names(folders)))
    );
  if (folders.length < 2) return folders[0] ?? noFolder();
  const items = folders.map((folder) => ({
    label: plainLabel(folder.name),
    description: plainLabel(folder.uri.path),
    folder,
  }));
  const placeHolder = vscode.l10n.t('The project of which folder?');
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.folder;
}

function names(folders: readonly vscode.WorkspaceFolder[]): string[] {
  return folders.map(({ name }) => name);
}
