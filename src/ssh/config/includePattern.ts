/** The files that an `Include` of ssh_config(5) means: glob(7) patterns, by folder. */
import { readdir } from 'node:fs/promises';
import { join, parse, sep } from 'node:path';

/** One part of a path as glob(3) matches it: `*`, `?` and sets. A leading dot must be written out. `null`: no such pattern. */
function partPattern(part: string): RegExp | null {
  const source = part.replace(/\[[!^]?\]?[^\]]*\]|[\s\S]/g, (piece) => {
    if (piece === '*') return '.*';
    if (piece === '?') return '.';
    if (piece.length > 1)
      return piece
        .replaceAll('\\', '\\\\')
        .replace(/^\[!/, '[^')
        .replace(/^(\[\^?)\]/, '$1\\]');
    return piece.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  try {
    return new RegExp(`^${part.startsWith('.') ? '' : '(?!\\.)'}${source}$`, 'su');
  } catch {
    // A set such as [z-a].
    return null;
  }
}

/** Paths that match, sorted as glob(3) does. A pattern without wildcards is its own match, whether it exists or not. */
export async function filesMatching(pattern: string): Promise<string[]> {
  const { root } = parse(pattern);
  let found = [root];
  for (const part of pattern
    .slice(root.length)
    .split(sep)
    .filter((each) => each !== '')) {
    if (!/[*?[]/.test(part)) {
      found = found.map((folder) => join(folder, part));
      continue;
    }
    const names = partPattern(part);
    const next: string[] = [];
    for (const folder of found) {
      // A folder that is not there or not ours matches nothing, as in glob(3).
      const entries = await readdir(folder).catch(() => [] as string[]);
      next.push(...entries.filter((name) => names?.test(name)).map((name) => join(folder, name)));
    }
    found = next.sort();
  }
  return found;
}
