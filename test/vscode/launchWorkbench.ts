/** A window of VS Code to act in as a person does: screenshots, the tree, the palette, and commands through the driver. */
import type { Page } from 'playwright-core';
import { removeLabFolder } from '../lab/labFolder';
import type { CodeServerRelease } from '../prepare/codeServer';
import { openPage, type OpenPage } from './launchBrowser';
import { driverIn, type Driver } from './launchDriver';
import { layProfile, type Profile, type ProfileOptions } from './launchProfile';
import { installPackage, startServer, type VsCodeServer } from './launchServer';

/** How the window is opened. */
export interface WorkbenchOptions extends ProfileOptions {
  /** Folder of an extension under development, loaded from where it lies. */
  readonly developed?: string;
  /** Path of a .vsix that is installed before the window opens. */
  readonly packaged?: string;
  /** A CommonJS module with `run()`; then every modal rejects. */
  readonly testsPath?: string;
  /** False for Restricted Mode; true by default. */
  readonly trusted?: boolean;
  readonly connectionToken?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Which VS Code; the usual one by default. */
  readonly release?: CodeServerRelease;
}

/** An open window. */
export interface Workbench {
  readonly page: Page;
  readonly driver: Driver;
  readonly profile: Profile;
  readonly server: VsCodeServer;
  /** Address of the same window for another browser. */
  readonly address: string;
  /** What the page's console has said. */
  readonly messages: readonly string[];
  /** Writes a picture of the window. */
  screenshot(path: string): Promise<void>;
  /** Closes the headless browser only. */
  closePage(): Promise<void>;
  /** Takes window, server and profile down. */
  close(): Promise<void>;
}

/** Opens VS Code in a headless browser. Resolves when the workbench is drawn; `driver.ready()` waits for extensions. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const profile = await layProfile(options);
  let server: VsCodeServer | null = null;
  let opened: OpenPage | null = null;
  const close = async (): Promise<void> => {
    await opened?.close();
    await server?.stop();
    await removeLabFolder(profile.root);
  };
  try {
    const { connectionToken, env, packaged, release, trusted = true } = options;
    if (packaged !== undefined) await installPackage(profile, packaged);
    server = await startServer({
      profile,
      trusted,
      ...(env === undefined ? {} : { env }),
      ...(release === undefined ? {} : { release }),
      ...(connectionToken === undefined ? {} : { connectionToken }),
    });
    const remote = (path: string): string => `vscode-remote://${server?.authority ?? ''}${path}`;
    const payload: [string, string][] = [];
    if (options.developed !== undefined) payload.push(['extensionDevelopmentPath', remote(options.developed)]);
    if (options.testsPath !== undefined) payload.push(['extensionTestsPath', remote(options.testsPath)]);
    const address = server.address(payload);
    opened = await openPage(address);
    const { page, messages } = opened;
    return {
      page,
      driver: driverIn(profile.driver),
      profile,
      server,
      address,
      messages,
      screenshot: async (path) => {
        await page.screenshot({ path });
      },
      closePage: async () => {
        await opened?.close();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
