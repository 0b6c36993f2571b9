/** The project files of the workspace, and what an approved one says of each host. */
import * as vscode from 'vscode';
import type { ProjectOnHost } from '../core/project/projectOnHost';

export class Projects implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();

  /** Fires when what {@link of} answers may be another. */
  readonly onDidChange = this.#changed.event;

  /** What an approved project file of this workspace says of a host; `null` where none does. */
  of(_host: string): ProjectOnHost | null {
    return null;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
