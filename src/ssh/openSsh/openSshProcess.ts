/** A running ssh of this machine with everything that it has started: begun without a shell, ended with all of it. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Clock } from '../../core/ports';
import type { OpenSshEnd } from './openSshFailure';

/** What a process needs beside its arguments. */
export interface OpenSshProcessOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What it needs to ask somebody; `null`: it asks nobody. */
  readonly askpass: Readonly<Record<string, string>> | null;
  readonly clock: Clock;
  /** How long what was told to end, or what outlives ssh, may take. */
  readonly farewellMs: number;
}

/** See the head of the file. */
export class OpenSshProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #options: OpenSshProcessOptions;
  #cancelForce: () => void = () => undefined;
  #closed = false;

  /** @param onEnd called once, after the last output; with the error where there is no such program */
  constructor(
    argv: readonly string[],
    options: OpenSshProcessOptions,
    onEnd: (end: OpenSshEnd, error: NodeJS.ErrnoException | null) => void,
  ) {
    this.#options = options;
    let failure: NodeJS.ErrnoException | null = null;
    this.#child = spawn('ssh', argv, {
      // Whatever ssh starts to connect through asks in the same way, or nobody.
      env: { ...options.environment, ...(options.askpass ?? { SSH_ASKPASS_REQUIRE: 'never' }) },
      stdio: 'pipe',
      windowsHide: true,
      // A session of its own has no terminal to ask at, and its process group holds whatever ssh starts.
      detached: process.platform !== 'win32',
    });
    this.#child.once('error', (error) => {
      failure = error;
    });
    // A write after the end fails here; the end itself is told by `close`.
    this.#child.stdin.on('error', () => undefined);
    // The output may be held open by something that ssh has left behind.
    this.#child.once('exit', () => {
      this.#forceLater();
    });
    this.#child.once('close', (exitCode, signal) => {
      this.#closed = true;
      // What ssh has started may outlive it with its output elsewhere; then it is still told to end by force.
      if (!this.#signal(0)) this.#cancelForce();
      onEnd({ exitCode, signal }, failure);
    });
  }

  write(bytes: Uint8Array): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(bytes);
  }

  /** Standard output waits for the first listener. */
  onOutput(listener: (bytes: Uint8Array) => void): void {
    this.#child.stdout.on('data', listener);
  }

  onErrorOutput(listener: (bytes: Buffer) => void): void {
    this.#child.stderr.on('data', listener);
  }

  /** Ends ssh and what it has started, by force where they do not listen. A shared connection belongs to another ssh and stays. */
  end(): void {
    if (this.#closed) return;
    this.#child.stdin.destroy();
    this.#child.stdout.resume();
    this.#signal('SIGTERM');
    this.#forceLater();
  }

  #forceLater(): void {
    this.#cancelForce();
    this.#cancelForce = this.#options.clock.after(this.#options.farewellMs, () => {
      this.#signal('SIGKILL');
      this.#child.stdout.destroy();
      this.#child.stderr.destroy();
    });
  }

  /** Signals ssh with all that it has started; 0 only asks. @returns whether there was anything left to signal */
  #signal(name: 'SIGTERM' | 'SIGKILL' | 0): boolean {
    const { pid } = this.#child;
    if (pid === undefined) return false;
    if (process.platform === 'win32') return this.#child.kill(name);
    try {
      return process.kill(-pid, name);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
      throw error;
    }
  }
}
