/** The newest report of each host, as the read-only documents that Show Details opens. */
import * as vscode from 'vscode';
import { documentScheme } from './contributions';

/** A report as it is kept: the text that a person reads. */
interface Stored {
  readonly text: string;
  readonly modifiedMs: number;
}

/** Key of reports about several hosts. */
const fleet = '';

export class Reports implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #stored = new Map<string, Stored>();
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #registration: vscode.Disposable;
  #newest: string | null = null;

  readonly onDidChangeFile = this.#changed.event;

  constructor() {
    this.#registration = vscode.workspace.registerFileSystemProvider(documentScheme, this, { isReadonly: true });
  }

  /** @param host `null` for a report about several hosts */
  store(host: string | null, kind: string, text: string): void {
    const path = pathOf(host, kind);
    const known = this.#stored.has(path);
    // A file system's time must move on for VS Code to read the document again.
    const modifiedMs = Math.max(Date.now(), (this.#stored.get(path)?.modifiedMs ?? 0) + 1);
    this.#stored.set(path, { text, modifiedMs });
    this.#newest = path;
    const type = known ? vscode.FileChangeType.Changed : vscode.FileChangeType.Created;
    this.#changed.fire([{ type, uri: uriOf(path) }]);
  }

  /** The document of a report: of this host and kind, or the newest of what is left open; `null` where there is none. */
  find(host: string | null, kind: string | null): vscode.Uri | null {
    if (host === null && kind === null) return this.#newest === null ? null : uriOf(this.#newest);
    const paths = [...this.#stored.keys()].filter(
      (path) => (host === null || path.startsWith(folderOf(host))) && (kind === null || path.endsWith(`.${kind}.txt`)),
    );
    const modified = (path: string): number => this.#stored.get(path)?.modifiedMs ?? 0;
    const [newest] = paths.sort((a, b) => modified(b) - modified(a));
    return newest === undefined ? null : uriOf(newest);
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const stored = this.#stored.get(uri.path);
    const size = Buffer.byteLength(stored?.text ?? lapsed());
    const modified = stored?.modifiedMs ?? 0;
    return {
      type: vscode.FileType.File,
      ctime: modified,
      mtime: modified,
      size,
      permissions: vscode.FilePermission.Readonly,
    };
  }

  readFile(uri: vscode.Uri): Uint8Array {
    return Buffer.from(this.#stored.get(uri.path)?.text ?? lapsed());
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
}

/** What a tab shows that was restored after a restart. */
function lapsed(): string {
  return vscode.l10n.t('This report was made before VS Code was restarted and is not kept. Run Audit again.\n');
}

function folderOf(host: string): string {
  return `/${encodeURIComponent(host === fleet ? 'all hosts' : host)}/`;
}

function pathOf(host: string | null, kind: string): string {
  // The host stands in the name of the file too, since that is all that a tab shows.
  const folder = folderOf(host ?? fleet);
  return `${folder}${folder.slice(1, -1)}.${kind}.txt`;
}

function uriOf(path: string): vscode.Uri {
  return vscode.Uri.from({ scheme: documentScheme, path });
}
