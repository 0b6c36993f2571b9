/** Configure Host…: what can be said of one host beside its name, each with its present value, written to its entry. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { configureHostEntry } from '../../core/hostEntries';
import { faultOfKey, noHosts, unknownHost, type HostSettings } from '../../core/hostSettings';
import { visible } from '../../core/text/visible';
import { hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import type { HostsSetting } from '../settings';
import { readHost } from './arguments';
import { chooseCheckpoints } from './checkpointChoice';
import { chooseHost, refusal } from './hostChoice';
import { plainLabel } from '../plainLabel';
import { actionDone } from './register';

export interface ConfigureHostParts {
  readonly hosts: Hosts;
  readonly setting: HostsSetting;
  readonly output: Output;
}

/** Keys whose value is one text. */
type TextKey = 'path' | 'pueue' | 'pueueConfig' | 'python';

interface Item extends vscode.QuickPickItem {
  readonly key: TextKey | 'checkpoints';
  /** What may be typed. */
  readonly prompt: string;
}

/** @returns the report; `undefined` where the person chose or typed nothing */
export async function configureHost(argument: unknown, parts: ConfigureHostParts): Promise<ActionReport | undefined> {
  const { hosts, setting, output } = parts;
  const named = readHost(argument).host;
  if (named === null && hosts.watches.length === 0) return refusal(noHosts(), null, output);
  const name = named ?? (await chooseHost(hosts, vscode.l10n.t('Which host is configured?')));
  if (name === undefined) return undefined;
  const settings = hosts.destination(name)?.settings;
  if (settings === undefined) {
    const known = hosts.watches.map((watch) => watch.name);
    return refusal(unknownHost(name, known), name, output);
  }
  const title = vscode.l10n.t('Configure {0}', visible(name, 80));
  const item = await vscode.window.showQuickPick(itemsOf(settings), {
    title,
    placeHolder: vscode.l10n.t('What is to be set?'),
  });
  if (item === undefined) return undefined;
  const setTo = await newValue(item, settings, title, hosts);
  if (setTo === undefined) return undefined;
  const edit = await setting.edit((value) => configureHostEntry(value, name, item.key, setTo));
  if (edit.outcome === 'refused') return refusal(edit.problem, name, output);
  const watch = hosts.find(name);
  // Cannot reject: the state of the host holds every failure, and its rows show it.
  if (watch !== undefined && edit.outcome === 'changed')
    void vscode.window.withProgress({ location: { viewId: hostsViewId } }, () => watch.refresh());
  return actionDone(name, name, edit.outcome === 'changed' ? 'done' : 'alreadySo');
}

function itemsOf({ checkpoints, path, pueue, pueueConfig, python }: HostSettings): Item[] {
  const { t } = vscode.l10n;
  const paths = t('An absolute path on the host, or one that begins with "~/". Empty: none.');
  return [
    {
      key: 'checkpoints',
      label: t('Checkpoint Directories…'),
      description: checkpoints.length === 0 ? t('none') : plainLabel(checkpoints.join(', ')),
      prompt: paths,
    },
    { key: 'path', label: t('Project Path…'), description: shown(path, t('none')), prompt: paths },
    {
      key: 'pueue',
      label: t('Pueue Client…'),
      description: shown(pueue, t('searched in the usual places')),
      prompt: t(
        'The absolute path of pueue on the host, or one that begins with "~/". Empty: the usual places are searched.',
      ),
    },
    {
      key: 'pueueConfig',
      label: t('Pueue Configuration File…'),
      description: shown(pueueConfig, t('where pueue itself looks')),
      prompt: t('An absolute path on the host, or one that begins with "~/". Empty: pueue itself looks for it.'),
    },
    {
      key: 'python',
      label: t('Python…'),
      description: shown(python, t('searched in the usual places')),
      prompt: t('The absolute path or the name of a Python, 3.7 or newer. Empty: the usual places are searched.'),
    },
  ];
}

function shown(value: string | null, otherwise: string): string {
  return value === null ? otherwise : plainLabel(value);
}

/** @returns `null` to take the key out; `undefined` where the person gave up */
async function newValue(
  { key, prompt }: Item,
  settings: HostSettings,
  title: string,
  hosts: Hosts,
): Promise<string | readonly string[] | null | undefined> {
  if (key === 'checkpoints') {
    const watch = hosts.find(settings.name);
    const chosen = watch && (await chooseCheckpoints(settings.checkpoints, watch, title));
    return chosen?.length === 0 ? null : chosen;
  }
  const typed = await vscode.window.showInputBox({
    title,
    prompt,
    value: settings[key] ?? '',
    validateInput: (text) => {
      const fault = text.trim() === '' ? null : faultOfKey(key, text.trim());
      return fault === null ? null : vscode.l10n.t('It {0}.', fault);
    },
  });
  return typed === undefined ? undefined : typed.trim() || null;
}
