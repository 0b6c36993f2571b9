/** Which directories a host is asked for, and which pattern the names in each follow. */
import type { ProjectCheckpoints, ProjectOnHost } from '../project/projectOnHost';
import type { CheckpointDirectory } from '../snapshot';
import { Pattern } from './pattern';

/** A directory as the host is asked for it. As an object its entries are looked into too: whether they are empty, or parse. */
export type AskedDirectory = string | { readonly directory: string; readonly format: 'json' | null };

/** The directories of the settings and those of the project file, each once. */
export function askedDirectories(configured: readonly string[], project: ProjectOnHost | null): AskedDirectory[] {
  const asked = new Map<string, AskedDirectory>(configured.map((directory) => [plain(directory), directory]));
  for (const { directory, pattern } of project?.checkpoints ?? []) {
    if (pattern === null) asked.set(plain(directory), asked.get(plain(directory)) ?? directory);
    else
      asked.set(plain(directory), {
        directory: nameOf(asked.get(plain(directory))) ?? directory,
        format: formatOf(pattern),
      });
  }
  return [...asked.values()];
}

/** What the content of a checkpoint has to be by its pattern: nothing more is known of its format. */
function formatOf(pattern: string): 'json' | null {
  return pattern.toLowerCase().endsWith('.json') ? 'json' : null;
}

/** The pattern of each directory that was found, where the project names one that is one. */
export function patternsOf(
  found: readonly CheckpointDirectory[],
  checkpoints: readonly ProjectCheckpoints[],
): ReadonlyMap<CheckpointDirectory, Pattern> {
  const byDirectory = new Map<string, Pattern>();
  for (const { directory, pattern } of checkpoints) {
    const parsed = pattern === null ? null : Pattern.parse(pattern, 'name');
    if (parsed !== null) byDirectory.set(plain(directory), parsed);
  }
  // The setting may name by its whole path what the project names by `~/`.
  const byPath = new Map<string, Pattern>();
  for (const { configured, path } of found) {
    const pattern = byDirectory.get(plain(configured)) ?? byDirectory.get(plain(path));
    if (pattern !== undefined) byPath.set(path, pattern);
  }
  return new Map(
    found.flatMap((directory) => {
      const pattern = byPath.get(directory.path);
      return pattern === undefined ? [] : [[directory, pattern] as const];
    }),
  );
}

function nameOf(asked: AskedDirectory | undefined): string | undefined {
  return typeof asked === 'object' ? asked.directory : asked;
}

function plain(directory: string): string {
  return directory.replace(/(?<=.)\/+$/u, '');
}
