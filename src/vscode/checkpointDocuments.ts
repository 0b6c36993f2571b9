/** Entries of checkpoint directories that are open as documents. */
import * as vscode from 'vscode';
import { noEntry } from '../core/checkpoint/entryProblems';
import { entryCapBytes, entryText } from '../core/checkpoint/entryText';
import type { Judgement } from '../core/checkpoint/judgement';
import type { Judgements } from '../core/checkpoint/judgements';
import type { EntryPart } from '../core/checkpoint/readEntry';
import { isProblemError, ProblemError } from '../core/problem';
import { problemText } from '../core/problemText';
import type { HostWatch } from '../core/watch/hostWatch';
import { documentScheme } from './contributions';
import { checkpointEnding, checkpointPath, parseCheckpointPath } from './documentPaths';
import type { Documents } from './documents';
import type { Hosts } from './hosts';

/** Longest time for one entry, connecting included. */
const entryTimeoutMs = 30_000;

export class CheckpointDocuments implements vscode.Disposable {
  readonly #documents: Documents;
  readonly #hosts: Hosts;
  readonly #judgements: Judgements;
  readonly #closing: vscode.Disposable;

  constructor(documents: Documents, hosts: Hosts, judgements: Judgements) {
    this.#documents = documents;
    this.#hosts = hosts;
    this.#judgements = judgements;
    documents.restoreWith(checkpointEnding, (path) => this.#restore(path));
    this.#closing = vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === documentScheme && uri.path.endsWith(checkpointEnding)) documents.forget(uri.path);
    });
  }

  /**
   * Reads an entry and shows it in its document, which may be open already.
   *
   * @param path absolute; what lies in no directory of the last reading is refused by the host
   * @throws ProblemError
   */
  async open(watch: HostWatch, path: string): Promise<vscode.Uri> {
    if (watch.state.reading === null) await watch.refresh();
    const { reading, problem } = watch.state;
    if (reading === null) throw new ProblemError(problem ?? noEntry(watch.name));
    const { snapshot } = reading;
    const asked = { roots: snapshot.checkpoints.map((directory) => directory.path), path, bytes: entryCapBytes };
    const part = await watch.forPerson().readCheckpoint(asked, new AbortController().signal, entryTimeoutMs);
    const judgement = this.#judgements.of(watch.name, snapshot).of(path);
    const text = entryText(watch.name, path, part, isOf(judgement, part) ? judgement : null);
    return this.#documents.store(checkpointPath(watch.name, path), text);
  }

  dispose(): void {
    this.#closing.dispose();
  }

  /** A tab that came back with the window is read again. */
  async #restore(documentPath: string): Promise<string> {
    const parsed = parseCheckpointPath(documentPath);
    const watch = parsed === null ? undefined : this.#hosts.find(parsed.host);
    if (parsed === null || watch === undefined)
      return vscode.l10n.t('The host of this checkpoint is not configured any more.\n');
    try {
      const { path } = await this.open(watch, parsed.path);
      return this.#documents.textOf(path) ?? '';
    } catch (error) {
      if (!isProblemError(error)) throw error;
      return problemText(vscode.l10n.t('Open Checkpoint'), [error.problem], new Date().toISOString());
    }
  }
}

/** What was judged may have been written anew, or be another entry by now. */
function isOf(judgement: Judgement | null, { inode, modified }: EntryPart): boolean {
  return judgement !== null && judgement.entry.inode === inode && judgement.entry.modified === modified;
}
