/** Runs that have failed since a person last looked at the hosts. */
import { failureKey, openFailures, type FailedRun } from './hostNews';
import type { Reading } from '../watch/hostReadings';

export class UnseenFailures {
  readonly #keys = new Map<string, ReadonlySet<string>>();

  add(host: string, runs: readonly FailedRun[]): void {
    if (runs.length > 0) this.#keys.set(host, new Set([...(this.#keys.get(host) ?? []), ...runs.map(failureKey)]));
  }

  /** Forgets runs that no longer count as failed: the same work has made them good, or they were removed. */
  keepOpen(host: string, reading: Reading): void {
    const keys = this.#keys.get(host);
    if (keys === undefined) return;
    const open = openFailures(reading);
    this.#keys.set(host, new Set([...keys].filter((key) => open.has(key))));
  }

  /** Of one host, or of all: a person has looked. */
  forget(host?: string): void {
    if (host === undefined) this.#keys.clear();
    else this.#keys.delete(host);
  }

  /** How many of each host that has any. */
  get counts(): readonly { readonly host: string; readonly count: number }[] {
    return [...this.#keys].map(([host, keys]) => ({ host, count: keys.size })).filter(({ count }) => count > 0);
  }
}
