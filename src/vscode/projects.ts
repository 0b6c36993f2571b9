/**
 * The project files of the workspace, and what an approved one says of each host. Nothing is read before the workspace is
 * trusted, and what is not approved has no effect at all, not even on what another file says.
 */
import * as vscode from 'vscode';
import type { ProjectFile } from '../core/project/projectFile';
import { longestText, projectFileName } from '../core/project/projectFileName';
import { projectOnHost, type WholeProjectOnHost } from '../core/project/projectOnHost';
import type { Approval, Standing } from '../core/project/standing';
import type { ProjectApprovals } from './projectApprovals';

/** The project file of one workspace folder as it was last read. */
export interface ProjectInFolder {
  readonly folder: vscode.WorkspaceFolder;
  readonly uri: vscode.Uri;
  readonly standing: Standing;
}

interface Entry extends ProjectInFolder {
  readonly watcher: vscode.FileSystemWatcher;
  standing: Standing;
  /** Counts the reads, so that one that was overtaken is dropped. */
  asked: number;
}

export interface ProjectsOptions {
  readonly approvals: ProjectApprovals;
  /** How a text stands, by what was approved for its folder. Its parser may be loaded late. */
  readonly standingOf: (text: string, approved: Approval | null) => Promise<Standing>;
  /** For an error that is no failure of a file system. */
  readonly onUnexpected: (error: unknown) => void;
}

export class Projects implements vscode.Disposable {
  readonly #options: ProjectsOptions;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listeners: readonly vscode.Disposable[];
  readonly #said = new WeakMap<ProjectFile, Map<string, WholeProjectOnHost | null>>();
  #entries: readonly Entry[] = [];
  #reading: Promise<unknown> = Promise.resolve();

  /** Fires when what {@link of} answers may be another. */
  readonly onDidChange = this.#changed.event;

  constructor(options: ProjectsOptions) {
    this.#options = options;
    const readFolders = (): void => {
      this.#readFolders();
    };
    this.#listeners = [
      vscode.workspace.onDidChangeWorkspaceFolders(readFolders),
      vscode.workspace.onDidGrantWorkspaceTrust(readFolders),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        // A link may lead to a file that no watcher sees.
        if (focused) this.#reading = this.#readAll();
      }),
    ];
    this.#readFolders();
  }

  /** All folders in the order of the workspace; none in Restricted Mode. */
  get all(): readonly ProjectInFolder[] {
    return this.#entries;
  }

  /** What an approved project file of this workspace says of a host; `null` where none does. The first folder counts. */
  of(host: string): WholeProjectOnHost | null {
    return this.find(host)?.project ?? null;
  }

  /** The same with the folder that it comes from. */
  find(host: string): { readonly project: WholeProjectOnHost; readonly folder: vscode.WorkspaceFolder } | null {
    if (!vscode.workspace.isTrusted) return null;
    for (const { standing, folder } of this.#entries) {
      const project = standing.kind === 'approved' ? this.#saidOf(standing.proposal.file, host) : null;
      if (project !== null) return { project, folder };
    }
    return null;
  }

  /** Resolves when what is under way has been read. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  /** Reads the file of a folder anew. */
  async readAgain(folder: vscode.WorkspaceFolder): Promise<ProjectInFolder | undefined> {
    const entry = this.#entries.find((each) => each.folder.uri.toString() === folder.uri.toString());
    if (entry === undefined) return undefined;
    await this.#read(entry);
    return entry;
  }

  dispose(): void {
    for (const { watcher } of this.#entries) watcher.dispose();
    for (const listener of this.#listeners) listener.dispose();
    this.#changed.dispose();
  }

  /** One object for each file and host, so that who holds it sees whether it is another. */
  #saidOf(file: ProjectFile, host: string): WholeProjectOnHost | null {
    let byHost = this.#said.get(file);
    if (byHost === undefined) this.#said.set(file, (byHost = new Map<string, WholeProjectOnHost | null>()));
    let said = byHost.get(host);
    if (said === undefined) byHost.set(host, (said = projectOnHost(file, host)));
    return said;
  }

  #readFolders(): void {
    const before = new Map(this.#entries.map((entry) => [entry.folder.uri.toString(), entry]));
    const folders = vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : [];
    this.#entries = folders.map((folder) => {
      const known = before.get(folder.uri.toString());
      before.delete(folder.uri.toString());
      return known === undefined ? this.#add(folder) : Object.assign(known, { folder });
    });
    for (const gone of before.values()) gone.watcher.dispose();
    this.#changed.fire();
    this.#reading = this.#readAll();
  }

  #add(folder: vscode.WorkspaceFolder): Entry {
    const pattern = new vscode.RelativePattern(folder, projectFileName);
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const uri = vscode.Uri.joinPath(folder.uri, projectFileName);
    const entry: Entry = { folder, uri, watcher, standing: { kind: 'none' }, asked: 0 };
    const changed = (): void => {
      this.#reading = this.#read(entry);
    };
    watcher.onDidCreate(changed);
    watcher.onDidChange(changed);
    watcher.onDidDelete(changed);
    return entry;
  }

  async #readAll(): Promise<void> {
    await Promise.all(this.#entries.map((entry) => this.#read(entry)));
  }

  /** Never rejects. */
  async #read(entry: Entry): Promise<void> {
    const order = ++entry.asked;
    const standing = await this.#standing(entry);
    if (order !== entry.asked) return;
    const before = entry.standing;
    entry.standing = isSame(before, standing) ? before : standing;
    if (entry.standing !== before) this.#changed.fire();
  }

  async #standing({ uri, folder }: Entry): Promise<Standing> {
    const { approvals, standingOf, onUnexpected } = this.#options;
    let bytes: Uint8Array;
    try {
      // A file of any size would be loaded as a whole; what is much too long is not even looked at.
      const { size } = await vscode.workspace.fs.stat(uri);
      if (size > 4 * longestText) return { kind: 'unreadable', why: 'much too long' };
      bytes = await vscode.workspace.fs.readFile(uri);
    } catch (error) {
      if (!(error instanceof vscode.FileSystemError)) {
        onUnexpected(error);
        return { kind: 'unreadable', why: 'unexpected' };
      }
      return error.code === 'FileNotFound' ? { kind: 'none' } : { kind: 'unreadable', why: error.code };
    }
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      // The decoder has no other error than this one.
      return { kind: 'unreadable', why: 'not UTF-8' };
    }
    try {
      return await standingOf(text, approvals.find(folder.uri));
    } catch (error) {
      onUnexpected(error);
      return { kind: 'unreadable', why: 'unexpected' };
    }
  }
}

/** Whether a file says the same and stands the same: then what was made of it stays. */
function isSame(before: Standing, after: Standing): boolean {
  if ('proposal' in before && 'proposal' in after)
    return before.kind === after.kind && before.proposal.approval.hash === after.proposal.approval.hash;
  return JSON.stringify(before) === JSON.stringify(after);
}
