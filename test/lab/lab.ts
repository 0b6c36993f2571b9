/** Three real hosts side by side on this machine: each with its own HOME, pueued, jobs and checkpoints, behind its own sshd. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLabFolder, removeLabFolder } from './labFolder';
import { startPueueHost, type PueueHost, type PueueHostOptions } from './pueueHost';
import { checkpointDirectory, layBusy, layIdle, layWorking } from './scenarios';
import { makeLabKey, startSshd, writeSshClientFiles, type Sshd } from './sshd';

/** What each host is and what lies on it. */
interface LabPlan {
  readonly name: string;
  readonly description: string;
  readonly version: PueueHostOptions['version'];
  readonly clientIn: NonNullable<PueueHostOptions['clientIn']>;
  lay(host: PueueHost): Promise<unknown>;
}

const plans: readonly LabPlan[] = [
  {
    name: 'gpu-1',
    description: 'pueue 4.0.4, jobs of every kind, checkpoints',
    version: '4.0.4',
    clientIn: '.cargo/bin',
    lay: layBusy,
  },
  {
    name: 'gpu-2',
    description: 'pueue 3.4.1, one job runs, one waits, one has failed',
    version: '3.4.1',
    clientIn: '.local/bin',
    lay: layWorking,
  },
  { name: 'gpu-3', description: 'pueue 4.0.4, all done', version: '4.0.4', clientIn: '.cargo/bin', lay: layIdle },
];

/** One host of the lab. */
export interface LabHost {
  readonly name: string;
  readonly description: string;
  readonly pueue: PueueHost;
  /** The client as a shell on the host writes it; it is on no PATH there. */
  readonly client: string;
  /** `null` in a lab without ssh. */
  readonly sshd: Sshd | null;
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

/** How the hosts are reached. */
export interface LabOptions {
  /** `ssh` by default; `local` leaves sshd out, and the settings name each host's configuration of pueue. */
  readonly transport?: 'ssh' | 'local';
}

/** Starts the lab. Takes about two seconds. @throws Error where a part is not prepared; nothing is left running then */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const folder = await makeLabFolder();
  const started: LabHost[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((host) => Promise.all([host.sshd?.stop(), host.pueue.stop()])));
    await removeLabFolder(folder);
  };
  try {
    const ssh = options.transport === 'local' ? null : await makeLabKey(join(folder, 'identity'));
    const outcomes = await Promise.allSettled(
      plans.map(async (plan) => {
        const pueue = await startHost(join(folder, plan.name), plan);
        const { name, description } = plan;
        const host: LabHost = { name, description, pueue, client: `~/${plan.clientIn}/pueue`, sshd: null };
        started.push(host);
        await plan.lay(pueue);
        if (ssh === null) return;
        const sshFolder = join(folder, plan.name, 'sshd');
        await mkdir(sshFolder);
        const sshd = await startSshd({ folder: sshFolder, authorizedKeys: [ssh.publicKey], home: pueue.home });
        started[started.indexOf(host)] = { ...host, sshd };
      }),
    );
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    const hosts = plans.map((plan) => started.find((host) => host.name === plan.name)!);
    if (ssh === null) return { folder, hosts, sshConfigFile: null, settings: localSettings(hosts), stop };
    const { configFile } = await writeSshClientFiles(
      folder,
      hosts.map(({ name, sshd }) => ({
        alias: name,
        port: sshd!.port,
        hostPublicKeys: sshd!.hostPublicKeys,
        identity: ssh,
      })),
    );
    return { folder, hosts, sshConfigFile: configFile, settings: sshSettings(hosts, configFile), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startHost(folder: string, plan: LabPlan): Promise<PueueHost> {
  await mkdir(folder);
  return startPueueHost({ version: plan.version, clientIn: plan.clientIn, folder });
}

/** Hosts with checkpoints as objects, the rest as plain aliases: both forms of an entry are in use. */
function sshSettings(hosts: readonly LabHost[], configFile: string): Record<string, unknown> {
  return {
    'pueuePreflight.sshConfigFile': configFile,
    'pueuePreflight.hosts': hosts.map(({ name }) =>
      name === 'gpu-3' ? name : { name, checkpoints: [checkpointDirectory] },
    ),
  };
}

/** Over `local` the home directory is this person's own, so everything is named by its absolute path. */
function localSettings(hosts: readonly LabHost[]): Record<string, unknown> {
  return {
    'pueuePreflight.hosts': hosts.map(({ name, pueue }) => ({
      name,
      transport: 'local',
      pueue: pueue.pueue,
      pueueConfig: pueue.config,
      checkpoints: [join(pueue.home, checkpointDirectory.slice(2))],
    })),
  };
}
