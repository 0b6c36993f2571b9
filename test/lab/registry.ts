/**
 * What the lab has running, written down in the cache at once, so that the next start can take down what a crash left.
 * One file for each process that runs a lab; processes are known by pid and start time, folders by path.
 */
import { mkdirSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname } from 'node:path';
import { cachePath } from '../prepare/cache';
import { descendants, endProcesses, identify, isAlive, processesAtHome, type ProcessIdentity } from './processes';

/** Beginning of the names of all temporary folders of the lab. Short, because Unix sockets lie in them. */
export const folderPrefix = 'pp-';

/** Content of a registry file. */
interface Registered {
  readonly owner: ProcessIdentity | null;
  readonly processes: ProcessIdentity[];
  readonly folders: string[];
}

/** Named by pid and start time, so that a later process of the same pid does not overwrite what an earlier one left. */
function registryPath(): string {
  const started = identify(process.pid)?.started ?? '';
  return cachePath('labs', `${process.pid}-${started.replace(/\W/g, '')}.json`);
}

/** `null` where the file is not there, or not any more: another run may take down the same. */
function read(path: string): Registered | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Registered;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function readOwn(): Registered {
  return read(registryPath()) ?? { owner: identify(process.pid), processes: [], folders: [] };
}

function write(content: Registered): void {
  const path = registryPath();
  if (content.processes.length === 0 && content.folders.length === 0) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  // Renamed into place: a crash while writing must not lose what was written before.
  writeFileSync(`${path}.part`, JSON.stringify(content));
  renameSync(`${path}.part`, path);
}

/** Writes down a process that was started for the lab. */
export function registerProcess(pid: number): void {
  const identity = identify(pid);
  if (identity === null) return;
  const own = readOwn();
  write({ ...own, processes: [...own.processes, identity] });
}

/** Writes down a temporary folder of the lab. */
export function registerFolder(folder: string): void {
  const own = readOwn();
  write({ ...own, folders: [...own.folders, folder] });
}

/** Forgets processes that ended, and what is named: a folder by path, a process by pid. */
export function unregister(gone: string | number | null): void {
  const own = readOwn();
  write({
    ...own,
    processes: own.processes.filter((each) => each.pid !== gone && isAlive(each)),
    folders: own.folders.filter((folder) => folder !== gone),
  });
}

/** Takes down what labs left behind whose own process is gone. @returns one line for each of them */
export async function takeDownLeftovers(): Promise<readonly string[]> {
  const told: string[] = [];
  mkdirSync(cachePath('labs'), { recursive: true });
  for (const name of readdirSync(cachePath('labs')).filter((entry) => entry.endsWith('.json'))) {
    const path = cachePath('labs', name);
    const left = read(path);
    if (left === null || (left.owner !== null && isAlive(left.owner))) continue;
    const ended = await takeDown(path, left);
    told.push(`Took down what process ${left.owner?.pid ?? 'unknown'} left behind: ${ended} processes`);
  }
  return told;
}

/** Takes down everything that this process has registered: the way out on Ctrl-C, whatever was going on. */
export async function takeDownOwn(): Promise<void> {
  await takeDown(registryPath(), readOwn());
}

async function takeDown(path: string, left: Registered): Promise<number> {
  let ended = 0;
  let known = left;
  // Again until nothing is left: what was being started goes on starting meanwhile, and registers itself.
  for (let alive = livingOf(known); alive.length > 0; alive = livingOf(known)) {
    await endProcesses(alive);
    ended += alive.length;
    known = read(path) ?? known;
  }
  // Without a pause from here on, so that a caller who exits next leaves nothing that came in between.
  for (const folder of known.folders.filter(isLabFolder)) rmSync(folder, { recursive: true, force: true });
  rmSync(path, { force: true });
  return ended;
}

/** Registered processes, their descendants, and whatever has its HOME in a registered folder. */
function livingOf(left: Registered): ProcessIdentity[] {
  const alive = left.processes.filter(isAlive);
  const below = alive.flatMap(({ pid }) => descendants(pid));
  const homes = left.folders.flatMap(processesAtHome);
  return [...new Map([...alive, ...below, ...homes].map((each) => [each.pid, each])).values()];
}

/** Only what has the place and the name of a lab's folder is ever removed. */
function isLabFolder(folder: string): boolean {
  return dirname(folder) === realpathSync(tmpdir()) && basename(folder).startsWith(folderPrefix);
}
