/** The extension's settings. Each is of `application` scope, so these are the user's own values: a workspace can set none. */
import * as vscode from 'vscode';
import { parseSettings, type Settings } from '../core/settings';
import { settingsSection } from './contributions';

export function readSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration(settingsSection);
  return parseSettings({
    hosts: configuration.get('hosts'),
    sshConfigFile: configuration.get('sshConfigFile'),
    refreshIntervalSeconds: configuration.get('refreshIntervalSeconds'),
  });
}

/** Calls back after a change of any setting of ours. */
export function onDidChangeSettings(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(settingsSection)) listener();
  });
}
