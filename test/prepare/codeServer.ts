/**
 * VS Code's own server with its workbench, out of the npm package code-server, for machines that cannot download desktop
 * VS Code. It and its Node live in two cache folders: installed together, the native build does not find its headers.
 */
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { cachePath, fillCacheFolder, isFinished } from './cache';
import { findProgram, runLogged } from './command';
import { CannotPrepare, type Part } from './part';

const nodeVersion = '24.21.0';
const codeServerVersion = '4.139.1';
const nodeFolder = `node-${nodeVersion}`;
const codeServerFolder = `code-server-${codeServerVersion}`;

/** The Node that code-server's native modules are built for and run with. */
export function codeServerNode(): string {
  return join(nodeRoot(), 'bin/node');
}

/** VS Code's own server program inside the package. */
export function serverMain(): string {
  return cachePath(codeServerFolder, 'node_modules/code-server/lib/vscode/out/server-main.js');
}

/** The folder with `bin/node` and `include/node`. npm nests it or not, depending on its version: it is looked up. */
function nodeRoot(): string {
  const start = cachePath(nodeFolder, 'node_modules');
  const found = existsSync(start)
    ? readdirSync(start, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('include/node/node_api.h'))
    : undefined;
  return found === undefined ? join(start, 'missing') : dirname(dirname(dirname(join(start, found))));
}

/** npm in a cache folder that is a private package of its own, with install scripts allowed for `scriptsOf` only. */
async function npmInstall(folder: string, name: string, version: string, env: NodeJS.ProcessEnv): Promise<void> {
  const manifest = { private: true, allowScripts: { [name]: true }, dependencies: { [name]: version } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  const npm = findProgram('npm');
  if (npm === null) throw new CannotPrepare('npm is not on PATH; install Node.js with npm');
  await runLogged(npm, ['install', '--no-audit', '--no-fund', '--loglevel', 'info'], {
    log: name,
    cwd: folder,
    env: { ...environmentOutsideNpm(), ...env },
  });
}

/**
 * This process is usually started by `npm run`, which tells its children about its own Node, package and prefix; the npm
 * below is to believe none of it. Settings that the person has made by environment (a registry, a proxy) stay.
 */
function environmentOutsideNpm(): NodeJS.ProcessEnv {
  const told =
    /^(npm_(lifecycle|package)_.*|npm_(node_execpath|execpath|command)|npm_config_(user_agent|local_prefix|prefix|node_gyp|npm_version)|INIT_CWD|NODE)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !told.test(name)));
}

/** Node 24 from npm: binary and headers. */
export const nodePart: Part = {
  name: `Node ${nodeVersion} for code-server`,
  effort: 'from npm (about 10 s)',
  isReady: () => Promise.resolve(isFinished(nodeFolder) && existsSync(codeServerNode())),
  prepare: () =>
    fillCacheFolder(nodeFolder, async (folder) => {
      await npmInstall(folder, `node-${platform()}-${arch()}`, nodeVersion, {});
      if (!existsSync(codeServerNode())) throw new CannotPrepare(`Node ${nodeVersion} from npm brought no headers`);
    }),
};

/** code-server with its native modules built. */
export const codeServerPart: Part = {
  name: `code-server ${codeServerVersion}`,
  effort: 'from npm, building its native modules (2 to 4 min)',
  isReady: () => Promise.resolve(isFinished(codeServerFolder) && existsSync(serverMain())),
  prepare: () =>
    fillCacheFolder(codeServerFolder, async (folder) => {
      await npmInstall(folder, 'code-server', codeServerVersion, {
        PATH: [dirname(codeServerNode()), process.env['PATH'] ?? ''].join(delimiter),
        npm_config_nodedir: nodeRoot(),
        npm_config_ignore_scripts: 'false',
      });
      if (!existsSync(serverMain())) throw new CannotPrepare('code-server was installed without lib/vscode');
    }),
};
