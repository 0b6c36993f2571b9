/** Real hosts side by side on this machine: each with its own HOME, pueued, jobs and checkpoints, behind its own server. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLabFolder, removeLabFolder } from './labFolder';
import { oddHosts, threeHosts, type LabPlan } from './labHosts';
import { startPueueHost, type PueueHost } from './pueueHost';
import type { Reached } from './reach';
import { checkpointDirectory } from './scenarios';
import { makeLabKey, writeSshClientFiles, type LabKey, type Sshd } from './sshd';

/** One host of the lab. */
export interface LabHost {
  readonly name: string;
  readonly description: string;
  readonly pueue: PueueHost;
  /** The client as a shell on the host writes it; it is on no PATH there. */
  readonly client: string;
  /** `null` where it is reached without sshd. */
  readonly sshd: Sshd | null;
  /** What a person answers where a second factor is asked for. */
  readonly code: string | null;
  /** Whether ssh leads to it. */
  readonly isRemote: boolean;
}

/** The running lab. */
export interface Lab {
  readonly folder: string;
  readonly hosts: readonly LabHost[];
  /** `null` in a lab without ssh. */
  readonly sshConfigFile: string | null;
  /** The extension's settings for these hosts, by their full keys. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Takes everything down. */
  stop(): Promise<void>;
}

/** Which hosts, and how they are reached. */
export interface LabOptions {
  /** `ssh` by default; `local` leaves all servers out, and the settings name each host's configuration of pueue. */
  readonly transport?: 'ssh' | 'local';
  /** `three` by default; `all` adds those that are hard to reach, and a large one, and takes ten seconds more. */
  readonly hosts?: 'three' | 'all';
}

interface Started {
  readonly plan: LabPlan;
  readonly pueue: PueueHost;
  reached: Reached | null;
}

/** Starts the lab. Takes about two seconds. @throws Error where a part is not prepared; nothing is left running then */
export async function startLab({ transport = 'ssh', hosts: which = 'three' }: LabOptions = {}): Promise<Lab> {
  const plans = which === 'three' ? threeHosts : [...threeHosts, ...oddHosts];
  const folder = await makeLabFolder();
  const started: Started[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map(({ pueue, reached }) => Promise.all([reached?.stop(), pueue.stop()])));
    await removeLabFolder(folder);
  };
  try {
    const identity = transport === 'local' ? null : await makeLabKey(join(folder, 'identity'));
    const outcomes = await Promise.allSettled(plans.map((plan) => startHost(plan, folder, identity, started)));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    started.sort((one, other) => plans.indexOf(one.plan) - plans.indexOf(other.plan));
    const entries = started.flatMap(({ reached }) => reached?.entries ?? []);
    const sshConfigFile = identity === null ? null : (await writeSshClientFiles(folder, entries)).configFile;
    return { folder, hosts: started.map(labHost), sshConfigFile, settings: settingsOf(started, sshConfigFile), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startHost(plan: LabPlan, labFolder: string, identity: LabKey | null, all: Started[]): Promise<void> {
  const { name, version, clientIn } = plan;
  const folder = join(labFolder, name);
  await mkdir(folder);
  const pueue = await startPueueHost({ version, clientIn, folder });
  const own: Started = { plan, pueue, reached: null };
  all.push(own);
  await plan.lay(pueue);
  if (identity !== null && plan.reach !== null) own.reached = await plan.reach({ name, pueue, identity });
}

function labHost({ plan, pueue, reached }: Started): LabHost {
  const { name, description, clientIn } = plan;
  const { sshd = null, code = null } = reached ?? {};
  return { name, description, pueue, client: `~/${clientIn}/pueue`, sshd, code, isRemote: reached !== null };
}

function settingsOf(hosts: readonly Started[], sshConfigFile: string | null): Record<string, unknown> {
  return {
    ...(sshConfigFile === null ? {} : { 'pueuePreflight.sshConfigFile': sshConfigFile }),
    'pueuePreflight.hosts': hosts.map(settingOf),
  };
}

/** Hosts with checkpoints as objects, the rest as plain aliases: both forms of an entry are in use. */
function settingOf({ plan: { name, namesCheckpoints }, pueue, reached }: Started): unknown {
  if (reached !== null) return namesCheckpoints ? { name, checkpoints: [checkpointDirectory] } : name;
  // Over `local` the home directory is this person's own, so everything is named by its absolute path.
  const checkpoints = [join(pueue.home, checkpointDirectory.slice(2))];
  return { name, transport: 'local', pueue: pueue.pueue, pueueConfig: pueue.config, checkpoints };
}
