/** Show Details: the newest report as a document. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import type { Reports } from '../reports';
import { readReport } from './arguments';
import { actionDone, actionProblem } from './register';

export async function openReport(argument: unknown, reports: Reports): Promise<ActionReport> {
  const { host, kind } = readReport(argument);
  const uri = reports.find(host, kind);
  if (uri === null) {
    void vscode.window.showInformationMessage(vscode.l10n.t('There is no report yet. Run Audit on a host first.'));
    return actionProblem(
      { code: 'invalidInput', message: 'There is no report of this kind yet.', next: 'Run Audit on the host first.' },
      host,
    );
  }
  await vscode.window.showTextDocument(uri, { preview: true });
  return actionDone(uri.toString(), host);
}
