/** Processes by identity: a pid alone may have been given to another process since, a pid with its start time not. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';

/** A process that can be recognised later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As the system names it: ticks since boot and the boot's id on Linux, a date elsewhere. Compared, never read. */
  readonly started: string;
}

/** Fields of `/proc/<pid>/stat` after the command name, which may itself hold blanks and brackets (proc(5)). */
function statFields(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    // The process ended between listing and reading.
    return null;
  }
}

const hasProc = existsSync('/proc/self/stat');

/** Identity of a live process, or `null` where there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | null {
  if (hasProc) {
    const fields = statFields(pid);
    if (fields === null || fields[0] === 'Z' || fields[0] === 'X') return null;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { pid, started: `${fields[19] ?? ''}@${boot}` };
  }
  const started = processTable().get(pid)?.started;
  return started === undefined ? null : { pid, started };
}

/** True while exactly this process lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/** Resolves when none of the processes lives. Only a parent is told of an end, so it looks again and again. */
export async function untilGone(identities: readonly ProcessIdentity[]): Promise<void> {
  while (identities.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Where there is no /proc: pid to parent and start date, from ps. */
function processTable(): Map<number, { parent: number; started: string }> {
  const table = new Map<number, { parent: number; started: string }>();
  for (const line of execFileSync('ps', ['-axo', 'pid=,ppid=,lstart='], { encoding: 'utf8' }).split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(.*?)\s*$/.exec(line);
    if (match !== null) table.set(Number(match[1]), { parent: Number(match[2]), started: match[3] ?? '' });
  }
  return table;
}

/** All pids with their parents. */
function parents(): Map<number, number> {
  if (!hasProc) return new Map([...processTable()].map(([pid, { parent }]) => [pid, parent]));
  const found = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const fields = statFields(Number(name));
    if (fields !== null) found.set(Number(name), Number(fields[1]));
  }
  return found;
}

/**
 * Everything that descends from `pid`, children before grandchildren, without itself.
 *
 * @param without left out with all that descends from them
 */
export function descendants(pid: number, without: readonly number[] = []): ProcessIdentity[] {
  const parentOf = parents();
  const found: number[] = [];
  for (let current: number[] = [pid]; current.length > 0;) {
    current = [...parentOf]
      .filter(([child, parent]) => current.includes(parent) && !without.includes(child))
      .map(([child]) => child);
    found.push(...current);
  }
  return found.map(identify).filter((identity) => identity !== null);
}

/**
 * Processes whose HOME is `folder` or below: jobs that left the daemon's tree still belong to the lab's host.
 * Empty where the system does not show environments.
 */
export function processesAtHome(folder: string): ProcessIdentity[] {
  if (!hasProc) return [];
  const found: ProcessIdentity[] = [];
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    let environment: string;
    try {
      environment = readFileSync(`/proc/${name}/environ`, 'utf8');
    } catch {
      // Ended, or another user's: then it is not one of the lab's.
      continue;
    }
    const home = environment
      .split('\0')
      .find((entry) => entry.startsWith('HOME='))
      ?.slice('HOME='.length);
    if (home === folder || home?.startsWith(`${folder}/`) === true) {
      const identity = identify(Number(name));
      if (identity !== null && identity.pid !== process.pid) found.push(identity);
    }
  }
  return found;
}

function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    // It may end between the look and the signal.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Kills processes; one that ends meanwhile, perhaps because another one does, is what was wanted. */
export function forceEnd(identities: readonly ProcessIdentity[]): void {
  for (const identity of identities) signal(identity, 'SIGKILL');
}

/**
 * Ends processes by pid: SIGTERM (and SIGCONT, so that a paused one can act on it), after `graceMs` SIGKILL.
 * Resolves when none of them lives.
 */
export async function endProcesses(identities: readonly ProcessIdentity[], graceMs = 3000): Promise<void> {
  for (const identity of identities) {
    signal(identity, 'SIGTERM');
    signal(identity, 'SIGCONT');
  }
  if (await allGone(identities, graceMs)) return;
  for (const identity of identities) signal(identity, 'SIGKILL');
  if (await allGone(identities, 5000)) return;
  const left = identities.filter(isAlive).map(({ pid }) => pid);
  throw new Error(`Could not end the processes ${left.join(', ')}`);
}

async function allGone(identities: readonly ProcessIdentity[], withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (identities.some(isAlive)) {
    if (performance.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
