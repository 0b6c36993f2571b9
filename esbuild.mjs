// Bundles the extension into dist/ and, with --tests, the test layers, the lab and the demo into out/test/.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const production = process.argv.includes('--production');
const tests = process.argv.includes('--tests');

/** `import program from 'helper:program'`: the Python modules of src/host/helper as one text, dependencies first. */
const helperProgram = {
  name: 'helper-program',
  setup(bundle) {
    const folder = join(import.meta.dirname, 'src/host/helper');
    bundle.onResolve({ filter: /^helper:program$/ }, (args) => ({ path: args.path, namespace: 'helper' }));
    bundle.onLoad({ filter: /.*/, namespace: 'helper' }, () => {
      const order = readFileSync(join(folder, 'modules.txt'), 'utf8').split('\n').filter(Boolean);
      const sources = order.map((name) => [name, readFileSync(join(folder, `${name}.py`), 'utf8')]);
      const sha256 = createHash('sha256').update(JSON.stringify(sources)).digest('hex');
      const watchFiles = readdirSync(folder).map((name) => join(folder, name));
      return { contents: JSON.stringify({ sha256, sources }), loader: 'json', watchFiles };
    });
  },
};

/** `import('./host/main')` stays a late require of dist/host.js: activation must not pay for it. */
const lateBundles = {
  name: 'late-bundles',
  setup(bundle) {
    bundle.onResolve({ filter: /^\.\/(host|ssh)\/main$/ }, (args) =>
      args.kind === 'dynamic-import' ? { path: `./${args.path.split('/')[1]}.js`, external: true } : undefined,
    );
  },
};

const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: !production,
  minify: production,
  logLevel: 'warning',
  supported: { 'dynamic-import': false },
};
// ssh2 tries its optional native parts in a try/catch; we ship none.
const natives = ['cpu-features', '*.node'];

await build({
  ...common,
  entryPoints: { extension: 'src/extension.ts' },
  outdir: 'dist',
  external: ['vscode'],
  plugins: [lateBundles],
});
await build({ ...common, entryPoints: { host: 'src/host/main.ts' }, outdir: 'dist', plugins: [helperProgram] });
await build({ ...common, entryPoints: { ssh: 'src/ssh/main.ts' }, outdir: 'dist', external: natives });

if (tests) {
  const suites = (layer) =>
    readdirSync(`test/${layer}`, { recursive: true })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `test/${layer}/${name}`);
  const external = [...natives, 'mocha', 'esbuild', 'playwright-core', '@vscode/test-electron', 'fast-check'];
  const options = { ...common, sourcemap: 'inline', plugins: [helperProgram], outdir: 'out/test' };
  // `vscode` is not external here: a unit that reaches for it at run time does not build.
  for (const layer of ['unit', 'host', 'ssh', 'ui'])
    await build({
      ...options,
      outdir: `out/test/${layer}`,
      entryPoints: suites(layer),
      outbase: `test/${layer}`,
      external,
    });
  await build({ ...options, entryPoints: ['test/run.ts', 'test/lab.ts', 'test/demo.ts'], external });
  await build({
    ...options,
    outdir: 'out/test/vscode',
    entryPoints: ['test/vscode/index.ts', ...suites('vscode')],
    outbase: 'test/vscode',
    external: [...external, 'vscode'],
  });
}
