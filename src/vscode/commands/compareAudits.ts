/** Compare with Earlier Audit: the last two audits of a host side by side. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { visible } from '../../core/text/visible';
import type { Hosts } from '../hosts';
import type { Reports } from '../reports';
import { readHost } from './arguments';
import { pickHost, unusableHost } from './hostChoice';
import { actionDone, actionProblem } from './register';

/** @returns `undefined` where the person chose no host */
export async function compareAudits(
  argument: unknown,
  { hosts, reports }: { readonly hosts: Hosts; readonly reports: Reports },
): Promise<ActionReport | undefined> {
  const host = readHost(argument).host ?? (await pickHost(hosts));
  if (host === undefined) return undefined;
  if (hosts.find(host) === undefined) return actionProblem(unusableHost(host, hosts), host);
  const both = reports.findBoth(host, 'audit');
  if (both === null) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('There are no two audits of this host in this window yet. Run Audit again to compare.'),
    );
    return actionProblem(
      {
        code: 'invalidInput',
        message: `${visible(host, 80)}: there are no two audits in this window yet.`,
        next: 'Run Audit on the host, and again later.',
      },
      host,
    );
  }
  const title = vscode.l10n.t('{0}: earlier audit ↔ newest', visible(host, 80));
  await vscode.commands.executeCommand('vscode.diff', both.earlier, both.newest, title, { preview: true });
  return actionDone(both.newest.toString(), host);
}
