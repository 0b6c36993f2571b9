/** Which host a command means where its argument names none, and how it is told that one cannot be used. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { noHosts, unknownHost } from '../../core/hostSettings';
import type { Problem } from '../../core/problem';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import { plainLabel } from '../plainLabel';
import { actionProblem } from './register';

/** Asks which host is meant; one that is the only one is not asked about, and an empty text stands for none at all. */
export async function pickHost(hosts: Hosts): Promise<string | undefined> {
  const names = hosts.watches.map(({ name }) => name);
  if (names.length === 0) return '';
  if (names.length === 1) return names[0];
  const items = names.map((name) => ({ label: plainLabel(name), name }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which host?') }))?.name;
}

/** Why a host that was named, or none, cannot be used. */
export function unusableHost(name: string, { watches, invalid }: Hosts): Problem {
  const known = invalid.find(({ host }) => host === name);
  if (known !== undefined) return known.problem;
  return watches.length === 0
    ? noHosts()
    : unknownHost(
        name,
        watches.map((each) => each.name),
      );
}

/**
 * Asks which host is meant, also where there is only one: what changes something acts on none that nobody named.
 *
 * @returns `undefined` where the person chose none
 */
export async function chooseHost(hosts: Hosts, placeHolder: string): Promise<string | undefined> {
  const items = hosts.watches.map(({ name }) => ({ label: plainLabel(name), name }));
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.name;
}

/**
 * Tells the person why the setting was not changed: the reason in the output, since it may quote what stands in a settings
 * file, and a message with the way to that file.
 *
 * @returns the report for the caller
 */
export function refusal(problem: Problem, host: string | null, output: Output): ActionReport {
  output.append(`${problem.message}\n${problem.next}\n`);
  const show = vscode.l10n.t('Open Settings (JSON)');
  // Not awaited: a message that stays open must not hold the caller's answer. Both calls resolve also when it is dismissed.
  void vscode.window
    .showErrorMessage(vscode.l10n.t('The setting with the hosts was not changed. The output says why.'), show)
    .then((answer) => (answer === show ? vscode.commands.executeCommand('workbench.action.openSettingsJson') : null));
  return actionProblem(problem, host);
}
