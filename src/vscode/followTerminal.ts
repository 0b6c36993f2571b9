/** The terminal tab of a followed job: what it shows, and what its keys do. Nothing that is typed reaches the job. */
import * as vscode from 'vscode';
import { FollowScreen } from '../core/follow/followScreen';
import { detachedWords, keysWords } from '../core/follow/followWords';
import { JobFollow } from '../core/follow/jobFollow';
import type { JobRun } from '../core/log/logOfRun';
import type { Clock } from '../core/ports';
import { FollowedHostOfHosts } from './followedHost';
import type { Hosts } from './hosts';

const detachKeys = new Set(['\u0003', '\u0004']);

export interface FollowTerminalOptions {
  readonly host: string;
  readonly run: JobRun;
  readonly lines: number;
  readonly hosts: Hosts;
  readonly clock: Clock;
  /** Opens the log of the job. */
  readonly openLog: () => void;
  readonly onUnexpected: (error: unknown) => void;
}

export class FollowTerminal implements vscode.Pseudoterminal {
  readonly #options: FollowTerminalOptions;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<void>();
  readonly #stop = new AbortController();
  readonly #screen: FollowScreen;
  #state: 'following' | 'ended' | 'endedWithLog' = 'following';

  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;

  constructor(options: FollowTerminalOptions) {
    this.#options = options;
    this.#screen = new FollowScreen((text) => {
      this.#written.fire(text);
    });
  }

  get isFollowing(): boolean {
    return this.#state === 'following';
  }

  /** VS Code calls it when the terminal can be written to; in Restricted Mode it never does. */
  open(): void {
    // Cannot reject: see below.
    void this.#follow();
  }

  close(): void {
    this.#stop.abort();
    this.#state = 'ended';
    this.#written.dispose();
    this.#closed.dispose();
  }

  handleInput(data: string): void {
    if (this.#state === 'following') {
      if (!detachKeys.has(data)) return;
      this.#stop.abort();
      this.#screen.breakOff();
      this.#screen.say(detachedWords());
      this.#state = 'endedWithLog';
    } else if (data === 'l' && this.#state === 'endedWithLog') this.#options.openLog();
    // Keys that move, as one presses them to look at what was shown before, come as sequences.
    else if (!data.startsWith('\u001b') || data === '\u001b') this.#closed.fire();
  }

  async #follow(): Promise<void> {
    const { host: name, hosts, run, lines, clock, onUnexpected } = this.#options;
    const host = new FollowedHostOfHosts(name, hosts);
    try {
      const end = await new JobFollow({ host, run, lines, clock, screen: this.#screen }).run(this.#stop.signal);
      if (end === null) return;
      this.#screen.say(keysWords(end.hasLog));
      this.#state = end.hasLog ? 'endedWithLog' : 'ended';
    } catch (error) {
      onUnexpected(error);
      this.#state = 'ended';
      this.#screen.say('Following met an unexpected error. The output channel "Pueue Preflight Log" has the details.');
    } finally {
      host.dispose();
    }
  }
}
