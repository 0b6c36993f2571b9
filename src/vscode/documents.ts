/** The read-only documents of our scheme: reports and logs, as one file system. */
import * as vscode from 'vscode';
import { documentScheme } from './contributions';

/** A document as it is kept: the text that a person reads. */
interface Stored {
  readonly text: string;
  readonly modifiedMs: number;
}

/** Makes the text of a document that is open and not kept, which is one that was restored with the window. */
export type Restore = (path: string) => Promise<string>;

export class Documents implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #stored = new Map<string, Stored>();
  readonly #restoring = new Map<string, Promise<Stored>>();
  readonly #restores = new Map<string, Restore>();
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #registration: vscode.Disposable;

  readonly onDidChangeFile = this.#changed.event;

  constructor() {
    this.#registration = vscode.workspace.registerFileSystemProvider(documentScheme, this, { isReadonly: true });
  }

  /** @param ending of the paths whose documents `restore` can make again; of all others it is said that they are gone */
  restoreWith(ending: string, restore: Restore): void {
    this.#restores.set(ending, restore);
  }

  /** Shows the text in the document of this path, now and where it is open. */
  store(path: string, text: string): vscode.Uri {
    const known = this.#stored.has(path);
    this.#keep(path, text);
    const type = known ? vscode.FileChangeType.Changed : vscode.FileChangeType.Created;
    const uri = uriOf(path);
    this.#changed.fire([{ type, uri }]);
    return uri;
  }

  forget(path: string): void {
    this.#stored.delete(path);
  }

  /** The text that is kept under a path; `null` where there is none. */
  textOf(path: string): string | null {
    return this.#stored.get(path)?.text ?? null;
  }

  /** When the document was last stored; 0 for one that is not kept. */
  modifiedMs(path: string): number {
    return this.#stored.get(path)?.modifiedMs ?? 0;
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { text, modifiedMs } = await this.#document(uri.path);
    return {
      type: vscode.FileType.File,
      ctime: modifiedMs,
      mtime: modifiedMs,
      size: Buffer.byteLength(text),
      permissions: vscode.FilePermission.Readonly,
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return Buffer.from((await this.#document(uri.path)).text);
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  readDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.FileNotFound(uri);
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }

  #keep(path: string, text: string): Stored {
    // A file system's time must move on for VS Code to read the document again.
    const stored = { text, modifiedMs: Math.max(Date.now(), this.modifiedMs(path) + 1) };
    this.#stored.set(path, stored);
    return stored;
  }

  /** VS Code asks for the size and for the text; a document that has to be made again is made once. */
  async #document(path: string): Promise<Stored> {
    const stored = this.#stored.get(path);
    if (stored !== undefined) return stored;
    const [, restore] = [...this.#restores].find(([ending]) => path.endsWith(ending)) ?? [];
    if (restore === undefined) return { text: lapsed(), modifiedMs: 0 };
    const running =
      this.#restoring.get(path) ??
      restore(path)
        .then((text) => this.#stored.get(path) ?? this.#keep(path, text))
        .finally(() => this.#restoring.delete(path));
    this.#restoring.set(path, running);
    return running;
  }
}

/** What a tab shows that was restored after a restart. */
function lapsed(): string {
  return vscode.l10n.t('This report was made before VS Code was restarted and is not kept. Run Audit again.\n');
}

export function uriOf(path: string): vscode.Uri {
  return vscode.Uri.from({ scheme: documentScheme, path });
}
