/** The terminals of the followed jobs: one for each job, and none for a job that is no longer followed. */
import * as vscode from 'vscode';
import { openLogWords } from '../core/follow/followWords';
import { ownMark } from '../core/follow/terminalText';
import type { JobRun } from '../core/log/logOfRun';
import { shownLabel, type Job } from '../core/pueue/job';
import { instantOf } from '../core/text/time';
import { commandId } from './contributions';
import { FollowTerminal, type FollowTerminalOptions } from './followTerminal';
import { plainLabel } from './plainLabel';

/** Longest label, and longest host, in the name of a terminal. */
const nameCap = 60;

export type FollowTerminalsOptions = Pick<FollowTerminalOptions, 'hosts' | 'clock' | 'onUnexpected'>;

interface Followed {
  readonly terminal: vscode.Terminal;
  readonly pty: FollowTerminal;
  readonly openLog: () => void;
}

class OpenLogLink extends vscode.TerminalLink {
  readonly openLog: () => void;

  constructor(startIndex: number, openLog: () => void) {
    super(startIndex, openLogWords.length, vscode.l10n.t('Open the log of the job'));
    this.openLog = openLog;
  }
}

export class FollowTerminals implements vscode.TerminalLinkProvider<OpenLogLink>, vscode.Disposable {
  readonly #options: FollowTerminalsOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(options: FollowTerminalsOptions) {
    this.#options = options;
    this.#subscriptions = [
      vscode.window.registerTerminalLinkProvider(this),
      vscode.window.onDidCloseTerminal((closed) => {
        for (const [key, { terminal }] of this.#followed) if (terminal === closed) this.#followed.delete(key);
      }),
    ];
  }

  /**
   * Shows the terminal that follows the job, a new one where none does.
   *
   * @returns whether there was one already
   */
  show(host: string, job: Job, run: JobRun, lines: number): boolean {
    const key = JSON.stringify([host, job.id, instantOf(job.createdAt)]);
    const known = this.#followed.get(key);
    if (known?.pty.isFollowing === true) {
      known.terminal.show();
      return true;
    }
    known?.terminal.dispose();
    const openLog = (): void => {
      const argument = { host, jobs: [{ id: run.id, createdAt: run.createdAt }] };
      // What nobody expected was told by the boundary of the commands.
      vscode.commands.executeCommand(commandId('job.openLog'), argument).then(undefined, () => undefined);
    };
    const pty = new FollowTerminal({ ...this.#options, host, run, lines, openLog });
    const name = `${plainLabel(shownLabel(job) ?? `job ${job.id}`, nameCap)} — ${plainLabel(host, nameCap)}`;
    const terminal = vscode.window.createTerminal({
      name,
      pty,
      iconPath: new vscode.ThemeIcon('output'),
      isTransient: true,
    });
    this.#followed.set(key, { terminal, pty, openLog });
    terminal.show();
    return false;
  }

  /** The words "Open Log" in a line of ours; a job cannot write its mark. */
  provideTerminalLinks({ line, terminal }: vscode.TerminalLinkContext): OpenLogLink[] {
    const followed = [...this.#followed.values()].find((each) => each.terminal === terminal);
    const startIndex = line.startsWith(ownMark) ? line.lastIndexOf(openLogWords) : -1;
    return followed === undefined || startIndex < 0 ? [] : [new OpenLogLink(startIndex, followed.openLog)];
  }

  handleTerminalLink({ openLog }: OpenLogLink): void {
    openLog();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    for (const { terminal } of this.#followed.values()) terminal.dispose();
  }
}
