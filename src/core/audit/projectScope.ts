/**
 * The scope of a project on a host: its groups, and any group whose waiting jobs run inside its checkout or use its
 * environments, because these start on what a deploy is changing.
 */
import { isLive, isWaiting, type Job } from '../pueue/job';
import type { WholeProjectOnHost } from '../project/projectOnHost';
import type { HostSnapshot } from '../snapshot';
import { jobOfRun } from './survivors';
import type { Scope } from './decide';

/** What a project file makes of the scope of an audit. */
export interface ScopeLimits {
  /** The checkout on the host, as the file has it. */
  readonly path: string;
  /** The workspace folder of the file. */
  readonly folder: string;
  /** Groups that the file does not name, with the waiting jobs that make them count. */
  readonly drawnIn: readonly { readonly group: string; readonly jobs: readonly Job[] }[];
  /** Groups that the file names and the host does not have. */
  readonly missing: readonly string[];
  /** Groups that do not count. */
  readonly leftOut: readonly string[];
  /** What lies in them, by the words of the matrix. */
  readonly outside: {
    readonly live: number;
    readonly failed: number;
    readonly waiting: number;
    readonly unknown: number;
  };
  /** Live jobs in groups that do not count, and that run inside the checkout or use its environments all the same. */
  readonly liveInside: readonly Job[];
}

/**
 * Narrows the scope of all groups to a project. A job whose group is not known counts in every scope.
 *
 * @param folder name of the workspace folder that the project file lies in
 */
export function scopeOfProject(
  all: Scope,
  { queue, home }: Pick<HostSnapshot, 'queue' | 'home'>,
  project: WholeProjectOnHost,
  folder: string,
): Scope {
  const { groups: named } = project.queue;
  if (named === null) return all;
  const isInside = insideTest(project, home);
  const drawn = new Map<string, Job[]>();
  for (const job of queue.jobs) {
    // What is in no known state may start as well as what waits.
    const mayStart = isWaiting(job) || job.state.kind === 'unknown';
    if (!mayStart || named.includes(job.group) || !isInside(job)) continue;
    const known = drawn.get(job.group);
    if (known === undefined) drawn.set(job.group, [job]);
    else known.push(job);
  }
  const leftOut = all.groups.filter((group) => !named.includes(group) && !drawn.has(group));
  const outside = new Set(leftOut);
  const counts = (job: Job): boolean => !outside.has(job.group);
  const inScope = {
    live: all.live.filter(counts),
    survivors:
      all.survivors?.filter((run) => {
        const job = jobOfRun(run, queue.jobs);
        return job === undefined || counts(job);
      }) ?? null,
    failed: all.failed.filter(counts),
    madeGood: all.madeGood.filter(({ failed }) => counts(failed)),
    waiting: all.waiting.filter(counts),
    unknownJobs: all.unknownJobs.filter(counts),
    unknownGroups: all.unknownGroups.filter(({ name }) => !outside.has(name)),
  };
  return {
    ...inScope,
    groups: all.groups.filter((group) => !outside.has(group)),
    limits: {
      ...{ path: project.path, folder, leftOut },
      drawnIn: [...drawn].map(([group, jobs]) => ({ group, jobs })),
      missing: named.filter((group) => !all.groups.includes(group)),
      outside: {
        live: all.live.length - inScope.live.length + (all.survivors?.length ?? 0) - (inScope.survivors?.length ?? 0),
        failed: all.failed.length - inScope.failed.length,
        waiting: all.waiting.length - inScope.waiting.length,
        unknown:
          all.unknownJobs.length -
          inScope.unknownJobs.length +
          (all.unknownGroups.length - inScope.unknownGroups.length),
      },
      liveInside: queue.jobs.filter((job) => isLive(job) && !counts(job) && isInside(job)),
    },
  };
}

/** Whether a job runs inside the checkout, or its command names the checkout or an environment of the project. */
function insideTest({ path, packages }: WholeProjectOnHost, home: string): (job: Job) => boolean {
  const checkout = absolute(path, home);
  const environments = packages.flatMap(({ python }) => {
    const directory = python === null ? null : /^(.*)\/bin\/[^/]*$/su.exec(python)?.[1];
    if (directory === null || directory === undefined || directory === '') return [];
    return [absolute(/^~?\//u.test(directory) ? directory : `${checkout}/${directory}`, home)];
  });
  const written = [...new Set([checkout, ...environments])].flatMap((directory) => spellings(directory, home));
  const below = checkout === '/' ? '/' : `${checkout}/`;
  return ({ directory, command }) => {
    const work = absolute(directory, home);
    return work === checkout || work.startsWith(below) || written.some((spelling) => names(command, spelling));
  };
}

/** As a shell may be given the directory: in full, and from the home directory. */
function spellings(directory: string, home: string): string[] {
  const root = absolute(home, home);
  if (root === '/' || !directory.startsWith(`${root}/`)) return [directory];
  const rest = directory.slice(root.length);
  return [directory, `~${rest}`, `$HOME${rest}`, `\${HOME}${rest}`];
}

/** Whether a path stands in a command as a whole, and not as the beginning of another name. */
function names(command: string, path: string): boolean {
  for (let at = command.indexOf(path); at !== -1; at = command.indexOf(path, at + 1)) {
    const [before, after] = [command[at - 1] ?? ' ', command[at + path.length] ?? ' '];
    if (!/[\w./~-]/u.test(before) && !/[\w.-]/u.test(after)) return true;
  }
  return false;
}

/** In full, without what means nothing in a path. Links are not followed: that can be done on the host alone. */
function absolute(path: string, home: string): string {
  const full = path.startsWith('~/') ? `${home}/${path.slice(2)}` : path;
  const parts: string[] = [];
  for (const part of full.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  return `/${parts.join('/')}`;
}
