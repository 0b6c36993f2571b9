/**
 * Real sshd servers on loopback ports, each with its own host keys, accounts file and log. What a host is (its HOME, its
 * pueued) is another file's matter; here are only the server and the client files that lead to it.
 */
import { execFile, spawn } from 'node:child_process';
import { readFileSync, watch } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { descendants, endProcesses, identify, type ProcessIdentity } from './processes';
import { registerProcess, unregister } from './registry';

const execute = promisify(execFile);

/** Key types of `ssh-keygen -t`, with the size where it matters. */
export type LabKeyType = 'ed25519' | 'rsa' | 'ecdsa';

/** A key pair made by ssh-keygen. */
export interface LabKey {
  /** Path of the private key; the public one lies beside it as `.pub`. */
  readonly path: string;
  /** `type base64`, without comment. */
  readonly publicKey: string;
}

/** Makes a key pair. An empty passphrase leaves it unencrypted. */
export async function makeLabKey(path: string, type: LabKeyType = 'ed25519', passphrase = ''): Promise<LabKey> {
  const bits = type === 'rsa' ? ['-b', '2048'] : [];
  await execute('ssh-keygen', ['-q', '-t', type, ...bits, '-N', passphrase, '-C', 'lab key', '-f', path]);
  const words = (await readFile(`${path}.pub`, 'utf8')).split(' ');
  return { path, publicKey: `${words[0]!} ${words[1]!}` };
}

/** How one server is set up. */
export interface SshdOptions {
  /** An existing folder of its own for configuration, keys and log; short, it holds no sockets. */
  readonly folder: string;
  /** Public keys (`type base64`) that may log in. */
  readonly authorizedKeys: readonly string[];
  readonly hostKeyTypes?: readonly LabKeyType[];
  /** Existing host keys, in place of new ones: the same host at another time or port. */
  readonly hostKeys?: readonly LabKey[];
  /** Value of HOME in every session. The working directory stays the account's own home. */
  readonly home?: string;
  /** Further lines of sshd_config. `LogLevel` must stay at INFO or above it. */
  readonly extraConfig?: readonly string[];
  /** A fixed port, for a server that comes back; without it a free one is taken. */
  readonly port?: number;
}

/** A running server. */
export interface Sshd {
  readonly port: number;
  readonly pid: number;
  readonly hostKeys: readonly LabKey[];
  /** `type base64` of each host key. */
  readonly hostPublicKeys: readonly string[];
  /** Everything logged so far, at level DEBUG. */
  log(): string;
  /** Resolves with the match once the log holds it. */
  waitForLog(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ends the server and the sessions that it has started. */
  stop(): Promise<void>;
}

const sshdPath = '/usr/sbin/sshd';

/** A port on 127.0.0.1 that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  return port;
}

function quote(value: string): string {
  return `"${value.replaceAll('"', '\\"')}"`;
}

async function writeConfig(options: SshdOptions, port: number, hostKeys: readonly LabKey[]): Promise<string> {
  const { folder } = options;
  const authorizedKeys = join(folder, 'authorized_keys');
  await writeFile(authorizedKeys, options.authorizedKeys.map((key) => `${key}\n`).join(''), { mode: 0o600 });
  const file = join(folder, 'sshd_config');
  const extra = options.extraConfig ?? [];
  const firstMatch = extra.findIndex((line) => /^\s*match\b/i.test(line));
  const lines = [
    // The first value of a keyword counts, so what a test asks for stands before the lab's own.
    ...(firstMatch < 0 ? extra : extra.slice(0, firstMatch)),
    `Port ${String(port)}`,
    'ListenAddress 127.0.0.1',
    ...hostKeys.map((key) => `HostKey ${quote(key.path)}`),
    `AuthorizedKeysFile ${quote(authorizedKeys)}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'UseDNS no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'LogLevel DEBUG',
    'PrintMotd no',
    ...(options.home === undefined ? [] : [`SetEnv ${quote(`HOME=${options.home}`)}`]),
    // A Match block reaches to the end of the file.
    ...(firstMatch < 0 ? [] : extra.slice(firstMatch)),
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** Starts a server and resolves when it accepts connections. */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const { folder } = options;
  // Its chroot for the unprivileged part; the package's service makes it, we have no service.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const hostKeys =
    options.hostKeys ??
    (await Promise.all(
      (options.hostKeyTypes ?? ['ed25519']).map((type) => makeLabKey(join(folder, `host_${type}`), type)),
    ));
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    const server = await tryStart(await writeConfig(options, port, hostKeys), port, hostKeys);
    if (typeof server !== 'string') return server;
    // Another process may have taken the port in between.
    if (attempt >= 3 || !server.includes('Address already in use')) throw new Error(`sshd did not start:\n${server}`);
  }
}

