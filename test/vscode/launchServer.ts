/** VS Code's own server out of code-server, on a free loopback port, as a child of this process. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { descendants, endProcesses, identify } from '../lab/processes';
import { registerProcess, unregister } from '../lab/registry';
import { runProgram } from '../lab/runProgram';
import { codeServerNode, serverMain, usualRelease, type CodeServerRelease } from '../prepare/codeServer';
import type { Profile } from './launchProfile';

/** How the server is started. */
export interface ServerOptions {
  readonly profile: Profile;
  /** False opens windows in Restricted Mode. */
  readonly trusted: boolean;
  /** Secret of the address, for a server that a person uses. */
  readonly connectionToken?: string;
  /** Added to the environment of the server and so of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  /** Which VS Code; the usual one by default. */
  readonly release?: CodeServerRelease;
}

/** A running server. */
export interface VsCodeServer {
  /** `127.0.0.1:PORT`, which is also the authority of remote URIs. */
  readonly authority: string;
  /** Address of a window on the workspace folder. */
  address(payload?: readonly (readonly [string, string])[]): string;
  /** Path of everything that the server and its extension hosts have printed. */
  readonly log: string;
  stop(): Promise<void>;
}

const startTimeoutMs = 30_000;

/** Installs a .vsix into the profile by VS Code's own command line. @throws Error with its output where it does not */
export async function installPackage({ userData, serverData, extensions }: Profile, path: string): Promise<void> {
  const folders = ['--user-data-dir', userData, '--server-data-dir', serverData, '--extensions-dir', extensions];
  const argv = [serverMain(usualRelease), '--accept-server-license-terms', ...folders, '--install-extension', path];
  const { exitCode, stdout, stderr } = await runProgram(codeServerNode(usualRelease), argv);
  if (exitCode !== 0) throw new Error(`Could not install ${path}: ${stdout}${stderr}`);
}

/** Starts the server and resolves when it listens. */
export async function startServer(options: ServerOptions): Promise<VsCodeServer> {
  const { profile, connectionToken, release = usualRelease } = options;
  const argv = [
    serverMain(release),
    ...['--host', '127.0.0.1', '--port', '0', '--accept-server-license-terms', '--telemetry-level', 'off'],
    // Without it the built workbench does not take a development extension from the address.
    '--enable-smoke-test-driver',
    ...['--user-data-dir', profile.userData, '--server-data-dir', profile.serverData],
    ...['--extensions-dir', profile.extensions],
    ...(connectionToken === undefined ? ['--without-connection-token'] : ['--connection-token', connectionToken]),
    ...(options.trusted ? ['--disable-workspace-trust'] : []),
  ];
  const env = { ...process.env, ...options.env, PP_DRIVER_FOLDER: profile.driver };
  const child = spawn(codeServerNode(release), argv, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = join(profile.root, 'server.log');
  const file = createWriteStream(log);
  let text = '';
  if (child.pid !== undefined) registerProcess(child.pid);
  const stop = async (): Promise<void> => {
    const own = child.pid === undefined ? null : identify(child.pid);
    if (own !== null) await endProcesses([own, ...descendants(own.pid)]);
    unregister(null);
  };
  const listening = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`VS Code's server does not listen:\n${text}`));
    }, startTimeoutMs);
    const read = (chunk: Buffer): void => {
      file.write(chunk);
      text = (text + chunk.toString('utf8')).slice(-20_000);
      const port = /Extension host agent listening on (\d+)/.exec(text)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(port);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`VS Code's server in ${dirname(serverMain(release))} ended with ${String(code)}:\n${text}`));
    });
  });
  try {
    const authority = `127.0.0.1:${await listening}`;
    return {
      authority,
      log,
      stop,
      address: (payload = []) => {
        const query = new URLSearchParams({ folder: profile.folder });
        if (payload.length > 0) query.set('payload', JSON.stringify(payload));
        if (connectionToken !== undefined) query.set('tkn', connectionToken);
        return `http://${authority}/?${query.toString()}`;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
