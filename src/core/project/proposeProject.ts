/** What Create Project File fills in: what can be learnt of the folder and of the hosts, and how it was learnt. */
import type { Job } from '../pueue/job';
import { formatList } from '../text/format';
import { visible, writtenOut } from '../text/visible';
import { flagsOf, guessPattern } from './guessPattern';

/** What the folder itself says. `null`: nothing. */
export interface LearntOfFolder {
  readonly name: string;
  /** Text of `.git/config`, of `.git/HEAD` and of `pyproject.toml`. */
  readonly gitConfig: string | null;
  readonly gitHead: string | null;
  readonly pyproject: string | null;
}

/** What a host says that was read. */
export interface LearntOfHost {
  readonly name: string;
  readonly home: string;
  readonly jobs: readonly Job[];
  /** Directories that are listed there by the settings, with the names in each. */
  readonly checkpoints: readonly { readonly directory: string; readonly names: readonly string[] }[];
}

export interface ProposedProject {
  readonly text: string;
  /** One sentence for each key: what stands there, and why. */
  readonly reasons: readonly string[];
}

/** Names of flags by which programs are told to begin anew. */
const refreshFlags = [
  '--force-refresh',
  '--refresh',
  '--no-resume',
  '--from-scratch',
  '--ignore-checkpoint',
  '--fresh',
];

/**
 * @param hosts that are configured, in their order
 * @param read those of them that were read
 */
export function proposeProject(
  folder: LearntOfFolder,
  hosts: readonly string[],
  read: readonly LearntOfHost[],
): ProposedProject {
  const reasons: string[] = [];
  const because = <T>(value: T, reason: string): T => {
    reasons.push(reason);
    return value;
  };
  const checkout = checkoutOf(folder.name, read);
  const path = because(checkout?.path ?? `~/${tidy(folder.name) ?? 'project'}`, pathReason(checkout, read.length));
  const ours = checkout?.jobs ?? [];
  const named = ours.flatMap(({ label, command }) => {
    const text = label === null ? null : tidy(label.replace(/-retry$/u, ''));
    return text === null ? [] : [{ name: text, flags: flagsOf(command) }];
  });
  const groups = [...new Set(ours.map(({ group }) => group))].filter((group) => tidy(group) !== null);
  const label = guessPattern(named);
  const flag = refreshFlags.find((each) => ours.some(({ command }) => command.split(/\s+/u).includes(each)));
  const queue = {
    ...(groups.length === 0
      ? {}
      : { groups: because(groups, '"queue.groups": the groups of the jobs that run there.') }),
    ...(label === null
      ? {}
      : {
          label: because(
            label,
            `"queue.label": a guess from the labels of ${named.length} jobs and the arguments of their commands.`,
          ),
        }),
    ...(flag === undefined
      ? {}
      : {
          forceRefreshFlag: because(
            flag,
            '"queue.forceRefreshFlag": a command of a job has it. Whether it drops the checkpoint is not known.',
          ),
        }),
  };
  const { remote, branch } = gitOf(folder);
  const packages = packagesOf(folder, ours);
  const checkpoints = checkpointsOf(read, ours);
  const file = {
    ...(hosts.length === 0
      ? {}
      : {
          hosts: because(
            hosts,
            '"hosts": all that are configured, in their order. The first is the canary of a rollout.',
          ),
        }),
    path,
    ...(remote === null ? {} : { remote: because(remote, '"remote": from the git configuration of the folder.') }),
    ...(branch === null ? {} : { branch: because(branch, '"branch": the one that is checked out in the folder.') }),
    ...(packages === null ? {} : { packages: because([packages.entry], packages.reason) }),
    ...(Object.keys(queue).length === 0 ? {} : { queue }),
    ...(checkpoints.length === 0
      ? {}
      : {
          checkpoints: because(
            checkpoints,
            '"checkpoints": the directories of the settings; a pattern is a guess from the names in them.',
          ),
        }),
  };
  return { text: `${JSON.stringify(file, null, 2)}\n`, reasons };
}

interface Checkout {
  readonly path: string;
  readonly jobs: readonly Job[];
  /** Whether its name is the one of the folder. */
  readonly isNamedAlike: boolean;
}

/** The directory that most jobs run in; one that is called as the folder comes first. */
function checkoutOf(folder: string, hosts: readonly LearntOfHost[]): Checkout | null {
  const found = new Map<string, Job[]>();
  for (const { jobs, home } of hosts)
    for (const job of jobs) {
      const path = fromHome(job.directory, home);
      if (path === null) continue;
      const known = found.get(path);
      if (known === undefined) found.set(path, [job]);
      else known.push(job);
    }
  const all = [...found].map(([path, jobs]) => ({ path, jobs, isNamedAlike: path.split('/').at(-1) === folder }));
  all.sort((a, b) => Number(b.isNamedAlike) - Number(a.isNamedAlike) || b.jobs.length - a.jobs.length);
  return all[0] ?? null;
}

