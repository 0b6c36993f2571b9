/**
 * What VS Code loads of the tests. As `extensionTestsPath` it exports `run()`, which runs the Mocha suites in the
 * extension host; as the driver extension's code it exports `activate()`.
 */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMocha, suitesBelow } from '../runner/mochaRun';
import { activateDriver } from './launchedDriver';

/** Called by VS Code for the driver extension. */
export const activate = activateDriver;

/**
 * Called by VS Code as the test runner. `PP_RESULT` names a file: counts go into it when all is done, lines of the report into
 * `<file>.lines` as they come.
 * @throws Error where a test failed, for a desktop VS Code, whose exit code says so
 */
export async function run(): Promise<void> {
  const resultPath = process.env['PP_RESULT'];
  if (resultPath === undefined) throw new Error('PP_RESULT does not name a file for the result');
  const line = (text: string): void => {
    appendFileSync(`${resultPath}.lines`, `${text}\n`);
  };
  process.setSourceMapsEnabled(true);
  const outcome = await runMocha(suitesBelow(join(__dirname)), {
    timeoutMs: 60_000,
    line,
    // The launcher watches for it and takes a picture while the window still shows what went wrong.
    onFailure: (title) => {
      appendFileSync(`${resultPath}.failures`, `${title}\n`);
    },
  });
  writeFileSync(`${resultPath}.part`, JSON.stringify(outcome));
  renameSync(`${resultPath}.part`, resultPath);
  if (outcome.failed > 0) throw new Error(`${outcome.failed} tests failed`);
}
