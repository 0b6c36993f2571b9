/**
 * What the person has approved of the project files, one value for each folder. It lies in the storage of the extension, which
 * no file of a workspace reaches, and it is not synchronised: another computer has other hosts.
 */
import * as v from 'valibot';
import type { Memento, Uri } from 'vscode';
import type { Approval } from '../core/project/standing';

const approvalShape = v.object({ schemaVersion: v.number(), hash: v.string(), text: v.string() });

export class ProjectApprovals {
  readonly #storage: Memento;

  /** @param storage the global one: the same folder may be opened alone or among others */
  constructor(storage: Memento) {
    this.#storage = storage;
  }

  /** What stands for a folder; `null` where nothing was approved, or what is there is no approval. */
  find(folder: Uri): Approval | null {
    const parsed = v.safeParse(approvalShape, this.#storage.get(keyOf(folder)));
    return parsed.success ? parsed.output : null;
  }

  async store(folder: Uri, approval: Approval): Promise<void> {
    await this.#storage.update(keyOf(folder), approval);
  }
}

function keyOf(folder: Uri): string {
  return `project.approved:${folder.toString()}`;
}
