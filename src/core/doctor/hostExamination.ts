/**
 * What an examination found on a host: facts only. `null` means that it is not known, unless it is said to mean more; what
 * did not answer is named in `unanswered`.
 */
import type { SizedFile } from '../snapshot';
import type { ClockSkew } from './clockSkew';

export interface HostExamination {
  /** Seconds since the epoch by the host's clock. */
  readonly takenAt: number;
  readonly clock: ClockSkew | null;
  readonly system: SystemFacts;
  /** `seen`, or why the processes of this host cannot be looked at, as in tracing: `noProc`, `hidden`. */
  readonly processes: string;
  /** Whether services of the user outlive the last logout. `null`: no systemd runs there. */
  readonly linger: boolean | null;
  /** Where our journal lies. */
  readonly journal: Room | null;
  /** Where pueue keeps its state and the logs of jobs. */
  readonly pueueDirectory: (Room & { readonly stateFile: SizedFile | null }) | null;
  /** The project directory of the settings; `null` also where none is set. */
  readonly project: (Room & { readonly directory: boolean; readonly checkout: boolean }) | null;
  readonly config: PueueConfig | null;
  readonly pueue: PueueClient | null;
  /** Of this user, the one that the client looks for first. */
  readonly daemons: readonly Daemon[] | null;
  /** What a deploy needs, and clients of databases; what did not answer is not among them. */
  readonly tools: readonly Tool[];
  /** What was looked for and gave no answer, and why. */
  readonly unanswered: readonly { readonly look: string; readonly why: string }[];
}

export interface SystemFacts {
  readonly platform: string;
  readonly release: string;
  readonly machine: string;
  readonly libc: string | null;
  readonly uptimeSeconds: number | null;
  readonly user: string;
  readonly home: string;
  readonly shell: string | null;
  /** Whether a login there has `XDG_RUNTIME_DIR`. */
  readonly runtimeDirectory: boolean;
  readonly python: { readonly executable: string; readonly version: string };
}

/** How much may be written at a path. Where that is not there, of the nearest directory above it. */
export interface Room {
  readonly path: string;
  readonly exists: boolean;
  readonly writable: boolean | null;
  /** Whether the file system takes no writes at all. */
  readonly readOnly: boolean | null;
  readonly freeBytes: number | null;
  /** Files that may still be made; `null` also where the file system does not count them. */
  readonly freeInodes: number | null;
  /** Why it could not be looked at, as the host said it. */
  readonly error: string | null;
}

/** A program that was found, with its version in its own words. */
export interface Program {
  readonly path: string;
  /** Where a link leads in the end; `null` where it is none. */
  readonly leadsTo: string | null;
  readonly version: string | null;
  /** Why there is no version. */
  readonly error: string | null;
}

export interface Tool {
  readonly name: string;
  /** `null`: it is neither in PATH nor in the usual places. */
  readonly found: Program | null;
}

export type PueueClient =
  | (Program & { readonly origin: 'setting' | 'path' | 'usualPlace' | 'loginShell' })
  | {
      readonly path: null;
      /** Where it was looked for. */
      readonly looked: readonly string[];
    };

export interface PueueConfig {
  readonly path: string;
  /** `environment`: the variable `PUEUE_CONFIG_PATH`. */
  readonly origin: 'setting' | 'environment' | 'default';
  readonly exists: boolean;
}

export interface Daemon {
  readonly pid: number;
  readonly ageSeconds: number;
  /** What systemd counts it to. */
  readonly startedBy: 'userService' | 'session' | 'systemService' | null;
  /** Its `XDG_RUNTIME_DIR` beside the client's. */
  readonly runtime: 'same' | 'other' | 'unset' | null;
  /** Whether the client looks for this one: as it logs in, or if its `XDG_RUNTIME_DIR` were the daemon's; `null`: it does not. */
  readonly reach: 'here' | 'otherRuntime' | null;
  /** Of the program that runs. */
  readonly version: string | null;
  /** Whether its file was replaced since it was started. */
  readonly replaced: boolean | null;
}
