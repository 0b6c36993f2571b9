/** Logs of earlier runs that were saved on their hosts, as documents; paths of them in our other documents lead there. */
import * as vscode from 'vscode';
import { savedLogsIn, savedLogText } from '../core/history/savedLog';
import { isProblemError } from '../core/problem';
import { problemText } from '../core/problemText';
import { documentScheme } from './contributions';
import { hostOfReport, parseSavedLogPath, savedLogEnding, savedLogPath } from './documentPaths';
import { uriOf, type Documents } from './documents';
import type { Hosts } from './hosts';

/** Longest time for one, connecting included. */
const timeoutMs = 30_000;

export class SavedLogs implements vscode.DocumentLinkProvider, vscode.Disposable {
  readonly #hosts: Hosts;
  readonly #registration: vscode.Disposable;

  constructor(documents: Documents, hosts: Hosts) {
    this.#hosts = hosts;
    documents.restoreWith(savedLogEnding, (path) => this.#read(path));
    // Only documents whose every line is ours: the log of a job could name any path.
    const ours = { scheme: documentScheme, pattern: '**/*.{history,action}.txt' };
    this.#registration = vscode.languages.registerDocumentLinkProvider(ours, this);
  }

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    const host = hostOfReport(document.uri.path);
    if (host === null) return [];
    return savedLogsIn(document.getText()).map(({ at, length, name }) => {
      const range = new vscode.Range(document.positionAt(at), document.positionAt(at + length));
      const link = new vscode.DocumentLink(range, uriOf(savedLogPath(host, name)));
      link.tooltip = vscode.l10n.t('Open the saved log');
      return link;
    });
  }

  dispose(): void {
    this.#registration.dispose();
  }

  async #read(path: string): Promise<string> {
    const parsed = parseSavedLogPath(path);
    const watch = parsed === null ? undefined : this.#hosts.find(parsed.host);
    if (parsed === null || watch === undefined)
      return vscode.l10n.t('The host of this log is not configured any more.\n');
    try {
      return savedLogText(watch.name, parsed.name, await watch.forPerson().readSavedLog(parsed.name, timeoutMs));
    } catch (error) {
      if (!isProblemError(error)) throw error;
      return problemText(vscode.l10n.t('Saved Log'), [error.problem], new Date().toISOString());
    }
  }
}
