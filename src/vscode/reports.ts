/** The newest report of each host, as the read-only documents that Show Details opens, and the one before it. */
import * as vscode from 'vscode';
import { reportPath } from './documentPaths';
import { uriOf, type Documents } from './documents';

export class Reports {
  readonly #documents: Documents;
  /** Paths of what was stored, by host and kind. */
  readonly #stored: { readonly host: string | null; readonly kind: string; readonly path: string }[] = [];
  #newest: string | null = null;

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  /** Stores a report, and opens its document. */
  async show(host: string, kind: string, text: string, preserveFocus = false): Promise<vscode.Uri> {
    const uri = this.store(host, kind, text);
    await vscode.window.showTextDocument(uri, { preview: true, preserveFocus });
    return uri;
  }

  /** @param host `null` for a report about several hosts */
  store(host: string | null, kind: string, text: string): vscode.Uri {
    const path = reportPath(host, kind);
    if (!this.#stored.some((each) => each.path === path)) this.#stored.push({ host, kind, path });
    this.#newest = path;
    const before = this.#documents.textOf(path);
    if (before !== null) this.#documents.store(earlierPath(host, kind), before);
    return this.#documents.store(path, text);
  }

  /** The newest report of this host and kind with the one before it; `null` where there are not two. */
  findBoth(host: string, kind: string): { readonly earlier: vscode.Uri; readonly newest: vscode.Uri } | null {
    const [earlier, newest] = [earlierPath(host, kind), reportPath(host, kind)];
    if (this.#documents.textOf(earlier) === null || this.#documents.textOf(newest) === null) return null;
    return { earlier: uriOf(earlier), newest: uriOf(newest) };
  }

  /** The document of a report: of this host and kind, or the newest of what is left open; `null` where there is none. */
  find(host: string | null, kind: string | null): vscode.Uri | null {
    if (host === null && kind === null) return this.#newest === null ? null : uriOf(this.#newest);
    const [newest] = this.#stored
      .filter((each) => (host === null || each.host === host) && (kind === null || each.kind === kind))
      .sort((a, b) => this.#documents.modifiedMs(b.path) - this.#documents.modifiedMs(a.path));
    return newest === undefined ? null : uriOf(newest.path);
  }
}

function earlierPath(host: string | null, kind: string): string {
  return reportPath(host, `${kind}.earlier`);
}
