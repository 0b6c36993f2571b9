/** The two pueue versions that the lab runs: from PATH where exactly that version is there, else built by cargo once. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cachePath, fillCacheFolder, isFinished } from './cache';
import { findProgram, outputOf, runLogged } from './command';
import { CannotPrepare, type Part } from './part';

/** The last of the 4.x and of the 3.x line at the time of writing. */
export type PueueVersion = '4.0.4' | '3.4.1';

/** Both programs of one pueue version. */
export interface PueuePrograms {
  readonly client: string;
  readonly daemon: string;
}

/** Cargo older than this cannot build pueue 4.0.4. */
const minimumRust = 88;

const folderOf = (version: PueueVersion): string => `pueue-${version}`;

function cachedPrograms(version: PueueVersion): PueuePrograms {
  const folder = cachePath(folderOf(version), 'bin');
  return { client: join(folder, 'pueue'), daemon: join(folder, 'pueued') };
}

async function isVersion(program: string, version: PueueVersion): Promise<boolean> {
  return (await outputOf(program, ['--version']))?.trim().endsWith(` ${version}`) === true;
}

/** The programs of a version, or `null` where they are not prepared. */
export async function findPueue(version: PueueVersion): Promise<PueuePrograms | null> {
  const cached = cachedPrograms(version);
  if (isFinished(folderOf(version)) && existsSync(cached.client) && existsSync(cached.daemon)) return cached;
  const client = findProgram('pueue');
  if (client === null) return null;
  const daemon = join(dirname(client), 'pueued');
  const both = (await isVersion(client, version)) && (await isVersion(daemon, version));
  return both ? { client, daemon } : null;
}

/** One pueue version as a part. */
export function pueuePart(version: PueueVersion): Part {
  return {
    name: `pueue ${version}`,
    effort: 'building with cargo (about 1 min)',
    isReady: async () => (await findPueue(version)) !== null,
    prepare: async () => {
      const cargo = await requireCargo(version);
      await fillCacheFolder(folderOf(version), (folder) =>
        runLogged(cargo, ['install', '--locked', '--root', folder, 'pueue', '--version', version], {
          log: folderOf(version),
          // Not optimised: it is built in a quarter of the time, and the lab's queues are short.
          env: {
            ...process.env,
            CARGO_PROFILE_RELEASE_OPT_LEVEL: '0',
            CARGO_PROFILE_RELEASE_LTO: 'false',
            CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '256',
          },
        }),
      );
    },
  };
}

async function requireCargo(version: PueueVersion): Promise<string> {
  const instead = `put pueue ${version} on PATH or install Rust 1.${minimumRust} or newer`;
  const cargo = findProgram('cargo');
  if (cargo === null) throw new CannotPrepare(`there is neither pueue ${version} nor cargo on PATH; ${instead}`);
  const printed = (await outputOf(cargo, ['--version'])) ?? '';
  const minor = /^cargo 1\.(\d+)\./.exec(printed)?.[1];
  if (minor !== undefined && Number(minor) < minimumRust) {
    throw new CannotPrepare(`${printed.trim()} is too old to build it; ${instead}`);
  }
  return cargo;
}
