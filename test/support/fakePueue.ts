/** A home directory with a pueue that does what a shell script says. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordedStatus } from './fixtures';
import { localHost, type LocalHost } from './localHost';

export class FakePueue {
  /** What a bare session on such a host has. */
  readonly env: Record<string, string>;

  /** A process of the daemon's name: without one the jobs would be taken to run elsewhere. */
  #daemon: ChildProcess | null = null;

  private constructor(readonly home: string) {
    this.env = { HOME: home, PATH: '/usr/bin:/bin', SHELL: '/bin/sh' };
  }

  static async make(): Promise<FakePueue> {
    const fake = new FakePueue(await mkdtemp(join(tmpdir(), 'pp-fake-')));
    await mkdir(join(fake.data, 'task_logs'), { recursive: true });
    await fake.prints(recordedStatus('4.0.4'));
    await fake.#startDaemon();
    return fake;
  }

  /** Linux names a process after the file that was started, the link included. */
  async #startDaemon(): Promise<void> {
    const path = join(this.home, 'daemon/pueued');
    await mkdir(join(path, '..'));
    await symlink('/bin/sleep', path);
    const daemon = spawn(path, ['1000'], { stdio: 'ignore' });
    this.#daemon = daemon;
    await once(daemon, 'spawn');
    daemon.unref();
  }

  async stopDaemon(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = null;
    if (daemon === null) return;
    daemon.kill('SIGKILL');
    await once(daemon, 'exit');
  }

  get path(): string {
    return join(this.home, '.local/bin/pueue');
  }

  /** Where a pueue of this home keeps state and logs. */
  get data(): string {
    return join(this.home, '.local/share/pueue');
  }

  /** The file that it prints. */
  get status(): string {
    return join(this.home, 'status');
  }

  /** @param script runs for every command but `--version` */
  async runs(script: string, version = 'pueue 4.0.4'): Promise<void> {
    await this.executable('.local/bin/pueue', `[ "$1" = --version ] && { echo '${version}'; exit 0; }\n${script}`);
  }

  /** @param status what it prints for every command but `--version` */
  async prints(status: string, version?: string): Promise<void> {
    await writeFile(this.status, status);
    await this.runs(`cat '${this.status}'`, version);
  }

  /** A shell script below the home directory. @returns its path */
  async executable(name: string, script: string): Promise<string> {
    const path = join(this.home, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }

  /** An interpreter that runs a line of Python before the helper: to make a host that cannot be had otherwise. */
  async python(before: string): Promise<string> {
    return this.executable('python', `exec /usr/bin/python3 "$1" "$2" "$3" "$4" "${before}\n$5"`);
  }

  async remove(): Promise<void> {
    await this.stopDaemon();
    await rm(this.home, { recursive: true, force: true });
  }
}

/** What one test has: a fake pueue, and readers of its host that are closed with it. */
export class FakeHosts {
  #pueue: FakePueue | null = null;
  #open: LocalHost[] = [];

  /** Registers the making and the taking down with the suite that calls it. */
  constructor() {
    beforeEach(async () => {
      this.#pueue = await FakePueue.make();
    });
    afterEach(async () => {
      for (const { reader } of this.#open) reader.close();
      this.#open = [];
      await this.#pueue?.remove();
    });
  }

  get pueue(): FakePueue {
    if (this.#pueue === null) throw new Error('a fake pueue is there only within a test');
    return this.#pueue;
  }

  /** A reader of the host. See {@link localHost}. */
  readonly host = (
    ...rest: Parameters<typeof localHost> extends [unknown, ...infer Rest] ? Rest : never
  ): LocalHost => {
    const local = localHost(this.pueue.env, ...rest);
    this.#open.push(local);
    return local;
  };
}
