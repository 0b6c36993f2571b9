/** Open SSH Terminal: a shell on a host by the system's ssh, also where the host cannot be read. */
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import type { Problem } from '../../core/problem';
import { problemText } from '../../core/problemText';
import { loginArguments } from '../../core/sshCommand';
import { visible } from '../../core/text/visible';
import { plainLabel } from '../plainLabel';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import { readHost } from './arguments';
import { pickHost, unusableHost } from './hostChoice';
import { actionDone, actionProblem } from './register';

export interface TerminalParts {
  readonly hosts: Hosts;
  readonly output: Output;
}

/** @returns the report; `undefined` where the person chose no host */
export async function openTerminal(argument: unknown, parts: TerminalParts): Promise<ActionReport | undefined> {
  const { hosts, output } = parts;
  const host = readHost(argument).host ?? (await pickHost(hosts));
  if (host === undefined) return undefined;
  const options = await terminalOptions(host, hosts);
  if ('code' in options) {
    const report = actionProblem(options, host);
    output.append(problemText('Open SSH Terminal', [options], report.takenAt));
    return report;
  }
  vscode.window.createTerminal(options).show();
  return actionDone(host, host);
}

async function terminalOptions(host: string, hosts: Hosts): Promise<vscode.TerminalOptions | Problem> {
  const destination = hosts.destination(host);
  if (destination === undefined) return unusableHost(host, hosts);
  // In a remote window a terminal belongs to the machine that the extension runs on, where ssh and its keys are.
  const options = { name: plainLabel(host, 80), cwd: vscode.Uri.file(homedir()) };
  if (destination.settings.transport === 'local') return options;
  const shellArgs = loginArguments(destination);
  if ('unsafe' in shellArgs) return unsafeDestination(host, shellArgs.unsafe);
  if (!(await isOnPath('ssh'))) return sshMissing(host);
  return { ...options, shellPath: 'ssh', shellArgs: [...shellArgs], iconPath: new vscode.ThemeIcon('server') };
}

async function isOnPath(program: string): Promise<boolean> {
  const endings = process.platform === 'win32' ? (process.env['PATHEXT'] ?? '.EXE').split(';') : [''];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const path of folders.flatMap((folder) => endings.map((ending) => join(folder, program + ending))))
    try {
      await access(path, constants.X_OK);
      return true;
    } catch {
      // It is not in this folder.
    }
  return false;
}

function unsafeDestination(host: string, text: string): Problem {
  return {
    code: 'invalidInput',
    message: `${visible(host, 80)}: "${visible(text)}" is not a host or user name that can be given to ssh.`,
    next: 'Correct "host", "user" and "proxyJump" of this host in the setting pueuePreflight.hosts.',
  };
}

function sshMissing(host: string): Problem {
  return {
    code: 'notSupported',
    message: `${visible(host, 80)}: no terminal can be opened, because there is no "ssh" program on the PATH of VS Code.`,
    next: 'Install the OpenSSH client (Debian: openssh-client; Windows: Optional Features, OpenSSH Client) and restart VS Code.',
  };
}
