/**
 * VS Code's own server with its workbench, out of the npm package code-server, for machines that cannot download desktop
 * VS Code. It and its Node live in two cache folders: installed together, the native build does not find its headers.
 */
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { cachePath, fillCacheFolder, isFinished } from './cache';
import { findProgram, runLogged, type LoggedCommand } from './command';
import { CannotPrepare, type Part } from './part';

/** One release of code-server. */
export interface CodeServerRelease {
  readonly version: string;
  /** The VS Code that is in it. */
  readonly vsCode: string;
  /** The Node that its native modules are built for and run with. */
  readonly node: string;
  /** The native modules of the server by name, where its own installer wants to download other things as well. */
  readonly natives?: readonly string[];
}

/** What the layers run in. */
export const usualRelease: CodeServerRelease = { version: '4.139.1', vsCode: '1.139.1', node: '24.21.0' };

/** The oldest VS Code that the manifest admits; a second native build, so only `npm run soak` pays for it. */
export const oldestRelease: CodeServerRelease = {
  version: '4.100.3',
  vsCode: '1.100.3',
  node: '20.20.2',
  // Its installer fails without ripgrep, which it gets from GitHub; we search nothing.
  natives: ['kerberos', '@parcel/watcher', '@vscode/spdlog', 'native-watchdog', 'node-pty', '@vscode/deviceid'],
};

const nodeFolder = ({ node }: CodeServerRelease): string => `node-${node}`;
const codeServerFolder = ({ version }: CodeServerRelease): string => `code-server-${version}`;

/** The Node of a release. */
export function codeServerNode(release: CodeServerRelease): string {
  return join(nodeRoot(release), 'bin/node');
}

/** VS Code's own server program inside the package. */
export function serverMain(release: CodeServerRelease): string {
  return cachePath(codeServerFolder(release), 'node_modules/code-server/lib/vscode/out/server-main.js');
}

/** The folder with `bin/node` and `include/node`. npm nests it or not, depending on its version: it is looked up. */
function nodeRoot(release: CodeServerRelease): string {
  const start = cachePath(nodeFolder(release), 'node_modules');
  const found = existsSync(start)
    ? readdirSync(start, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('include/node/node_api.h'))
    : undefined;
  return found === undefined ? join(start, 'missing') : dirname(dirname(dirname(join(start, found))));
}

/** npm in a cache folder that is a private package of its own, with install scripts allowed for `name` only. */
async function npmInstall(folder: string, name: string, version: string, env: NodeJS.ProcessEnv): Promise<void> {
  const manifest = { private: true, allowScripts: { [name]: true }, dependencies: { [name]: version } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  await npm(['install'], { log: name, cwd: folder, env });
}

async function npm(argv: readonly string[], { log, cwd, env }: Required<LoggedCommand>): Promise<void> {
  const program = findProgram('npm');
  if (program === null) throw new CannotPrepare('npm is not on PATH; install Node.js with npm');
  await runLogged(program, [...argv, '--no-audit', '--no-fund', '--loglevel', 'info'], {
    log,
    cwd,
    env: { ...environmentOutsideNpm(), ...env },
  });
}

/** What code-server's own installer does for a server, without what it downloads beside npm. */
async function installServerParts(folder: string, natives: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const server = join(folder, 'node_modules/code-server/lib/vscode');
  for (const cwd of [server, join(server, 'extensions')])
    await npm(['install', '--omit=dev', '--ignore-scripts'], { log: 'code-server-parts', cwd, env });
  // `yes`: a script of node-pty calls npx, which would ask.
  const scripts = { ...env, npm_config_ignore_scripts: 'false', npm_config_yes: 'true' };
  await npm(['rebuild', ...natives], { log: 'code-server-natives', cwd: server, env: scripts });
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

/** The Node of a release from npm: binary and headers. */
export function nodePart(release: CodeServerRelease): Part {
  return {
    name: `Node ${release.node} for code-server`,
    effort: 'from npm (about 10 s)',
    isReady: () => Promise.resolve(isFinished(nodeFolder(release)) && existsSync(codeServerNode(release))),
    prepare: () =>
      fillCacheFolder(nodeFolder(release), async (folder) => {
        await npmInstall(folder, `node-${platform()}-${arch()}`, release.node, {});
        if (!existsSync(codeServerNode(release)))
          throw new CannotPrepare(`Node ${release.node} from npm brought no headers`);
      }),
  };
}

/** A release of code-server with its native modules built. */
export function codeServerPart(release: CodeServerRelease): Part {
  return {
    name: `code-server ${release.version}`,
    effort: 'from npm, building its native modules (2 to 4 min)',
    isReady: () => Promise.resolve(isFinished(codeServerFolder(release)) && existsSync(serverMain(release))),
    prepare: () =>
      fillCacheFolder(codeServerFolder(release), async (folder) => {
        const { natives } = release;
        const env = {
          PATH: [dirname(codeServerNode(release)), process.env['PATH'] ?? ''].join(delimiter),
          npm_config_nodedir: nodeRoot(release),
          npm_config_ignore_scripts: natives === undefined ? 'false' : 'true',
        };
        await npmInstall(folder, 'code-server', release.version, env);
        if (natives !== undefined) await installServerParts(folder, natives, env);
        if (!existsSync(serverMain(release))) throw new CannotPrepare('code-server was installed without lib/vscode');
      }),
  };
}
