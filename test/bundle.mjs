// Bundles the extension, and then each layer of tests and the programs beside them into out/test/.
import { readdirSync } from 'node:fs';
import { build } from 'esbuild';
import { common, helperProgram, natives } from '../esbuild.mjs';

const external = [...natives, 'mocha', 'esbuild', 'playwright-core', '@vscode/test-electron', 'fast-check'];
const options = { ...common, external, sourcemap: 'inline', plugins: [helperProgram], outdir: 'out/test' };

const suites = (layer) =>
  readdirSync(`test/${layer}`, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `test/${layer}/${name}`);
const folders = (layer) => ({ outdir: `out/test/${layer}`, outbase: `test/${layer}` });

// `vscode` is not external here: a unit that reaches for it at run time does not build.
for (const layer of ['unit', 'host', 'ssh', 'ui'])
  await build({ ...options, ...folders(layer), entryPoints: suites(layer) });

await build({
  ...options,
  ...folders('vscode'),
  entryPoints: ['test/vscode/index.ts', ...suites('vscode')],
  external: [...external, 'vscode'],
});

await build({
  ...options,
  entryPoints: ['test/run.ts', 'test/lab.ts', 'test/demo.ts', 'test/bench.ts', 'test/soak.ts'],
});
