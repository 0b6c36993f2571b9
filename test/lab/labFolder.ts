/** A short temporary folder of the lab, written down for the case that this process crashes. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderPrefix, registerFolder, unregister } from './registry';

/** Makes a folder like `/tmp/pp-AbCdEf`. */
export async function makeLabFolder(): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), folderPrefix));
  registerFolder(folder);
  return folder;
}

/** Removes a folder made by {@link makeLabFolder}, when no process uses it any more. */
export async function removeLabFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  unregister(folder);
}
