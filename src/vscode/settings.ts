/** The extension's settings. Each is of `application` scope, so these are the user's own values: a workspace can set none. */
import * as vscode from 'vscode';
import { settingsNotWritten, type HostsEdit } from '../core/hostEntries';
import { parseSettings, type Settings } from '../core/settings';
import { settingsSection } from './contributions';

export function readSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration(settingsSection);
  return parseSettings({
    hosts: configuration.get('hosts'),
    sshConfigFile: configuration.get('sshConfigFile'),
    refreshIntervalSeconds: configuration.get('refreshIntervalSeconds'),
    followLines: configuration.get('followLines'),
    notifications: configuration.get('notifications'),
    confirmTypedName: configuration.get('confirmTypedName'),
    staleCheckpointHours: configuration.get('staleCheckpointHours'),
  });
}

/** Calls back after a change of any setting of ours. */
export function onDidChangeSettings(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(settingsSection)) listener();
  });
}

/** Writes the setting with the hosts, one change after the other: two that come together must not lose one of them. */
export class HostsSetting {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Makes one change of the user's own value, which is read again right before it is written.
   *
   * @returns how the change ended; a file that takes none is a refusal
   */
  edit<T extends HostsEdit>(change: (value: unknown) => T): Promise<T | (HostsEdit & { outcome: 'refused' })> {
    const done = this.#last.then(() => write(change));
    // Whoever asked hears of a failure; the next change does not depend on it.
    this.#last = done.catch(() => undefined);
    return done;
  }
}

async function write<T extends HostsEdit>(
  change: (value: unknown) => T,
): Promise<T | (HostsEdit & { outcome: 'refused' })> {
  const configuration = vscode.workspace.getConfiguration(settingsSection);
  const edit = change(configuration.inspect('hosts')?.globalValue);
  if (edit.outcome !== 'changed') return edit;
  try {
    await configuration.update('hosts', edit.value, vscode.ConfigurationTarget.Global);
    return edit;
  } catch (error) {
    return { outcome: 'refused', problem: settingsNotWritten(error instanceof Error ? error.message : String(error)) };
  }
}
