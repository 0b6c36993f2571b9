/** An entry of a directory as a listing of this moment names it. */
import { lstatSync } from 'node:fs';
import type { EntryTarget } from '../../src/core/acts/hostAct';

const second = 1_000_000_000n;

/** Of a file. Its time is rounded as Python does it, since the host compares exactly. */
export function entryOf(path: string): EntryTarget {
  const { ino, size, mtimeNs } = lstatSync(path, { bigint: true });
  const modified = Number(mtimeNs / second) + 1e-9 * Number(mtimeNs % second);
  return { path, kind: 'file', inode: String(ino), bytes: Number(size), modified };
}
