/** One thing that a test layer needs on this machine: how to see that it is there, and how it gets there. */

/** Prints one line for the person who waits. */
export type Say = (line: string) => void;

/** A prepared thing: idempotent, kept in the cache folder or installed by the system's package manager. */
export interface Part {
  /** As printed: `pueue 4.0.4`. */
  readonly name: string;
  /** What a person should expect, as printed while it runs: `building with cargo (about 1 min)`. */
  readonly effort: string;
  /** True where nothing is left to do. Looks only; a half-done install counts as not ready. */
  isReady(): Promise<boolean>;
  /** @throws CannotPrepare with one line that says why and what a person can do */
  prepare(): Promise<void>;
}

/** Something that a layer needs cannot be had on this machine. The message is one line for a person. */
export class CannotPrepare extends Error {
  override readonly name = 'CannotPrepare';
}
