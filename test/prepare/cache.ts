/** The cache folder: what is built once and reused by all runs, with finished-marks so that half-done work is redone. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** A path in the cache, `${PUEUE_PREFLIGHT_CACHE:-~/.cache/pueue-preflight}`. */
export function cachePath(...names: readonly string[]): string {
  const configured = process.env['PUEUE_PREFLIGHT_CACHE'];
  const root = configured === undefined || configured === '' ? join(homedir(), '.cache/pueue-preflight') : configured;
  return join(resolve(root), ...names);
}

/** Written last into a cached folder; holds what the folder was made from. */
const finishedMark = '.finished';
const discardedEnding = '.discarded-';

/** True where `cacheFolder` was filled to its end. */
export function isFinished(name: string): boolean {
  return existsSync(cachePath(name, finishedMark));
}

/**
 * Fills a cached folder: removes what an interrupted run left, lets `fill` work in the empty folder and marks it.
 * The folder has its final path from the start, because native builds write absolute paths into what they make.
 * @param name folder in the cache
 * @param fill makes the content; when it throws, the folder stays unmarked
 */
export async function fillCacheFolder(name: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const folder = cachePath(name);
  await mkdir(cachePath(), { recursive: true });
  // Renaming is atomic where removing is not: a process that dies here leaves no half-removed folder under the name.
  if (existsSync(folder)) await rename(folder, `${folder}${discardedEnding}${process.pid}`);
  for (const old of await readdir(cachePath())) {
    if (old.startsWith(`${name}${discardedEnding}`)) await rm(cachePath(old), { recursive: true, force: true });
  }
  await mkdir(folder, { recursive: true });
  await fill(folder);
  await writeFile(join(folder, finishedMark), `${new Date().toISOString()}\n`);
}
