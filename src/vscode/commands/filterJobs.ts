/** Filter Jobs…: the tree shows only what fits a text, while it is typed and until it is cleared. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { noHosts } from '../../core/hostSettings';
import type { Hosts } from '../hosts';
import type { HostsTree } from '../tree/hostsTree';
import { readFilter } from './arguments';
import { actionDone, actionProblem } from './register';

/** @returns `undefined` where the person left the box by Escape; the tree is then as it was */
export async function filterJobs(
  argument: unknown,
  { hosts, tree }: { readonly hosts: Hosts; readonly tree: HostsTree },
): Promise<ActionReport | undefined> {
  if (hosts.watches.length === 0) return actionProblem(noHosts());
  const { text, malformed } = readFilter(argument);
  if (malformed)
    return actionProblem({
      code: 'invalidInput',
      message: 'The argument "text" is no text.',
      next: 'Give { text: "…" }, or nothing to be asked for it.',
    });
  const chosen = text ?? (await typeFilter(tree));
  if (chosen === undefined) return undefined;
  await tree.setFilter(chosen);
  return actionDone(tree.filterText);
}

export async function clearFilter(tree: HostsTree): Promise<ActionReport> {
  const wasSet = tree.filterText !== '';
  await tree.setFilter('');
  return actionDone('', null, wasSet ? 'done' : 'alreadySo');
}

/** Filters as one types. The box stays open while the person looks at the tree, since leaving it takes the filter back. */
function typeFilter(tree: HostsTree): Promise<string | undefined> {
  const before = tree.filterText;
  const box = vscode.window.createInputBox();
  box.title = vscode.l10n.t('Filter Jobs');
  box.value = before;
  box.placeholder = vscode.l10n.t('label, command, state or id');
  box.prompt = vscode.l10n.t(
    'All words must fit: label, command, state or id. state:failed, group:name and id:12 look at that alone.',
  );
  box.ignoreFocusOut = true;
  return new Promise((resolve) => {
    let accepted: string | undefined;
    box.onDidChangeValue((text) => {
      // Cannot reject. What is typed meanwhile overtakes it, so nothing has to be held back.
      void tree.setFilter(text);
    });
    box.onDidAccept(() => {
      accepted = box.value;
      box.hide();
    });
    box.onDidHide(() => {
      box.dispose();
      if (accepted === undefined) void tree.setFilter(before);
      resolve(accepted);
    });
    box.show();
  });
}
