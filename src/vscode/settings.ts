/** The extension's settings, read at the edge: a value of another type than asked never gets further than here. */
import * as vscode from 'vscode';
import { parseHosts, type HostSettings, type InvalidHost } from '../core/hostSettings';
import { settings as defaults, settingsSection } from './contributions';

export interface Settings {
  readonly hosts: readonly HostSettings[];
  readonly invalidHosts: readonly InvalidHost[];
  /** An ssh_config to read in place of the user's; empty for the user's. */
  readonly sshConfigFile: string;
  readonly refreshIntervalMs: number;
}

const shortestIntervalSeconds = 1;
const longestIntervalSeconds = 86_400;

/** Only the user's own values: every setting is of `application` scope, so a workspace can set none. */
export function readSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration(settingsSection);
  const { hosts, invalid } = parseHosts(configuration.get<unknown>('hosts'));
  const file = configuration.get<unknown>('sshConfigFile');
  const seconds = configuration.get<unknown>('refreshIntervalSeconds');
  const interval = typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : defaults.refreshIntervalSeconds;
  return {
    hosts,
    invalidHosts: invalid,
    sshConfigFile: typeof file === 'string' ? file : defaults.sshConfigFile,
    refreshIntervalMs: 1000 * Math.min(longestIntervalSeconds, Math.max(shortestIntervalSeconds, interval)),
  };
}

/** Calls back after a change of any setting of ours. */
export function onDidChangeSettings(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(settingsSection)) listener();
  });
}
