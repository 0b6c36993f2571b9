/** Runs bundled suites with Mocha in this process: in a child process for the plain layers, in the extension host for VS Code. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import Mocha from 'mocha';
import type { Outcome } from './outcome';

/** How suites are run. */
export interface MochaOptions {
  readonly timeoutMs: number;
  /** Takes each line of the report; without it Mocha's own spec report goes to the console. */
  readonly line?: (text: string) => void;
  /** Called after a test has failed and before the next hook runs. */
  readonly onFailure?: (title: string) => void;
}

/** The suites of a bundled layer, in a stable order. */
export function suitesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .sort()
    .map((name) => join(folder, name));
}

/** Runs the files and counts. A failed hook counts as a failed test. */
export async function runMocha(files: readonly string[], options: MochaOptions): Promise<Outcome> {
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: options.timeoutMs,
    reporter: options.line === undefined ? 'spec' : 'min',
    color: isatty(1),
  });
  if (options.line !== undefined) mocha.reporter(SilentReporter);
  for (const file of files) mocha.addFile(file);
  const count = { passed: 0, failed: 0, skipped: 0 };
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      resolve(count);
    });
    const line = options.line ?? ((): void => undefined);
    runner.on('suite', (suite) => {
      if (suite.title !== '') line(`  ${suite.titlePath().join(' › ')}`);
    });
    runner.on('pass', (test) => {
      count.passed += 1;
      line(`    ✔ ${test.title} (${test.duration ?? 0} ms)`);
    });
    runner.on('pending', (test) => {
      count.skipped += 1;
      line(`    - ${test.title}`);
    });
    runner.on('fail', (test, error: unknown) => {
      count.failed += 1;
      line(`    ✘ ${test.title}\n${indented(error)}`);
      options.onFailure?.(test.titlePath().join(' '));
    });
  });
}

/** The lines come from the runner's events; a reporter would print them to the window's console a second time. */
class SilentReporter extends Mocha.reporters.Base {}

function indented(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.replace(/^/gm, '      ');
}