function pathReason(checkout: Checkout | null, read: number): string {
  if (checkout === null)
    return `"path": a guess from the name of the folder${read === 0 ? ', since no host was read' : ', since no job runs anywhere'}.`;
  const why = checkout.isNamedAlike ? 'it is called as the folder, and jobs run there' : 'most jobs run there';
  return `"path": ${why} (${checkout.jobs.length}).`;
}

/** Of a path in the home directory, how it is written for every host; `null` for what a file cannot hold. */
function fromHome(directory: string, home: string): string | null {
  const path = directory.replace(/(?<=.)\/+$/u, '');
  const short = home.length > 1 && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
  return path.startsWith('/') && path !== home && path !== '/' ? tidy(short) : null;
}

/** A text that a file can hold and a person can check; `null` for any other. */
function tidy(text: string): string | null {
  return text !== '' && text.length <= 200 && writtenOut(text) === text ? text : null;
}

function gitOf({ gitConfig, gitHead }: LearntOfFolder): { remote: string | null; branch: string | null } {
  const remotes = [...(gitConfig ?? '').matchAll(/^\s*\[remote "([^"\s-][^"\s]*)"\]/gmu)].map(([, name = '']) => name);
  const remote = remotes.includes('origin') ? 'origin' : (remotes[0] ?? null);
  const branch = /^ref: refs\/heads\/([^-\s]\S*)\s*$/u.exec(gitHead ?? '')?.[1] ?? null;
  return { remote: remote === null ? null : tidy(remote), branch: branch === null ? null : tidy(branch) };
}

/** The few lines of `pyproject.toml` that are needed; what is written in another way is left out. */
function packagesOf({ pyproject }: LearntOfFolder, jobs: readonly Job[]): { entry: object; reason: string } | null {
  const section = /^\[project\]\s*$([\s\S]*?)(?=^\[|$(?![\s\S]))/mu.exec(pyproject ?? '')?.[1] ?? '';
  const valueOf = (key: string): string | null =>
    new RegExp(`^${key}\\s*=\\s*["']([^"'\\n]*)["']`, 'mu').exec(section)?.[1] ?? null;
  const name = valueOf('name');
  if (name === null || !/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/u.test(name)) return null;
  if (jobs.some(({ command }) => /(?:^|\s)uv run\s/u.test(command)))
    return {
      entry: { name, install: 'editable', python: '.venv/bin/python' },
      reason:
        '"packages": the name from pyproject.toml; editable, because jobs run by "uv run", which installs the project so.',
    };
  const version = valueOf('version');
  const entry = version !== null && /^[A-Za-z0-9.!+_-]+$/u.test(version) ? { name, version } : { name };
  return {
    entry,
    reason:
      '"packages": from pyproject.toml. How it is installed on the hosts is not known: add "install" and "python".',
  };
}

function checkpointsOf(hosts: readonly LearntOfHost[], jobs: readonly Job[]): object[] {
  const names = new Map<string, Set<string>>();
  for (const { checkpoints } of hosts)
    for (const { directory, names: found } of checkpoints)
      names.set(directory, new Set([...(names.get(directory) ?? []), ...found]));
  const flags = jobs.map(({ command }) => flagsOf(command)).filter(({ size }) => size > 0);
  return [...names]
    .filter(([directory]) => tidy(directory) !== null)
    .map(([directory, found]) => {
      const tidied = [...found].filter((name) => tidy(name) !== null && !name.includes('/')).slice(0, 200);
      // The parameters of the job that explain most of the name.
      const pattern = guessPattern(tidied.map((name) => ({ name, flags: explaining(name, flags) })));
      return pattern === null ? { directory } : { directory, pattern };
    });
}

function explaining(name: string, flags: readonly ReadonlyMap<string, string>[]): ReadonlyMap<string, string> {
  const found = (each: ReadonlyMap<string, string>): number =>
    [...each.values()].reduce((sum, value) => sum + (name.includes(value) ? value.length : 0), 0);
  return flags.reduce<ReadonlyMap<string, string>>(
    (best, each) => (found(each) > found(best) ? each : best),
    new Map<string, string>(),
  );
}

/** What was filled in, for the output: one line each, and what to do next. */
export function proposalText(file: string, { text, reasons }: ProposedProject, unread: readonly string[]): string {
  return [
    `Create Project File: ${visible(file)} was made. Nothing of it has an effect before you have reviewed it (Review Project File…).`,
    ...reasons.map((reason) => `- ${reason}`),
    ...(unread.length === 0
      ? []
      : [`Not read, so nothing was learnt of: ${formatList(unread.map((host) => visible(host, 80)))}.`]),
    '',
    text,
  ].join('\n');
}
