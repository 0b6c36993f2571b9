/** What a project file says of one host: its keys with what it overrides for that host. */
import { nameOfHost } from './nameOfHost';
import type { ProjectFile } from './projectFile';
import type { WrittenProject } from './projectShape';

/** A directory of checkpoints with the pattern that its names follow. */
export interface ProjectCheckpoints {
  /** Absolute or beginning with `~/`. */
  readonly directory: string;
  /** `{x}` stands for one or more characters other than `/`; `null` where names are not judged. */
  readonly pattern: string | null;
}

/** The part that looks and acts on a queue go by. */
export interface ProjectOnHost {
  /** The checkout on the host, absolute or beginning with `~/`. */
  readonly path: string;
  readonly queue: {
    /** `null`: no group is named, so that all count. */
    readonly groups: readonly string[] | null;
    /** Pattern of the labels, from which the parameters of a job are read. */
    readonly label: string | null;
    /** The flag that makes a program drop its checkpoint and begin anew. */
    readonly forceRefreshFlag: string | null;
  };
  readonly checkpoints: readonly ProjectCheckpoints[];
}

/** A Python package that the project's jobs run. */
export interface ProjectPackage {
  readonly name: string;
  /** How it is installed there; `null` where the file does not say. */
  readonly install: 'wheel' | 'editable' | null;
  readonly version: string | null;
  /** Its interpreter: absolute, beginning with `~/`, or below `path`; `null` where the file does not say. */
  readonly python: string | null;
}

/** One look at the results of jobs for rows that are corrupt. */
export interface DatabaseAudit {
  readonly name: string;
  readonly query: string;
  /** Columns that together name what a row is about. */
  readonly key: readonly string[];
  /** The column that counts what is wrong. */
  readonly bad: string | null;
  /** Lists all keys with their number of rows, so that a key without bad rows is known to be clean. */
  readonly coverage: string | null;
  readonly timeLimitSeconds: number | null;
}

/** Where results are kept, and how they are looked at. */
export type ProjectDatabase = { readonly audits: readonly DatabaseAudit[] } & (
  | { readonly engine: 'clickhouse' }
  | { readonly engine: 'sqlite'; readonly file: string }
  | { readonly engine: 'command'; readonly argv: readonly string[] }
);

/** Everything that the file says of a host. */
export interface WholeProjectOnHost extends ProjectOnHost {
  readonly remote: string | null;
  readonly branch: string | null;
  readonly packages: readonly ProjectPackage[];
  readonly database: ProjectDatabase | null;
  /** The command that checks the results. */
  readonly validate: readonly string[] | null;
}

/** @returns `null` where the file names other hosts. A key that an entry of `hosts` has stands in place of the file's own. */
export function projectOnHost({ written }: ProjectFile, host: string): WholeProjectOnHost | null {
  const entry = written.hosts?.find((each) => nameOfHost(each) === host);
  if (entry === undefined && written.hosts !== undefined) return null;
  const said: WrittenProject =
    typeof entry === 'object' ? { ...written, ...entry, path: entry.path ?? written.path } : written;
  return {
    path: said.path,
    queue: {
      groups: said.queue?.groups ?? null,
      label: said.queue?.label ?? null,
      forceRefreshFlag: said.queue?.forceRefreshFlag ?? null,
    },
    checkpoints: (said.checkpoints ?? []).map(({ directory, pattern = null }) => ({ directory, pattern })),
    remote: said.remote ?? null,
    branch: said.branch ?? null,
    packages: (said.packages ?? []).map(({ name, install = null, version = null, python = null }) => ({
      ...{ name, install, version, python },
    })),
    database: said.database === undefined ? null : databaseOf(said.database),
    validate: said.validate ?? null,
  };
}

function databaseOf({ audits = [], ...engine }: NonNullable<WrittenProject['database']>): ProjectDatabase {
  return {
    ...engine,
    audits: audits.map(({ name, query, key = [], bad = null, coverage = null, timeLimitSeconds = null }) => ({
      ...{ name, query, key, bad, coverage, timeLimitSeconds },
    })),
  };
}
