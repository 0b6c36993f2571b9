// Bundles the extension into dist/. `test/bundle.mjs` does this first, and then the same for the tests.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const production = process.argv.includes('--production');

/** `import program from 'helper:program'`: the Python modules of src/host/helper as one text, dependencies first. */
export const helperProgram = {
  name: 'helper-program',
  setup(bundle) {
    const folder = join(import.meta.dirname, 'src/host/helper');
    bundle.onResolve({ filter: /^helper:program$/ }, (args) => ({ path: args.path, namespace: 'helper' }));
    bundle.onLoad({ filter: /.*/, namespace: 'helper' }, () => {
      const order = readFileSync(join(folder, 'modules.txt'), 'utf8').split('\n').filter(Boolean);
      const sources = order.map((name) => [name, readFileSync(join(folder, `${name}.py`), 'utf8')]);
      const sha256 = createHash('sha256').update(JSON.stringify(sources)).digest('hex');
      return { contents: JSON.stringify({ sha256, sources }), loader: 'json' };
    });
  },
};

/** Entries of the bundles that are required late: activation must not pay for them. */
const late = { host: 'src/host/main.ts', ssh: 'src/ssh/main.ts', commands: 'src/vscode/commands/main.ts' };

/** `import('./host/main')` stays a late require of dist/host.js. */
const lateBundles = {
  name: 'late-bundles',
  setup(bundle) {
    bundle.onResolve({ filter: /^\.\/(host|ssh|commands)\/main$/ }, (args) =>
      args.kind === 'dynamic-import' ? { path: `./${args.path.split('/')[1]}.js`, external: true } : undefined,
    );
  },
};

export const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: !production,
  minify: production,
  logLevel: 'warning',
  supported: { 'dynamic-import': false },
  // Its main file requires its parts in a way that no bundler can follow; of these only the parser is used.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/impl/parser.js' },
};
// ssh2 tries its optional native parts in a try/catch; we ship none.
export const natives = ['cpu-features', '*.node'];

await build({
  ...common,
  entryPoints: { extension: 'src/extension.ts' },
  outdir: 'dist',
  external: ['vscode'],
  plugins: [lateBundles],
});
await build({
  ...common,
  entryPoints: late,
  outdir: 'dist',
  external: ['vscode', ...natives],
  plugins: [helperProgram, lateBundles],
});
await build({ ...common, entryPoints: { askpass: 'src/ssh/askpass/askpass.ts' }, outdir: 'dist' });
