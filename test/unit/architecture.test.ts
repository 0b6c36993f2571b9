/** The arrows between the rooms: a pure core, three adapters around it that never see each other, one root that joins them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** The room of a file in src: `core`, `host`, `ssh`, `vscode`, or `root` for the files that join them. */
function roomOf(path: string): string {
  const [first, ...rest] = path.split('/');
  return rest.length === 0 ? 'root' : (first ?? 'root');
}

const packages: Record<string, readonly string[]> = {
  core: ['valibot', 'jsonc-parser'],
  host: ['valibot', 'helper:program'],
  ssh: ['ssh2', 'ssh-config', 'valibot'],
  vscode: ['vscode', 'valibot'],
  root: ['vscode'],
};
const rooms: Record<string, readonly string[]> = {
  core: ['core'],
  host: ['core', 'host'],
  ssh: ['core', 'ssh'],
  vscode: ['core', 'vscode'],
  root: ['core', 'host', 'ssh', 'vscode', 'root'],
};
const isNode = (name: string): boolean => name.startsWith('node:') || builtinModules.includes(name);

/** Every import and re-export, type imports and `import()` included, with the importing file. */
function imports(): { file: string; room: string; target: string }[] {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.flatMap((file) => {
    const text = readFileSync(join('src', file), 'utf8');
    const found = text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+|\brequire\s*\(\s*)['"]([^'"]+)['"]/gmu);
    return [...found].map((match) => ({ file, room: roomOf(file), target: match[1] ?? '' }));
  });
}

describe('the architecture', () => {
  const all = imports();

  it('is read from real files', () => {
    assert.ok(all.length > 50, `only ${all.length} imports were found`);
  });

  it('lets each room import only what it may', () => {
    const wrong = all.filter(({ file, room, target }) => {
      if (target.startsWith('.')) {
        const path = relative('src', join('src', dirname(file), target));
        return !rooms[room]?.includes(roomOf(path.startsWith('..') ? 'outside' : path));
      }
      if (isNode(target)) return room === 'core';
      return !packages[room]?.includes(target);
    });
    assert.deepEqual(wrong, []);
  });

  it('keeps the late parts out of the main bundle', () => {
    const early = all.filter(({ file, room, target }) => {
      if (room !== 'root' && room !== 'vscode') return false;
      const path = relative('src', join('src', dirname(file), target));
      if (!target.startsWith('.') || !['host', 'ssh'].includes(roomOf(path))) return false;
      // The one door: a dynamic import of a late bundle's entry.
      return !(file === 'lateReader.ts' && /^(?:host|ssh)\/main$/u.test(path));
    });
    assert.deepEqual(early, []);
    const door = readFileSync('src/lateReader.ts', 'utf8');
    assert.doesNotMatch(door, /^import .*'\.\/(?:host|ssh)/mu);
  });

  it('keeps clocks, randomness and hashing out of the core', () => {
    const files = readdirSync('src/core', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const wrong = files.filter((file) =>
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\bprocess\.\w/u.test(
        readFileSync(join('src/core', file), 'utf8'),
      ),
    );
    assert.deepEqual(wrong, []);
  });
});
