/** Open Log: the end of a job's log as a read-only document, and what comes before it on request. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import type { Clock } from '../../core/ports';
import { isProblemError } from '../../core/problem';
import { documentScheme, hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Logs } from '../logs';
import type { Output } from '../output';
import { chooseJobs, type ChosenJobs } from './jobChoice';
import { openSeveral, toldFailures } from './openSeveral';
import { actionDone, actionProblem } from './register';

const title = 'Open Log';

export interface LogParts {
  readonly hosts: Hosts;
  readonly logs: Logs;
  readonly output: Output;
  readonly clock: Clock;
}

/** @returns the report; `undefined` where the person chose no host or no job */
export async function openLog(argument: unknown, parts: LogParts): Promise<ActionReport | undefined> {
  const chosen = await chooseJobs(argument, parts);
  if (chosen === undefined) return undefined;
  if ('problem' in chosen)
    return toldFailures(title, [chosen.problem], actionProblem(chosen.problem, chosen.host), parts.output);
  return vscode.window.withProgress({ location: { viewId: hostsViewId } }, () => openChosen(chosen, parts));
}

/** Show Earlier Output, of the document that is named or else the one in front. */
export async function showEarlier(argument: unknown, parts: LogParts): Promise<ActionReport> {
  const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== documentScheme)
    return actionProblem({
      code: 'invalidInput',
      message: 'No log is open in front.',
      next: 'Open the log of a job first.',
    });
  try {
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Window }, () =>
      parts.logs.showEarlier(uri.path),
    );
    return actionDone(uri.toString());
  } catch (error) {
    if (!isProblemError(error)) throw error;
    return toldFailures(title, [error.problem], actionProblem(error.problem), parts.output);
  }
}

function openChosen({ watch, jobs }: ChosenJobs, { logs, output }: LogParts): Promise<ActionReport> {
  const openings = jobs.map((run) => ({
    target: String(run.id),
    open: async () => {
      const { uri, text } = await logs.open(watch, run);
      await showAtEnd(uri, text, jobs.length === 1);
      return uri;
    },
  }));
  return openSeveral(watch, openings, { title, what: 'logs', output });
}

/** The end is what one looks for in a log. A document that was open already gets its text from VS Code a moment later. */
async function showAtEnd(uri: vscode.Uri, text: string, preview: boolean): Promise<void> {
  const editor = await vscode.window.showTextDocument(uri, { preview });
  toEnd(editor);
  if (editor.document.getText() === text) return;
  const subscriptions = [
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document !== editor.document) return;
      stop();
      toEnd(editor);
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (document === editor.document) stop();
    }),
  ];
  const stop = (): void => {
    for (const subscription of subscriptions) subscription.dispose();
  };
}

function toEnd(editor: vscode.TextEditor): void {
  const end = editor.document.lineAt(editor.document.lineCount - 1).range.end;
  editor.selection = new vscode.Selection(end, end);
  editor.revealRange(new vscode.Range(end, end));
}
