/**
 * Marks in an open project file what is wrong with it and the shipped schema cannot say. It looks at what stands in the editor,
 * so that a fault is marked while it is typed; what counts is what is saved.
 */
import * as vscode from 'vscode';
import type { ProjectFile } from '../core/project/projectFile';
import { projectFileName } from '../core/project/projectFileName';
import { visible } from '../core/text/visible';
import { documentScheme } from './contributions';
import type { Hosts } from './hosts';
import { loadCommands } from './lateCommands';

export class ProjectDiagnostics implements vscode.Disposable {
  readonly #marks = vscode.languages.createDiagnosticCollection('pueue-preflight');
  readonly #disposables: readonly { dispose(): unknown }[];
  readonly #hostNames: () => readonly string[];

  /**
   * @param hosts that are configured: a name that is none of them is probably mistyped
   * @param onUnexpected for a parser that cannot be loaded
   */
  constructor(hosts: Hosts, onUnexpected: (error: unknown) => void) {
    this.#hostNames = () => hosts.watches.map(({ name }) => name);
    const mark = (document: vscode.TextDocument): void => {
      if (isOurs(document.uri)) this.#mark(document).catch(onUnexpected);
    };
    this.#disposables = [
      this.#marks,
      vscode.workspace.onDidOpenTextDocument(mark),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        mark(document);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#marks.delete(uri);
      }),
      hosts.onDidChange((name) => {
        if (name === null) vscode.workspace.textDocuments.forEach(mark);
      }),
    ];
    vscode.workspace.textDocuments.forEach(mark);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async #mark(document: vscode.TextDocument): Promise<void> {
    const { isProjectFile, parseProjectFile } = await loadCommands();
    // Whatever was typed meanwhile counts; of a document that was closed meanwhile nothing is marked.
    if (document.isClosed) return;
    const read = parseProjectFile(document.getText());
    if (isProjectFile(read)) {
      this.#marks.set(document.uri, this.#unknownHosts(document, read));
      return;
    }
    const faults = read.filter(({ beyondSchema }) => beyondSchema);
    this.#marks.set(
      document.uri,
      faults.map(({ offset, length, message }) =>
        ours(rangeOf(document, offset, length), message, vscode.DiagnosticSeverity.Error),
      ),
    );
  }

  #unknownHosts(document: vscode.TextDocument, { hosts, hostPlaces }: ProjectFile): vscode.Diagnostic[] {
    const known = this.#hostNames();
    return hostPlaces.flatMap(({ offset, length }, index) => {
      const host = hosts?.[index] ?? '';
      if (known.includes(host)) return [];
      const message = vscode.l10n.t('No host named {0} is configured.', visible(host, 80));
      return [ours(rangeOf(document, offset, length), message, vscode.DiagnosticSeverity.Information)];
    });
  }
}

/** In the root of a folder; a text of our own that shows one is not marked. */
function isOurs(uri: vscode.Uri): boolean {
  if (uri.scheme === documentScheme || !uri.path.endsWith(`/${projectFileName}`)) return false;
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  return folder !== undefined && vscode.Uri.joinPath(folder.uri, projectFileName).toString() === uri.toString();
}

function rangeOf(document: vscode.TextDocument, offset: number, length: number): vscode.Range {
  return new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
}

function ours(range: vscode.Range, message: string, severity: vscode.DiagnosticSeverity): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(range, message, severity);
  diagnostic.source = 'Pueue Preflight';
  return diagnostic;
}
