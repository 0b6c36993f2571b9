/** Open Log: the end of a job's log as a read-only document, and what comes before it on request. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import type { Clock } from '../../core/ports';
import { isProblemError, type Problem } from '../../core/problem';
import { problemText } from '../../core/problemText';
import { documentScheme, hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Logs } from '../logs';
import type { Output } from '../output';
import { chooseJobs, type ChosenJobs } from './jobChoice';
import { actionDone, actionProblem } from './register';

/** Most documents that one call opens. */
const mostAtOnce = 10;

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
  if ('problem' in chosen) return told([chosen.problem], actionProblem(chosen.problem, chosen.host), parts);
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
    return told([error.problem], actionProblem(error.problem), parts);
  }
}

/** One after the other: they share one connection, and the last one that opened has the focus. */
async function openChosen({ watch, jobs }: ChosenJobs, parts: LogParts): Promise<ActionReport> {
  const problems: Problem[] = [];
  const targets: ActionReport['targets'][number][] = [];
  for (const [index, run] of jobs.entries()) {
    const target = String(run.id);
    if (index >= mostAtOnce) {
      targets.push({ target, outcome: 'refused', reason: `At most ${mostAtOnce} logs are opened at once.` });
      continue;
    }
    try {
      const { uri, text } = await parts.logs.open(watch, run);
      await showAtEnd(uri, text, jobs.length === 1);
      targets.push({ target, outcome: 'done', reason: uri.toString() });
    } catch (error) {
      if (!isProblemError(error)) throw error;
      problems.push(error.problem);
      targets.push({ target, outcome: 'failed', reason: error.problem.message });
    }
  }
  // Cannot reject. The rows are of before what was just found.
  if (problems.some(({ code }) => code === 'stale')) void watch.refresh();
  const problem = problems.length === jobs.length ? (problems[0] ?? null) : null;
  return told(problems, { ...actionDone('', watch.name), problem, targets }, parts);
}

/** Failures go where every report goes, so that the person who asked sees them. */
function told(problems: readonly Problem[], report: ActionReport, { output }: LogParts): ActionReport {
  if (problems.length > 0) output.append(problemText('Open Log', problems, report.takenAt));
  return report;
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
