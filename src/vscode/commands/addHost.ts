/** Add Host…: an alias of the ssh configuration, This Machine, or a destination that is typed; one pick, and it is there. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { addHostEntry, destinationFault, thisMachine } from '../../core/hostEntries';
import { localNotSupported } from '../../core/hostProblems';
import type { FoundAliases, SshAlias } from '../../core/ports';
import { hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import { readSettings, type HostsSetting } from '../settings';
import type { HostsTree } from '../tree/hostsTree';
import { readNewHost } from './arguments';
import { refusal } from './hostChoice';
import { plainLabel } from '../plainLabel';
import { actionDone } from './register';

/** The computer that the extension runs on. */
export interface Computer {
  readonly hostname: string;
  readonly isWindows: boolean;
  /** The remote host that the window works on while the extension itself runs here; `null` where both are the same. */
  readonly remoteName: string | null;
}

export interface AddHostParts {
  readonly hosts: Hosts;
  readonly setting: HostsSetting;
  readonly tree: HostsTree;
  readonly output: Output;
  readonly computer: Computer;
  /** The aliases of an ssh_config, of the user's own where the file is empty. */
  readonly listAliases: (sshConfigFile: string) => Promise<FoundAliases>;
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
  if (named === null && watch !== undefined) await show(name, tree, output);
  return actionDone(name, name, edit.outcome === 'changed' ? 'done' : 'alreadySo');
}

/** The host is there whether or not VS Code finds its row yet, so a failure of that is for the log. */
async function show(name: string, tree: HostsTree, output: Output): Promise<void> {
  try {
    await tree.showHost(name);
  } catch (error) {
    output.unexpected('showing the row of an added host', error);
  }
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
  const remarks: string[] = [];
  try {
    const found = await listAliases(readSettings().sshConfigFile);
    ({ aliases } = found);
    if (!found.complete) remarks.push(t('the ssh configuration could not be read to its end: see the log'));
    else if (aliases.length === 0) remarks.push(t('the ssh configuration names no host'));
    else if (aliases.every(({ alias }) => has(alias)))
      remarks.push(t('every host of the ssh configuration is here already'));
  } catch (error) {
    output.unexpected('listing the aliases of the ssh configuration', error);
    remarks.push(t('the ssh configuration could not be read: see the log'));
  }
  const items: Choice[] = aliases
    .filter(({ alias }) => !has(alias))
    .map(({ alias, hostName }) => ({
      label: plainLabel(alias),
      name: alias,
      ...(hostName === null || hostName === alias ? {} : { description: plainLabel(hostName) }),
    }));
  if (computer.isWindows) remarks.push(t('This Machine is not available on Windows, which has no flock'));
  // One heading for all: one without a line below it would not be drawn.
  items.push(separator(remarks.join(' · ') || t('other')));
  if (!computer.isWindows && !has(thisMachine))
    items.push({ label: `$(vm) ${t('This Machine')}`, name: thisMachine, description: describe(computer) });
  items.push({ label: `$(edit) ${t('Other Destination…')}`, description: t('host or user@host'), alwaysShow: true });
  return items;
}

function separator(label: string): Choice {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function describe({ hostname, remoteName }: Computer): string {
  return remoteName === null
    ? plainLabel(hostname)
    : vscode.l10n.t('{0}: this computer, not {1}', plainLabel(hostname), plainLabel(remoteName));
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
