/**
 * A desktop VS Code, where this machine has one or can download one: then code-server is not needed. Always with a
 * temporary profile, never the person's own.
 */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { removeLabFolder } from '../lab/labFolder';
import { descendants, endProcesses, identify } from '../lab/processes';
import { registerProcess } from '../lab/registry';
import { cachePath } from '../prepare/cache';
import { findProgram } from '../prepare/command';
import type { Say } from '../prepare/part';
import { driverIn, type Driver } from './launchDriver';
import { layProfile, type Profile, type ProfileOptions } from './launchProfile';

/** The downloaded VS Code is asked for once; in a closed network that takes its time to fail. */
const downloadTimeoutMs = 15_000;

/** Path of a desktop VS Code's executable, or `null` where there is none, no screen, or no way to download one. */
export async function findDesktop(say: Say): Promise<string | null> {
  const hasScreen = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
  if (!hasScreen) return null;
  const installed = findInstalled();
  if (installed !== null) return installed;
  const { downloadAndUnzipVSCode } = await import('@vscode/test-electron');
  say('VS Code: looking for a download …');
  try {
    return await downloadAndUnzipVSCode({
      version: 'stable',
      cachePath: cachePath('vscode'),
      timeout: downloadTimeoutMs,
    });
  } catch (error) {
    say(`VS Code cannot be downloaded (${error instanceof Error ? error.message : String(error)}); using code-server`);
    return null;
  }
}

/** The `code` on PATH is a script beside the executable: two folders up on Linux, inside the application on macOS. */
function findInstalled(): string | null {
  const script = findProgram('code');
  if (script === null) return null;
  const folder = dirname(realpathSync(script));
  const places = [join(folder, '../code'), join(folder, '../../../MacOS/Electron'), join(folder, '../Code.exe')];
  return places.find((place) => existsSync(place)) ?? null;
}

/** Arguments for a window on the profile's folder. */
export function desktopArguments(profile: Profile, trusted: boolean): readonly string[] {
  return [
    profile.folder,
    '--new-window',
    `--user-data-dir=${profile.userData}`,
    `--extensions-dir=${profile.extensions}`,
    '--skip-welcome',
    '--skip-release-notes',
    '--disable-updates',
    ...(trusted ? ['--disable-workspace-trust'] : []),
    // Electron refuses to sandbox for root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
}

/** A desktop window that stands open. */
export interface DesktopWindow {
  readonly driver: Driver;
  close(): Promise<void>;
}

/** Opens a trusted desktop window on a new profile. */
export async function openDesktop(executable: string, options: ProfileOptions): Promise<DesktopWindow> {
  const profile = await layProfile(options);
  const env = { ...process.env, PP_DRIVER_FOLDER: profile.driver };
  const child = spawn(executable, desktopArguments(profile, true), { env, detached: true, stdio: 'ignore' });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      resolve(child.pid!);
    });
  });
  registerProcess(pid);
  return {
    driver: driverIn(profile.driver),
    close: async () => {
      const own = identify(pid);
      if (own !== null) await endProcesses([own, ...descendants(pid)]);
      await removeLabFolder(profile.root);
    },
  };
}
