/** Emergency stops on a real daemon of the lab, as Emergency Stop… and Apply… make them: a reading, a plan of it, its steps. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprintOf } from '../../src/core/audit/auditReport';
import { Judgements } from '../../src/core/checkpoint/judgements';
import { applyEmergency, type EmergencyEnd } from '../../src/core/emergency/applyEmergency';
import {
  defaultChoices,
  planEmergency,
  planObstacle,
  type EmergencyChoices,
  type EmergencyPlan,
} from '../../src/core/emergency/emergencyPlan';
import { emergencyReport, emergencyText, type EmergencyStopReport } from '../../src/core/emergency/emergencyReport';
import type { HostAct } from '../../src/core/acts/hostAct';
import type { HostSettings } from '../../src/core/hostSettings';
import type { HostSnapshot } from '../../src/core/snapshot';
import { startPueueHost, type PueueHost, type PueueHostOptions } from '../lab/pueueHost';
import { untilStates } from '../lab/queueState';
import { project } from './judgements';
import { localHost, sha256, type LocalHost } from './localHost';

const timeoutMs = 60_000;

/** Writes a checkpoint by renaming, says that it has, and goes on as told. */
const job = `import os, signal, sys, time
name, *how = sys.argv[1:]
path = os.path.expanduser('~/c/' + name + '.json')
def keep(text):
    with open(path + '.tmp', 'w') as file:
        file.write(text)
    os.rename(path + '.tmp', path)
def heed(*_):
    keep('{"saved": "at the end"}')
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if 'ignore' in how else heed)
if 'escape' in how and os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(1000)
keep('{"day": 1}')
print('begun ' + name, flush=True)
time.sleep(1000)
`;

/** What an applied plan has come to, as it is told. */
export interface Stopped {
  readonly plan: EmergencyPlan;
  readonly end: EmergencyEnd;
  readonly report: EmergencyStopReport;
  readonly text: string;
}

export interface StopOptions {
  readonly group?: string | null;
  readonly choices?: Partial<EmergencyChoices>;
  readonly isCancelled?: () => boolean;
  /** Called before each act goes to the host. */
  readonly before?: (act: HostAct) => Promise<void> | void;
}

export class EmergencyLab {
  readonly host: PueueHost;
  readonly local: LocalHost;
  /** How many requests went to the host for an applied plan. */
  asked = 0;
  readonly #judgements: Judgements;

  static async start(version: PueueHostOptions['version']): Promise<EmergencyLab> {
    const host = await startPueueHost({ version, clientIn: '.cargo/bin' });
    await mkdir(join(host.home, 'c'));
    await writeFile(join(host.home, 'job.py'), job);
    return new EmergencyLab(host);
  }

  private constructor(host: PueueHost) {
    this.host = host;
    this.local = this.window();
    const said = project([{ directory: '~/c', pattern: '{symbol}_{threshold}.json' }]);
    this.#judgements = new Judgements({ projectOf: () => said, staleMs: () => Infinity });
  }

  /** Another window on the same host. */
  window(settings: Partial<HostSettings> = {}): LocalHost {
    return localHost(this.host.env, { checkpoints: ['~/c'], ...settings });
  }

  /** Adds jobs of `job.py` labelled `NAME@1`, each once it has written its checkpoint `NAME_1.json`. */
  async begin(names: Readonly<Record<string, string>>, group?: string): Promise<Readonly<Record<string, number>>> {
    const ids: Record<string, number> = {};
    for (const [name, how] of Object.entries(names))
      ids[name] = await this.host.add(`python3 ~/job.py ${name}_1 ${how}`, {
        label: `${name}@1`,
        ...(group === undefined ? {} : { group }),
      });
    await untilStates(this.host, new Map(Object.values(ids).map((id) => [id, 'Running'])));
    for (const name of Object.keys(names))
      while (!(await this.checkpoints()).includes(`${name}_1.json`)) await new Promise((r) => setTimeout(r, 20));
    return ids;
  }

  /** Names in the checkpoint directory. */
  async checkpoints(): Promise<readonly string[]> {
    return (await readdir(join(this.host.home, 'c'))).filter((name) => name.endsWith('.json')).sort();
  }

  read(local = this.local): Promise<HostSnapshot> {
    return local.reader.read(new AbortController().signal, timeoutMs);
  }

  async plan({ group = null, choices = {} }: StopOptions = {}, local = this.local): Promise<EmergencyPlan> {
    const snapshot = await this.read(local);
    const obstacle = planObstacle({ host: 'lab', group, snapshot });
    if (obstacle !== null) throw new Error(obstacle.message);
    return planEmergency({
      ...{ deployId: randomUUID(), snapshotId: randomUUID(), host: 'lab', group, snapshot },
      ...{ fingerprint: fingerprintOf(snapshot, sha256), choices: { ...defaultChoices, graceMs: 2_000, ...choices } },
      judge: (at) => this.#judgements.of('lab', at).all,
    });
  }

  async apply(plan: EmergencyPlan, options: StopOptions = {}, local = this.local): Promise<Stopped> {
    const { isCancelled = () => false, before = () => undefined } = options;
    this.asked = 0;
    const end = await applyEmergency(plan, {
      reader: {
        act: async (act, limitMs) => {
          await before(act);
          this.asked += 1;
          return local.reader.act(act, limitMs);
        },
        read: (signal, limitMs) => {
          this.asked += 1;
          return local.reader.read(signal, limitMs);
        },
      },
      ...{ newId: randomUUID, isCancelled, onProgress: () => undefined },
      judge: (at) => this.#judgements.of('lab', at).all,
    });
    const phase = { kind: 'ended', end, atMs: Date.now() } as const;
    return { plan, end, report: emergencyReport(plan, phase), text: emergencyText(plan, phase) };
  }

  async stop(options: StopOptions = {}): Promise<Stopped> {
    return this.apply(await this.plan(options), options);
  }

  async groups(): Promise<Readonly<Record<string, string>>> {
    const groups = JSON.parse(await this.host.must(['group', '--json'])) as Record<string, { status: string }>;
    return Object.fromEntries(Object.entries(groups).map(([name, { status }]) => [name, status]));
  }

  async close(): Promise<void> {
    this.local.reader.close();
    await this.host.stop();
  }
}
