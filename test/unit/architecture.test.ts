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

/**
 * The files that activation loads, without their ending: those that are reached from extension.ts by imports of more than
 * types. An `import()` is late, and its bundle is another.
 */
function reachedAtActivation(): Set<string> {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    const text = readFileSync(join('src', `${path}.ts`), 'utf8');
    for (const [, kind, target = ''] of text.matchAll(/^(?:import|export) (type )?(?:[^'";]* from )?'(\.[^']+)';$/gmu))
      if (kind === undefined) visit(join(dirname(path), target));
  };
  visit('extension');
  return reached;
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
    const reached = reachedAtActivation();
    assert.ok(reached.size > 80, `only ${reached.size} files were found`);
    const late = /^(?:host|ssh|core\/(?:emergency|requeue|project\/projectShape)|vscode\/commands)\b/u;
    // The boundary of all commands is there at once, and reads what the menus hand over.
    const early = ['vscode/commands/arguments', 'vscode/commands/register'];
    assert.deepEqual([...reached].filter((path) => late.test(path)).sort(), early);
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
