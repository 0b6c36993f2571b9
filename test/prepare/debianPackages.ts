/** What comes from the system's package manager: installed only as root on Debian or Ubuntu, elsewhere named in one line. */
import { existsSync } from 'node:fs';
import { findProgram, outputOf, runLogged } from './command';
import { CannotPrepare, type Part } from './part';

/** A Debian package and how its presence is seen. */
export interface DebianPackage {
  readonly name: string;
  /** Any one of these programs means that it is there, wherever it came from. Empty: ask dpkg. */
  readonly programs: readonly string[];
}

/** Browsers that playwright-core can drive, best first. */
const browserNames = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser', 'chrome'];

/** The packages that the layers need, by what for. */
export const packages = {
  python: [{ name: 'python3', programs: ['python3'] }],
  compiler: [{ name: 'build-essential', programs: ['cc'] }],
  ssh: [
    { name: 'openssh-server', programs: ['sshd'] },
    { name: 'openssh-client', programs: ['ssh'] },
  ],
  shells: [
    { name: 'fish', programs: ['fish'] },
    { name: 'tcsh', programs: ['tcsh'] },
  ],
  browser: [{ name: 'chromium', programs: browserNames }],
  /** code-server's native modules are compiled against these. */
  codeServer: [
    { name: 'build-essential', programs: ['make'] },
    { name: 'pkg-config', programs: ['pkg-config'] },
    { name: 'python3', programs: ['python3'] },
    { name: 'libkrb5-dev', programs: [] },
    { name: 'libx11-dev', programs: [] },
    { name: 'libxkbfile-dev', programs: [] },
    { name: 'libsecret-1-dev', programs: [] },
  ],
} satisfies Record<string, readonly DebianPackage[]>;

/** Path of a browser for playwright-core, or `null`. */
export function findBrowser(): string | null {
  return browserNames.map(findProgram).find((path) => path !== null) ?? null;
}

/** One part for all the given packages: one update, one install. */
export function debianPart(wanted: readonly DebianPackage[]): Part {
  const unique = [...new Map(wanted.map((each) => [each.name, each])).values()];
  return {
    name: 'Debian packages',
    effort: 'installing with apt-get (up to 2 min)',
    isReady: async () => (await missing(unique)).length === 0,
    prepare: async () => {
      const names = await missing(unique);
      const command = `apt-get install --yes --no-install-recommends ${names.join(' ')}`;
      if (!existsSync('/etc/debian_version')) {
        throw new CannotPrepare(`install what provides these Debian packages, then try again: ${names.join(' ')}`);
      }
      if (process.getuid?.() !== 0) throw new CannotPrepare(`run this, then try again: sudo ${command}`);
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      await runLogged('apt-get', ['update'], { log: 'apt-update', env });
      await runLogged('apt-get', command.split(' ').slice(1), { log: 'apt-install', env });
      const left = await missing(unique);
      if (left.length > 0) throw new CannotPrepare(`apt-get did not bring ${left.join(' ')}`);
    },
  };
}

async function missing(wanted: readonly DebianPackage[]): Promise<string[]> {
  const names: string[] = [];
  for (const { name, programs } of wanted) {
    if (!(programs.length > 0 ? programs.some((program) => findProgram(program) !== null) : await isInstalled(name)))
      names.push(name);
  }
  return names;
}

/** Without dpkg the libraries cannot be asked for; then the build that needs them is left to say so. */
async function isInstalled(name: string): Promise<boolean> {
  if (findProgram('dpkg-query') === null) return true;
  return (await outputOf('dpkg-query', ['-W', '-f=${db:Status-Status}', name]))?.trim() === 'installed';
}
