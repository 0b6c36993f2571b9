/** What the tests of the ssh layer share: a real clock, a log that is kept, settings, and readers of a byte stream. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { HostSettings } from '../../src/core/hostSettings';
import type { ByteStream, Clock, Connector, LoginQuestions, Log, StreamEnd, UnlockedKeys } from '../../src/core/ports';
import { isProblemError, type Problem, type ProblemCode } from '../../src/core/problem';
import { createSshConnector, type SshTimings } from '../../src/ssh/main';
import { systemClock } from '../../src/systemClock';
import { makeLabFolder, removeLabFolder } from '../lab/labFolder';
import { registerProcess, unregister } from '../lab/registry';
import { hostSettings } from '../support/hostSettings';
import { makeLabKey, startSshd, type LabKey, type Sshd, type SshdOptions } from '../lab/sshd';

/** Who logs in at the lab's servers: the one account that a server without root can let in. */
export const labUser = userInfo().username;

/** A signal that nobody raises. */
export const neverAborted = new AbortController().signal;

/** What a test may change of the connector. */
export interface LabConnectorOptions {
  readonly configFile: string;
  readonly settings?: Partial<HostSettings>;
  readonly environment?: Record<string, string | undefined>;
  readonly home?: string;
  readonly timings?: Partial<SshTimings>;
  readonly log?: Log;
  readonly unlockedKeys?: UnlockedKeys;
  readonly clock?: Clock;
  /** Where askpass has its files; `null`: there is none. */
  readonly askpassFolder?: string | null;
}

/** A connector over the lab's own ssh_config: the built-in client unless the settings say otherwise, and no agent unless the environment names one. */
export function labConnector(options: LabConnectorOptions): Connector {
  const quiet = (): void => undefined;
  return createSshConnector({
    settings: hostSettings('lab', { transport: 'ssh2', ...options.settings }),
    sshConfigFile: options.configFile,
    home: options.home ?? userInfo().homedir,
    environment: options.environment ?? { PATH: process.env['PATH'] },
    askpass:
      options.askpassFolder === null
        ? null
        : { program: resolve('dist/askpass.js'), folder: options.askpassFolder ?? tmpdir() },
    log: options.log ?? { debug: quiet, info: quiet, warn: quiet },
    clock: options.clock ?? systemClock,
    ...(options.timings === undefined ? {} : { timings: options.timings }),
    ...(options.unlockedKeys === undefined ? {} : { unlockedKeys: options.unlockedKeys }),
  });
}

/** Everything that a command said, and how it ended. */
export interface CommandOutcome {
  readonly output: Buffer;
  readonly errorOutput: Buffer;
  readonly end: StreamEnd;
}

/** Collects a stream to its end. */
export function collect(stream: ByteStream): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const output: Uint8Array[] = [];
    const errorOutput: Uint8Array[] = [];
    stream.onErrorData((bytes) => errorOutput.push(bytes));
    stream.onEnd((end) => {
      resolve({ output: Buffer.concat(output), errorOutput: Buffer.concat(errorOutput), end });
    });
    stream.onData((bytes) => output.push(bytes));
  });
}

/** Runs one command to its end. */
export async function run(connector: Connector, command: string, questions?: LoginQuestions): Promise<CommandOutcome> {
  return collect(await connector.connect(command, neverAborted, questions));
}

/** A reader that waits until the output so far satisfies a condition. */
export function follow(stream: ByteStream): { until: (text: string) => Promise<void>; end: Promise<StreamEnd> } {
  let output = '';
  const watchers = new Set<() => void>();
  const end = new Promise<StreamEnd>((resolve) => {
    stream.onEnd(resolve);
  });
  stream.onData((bytes) => {
    output += Buffer.from(bytes).toString('latin1');
    for (const watcher of [...watchers]) watcher();
  });
  return {
    end,
    until: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!output.includes(text)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}

/** The problem that an attempt ends with. Fails where it succeeds or throws something unforeseen. */
export async function problemOf(attempt: Promise<unknown>): Promise<Problem> {
  try {
    await attempt;
  } catch (error) {
    if (!isProblemError(error)) throw error;
    assert.notEqual(error.problem.next, '');
    return error.problem;
  }
  throw new assert.AssertionError({ message: 'it connected, and should not have' });
}

/** Asserts the code, that the host is named, and the words. */
export async function refuses(attempt: Promise<unknown>, code: ProblemCode, ...words: RegExp[]): Promise<Problem> {
  const problem = await problemOf(attempt);
  assert.equal(problem.code, code, problem.message);
  assert.match(problem.message, /\blab\b/);
  for (const word of words) assert.match(problem.message, word);
  return problem;
}

/** A folder with one identity and the servers and files made in it; taken down by `close`. */
export class SshLab {
  readonly folder: string;
  readonly identity: LabKey;
  readonly #closers: (() => Promise<void>)[] = [];
  #serverCount = 0;

  private constructor(folder: string, identity: LabKey) {
    this.folder = folder;
    this.identity = identity;
  }

  static async open(): Promise<SshLab> {
    const folder = await makeLabFolder();
    return new SshLab(folder, await makeLabKey(join(folder, 'id')));
  }

  /** Starts an sshd that lets the identity in. */
  async sshd(options: Partial<SshdOptions> = {}): Promise<Sshd> {
    const folder = join(this.folder, `sshd${String(++this.#serverCount)}`);
    await mkdir(folder);
    const sshd = await startSshd({ folder, authorizedKeys: [this.identity.publicKey], ...options });
    this.later(() => sshd.stop());
    return sshd;
  }

  /** A folder of its own below the lab's. */
  async makeFolder(): Promise<string> {
    const folder = join(this.folder, `f${String(++this.#serverCount)}`);
    await mkdir(folder);
    return folder;
  }

  /** Starts a real ssh-agent and adds keys. */
  async agent(keys: readonly LabKey[]): Promise<string> {
    const socketPath = join(await this.makeFolder(), 'agent');
    const child = spawn('ssh-agent', ['-D', '-a', socketPath], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
    });
    if (child.pid !== undefined) registerProcess(child.pid);
    this.later(async () => {
      child.kill('SIGTERM');
      await exited;
      unregister(null);
    });
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.stdout.once('data', () => {
        resolve();
      });
    });
    for (const key of keys) await addToAgent(socketPath, key.path);
    return socketPath;
  }

  /** Takes down at the end, last first. */
  later(closer: () => Promise<void>): void {
    this.#closers.unshift(closer);
  }

  async close(): Promise<void> {
    for (const closer of this.#closers) await closer();
    await removeLabFolder(this.folder);
  }
}

/** `ssh-add` with a passphrase given by an askpass program of our own, where one is needed. */
export async function addToAgent(socketPath: string, path: string, askpass = ''): Promise<void> {
  const child = spawn('ssh-add', ['-q', path], {
    env: { ...process.env, SSH_AUTH_SOCK: socketPath, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  assert.equal(code, 0, `ssh-add ${path}`);
}
