/** Acts on a real daemon of the lab, as the commands of the extension do: a look, and what it shows as the ground of the act. */
import { randomUUID } from 'node:crypto';
import type { ActAnswer, GroupAct, GroupVerb, JobAct, JobTarget, JobVerb } from '../../src/core/acts/hostAct';
import { targetOf } from '../../src/core/acts/targets';
import type { HostSnapshot } from '../../src/core/snapshot';
import { startPueueHost, type PueueHost, type PueueHostOptions } from '../lab/pueueHost';
import { localHost, type LocalHost } from './localHost';

export { targetOf };

export interface ActingHost {
  readonly host: PueueHost;
  readonly local: LocalHost;
  snapshot(): Promise<HostSnapshot>;
  /** The targets as they are now. */
  targets(...ids: number[]): Promise<JobTarget[]>;
  jobs(verb: JobVerb, ids: readonly number[] | readonly JobTarget[], more?: Partial<JobAct>): Promise<ActAnswer>;
  group(verb: GroupVerb, name: string, ids?: readonly number[], more?: Partial<GroupAct>): Promise<ActAnswer>;
  stop(): Promise<void>;
}

export async function startActingHost(version: PueueHostOptions['version']): Promise<ActingHost> {
  const host = await startPueueHost({ version, clientIn: '.cargo/bin' });
  const local = localHost(host.env);
  const snapshot = (): Promise<HostSnapshot> => local.reader.read(new AbortController().signal, 15_000);
  const targets = async (...ids: number[]): Promise<JobTarget[]> => {
    const { jobs } = (await snapshot()).queue;
    return ids.map((id) => targetOf(jobs.find((job) => job.id === id)!));
  };
  return {
    host,
    local,
    snapshot,
    targets,
    jobs: async (verb, ids, more = {}) =>
      local.reader.act(
        {
          ...{ kind: 'jobs', id: randomUUID(), verb, graceMs: verb === 'kill' ? 2_000 : null, saveLogs: false },
          targets: typeof ids[0] === 'number' ? await targets(...(ids as number[])) : (ids as JobTarget[]),
          ...more,
        },
        60_000,
      ),
    group: async (verb, name, ids = [], more = {}) => {
      const { groups } = (await snapshot()).queue;
      const group = groups.find((each) => each.name === name)!;
      const act: GroupAct = {
        ...{ kind: 'group', id: randomUUID(), verb, group, parallel: null, saveLogs: false },
        targets: await targets(...ids),
        ...more,
      };
      return local.reader.act(act, 60_000);
    },
    stop: async () => {
      local.reader.close();
      await host.stop();
    },
  };
}

/** Outcomes by target, with what stands beside them. */
export function outcomes({ targets }: ActAnswer): Record<string, string> {
  return Object.fromEntries(
    targets.map(({ target, outcome, why }) => [target, why === null ? outcome : `${outcome}: ${why}`]),
  );
}
