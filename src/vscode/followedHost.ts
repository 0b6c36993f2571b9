/** The host of a followed job as it is configured at the moment, kept watched while the job is followed. */
import type * as vscode from 'vscode';
import type { FollowedHost } from '../core/follow/followedHost';
import type { FollowedPart, FollowRequest } from '../core/follow/followedPart';
import { cancelled } from '../core/hostProblems';
import type { HostReader } from '../core/ports';
import { ProblemError } from '../core/problem';
import type { HostState, HostWatch } from '../core/watch/hostWatch';
import type { Hosts } from './hosts';

export class FollowedHostOfHosts implements FollowedHost, vscode.Disposable {
  readonly name: string;
  readonly #hosts: Hosts;
  readonly #listeners = new Set<() => void>();
  readonly #subscription: vscode.Disposable;
  /** A changed setting makes another watch of the same name. */
  #current: { readonly watch: HostWatch; readonly reader: HostReader; readonly release: () => void } | null = null;

  constructor(name: string, hosts: Hosts) {
    this.name = name;
    this.#hosts = hosts;
    this.#take();
    this.#subscription = hosts.onDidChange((changed) => {
      if (changed !== null && changed !== name) return;
      if (changed === null) this.#take();
      for (const listener of [...this.#listeners]) listener();
    });
  }

  get state(): HostState | null {
    return this.#current?.watch.state ?? null;
  }

  onDidChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async refresh(): Promise<void> {
    await this.#current?.watch.readAgain();
  }

  followLog(request: FollowRequest, signal: AbortSignal): Promise<FollowedPart> {
    if (this.#current === null) return Promise.reject(new ProblemError(cancelled(this.name)));
    return this.#current.reader.followLog(request, signal);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#current?.release();
    this.#current = null;
  }

  /** The person has just asked for the job, or changed the setting: questions may be asked once more. */
  #take(): void {
    const watch = this.#hosts.find(this.name);
    if (watch === this.#current?.watch) return;
    this.#current?.release();
    this.#current = watch === undefined ? null : { watch, reader: watch.forPerson(), release: watch.hold() };
  }
}
