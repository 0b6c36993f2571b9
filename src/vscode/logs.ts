/** The logs that are open as documents, and how each grows towards its beginning on request. */
import * as vscode from 'vscode';
import type { JobRun } from '../core/log/logOfRun';
import { logCapReached } from '../core/log/logProblems';
import { earlierPart, logCapBytes, logPartBytes, shownLog, shownLogText, withEarlier } from '../core/log/shownLog';
import type { ShownLog } from '../core/log/shownLog';
import { isProblemError, ProblemError } from '../core/problem';
import { problemText } from '../core/problemText';
import { remoteLine } from '../core/sshCommand';
import { formatBytes } from '../core/text/format';
import type { HostWatch } from '../core/watch/hostWatch';
import { commandId, documentScheme, logsWithEarlierKey } from './contributions';
import { logEnding, logPath, parseLogPath } from './documentPaths';
import { uriOf, type Documents } from './documents';
import type { Hosts } from './hosts';

/** Longest time for one part, connecting included. */
const partTimeoutMs = 30_000;

export class Logs implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #documents: Documents;
  readonly #hosts: Hosts;
  readonly #shown = new Map<string, ShownLog>();
  /** One earlier part at a time for each document: two that are asked at once are the same. */
  readonly #growing = new Map<string, Promise<void>>();
  readonly #lensesChanged = new vscode.EventEmitter<void>();
  readonly #disposables: readonly { dispose(): unknown }[];

  readonly onDidChangeCodeLenses = this.#lensesChanged.event;

  constructor(documents: Documents, hosts: Hosts) {
    this.#documents = documents;
    this.#hosts = hosts;
    documents.restoreWith(logEnding, (path) => this.#restore(path));
    this.#disposables = [
      this.#lensesChanged,
      vscode.languages.registerCodeLensProvider({ scheme: documentScheme, pattern: `**/*${logEnding}` }, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme !== documentScheme || !this.#shown.delete(uri.path)) return;
        documents.forget(uri.path);
        this.#tellWhatHasEarlier();
      }),
    ];
  }

  /**
   * Reads the end of a log and shows it in the document of its run, which may be open already.
   *
   * @throws ProblemError
   */
  async open(watch: HostWatch, run: JobRun): Promise<{ readonly uri: vscode.Uri; readonly text: string }> {
    const asked = { ...run, before: null, bytes: logPartBytes };
    const part = await watch.forPerson().readLog(asked, new AbortController().signal, partTimeoutMs);
    const path = logPath(watch.name, { id: run.id, createdAt: part.job.createdAt, start: part.start });
    return this.#show(path, watch.name, shownLog(part));
  }

  /**
   * Puts the part before what is shown in front of it.
   *
   * @throws ProblemError
   */
  async showEarlier(path: string): Promise<void> {
    const growing = this.#growing.get(path) ?? this.#grow(path).finally(() => this.#growing.delete(path));
    this.#growing.set(path, growing);
    await growing;
  }

  provideCodeLenses({ uri }: vscode.TextDocument): vscode.CodeLens[] {
    const shown = this.#shown.get(uri.path);
    const next = shown === undefined ? null : earlierPart(shown);
    if (next === null) return [];
    const title = vscode.l10n.t('Show Earlier Output ({0} before this)', formatBytes(next.before));
    const command = { title, command: commandId('log.showEarlier'), arguments: [uri] };
    return [new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), command)];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async #grow(path: string): Promise<void> {
    const shown = this.#shown.get(path);
    const host = parseLogPath(path)?.host;
    const watch = host === undefined ? undefined : this.#hosts.find(host);
    if (shown === undefined || watch === undefined) return;
    const { job, start } = shown.last;
    const next = earlierPart(shown);
    if (next === null) {
      if (shown.from === 0) return;
      throw new ProblemError(logCapReached(watch.name, job.id, logCapBytes, this.#wholeLine(watch.name, shown)));
    }
    const asked = { id: job.id, createdAt: job.createdAt, start, ...next };
    const part = await watch.forPerson().readLog(asked, new AbortController().signal, partTimeoutMs);
    // The log may have been opened anew meanwhile, or closed.
    if (this.#shown.get(path) !== shown) return;
    const grown = withEarlier(watch.name, shown, part);
    if ('code' in grown) throw new ProblemError(grown);
    this.#show(path, watch.name, grown);
  }

  #show(path: string, host: string, shown: ShownLog): { readonly uri: vscode.Uri; readonly text: string } {
    const text = shownLogText(host, shown, this.#wholeLine(host, shown));
    this.#shown.set(path, shown);
    const uri = this.#documents.store(path, text);
    this.#lensesChanged.fire();
    this.#tellWhatHasEarlier();
    return { uri, text };
  }

  /** The button in the title stands only where it does something. */
  #tellWhatHasEarlier(): void {
    const uris = [...this.#shown].flatMap(([path, { from }]) => (from === 0 ? [] : [uriOf(path).toString()]));
    // Not awaited: setting a context key has no answer that anything depends on.
    void vscode.commands.executeCommand('setContext', logsWithEarlierKey, uris);
  }

  /** `less` shows control characters as text, where `cat` would send them to the terminal. */
  #wholeLine(host: string, { last }: ShownLog): string {
    const destination = this.#hosts.destination(host);
    return destination === undefined ? '' : remoteLine(destination, ['less', last.path]);
  }

  /** A tab that came back with the window is read again: what it showed was a log of that run, and the run is known. */
  async #restore(path: string): Promise<string> {
    const parsed = parseLogPath(path);
    const watch = parsed === null ? undefined : this.#hosts.find(parsed.host);
    if (parsed === null || watch === undefined)
      return vscode.l10n.t('The host of this log is not configured any more.\n');
    try {
      return (await this.open(watch, parsed.run)).text;
    } catch (error) {
      if (!isProblemError(error)) throw error;
      return problemText(vscode.l10n.t('Open Log'), [error.problem], new Date().toISOString());
    }
  }
}
