/** Everything that was read from a host in one request, at one moment. */
import type { Route } from './route';
import type { JobIdentity, Queue } from './pueue/job';
import type { ProgressOfJobs } from './pueue/progress';
import type { PueueVersion } from './pueue/version';
import type { Lineage } from './requeue/lineage';

/** One entry of a checkpoint directory. */
export interface CheckpointEntry {
  /** Absolute path on the host. Bytes that are not UTF-8 stand as U+DC80…U+DCFF (PEP 383), so the name stays exact. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** `null` for what has no size of its own: directories and links. */
  readonly bytes: number | null;
  /** Seconds since the epoch by the host's clock, with fraction. */
  readonly modified: number;
  /** Decimal digits: it may be larger than a number holds. */
  readonly inode: string;
  readonly content: EntryContent;
}

/** Entries that were put into quarantine together. */
export interface QuarantineFolder {
  /** Absolute path. */
  readonly path: string;
  /** When it was made by its name, in seconds since the epoch by the host's clock. */
  readonly since: number;
  /** Whether what was written down then can be read. */
  readonly hasManifest: boolean;
  readonly entries: readonly CheckpointEntry[];
}

/** The quarantine beside a configured checkpoint directory. */
export interface Quarantine {
  /** The checkpoint directory, as its absolute path stands in {@link CheckpointDirectory}. */
  readonly root: string;
  /** Absolute path; beside where the directory really is, if a link leads to it. */
  readonly path: string;
  readonly state: 'listed' | 'unreadable' | 'truncated';
  /** Why it could not be read, as the host said it. */
  readonly error: string | null;
  /** Newest first. */
  readonly folders: readonly QuarantineFolder[];
}

/**
 * What the host has found in an entry: nothing at all, or JSON that parses or does not. `unchecked`: it was to be looked at, and
 * was not, which never counts as intact. `null`: nothing was asked.
 */
export type EntryContent = 'empty' | 'intact' | 'broken' | 'unchecked' | null;

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

/** A live process of a run that is over. */
export interface SurvivingProcess {
  readonly pid: number;
  /** Tells one life of the process from the next that gets its pid; `null` where the host does not name its boots. */
  readonly life: string | null;
  /** Its command line as it could be typed, capped; secrets in it are not masked. */
  readonly command: string;
  /** Its birth, in seconds since the epoch by the host's clock. */
  readonly since: number;
}

/**
 * A run that pueue counts as ended and that has live processes. `createdAt` is `null` where the job is no longer in the
 * queue and was not seen while it was.
 */
export interface SurvivingRun extends JobIdentity {
  /** `null` where the run is not the job's newest one and was not seen while it was. */
  readonly start: string | null;
  /** How many processes of it live. */
  readonly total: number;
  /** The oldest of them: all, or as many as are worth a row. Never empty. */
  readonly processes: readonly SurvivingProcess[];
}

/** What was found of the processes of runs, or why they could not be traced. */
export type Tracing =
  | {
      readonly kind: 'traced';
      readonly runs: readonly SurvivingRun[];
      /** Runs that ended since the host started and were not seen live: of these, not every process can be found. */
      readonly unseen: number;
      /** Processes of the same user that could be part of a run and refuse to be looked at. */
      readonly refused: number;
    }
  | {
      readonly kind: 'untraced';
      /** `noProc`, `hidden`, `noDaemon`, `noLogs`, `hangs`, or the place of an error that nobody expected. */
      readonly why: string;
    };

/** A file on the host with its size. */
export interface SizedFile {
  readonly path: string;
  readonly bytes: number;
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
  /** Home directory of the user there: what `~/` stands for. */
  readonly home: string;
  /** Tells one life of the daemon from the next: boot id and start of its process. `null` where it was not found. */
  readonly daemonStart: string | null;
  readonly queue: Queue;
  /**
   * How the host looked from outside just before its queue was read, as a wait for its changes names it; `null` where it may
   * miss one.
   */
  readonly sign: string | null;
  readonly processes: Tracing;
  /**
   * How long each live run goes on by then, in seconds by the clock of the host's boot, by the job's id: the wall clock may
   * have been set meanwhile. Only of runs whose process was found.
   */
  readonly runSeconds: ReadonlyMap<number, number>;
  /** How far running jobs are, where their output says so. */
  readonly progress: ProgressOfJobs;
  /** The file that pueue writes its whole state into at every change; `null` where it was not found. */
  readonly stateFile: SizedFile | null;
  /** Why the journal on the host could not be read, as the host said it; `null` where it was read, or there is none. */
  readonly unreadJournal: string | null;
  /** Which of its jobs are retries of which, by that journal. */
  readonly lineage: Lineage;
  readonly checkpoints: readonly CheckpointDirectory[];
  /** Those of the configured directories that have one. */
  readonly quarantines: readonly Quarantine[];
  readonly commands: readonly RanCommand[];
  /** What the reading cost the host, in milliseconds. */
  readonly hostMilliseconds: number;
  readonly route: Route;
}

/** Whether every configured directory was listed to its end. */
export function checkpointsComplete(directories: readonly CheckpointDirectory[]): boolean {
  return directories.every((directory) => directory.state === 'listed' || directory.state === 'missing');
}
