/** A command that is called while the same question of its is still open, as by a double click, does nothing. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { visible } from '../../core/text/visible';
import { actionProblem } from './register';

export class OneAtATime {
  readonly #open = new Set<string>();

  /** @param what of a host is asked, for example the id of a command */
  async run<T>(host: string | null, what: string, work: () => Promise<T>): Promise<T | ActionReport> {
    const key = JSON.stringify([host, what]);
    if (this.#open.has(key)) {
      // Not awaited: a message that stays open must not hold the caller's answer. It only tells, so it cannot be answered.
      void vscode.window.showInformationMessage(
        vscode.l10n.t('The same command is under way already. It may wait for your answer in a notification.'),
      );
      return actionProblem(alreadyAsked(host), host);
    }
    this.#open.add(key);
    try {
      return await work();
    } finally {
      this.#open.delete(key);
    }
  }
}

function alreadyAsked(host: string | null): Parameters<typeof actionProblem>[0] {
  return {
    code: 'busy',
    message: `${host === null ? 'This command' : visible(host, 80)}: the same command is under way already, and waits for an answer perhaps.`,
    next: 'Answer its question, or wait until it is done.',
  };
}
