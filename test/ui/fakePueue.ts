/** A host behind the transport `local` whose pueue is a script: queues that a real one would need hours to make. */
import { rm } from 'node:fs/promises';
import { FakePueue } from '../support/fakePueue';

/** A job of the fake queue: what differs from the others. */
export interface FakeJob {
  readonly group: string;
  readonly label: string | null;
  readonly command?: string;
  readonly state: 'running' | 'succeeded' | 'failed' | 'queued';
  /** RFC 3339. */
  readonly start?: string;
  /** RFC 3339; its start where it is left out. */
  readonly end?: string;
}

/** The host and its entry in the setting. */
export interface FakeHost {
  readonly entry: { readonly name: string; readonly transport: 'local'; readonly pueue: string };
  /** Existing folder, removed with the host. */
  readonly folder: string;
  /** From here on it exits with an error and prints no status. */
  breakDown(): Promise<void>;
  remove(): Promise<void>;
}

/** A label with everything that some sink might act on: a link, an icon, a reversal, a clipboard escape, an element, a line. */
export const hostileLabel =
  '[x](command:workbench.action.quit) $(trash) \u202eevil \u001b]52;c;ZXZpbA==\u0007 <img src=x onerror=alert(1)>\nforged line';
/** The same as it may be shown. */
export const hostileLabelShown =
  '[x](command:workbench.action.quit) $(trash) \\u{202e}evil \\x1b]52;c;ZXZpbA==\\x07 <img src=x onerror=alert(1)>\\nforged line';

/** Lays a pueue 4.0.4 that prints these jobs, ids from 0 in their order. Groups come in the order of their first job. */
export async function layFakePueue(name: string, jobs: readonly FakeJob[], parallel = 1): Promise<FakeHost> {
  const fake = await FakePueue.make();
  await fake.prints(JSON.stringify(statusOf(jobs, parallel)));
  return {
    entry: { name, transport: 'local', pueue: fake.path },
    folder: fake.home,
    breakDown: () => rm(fake.status),
    remove: () => fake.remove(),
  };
}

const time = '2026-01-02T03:04:05.000000000Z';

function stateOf({ state, start = time, end = start }: FakeJob): unknown {
  const enqueued = { enqueued_at: start };
  if (state === 'queued') return { Queued: enqueued };
  if (state === 'running') return { Running: { ...enqueued, start } };
  return { Done: { ...enqueued, start, end, result: state === 'failed' ? { Failed: 1 } : 'Success' } };
}

function statusOf(jobs: readonly FakeJob[], parallel: number): unknown {
  const groups = [...new Set(jobs.map(({ group }) => group))];
  const tasks = jobs.map((job, id) => {
    const { group, label, command = `./sweep.sh ${label ?? ''}` } = job;
    return {
      ...{
        id,
        group,
        label,
        command,
        original_command: command,
        path: '/srv',
        envs: {},
        priority: 0,
        dependencies: [],
      },
      created_at: time,
      status: stateOf(job),
    };
  });
  return {
    tasks: Object.fromEntries(tasks.map((task) => [task.id, task])),
    groups: Object.fromEntries(groups.map((group) => [group, { status: 'Running', parallel_tasks: parallel }])),
  };
}
