/** What diagnostics say of this window, and whose names they leave out. */
import { release, userInfo } from 'node:os';
import * as vscode from 'vscode';
import type { WindowFacts } from '../core/doctor/diagnosticsText';
import type { FoundAliases } from '../core/ports';
import type { Hosts } from './hosts';
import { readSettings } from './settings';

export interface WindowParts {
  readonly extension: vscode.Extension<unknown>;
  readonly hosts: Hosts;
  /** Of the computer that the extension runs on. */
  readonly hostname: string;
  readonly listAliases: (sshConfigFile: string) => Promise<FoundAliases>;
}

export async function readWindowFacts({ extension, hosts, hostname, listAliases }: WindowParts): Promise<WindowFacts> {
  const { aliases } = await listAliases(readSettings().sshConfigFile);
  const { username, homedir } = userInfo();
  const { version } = extension.packageJSON as { readonly version: string };
  const { appName, appHost, remoteName } = vscode.env;
  const where = remoteName === undefined ? appHost : `${appHost}, ${remoteName}`;
  return {
    versions: `Pueue Preflight ${version}, ${appName} ${vscode.version} (${where}), ${process.platform} ${release()} ${process.arch}`,
    names: {
      hosts: [
        hostname,
        ...hosts.watches.map(({ name }) => name),
        ...aliases.flatMap(({ alias, hostName }) => (hostName === null ? [alias] : [alias, hostName])),
      ],
      users: [username],
      homes: [homedir],
    },
  };
}
