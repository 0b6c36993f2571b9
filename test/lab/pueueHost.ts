/** A real pueued of a given version with its own HOME, as a child of this process: what a host of the lab is made of. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, openSync, closeSync, readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { findPueue, type PueueVersion } from '../prepare/pueue';
import { makeLabFolder, removeLabFolder } from './labFolder';
import { descendants, endProcesses, identify, processesAtHome, type ProcessIdentity } from './processes';
import { configText } from './pueueConfig';
import { registerProcess, unregister } from './registry';
import { runProgram, type CommandResult } from './runProgram';

/** What a pueue host may be started with. */
export interface PueueHostOptions {
  readonly version: PueueVersion;
  /** Existing folder to live in, which is then the caller's to remove; without it a temporary one of its own. */
  readonly folder?: string;
  /** Folder of HOME that gets the client (as `.cargo/bin`), for sessions whose PATH is bare. */
  readonly clientIn?: '.cargo/bin' | '.local/bin' | null;
}

/** What `pueue add` takes here. */
export interface AddOptions {
  readonly label?: string;
  readonly group?: string;
  readonly after?: readonly number[];
  readonly stashed?: boolean;
  /** As pueue reads it: `3h`. The job is stashed until then. */
  readonly delay?: string;
  /** Working directory, by default `~/project` of the host. */
  readonly directory?: string;
  /** Added to the environment that pueue captures with the job. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running host. */
export interface PueueHost {
  readonly version: PueueVersion;
  readonly folder: string;
  readonly home: string;
  /** Absolute path of the client. */
  readonly pueue: string;
  /** The `-c` file; `~/.config/pueue/pueue.yml` says the same. */
  readonly config: string;
  /** Environment of a bare session on this host. */
  readonly env: Readonly<Record<string, string>>;
  /** Pid of the daemon, `null` while it is stopped. */
  daemonPid(): number | null;
  /** Runs the client with `-c` and the given arguments; never throws for a failing one. */
  run(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<CommandResult>;
  /** Like `run`, for what has to work. @throws Error with both streams where it does not exit with 0 */
  must(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** Adds one job. @returns its id */
  add(command: string, options?: AddOptions): Promise<number>;
  /** Ends the daemon only (it kills its jobs); the host stays and can be started again. */
  stopDaemon(): Promise<void>;
  /** Starts the daemon and waits until it answers. */
  startDaemon(): Promise<void>;
  /** Ends the daemon, its jobs and whatever else has this HOME. Safe to call twice. */
  stop(): Promise<void>;
}

/** Unix socket paths end at 104 (macOS) or 108 bytes; the rest is for the terminating zero and longer temporary folders. */
const longestSocketPath = 100;

/** Starts a pueue host. @throws Error where that pueue version is not prepared or the daemon does not come up */
export async function startPueueHost(options: PueueHostOptions): Promise<PueueHost> {
  const programs = await findPueue(options.version);
  if (programs === null) throw new Error(`pueue ${options.version} is not prepared: run npm run test:host`);
  const folder = options.folder ?? (await makeLabFolder());
  const home = join(folder, 'home');
  const data = join(folder, 'pueue');
  const config = join(folder, 'pueue.yml');
  const socket = join(data, 's');
  if (Buffer.byteLength(socket) > longestSocketPath) throw new Error(`The temporary folder is too deep: ${socket}`);
  const homeConfig = join(home, '.config/pueue/pueue.yml');
  for (const each of [data, dirname(homeConfig), join(home, 'project')]) await mkdir(each, { recursive: true });
  for (const each of [config, homeConfig]) await writeFile(each, configText(data, socket));
  if (options.clientIn) {
    await mkdir(join(home, options.clientIn), { recursive: true });
    await symlink(programs.client, join(home, options.clientIn, 'pueue'));
  }
  const user = userInfo().username;
  const env = {
    HOME: home,
    PATH: '/usr/local/bin:/usr/bin:/bin',
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/sh',
    LANG: 'C.UTF-8',
  };
  const run = (argv: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<CommandResult> =>
    runProgram(programs.client, ['-c', config, ...argv], { env: { ...env, ...more }, cwd: home });
  let daemon: ChildProcess | null = null;

  const host: PueueHost = {
    version: options.version,
    folder,
    home,
    pueue: programs.client,
    config,
    env,
    daemonPid: () => daemon?.pid ?? null,
    run,
    must: async (argv, more) => {
      const result = await run(argv, more);
      if (result.exitCode === 0) return result.stdout;
      throw new Error(`pueue ${argv.join(' ')} on ${options.version}: ${JSON.stringify(result)}`);
    },
    add: async (command, add = {}) => Number((await host.must(addArgv(command, add, home), add.env)).trim()),
    stopDaemon: async () => {
      await endProcesses(daemonTree(daemon));
      daemon = null;
      unregister(null);
    },
    startDaemon: async () => {
      if (daemon !== null) throw new Error('The daemon runs already');
      daemon = startDaemon(programs.daemon, config, folder, env);
      await untilAnswering(daemon, run, join(folder, 'pueued.log'));
    },
    stop: async () => {
      const tree = daemonTree(daemon);
      daemon = null;
      await endProcesses(tree);
      // Jobs that left the daemon's tree are known by their HOME.
      await endProcesses(processesAtHome(home));
      if (options.folder === undefined && existsSync(folder)) await removeLabFolder(folder);
      else unregister(null);
    },
  };
  try {
    await host.startDaemon();
  } catch (error) {
    await host.stop();
    throw error;
  }
  return host;
}

function addArgv(command: string, options: AddOptions, home: string): string[] {
  const argv = ['add', '--print-task-id', '--working-directory', options.directory ?? join(home, 'project')];
  if (options.label !== undefined) argv.push('--label', options.label);
  if (options.group !== undefined) argv.push('--group', options.group);
  if (options.stashed === true) argv.push('--stashed');
  if (options.delay !== undefined) argv.push('--delay', options.delay);
  if (options.after !== undefined && options.after.length > 0) argv.push('--after', ...options.after.map(String));
  return [...argv, '--', command];
}

/** The daemon in the foreground, in a process group of its own: Ctrl-C in the terminal is for us to act on. */
function startDaemon(program: string, config: string, folder: string, env: Record<string, string>): ChildProcess {
  const log = openSync(join(folder, 'pueued.log'), 'a');
  const child = spawn(program, ['-c', config], { cwd: folder, env, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  if (child.pid !== undefined) registerProcess(child.pid);
  return child;
}

/** The daemon with all its jobs. The daemon ends them itself on SIGTERM; the list is for those that do not listen. */
function daemonTree(daemon: ChildProcess | null): ProcessIdentity[] {
  const own = daemon?.pid === undefined ? null : identify(daemon.pid);
  return own === null ? [] : [own, ...descendants(own.pid)];
}

async function untilAnswering(
  daemon: ChildProcess,
  run: (argv: readonly string[]) => Promise<CommandResult>,
  log: string,
): Promise<void> {
  let failure: Error | null = null;
  const onError = (error: Error): void => {
    failure = error;
  };
  const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
    failure = new Error(`pueued ended at its start (${String(code ?? signal)}): ${readFileSync(log, 'utf8')}`);
  };
  // Taken away again when it answers: how the daemon ends later is the test's own affair.
  daemon.once('error', onError).once('exit', onExit);
  try {
    const until = performance.now() + 10_000;
    for (;;) {
      const status = await run(['status', '--json']);
      if (status.exitCode === 0) return;
      throwIfAny(failure);
      if (performance.now() > until) throw new Error(`pueued does not answer: ${status.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  } finally {
    daemon.off('exit', onExit);
  }
}

/** A parameter's type does not narrow to what a variable was last set to before its listeners ran. */
function throwIfAny(failure: Error | null): void {
  if (failure !== null) throw failure;
}
