/** Runs that a person has ended here: that they end so is no news to anybody in front of this window. */
import type { JobRun } from '../log/logOfRun';

export class OwnEnds {
  readonly #keys = new Set<string>();

  /** To be called before they are ended: the host may tell of it before it answers. */
  add(host: string, runs: readonly JobRun[]): void {
    for (const run of runs) this.#keys.add(keyOf(host, run));
  }

  /** They were not ended after all. */
  forget(host: string, runs: readonly JobRun[]): void {
    for (const run of runs) this.#keys.delete(keyOf(host, run));
  }

  has(host: string, run: JobRun): boolean {
    return this.#keys.has(keyOf(host, run));
  }
}

function keyOf(host: string, { id, createdAt, start }: JobRun): string {
  return JSON.stringify([host, id, createdAt, start]);
}
