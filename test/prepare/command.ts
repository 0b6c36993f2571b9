/** Runs the long commands of the preparation: output into a log file of the cache, the end of it into the error. */
import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { registerProcess, unregister } from '../lab/registry';
import { cachePath } from './cache';
import { CannotPrepare } from './part';

/** How a logged command is run. */
export interface LoggedCommand {
  /** Name of the log file without ending, in `<cache>/logs`. */
  readonly log: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a program to its end without a shell.
 * @throws CannotPrepare with exit code, log file and last lines, where it does not end with 0
 */
export async function runLogged(program: string, argv: readonly string[], options: LoggedCommand): Promise<void> {
  mkdirSync(cachePath('logs'), { recursive: true });
  const log = cachePath('logs', `${options.log}.log`);
  const file = openSync(log, 'w');
  try {
    const child = spawn(program, argv, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', file, file],
    });
    // Written down, so that Ctrl-C ends a build that is under way.
    if (child.pid !== undefined) registerProcess(child.pid);
    const ending = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        resolve(code === 0 ? '' : signal === null ? `exit code ${String(code)}` : signal);
      });
    });
    unregister(child.pid ?? null);
    if (ending !== '') {
      const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-12).join('\n    ');
      throw new CannotPrepare(`${program} ${argv[0] ?? ''} failed (${ending}); whole log: ${log}\n    ${tail}`);
    }
  } catch (error) {
    if (error instanceof CannotPrepare) throw error;
    throw new CannotPrepare(`Could not run ${program}`, { cause: error });
  } finally {
    closeSync(file);
  }
}

/** Output of a short command, or `null` where it cannot be started or fails. */
export async function outputOf(program: string, argv: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', () => {
      resolve(null);
    });
    child.once('close', (code) => {
      resolve(code === 0 ? Buffer.concat(chunks).toString('utf8') : null);
    });
  });
}

/** Absolute path of an executable on PATH or in the administrator's folders (sshd is there), or `null`. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  for (const folder of folders) {
    const path = join(folder, name);
    if (folder !== '' && isExecutable(path)) return path;
  }
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not ours to run: both mean "look further".
    return false;
  }
}
