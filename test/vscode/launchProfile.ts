/** A throw-away VS Code profile: user data, extensions and a workspace folder, never the person's own. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeLabFolder } from '../lab/labFolder';

/** What a window is opened with. */
export interface ProfileOptions {
  /** User settings, by full keys. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Workspace folder; without it an empty one is made. */
  readonly folder?: string;
  /** Folders of extensions that are copied in as if they had been installed. */
  readonly installed?: readonly string[];
}

/** Folders of one profile. */
export interface Profile {
  /** Holds all the others; removed with everything in it. */
  readonly root: string;
  readonly userData: string;
  readonly serverData: string;
  readonly extensions: string;
  /** The workspace folder. */
  readonly folder: string;
  /** Where the driver extension and its caller exchange files. */
  readonly driver: string;
}

/** Keeps a first window quiet: no welcome page, no hints, no network. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'window.commandCenter': false,
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  // Its rows are elements then, which a test can read.
  'terminal.integrated.gpuAcceleration': 'off',
  // Each server of the lab would be forwarded, and told about.
  'remote.autoForwardPorts': false,
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
};

/** The checkout, found from where the bundle lies. */
export function checkoutRoot(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'esbuild.mjs')) && existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`There is no checkout above ${__dirname}`);
  }
}

/** What of an extension's folder goes into its package. */
const packaged = ['package.json', 'package.nls.json', 'dist', 'media', 'l10n', 'main.js'];

async function install(extensions: string, source: string): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Record<string, string>;
  const target = join(
    extensions,
    `${manifest['publisher'] ?? ''}.${manifest['name'] ?? ''}-${manifest['version'] ?? ''}`,
  );
  await mkdir(target, { recursive: true });
  for (const name of packaged.filter((each) => existsSync(join(source, each)))) {
    await cp(join(source, name), join(target, name), { recursive: true });
  }
}

/** The driver as an extension of two files; its code is in the bundle of the `vscode` layer. */
async function installDriver(extensions: string): Promise<void> {
  const target = join(extensions, 'pueue-preflight-tests.driver-0.0.1');
  await mkdir(target);
  const manifest = {
    name: 'driver',
    publisher: 'pueue-preflight-tests',
    version: '0.0.1',
    engines: { vscode: '^1.100.0' },
    main: './main.js',
    activationEvents: ['onStartupFinished'],
    extensionKind: ['workspace'],
    capabilities: { untrustedWorkspaces: { supported: true }, virtualWorkspaces: true },
  };
  await writeFile(join(target, 'package.json'), JSON.stringify(manifest));
  const bundle = join(checkoutRoot(), 'out/test/vscode/index.js');
  await writeFile(join(target, 'main.js'), `module.exports = require(${JSON.stringify(bundle)});\n`);
}

/** Lays a profile; the driver extension is always in it. */
export async function layProfile(options: ProfileOptions): Promise<Profile> {
  const root = await makeLabFolder();
  const profile: Profile = {
    root,
    userData: join(root, 'user'),
    serverData: join(root, 'server'),
    extensions: join(root, 'extensions'),
    folder: options.folder ?? join(root, 'workspace'),
    driver: join(root, 'driver'),
  };
  const { userData, serverData, extensions, folder, driver } = profile;
  for (const each of [join(userData, 'User'), serverData, extensions, folder, driver]) {
    await mkdir(each, { recursive: true });
  }
  const settings = JSON.stringify({ ...quietSettings, ...options.settings }, null, 2);
  await writeFile(join(userData, 'User/settings.json'), settings);
  await installDriver(extensions);
  for (const source of options.installed ?? []) await install(extensions, source);
  return profile;
}
