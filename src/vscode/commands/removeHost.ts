/** Remove Host: takes one entry out of the setting, and nothing on the host is touched. Undo puts it back at its place. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import {
  removeHostEntry,
  removeInvalidEntry,
  restoreHostEntry,
  type HostsEdit,
  type RemovedEntry,
} from '../../core/hostEntries';
import { noHosts } from '../../core/hostSettings';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import type { HostsSetting } from '../settings';
import { readHost, readInvalidEntry } from './arguments';
import { chooseHost, refusal } from './hostChoice';
import { actionDone } from './register';

export interface RemoveHostParts {
  readonly hosts: Hosts;
  readonly setting: HostsSetting;
  readonly output: Output;
}

/** @returns the report; `undefined` where the person chose no host */
export async function removeHost(argument: unknown, parts: RemoveHostParts): Promise<ActionReport | undefined> {
  const { hosts, setting, output } = parts;
  const invalid = readInvalidEntry(argument);
  if (invalid !== null) {
    const edit = await setting.edit((value) => removeInvalidEntry(value, invalid.id, invalid.problem.message));
    return ended(edit, invalid.host ?? invalid.id, parts);
  }
  const named = readHost(argument).host;
  if (named === null && hosts.watches.length === 0) return refusal(noHosts(), null, output);
  const name = named ?? (await chooseHost(hosts, vscode.l10n.t('Which host is removed?')));
  if (name === undefined) return undefined;
  return ended(await setting.edit((value) => removeHostEntry(value, name)), name, parts);
}

function ended(
  edit: HostsEdit & { readonly removed?: RemovedEntry },
  target: string,
  parts: RemoveHostParts,
): ActionReport {
  if (edit.outcome === 'refused') return refusal(edit.problem, target, parts.output);
  // Not awaited: a message that stays open must not hold the caller's answer. It cannot reject.
  if (edit.removed !== undefined) void offerUndo(edit.removed, parts);
  return actionDone(target, target, edit.outcome === 'changed' ? 'done' : 'alreadySo');
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
