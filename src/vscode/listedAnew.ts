/** Reads a host again when another approved project file, or none, says which directories of checkpoints are listed there. */
import type { Disposable } from 'vscode';
import type { Hosts } from './hosts';
import type { Projects } from './projects';

/** A host that nobody has looked at yet is not read because of it. */
export function listedAnew(projects: Projects, hosts: Hosts): Disposable {
  const listed = new Map<string, string>();
  return projects.onDidChange(() => {
    for (const watch of hosts.watches) {
      const { name, state } = watch;
      const directories = JSON.stringify(projects.of(name)?.checkpoints ?? []);
      const before = listed.get(name) ?? '[]';
      listed.set(name, directories);
      const wasRead = state.reading !== null || state.problem !== null;
      // Never rejects: the state of the host holds every failure.
      if (directories !== before && wasRead) void watch.readAgain();
    }
  });
}
