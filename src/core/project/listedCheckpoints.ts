/** Which directories of checkpoints are listed on a host: those of its settings, and those of an approved project file. */
import type { HostSettings } from '../hostSettings';
import type { ProjectOnHost } from './projectOnHost';

/** Each directory once, the settings' first. */
export function listedCheckpoints(settings: HostSettings, project: ProjectOnHost | null): string[] {
  const wanted = [...settings.checkpoints, ...(project?.checkpoints ?? []).map(({ directory }) => directory)];
  const plain = wanted.map(withoutEndingSlash);
  return wanted.filter((_, index) => plain.indexOf(plain[index] ?? '') === index);
}

function withoutEndingSlash(directory: string): string {
  return directory.replace(/(?<=.)\/+$/u, '');
}
