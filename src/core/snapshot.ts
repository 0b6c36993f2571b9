/** Everything that was read from a host in one request, at one moment. */
import type { Route } from './ports';
import type { Queue } from './pueue/job';
import type { PueueVersion } from './pueue/version';

/** One entry of a checkpoint directory. */
export interface CheckpointEntry {
  /** Absolute path on the host. Bytes that are not UTF-8 stand as U+DC80…U+DCFF (PEP 383), so the name stays exact. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** `null` for what has no size of its own: directories and links. */
  readonly bytes: number | null;
  /** Seconds since the epoch by the host's clock, with fraction. */
  readonly modified: number;
}

/** One configured checkpoint directory as it was found. */
export interface CheckpointDirectory {
  /** As configured, for example `~/.cache/myapp/checkpoints`. */
  readonly configured: string;
  /** Absolute path on the host. */
  readonly path: string;
  /** `missing`: the directory does not exist, so it holds nothing. `unreadable` and `truncated`: what it holds is not known. */
  readonly state: 'listed' | 'missing' | 'unreadable' | 'truncated';
  /** Why it could not be read, as the host said it (for example `EACCES`). */
  readonly error: string | null;
  readonly entries: readonly CheckpointEntry[];
}

/** A program that the helper started, for the record that a person reads. */
export interface RanCommand {
  readonly argv: readonly string[];
  /** Exit code, or `null` where a signal ended it. */
  readonly exitCode: number | null;
  readonly milliseconds: number;
}

/** A complete reading of one host. A reading that was not complete is a problem and never a snapshot. */
export interface HostSnapshot {
  /** Seconds since the epoch by the host's clock when the queue was read. */
  readonly takenAt: number;
  /** Seconds since the epoch by the host's clock; `null` where the host does not tell. */
  readonly bootedAt: number | null;
  readonly version: PueueVersion;
  /** Tells one life of the daemon from the next: boot id and start of its process. `null` where it was not found. */
  readonly daemonStart: string | null;
  readonly queue: Queue;
  readonly checkpoints: readonly CheckpointDirectory[];
  readonly commands: readonly RanCommand[];
  /** What the reading cost the host, in milliseconds. */
  readonly hostMilliseconds: number;
  readonly route: Route;
}

/** Whether every configured directory was listed to its end. */
export function checkpointsComplete(directories: readonly CheckpointDirectory[]): boolean {
  return directories.every((directory) => directory.state === 'listed' || directory.state === 'missing');
}
