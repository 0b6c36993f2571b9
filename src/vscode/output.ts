/** The output channel for reports, which people read, and the log channel for diagnosis. */
import * as vscode from 'vscode';
import type { Log } from '../core/ports';
import { visible } from '../core/text/visible';
import { logChannelName, outputChannelName } from './contributions';

export class Output implements vscode.Disposable {
  readonly #channel = vscode.window.createOutputChannel(outputChannelName);
  readonly #logChannel = vscode.window.createOutputChannel(logChannelName, { log: true });

  /** The one place where log lines are written; a line break in one would forge another. */
  readonly log: Log = {
    debug: (message) => {
      this.#logChannel.debug(visible(message, 2000));
    },
    info: (message) => {
      this.#logChannel.info(visible(message, 2000));
    },
    warn: (message) => {
      this.#logChannel.warn(visible(message, 2000));
    },
  };

  /** Appends a report and shows it without taking the focus. */
  append(text: string): void {
    this.#channel.append(`${text}\n`);
    this.#channel.show(true);
  }

  show(): void {
    this.#channel.show(true);
  }

  showLog(): void {
    this.#logChannel.show(true);
  }

  /** The stack of an error that nobody expected. */
  unexpected(what: string, error: unknown): void {
    this.#logChannel.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  dispose(): void {
    this.#channel.dispose();
    this.#logChannel.dispose();
  }
}
