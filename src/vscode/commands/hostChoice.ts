/** Which host a command means where its argument names none, and why one that is named cannot be used. */
import * as vscode from 'vscode';
import { noHosts, unknownHost } from '../../core/hostSettings';
import type { Problem } from '../../core/problem';
import { visible, withoutIcons } from '../../core/text/visible';
import type { Hosts } from '../hosts';

/** Asks which host is meant; one that is the only one is not asked about, and an empty text stands for none at all. */
export async function pickHost(hosts: Hosts): Promise<string | undefined> {
  const names = hosts.watches.map(({ name }) => name);
  if (names.length === 0) return '';
  if (names.length === 1) return names[0];
  const items = names.map((name) => ({ label: withoutIcons(visible(name)), name }));
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