async function tryStart(config: string, port: number, hostKeys: readonly LabKey[]): Promise<Sshd | string> {
  // Not `-e`: the server's debug lines would then come out of the standard error of every session.
  const logFile = `${config}.log`;
  await writeFile(logFile, '');
  const child = spawn(sshdPath, ['-D', '-E', logFile, '-f', config], { stdio: 'ignore' });
  const log = (): string => readFileSync(logFile, 'utf8');
  const state = { ended: false };
  const listeners = new Set<() => void>();
  const notify = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const watcher = watch(logFile, notify);
  const exited = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => {
      watcher.close();
      reject(error);
    });
    child.once('exit', () => {
      state.ended = true;
      watcher.close();
      notify();
      resolve();
    });
  });
  const waitForLog = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(log());
        if (match === null && !state.ended) return;
        listeners.delete(look);
        if (match !== null) resolve(match);
        else reject(new Error(`sshd ended without logging ${String(pattern)}:\n${log()}`));
      };
      listeners.add(look);
      look();
    });
  // Logged after listen(2): from here on connections are accepted, and no probe needs to disturb the log.
  const listening = await Promise.race([
    waitForLog(/Server listening on/).then(
      () => true,
      () => false,
    ),
    exited.then(() => false),
  ]);
  if (!listening || child.pid === undefined) return log();
  const { pid } = child;
  registerProcess(pid);
  return {
    port,
    pid,
    hostKeys,
    hostPublicKeys: hostKeys.map((key) => key.publicKey),
    log,
    waitForLog,
    async stop() {
      const self = identify(pid);
      const sessions = descendants(pid);
      await endProcesses([self, ...sessions].filter((identity): identity is ProcessIdentity => identity !== null));
      await exited;
      unregister(null);
    },
  };
}

/** One `Host` entry of the client's configuration. */
export interface SshClientHost {
  readonly alias: string;
  readonly port: number;
  /** `type base64` of each key that is to be known; none leaves the host unknown. */
  readonly hostPublicKeys: readonly string[];
  readonly identity: LabKey;
  readonly hostName?: string;
  /** Further lines of the entry. */
  readonly extra?: readonly string[];
}

/** The client's files. */
export interface SshClientFiles {
  /** For `ssh -F` and the setting `sshConfigFile`. */
  readonly configFile: string;
  readonly knownHostsFile: string;
}

/** Writes an ssh_config and a known_hosts for a set of hosts; nothing of the person's own ~/.ssh plays a part. */
export async function writeSshClientFiles(folder: string, hosts: readonly SshClientHost[]): Promise<SshClientFiles> {
  const configFile = join(folder, 'ssh_config');
  const knownHostsFile = join(folder, 'known_hosts');
  const known = hosts.flatMap(({ hostName = '127.0.0.1', port, hostPublicKeys }) =>
    hostPublicKeys.map((key) => `[${hostName}]:${String(port)} ${key}\n`),
  );
  await writeFile(knownHostsFile, known.join(''));
  const entries = hosts.map((host) =>
    [
      `Host ${host.alias}`,
      ...(host.extra ?? []),
      `HostName ${host.hostName ?? '127.0.0.1'}`,
      `Port ${String(host.port)}`,
      `IdentityFile ${quote(host.identity.path)}`,
      'IdentitiesOnly yes',
      'IdentityAgent none',
      `UserKnownHostsFile ${quote(knownHostsFile)}`,
      'GlobalKnownHostsFile none',
    ].join('\n  '),
  );
  await writeFile(configFile, `${entries.join('\n\n')}\n`);
  return { configFile, knownHostsFile };
}
