/** Runs the `vscode` layer: Mocha suites inside the extension host of a real VS Code, on the lab's hosts. */
import { existsSync, readFileSync, watch } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeLabFolder, removeLabFolder } from '../lab/labFolder';
import { startLab, type Lab } from '../lab/lab';
import type { CodeServerRelease } from '../prepare/codeServer';
import type { Say } from '../prepare/part';
import { nothingRun, type Outcome } from '../runner/outcome';
import { desktopArguments } from './launchDesktop';
import { untilFile } from './launchDriver';
import { checkoutRoot, layProfile } from './launchProfile';
import { openWorkbench } from './launchWorkbench';

/** What the suites are told about the lab, as JSON in the file that the variable `PP_LAB` names. */
export interface LabInfo {
  readonly sshConfigFile: string | null;
  readonly hosts: readonly {
    readonly name: string;
    readonly version: string;
    readonly home: string;
    readonly pueue: string;
    readonly config: string;
  }[];
}

/** The whole layer, from the first window to the last test. */
const layerTimeoutMs = 10 * 60_000;

/** Runs the suites and prints their report. @param vsCode executable of a desktop VS Code, or a release of code-server */
export async function runVsCodeLayer(vsCode: string | CodeServerRelease, say: Say): Promise<Outcome> {
  const folder = await makeLabFolder();
  const result = join(folder, 'result.json');
  const lab = await startLab();
  try {
    const info = join(folder, 'lab.json');
    await writeFile(info, JSON.stringify(infoOf(lab)));
    const env = { PP_LAB: info, PP_RESULT: result };
    const run = typeof vsCode === 'string' ? runInDesktop(vsCode) : runInCodeServer(vsCode);
    const trouble = await run(lab.settings, env, say);
    if (existsSync(`${result}.lines`)) say(readFileSync(`${result}.lines`, 'utf8').trimEnd());
    if (existsSync(result)) return JSON.parse(readFileSync(result, 'utf8')) as Outcome;
    say(`VS Code gave no result: ${trouble ?? 'it ended without one'}`);
    return { ...nothingRun, failed: 1 };
  } finally {
    await lab.stop();
    await removeLabFolder(folder);
  }
}

type Run = (
  settings: Lab['settings'],
  env: { readonly PP_LAB: string; readonly PP_RESULT: string },
  say: Say,
) => Promise<string | null>;

function runInCodeServer(release: CodeServerRelease): Run {
  return async (settings, env, say) => {
    const root = checkoutRoot();
    const pictures = join(root, 'out/screenshots');
    await mkdir(pictures, { recursive: true });
    const testsPath = join(root, 'out/test/vscode/index.js');
    const workbench = await openWorkbench({ developed: root, testsPath, settings, env, release });
    const taken: Promise<void>[] = [];
    const picture = (): void => {
      if (taken.length > 0) return;
      const path = join(pictures, 'failure.png');
      const told = workbench.screenshot(path).then(
        () => {
          say(`Picture of the first failure: ${path}`);
        },
        (error: unknown) => {
          say(`No picture could be taken: ${String(error)}`);
        },
      );
      taken.push(told);
    };
    const folder = dirname(env.PP_RESULT);
    const watcher = watch(folder, (_event, name) => {
      if (name === `${basename(env.PP_RESULT)}.failures`) picture();
    });
    try {
      await untilFile(folder, basename(env.PP_RESULT), layerTimeoutMs);
      await Promise.all(taken);
      return null;
    } catch (error) {
      picture();
      await Promise.all(taken);
      const server = readFileSync(workbench.server.log, 'utf8').slice(-2000);
      return `${String(error)}\n${workbench.messages.slice(-10).join('\n')}\n${server}`;
    } finally {
      watcher.close();
      await workbench.close();
    }
  };
}

function runInDesktop(vscodeExecutablePath: string): Run {
  return async (settings, env) => {
    const { runTests } = await import('@vscode/test-electron');
    const root = checkoutRoot();
    const profile = await layProfile({ settings });
    try {
      await runTests({
        vscodeExecutablePath,
        extensionDevelopmentPath: root,
        extensionTestsPath: join(root, 'out/test/vscode/index.js'),
        extensionTestsEnv: { ...env, PP_DRIVER_FOLDER: profile.driver },
        launchArgs: [...desktopArguments(profile, true)],
      });
      return null;
    } catch (error) {
      // A failed test ends here too; the result file tells the two apart.
      return error instanceof Error ? error.message : String(error);
    } finally {
      await removeLabFolder(profile.root);
    }
  };
}

function infoOf(lab: Lab): LabInfo {
  const hosts = lab.hosts.map(({ name, pueue }) => ({
    name,
    version: pueue.version,
    home: pueue.home,
    pueue: pueue.pueue,
    config: pueue.config,
  }));
  return { sshConfigFile: lab.sshConfigFile, hosts };
}
