/** Add Host…: an alias of the ssh configuration, This Machine, or a destination that is typed; one pick, and it is there. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { addHostEntry, destinationFault, thisMachine } from '../../core/hostEntries';
import { localNotSupported } from '../../core/hostProblems';
import { hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import { readSettings, type HostsSetting } from '../settings';
import type { HostsTree } from '../tree/hostsTree';
import { readNewHost } from './arguments';
import { plainLabel, refusal } from './hostChoice';
import { actionDone } from './register';

/** A `Host` of the ssh configuration that names one machine. */
export interface SshAlias {
  readonly alias: string;
  /** Where it leads, if the configuration says so. */
  readonly hostName: string | null;
}

/** The computer that the extension runs on. */
export interface Computer {
  readonly hostname: string;
  readonly isWindows: boolean;
}

export interface AddHostParts {
  readonly hosts: Hosts;
  readonly setting: HostsSetting;
  readonly tree: HostsTree;
  readonly output: Output;
  readonly computer: Computer;
  /** The aliases of an ssh_config, of the user's own where the file is empty. */
  readonly listAliases: (sshConfigFile: string) => Promise<readonly SshAlias[]>;
}

/** @returns the report; `undefined` where the person chose nothing */
export async function addHost(argument: unknown, parts: AddHostParts): Promise<ActionReport | undefined> {
  const named = readNewHost(argument).host;
  const name = named ?? (await chooseNewHost(parts));
  if (name === undefined) return undefined;
  const { hosts, setting, tree, output, computer } = parts;
  if (name === thisMachine && computer.isWindows) return refusal(localNotSupported(name), name, output);
  const edit = await setting.edit((value) => addHostEntry(value, name));
  if (edit.outcome === 'refused') return refusal(edit.problem, name, output);
  const watch = hosts.find(name);
  // Cannot reject: the state of the host holds every failure, and its rows show it.
  if (watch !== undefined && edit.outcome === 'changed')
    void vscode.window.withProgress({ location: { viewId: hostsViewId } }, () => watch.refresh());
  if (named === null && watch !== undefined) await tree.showHost(name);
  return actionDone(name, name, edit.outcome === 'changed' ? 'done' : 'alreadySo');
}

interface Choice extends vscode.QuickPickItem {
  /** What is added; without it a destination is typed. */
  readonly name?: string;
}

async function chooseNewHost(parts: AddHostParts): Promise<string | undefined> {
  const choice = await vscode.window.showQuickPick(choices(parts), {
    title: vscode.l10n.t('Add Host'),
    placeHolder: vscode.l10n.t('Which host runs pueue? Nothing is installed there.'),
    matchOnDescription: true,
  });
  return choice === undefined ? undefined : (choice.name ?? (await typeDestination()));
}

async function choices({ hosts, output, computer, listAliases }: AddHostParts): Promise<Choice[]> {
  const { t } = vscode.l10n;
  const has = (name: string): boolean => hosts.find(name) !== undefined;
  let aliases: readonly SshAlias[] = [];
  let remark: string | null = null;
  try {
    aliases = await listAliases(readSettings().sshConfigFile);
    if (aliases.length === 0) remark = t('the ssh configuration names no host');
    else if (aliases.every(({ alias }) => has(alias)))
      remark = t('every host of the ssh configuration is here already');
  } catch (error) {
    output.unexpected('listing the aliases of the ssh configuration', error);
    remark = t('the ssh configuration could not be read: see the log');
  }
  const items: Choice[] = aliases
    .filter(({ alias }) => !has(alias))
    .map(({ alias, hostName }) => ({
      label: plainLabel(alias),
      name: alias,
      ...(hostName === null || hostName === alias ? {} : { description: plainLabel(hostName) }),
    }));
  items.push(separator(remark ?? t('other')));
  if (computer.isWindows) items.push(separator(t('This Machine is not available on Windows, which has no flock')));
  else if (!has(thisMachine))
    items.push({ label: `$(vm) ${t('This Machine')}`, name: thisMachine, description: describe(computer) });
  items.push({ label: `$(edit) ${t('Other Destination…')}`, description: t('host or user@host'), alwaysShow: true });
  return items;
}

function separator(label: string): Choice {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

/** In a remote window it is not the remote host, but where the window is. */
function describe({ hostname }: Computer): string {
  const remote = vscode.env.remoteName;
  return remote === undefined
    ? plainLabel(hostname)
    : vscode.l10n.t('{0}: this computer, not {1}', plainLabel(hostname), plainLabel(remote));
}

async function typeDestination(): Promise<string | undefined> {
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Add Host'),
    prompt: vscode.l10n.t(
      'An ssh destination: a host, or user@host. Ports and keys belong into the ssh configuration.',
    ),
    validateInput: (text) => {
      const fault = destinationFault(text.trim());
      return fault === null ? null : vscode.l10n.t('It {0}.', fault);
    },
  });
  return typed?.trim();
}
