/**
 * The driver: a second extension in the window under test. It executes the commands that it is told by files and writes
 * each result to a file, so that a caller outside can act through the real `vscode` API while modals stay real.
 */
import { existsSync, readFileSync, readdirSync, renameSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import {
  documentTextCommand,
  readyFile,
  requestEnding,
  resultEnding,
  setSettingCommand,
  type DriverRequest,
  type DriverResult,
} from './launchDriver';

/** Called by VS Code. Does nothing outside a launched window. */
export function activateDriver(context: vscode.ExtensionContext): void {
  const folder = process.env['PP_DRIVER_FOLDER'];
  if (folder === undefined || !existsSync(folder)) return;
  context.subscriptions.push(
    vscode.commands.registerCommand(setSettingCommand, (key: string, value: unknown) =>
      vscode.workspace.getConfiguration().update(key, value, vscode.ConfigurationTarget.Global),
    ),
    vscode.commands.registerCommand(
      documentTextCommand,
      (ending: string) =>
        vscode.workspace.textDocuments.find(({ uri }) => uri.path.endsWith(ending))?.getText() ?? null,
    ),
  );
  const seen = new Set<string>();
  const look = (): void => {
    for (const name of readdirSync(folder)) {
      if (!name.endsWith(requestEnding) || seen.has(name)) continue;
      seen.add(name);
      const resultName = name.slice(0, -requestEnding.length) + resultEnding;
      if (existsSync(join(folder, resultName))) continue;
      // answer() writes every failure into the result.
      void answer(join(folder, name), join(folder, resultName));
    }
  };
  const watcher = watch(folder, look);
  context.subscriptions.push({
    dispose: () => {
      watcher.close();
    },
  });
  look();
  writeAtOnce(join(folder, readyFile), String(process.pid));
}

async function answer(requestPath: string, resultPath: string): Promise<void> {
  let result: DriverResult;
  try {
    const request = JSON.parse(readFileSync(requestPath, 'utf8')) as DriverRequest;
    const value = await vscode.commands.executeCommand(request.command, ...request.argv);
    result = { value: value ?? null };
  } catch (error) {
    result = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  writeAtOnce(resultPath, JSON.stringify(result));
}

/** The reader must never see half a file. */
function writeAtOnce(path: string, text: string): void {
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}
