/**
 * `node out/test/run.js [layer…]`: prepares what the layers need, runs each in a process of its own and counts. The last
 * line is `N passed, N failed, N skipped`.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { Interruption } from './lab/interruption';
import { registerProcess, takeDownLeftovers, unregister } from './lab/registry';
import { usualRelease } from './prepare/codeServer';
import { layers, prepareLayers, type Layer } from './prepare/layers';
import { runMocha, suitesBelow } from './runner/mochaRun';
import { closingLine, isGood, nothingRun, sum, type Outcome } from './runner/outcome';
import { runVsCodeLayer } from './vscode/launch';
import { findDesktop } from './vscode/launchDesktop';

const continuousIntegration = process.env['CI'] === 'true';
/** Argument of the child process that runs one layer. */
const childArgument = '--run-layer';
const timeoutsMs: Readonly<Record<Layer, number>> = {
  unit: 10_000,
  host: 60_000,
  ssh: 60_000,
  vscode: 60_000,
  ui: 60_000,
};

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** In the child: runs the suites and sends the counts to the parent. */
async function runAsChild(layer: Layer): Promise<void> {
  process.setSourceMapsEnabled(true);
  const files = suitesBelow(join(__dirname, layer));
  const outcome = await runMocha(files, { timeoutMs: timeoutsMs[layer] });
  process.send?.(outcome, () => {
    // What a suite left open must not keep the run from ending.
    process.exit(0);
  });
}

/** Runs one layer in a child, so that a crash costs this layer only. */
async function runInChild(layer: Layer): Promise<Outcome> {
  return new Promise((resolve) => {
    let outcome: Outcome | null = null;
    const child = fork(__filename, [childArgument, layer]);
    if (child.pid !== undefined) registerProcess(child.pid);
    child.on('message', (message) => {
      outcome = message as Outcome;
    });
    child.once('exit', (code, signal) => {
      unregister(child.pid ?? null);
      if (outcome === null) say(`The layer ${layer} ended before its report (${String(code ?? signal)})`);
      resolve(outcome ?? { ...nothingRun, failed: 1 });
    });
  });
}

async function runLayer(layer: Layer, missing: readonly string[], desktop: string | null): Promise<Outcome> {
  say(`\n== ${layer}`);
  if (missing.length > 0) {
    const how = continuousIntegration ? 'fails' : 'is skipped';
    say(`The layer ${layer} ${how}, because a part is missing:\n  ${missing.join('\n  ')}`);
    return continuousIntegration ? { ...nothingRun, failed: 1 } : { ...nothingRun, skipped: 1 };
  }
  const began = performance.now();
  const outcome = layer === 'vscode' ? await runVsCodeLayer(desktop ?? usualRelease, say) : await runInChild(layer);
  for (const line of await takeDownLeftovers()) say(line);
  say(`${layer}: ${closingLine(outcome)} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  if (outcome.passed + outcome.failed > 0) return outcome;
  say(`The layer ${layer} executed no test`);
  return { ...outcome, failed: 1 };
}

async function main(wanted: readonly Layer[]): Promise<boolean> {
  for (const line of await takeDownLeftovers()) say(line);
  const desktop = wanted.includes('vscode') && !continuousIntegration ? await findDesktop(say) : null;
  const missing = await prepareLayers(wanted, desktop !== null, say);
  let total = nothingRun;
  for (const layer of wanted) {
    try {
      total = sum(total, await runLayer(layer, missing.get(layer) ?? [], desktop));
    } catch (error) {
      say(`The layer ${layer} crashed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      total = sum(total, { ...nothingRun, failed: 1 });
    }
  }
  const good = isGood(total, continuousIntegration);
  if (!good && total.failed === 0) say('\nWith CI=true nothing may be skipped, so this run has failed.');
  say(`\n${closingLine(total)}`);
  return good;
}

function isLayer(name: string | undefined): name is Layer {
  return layers.some((layer) => layer === name);
}

const [first, second] = process.argv.slice(2);
if (first === childArgument && isLayer(second)) {
  runAsChild(second).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
} else {
  const named = process.argv.slice(2);
  const unknown = named.find((name) => !isLayer(name));
  if (unknown === undefined) {
    const interruption = new Interruption(say);
    main(named.length === 0 ? layers : named.filter(isLayer)).then(
      (good) => {
        interruption.exit(good ? 0 : 1);
      },
      (error: unknown) => {
        interruption.exit(1, error);
      },
    );
  } else {
    console.error(`There is no layer ${unknown}; there are ${layers.join(', ')}`);
    process.exit(2);
  }
}
