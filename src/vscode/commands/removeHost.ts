/** Remove Host: takes one entry out of the setting, and nothing on the host is touched. Undo puts it back at its place. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { removeHostEntry, removeInvalidEntry, restoreHostEntry, type RemovedEntry } from '../../core/hostEntries';
import { noHosts } from '../../core/hostSettings';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import type { HostsSetting } from '../settings';
import { readHost, readInvalidEntry } from './arguments';
import { chooseHost, refusal } from './hostChoice';
import { actionDone, actionProblem } from './register';

export interface RemoveHostParts {
  readonly hosts: Hosts;
  readonly setting: HostsSetting;
  readonly output: Output;
}

/** @returns the report; `undefined` where the person chose no host */
export async function removeHost(argument: unknown, parts: RemoveHostParts): Promise<ActionReport | undefined> {
  const { hosts, setting, output } = parts;
  const invalid = readInvalidEntry(argument);
  if (invalid === null && readHost(argument).host === null && hosts.watches.length === 0)
    return refusal(noHosts(), null, output);
  const name =
    invalid?.host ?? readHost(argument).host ?? (await chooseHost(hosts, vscode.l10n.t('Which host is removed?')));
  if (name === undefined) return undefined;
  const edit = await setting.edit((value) =>
    invalid === null ? removeHostEntry(value, name) : removeInvalidEntry(value, invalid.id, invalid.problem.message),
  );
  if (edit.outcome === 'refused') {
    // A name that is not configured is the caller's mistake; the setting itself is as it should be.
    const isUnknown = hosts.find(name) === undefined && invalid === null;
    return isUnknown ? actionProblem(edit.problem, name) : refusal(edit.problem, name, output);
  }
  // Not awaited: a message that stays open must not hold the caller's answer. It cannot reject.
  if ('removed' in edit) void offerUndo(edit.removed, parts);
  return actionDone(name, name, edit.outcome === 'changed' ? 'done' : 'alreadySo');
}

/** The message holds no name: one in a setting may be anything, and messages draw links. */
async function offerUndo(removed: RemovedEntry, { setting, output }: RemoveHostParts): Promise<void> {
  try {
    const undo = vscode.l10n.t('Undo');
    const text = vscode.l10n.t('1 host was removed from the settings. Nothing on it was touched.');
    if ((await vscode.window.showInformationMessage(text, undo)) !== undo) return;
    const edit = await setting.edit((value) => restoreHostEntry(value, removed));
    if (edit.outcome === 'refused') refusal(edit.problem, null, output);
  } catch (error) {
    output.unexpected('putting a removed host back', error);
  }
}
