/** The hosts of the lab: what each is, what lies on it, and how it is reached. */
import type { PueueHost, PueueHostOptions } from './pueueHost';
import { layLargeQueue } from './largeQueue';
import { behindJump, bySshd, overLine, withLoginShell, withSecondFactor, type Reach } from './reach';
import { layBusy, layIdle, layWorking } from './scenarios';

/** One host. */
export interface LabPlan {
  readonly name: string;
  readonly description: string;
  readonly version: PueueHostOptions['version'];
  readonly clientIn: NonNullable<PueueHostOptions['clientIn']>;
  lay(host: PueueHost): Promise<unknown>;
  /** `null` for this machine itself. */
  readonly reach: Reach | null;
  /** Whether its checkpoints are named in the settings. */
  readonly namesCheckpoints: boolean;
}

/** Three hosts that differ by what lies on them. */
export const threeHosts: readonly LabPlan[] = [
  {
    name: 'gpu-1',
    description: 'pueue 4.0.4, jobs of every kind, checkpoints',
    version: '4.0.4',
    clientIn: '.cargo/bin',
    lay: layBusy,
    reach: bySshd(),
    namesCheckpoints: true,
  },
  {
    name: 'gpu-2',
    description: 'pueue 3.4.1, one job runs, one waits, one has failed',
    version: '3.4.1',
    clientIn: '.local/bin',
    lay: layWorking,
    reach: bySshd(),
    namesCheckpoints: true,
  },
  {
    name: 'gpu-3',
    description: 'pueue 4.0.4, all done',
    version: '4.0.4',
    clientIn: '.cargo/bin',
    lay: layIdle,
    reach: bySshd(),
    namesCheckpoints: false,
  },
];

/** What all hosts have in common that differ by the way to them. */
const working = { version: '4.0.4', clientIn: '.cargo/bin', lay: layWorking, namesCheckpoints: true } as const;

/** Hosts that differ by the way to them, and one that is large. */
export const oddHosts: readonly LabPlan[] = [
  { ...working, name: 'behind-jump', description: 'reached through jump-host', reach: behindJump('jump-host') },
  { ...working, name: 'second-factor', description: 'wants a code after the key', reach: withSecondFactor },
  {
    ...working,
    name: 'one-session',
    description: 'sshd with MaxSessions 1',
    reach: bySshd(['MaxSessions 1']),
  },
  { ...working, name: 'fish-shell', description: 'login shell fish', reach: withLoginShell('fish') },
  {
    ...working,
    name: 'slow-link',
    description: '64 KB/s and a round trip of 200 ms',
    reach: overLine({ delayMs: { up: 100, down: 100 }, bandwidth: { up: 64_000, down: 64_000 } }),
  },
  {
    ...working,
    name: 'ten-thousand',
    description: '10,000 jobs, 60 variables each',
    lay: (host) => layLargeQueue(host, 9_999),
    reach: bySshd(),
  },
  { ...working, name: 'this-machine', description: 'without ssh', reach: null },
];
