/**
 * The states of a lab host's jobs, read with as little code as can be wrong: tests of the extension's parser must not
 * stand on that parser.
 */
import type { PueueHost } from './pueueHost';

/** One word for each state that the lab makes: pueue's own names, with `FailedToSpawn` and the like for done jobs. */
export type LabState =
  | 'Queued'
  | 'Stashed'
  | 'Running'
  | 'Paused'
  | 'Locked'
  | 'Success'
  | 'Failed'
  | 'FailedToSpawn'
  | 'Killed'
  | 'Errored'
  | 'DependencyFailed';

/** States by job id, for both shapes of `pueue status --json` (3.x: strings, 4.x: objects with one key). */
export async function jobStates(host: PueueHost): Promise<ReadonlyMap<number, LabState>> {
  const document = JSON.parse(await host.must(['status', '--json'])) as { tasks: Record<string, { status: unknown }> };
  return new Map(Object.entries(document.tasks).map(([id, task]) => [Number(id), stateOf(task.status)]));
}

function stateOf(status: unknown): LabState {
  const [name, content] = nameAndContent(status);
  if (name !== 'Done') return name as LabState;
  const isResultOfFour = typeof content === 'object' && content !== null && 'result' in content;
  return nameAndContent(isResultOfFour ? content.result : content)[0] as LabState;
}

function nameAndContent(variant: unknown): [string, unknown] {
  if (typeof variant === 'string') return [variant, null];
  return Object.entries(variant as Record<string, unknown>)[0] ?? ['', null];
}

/** Waits until every named job has its state. @throws Error with the states seen last, after `withinMs` */
export async function untilStates(
  host: PueueHost,
  wanted: ReadonlyMap<number, LabState>,
  withinMs = 20_000,
): Promise<void> {
  const until = performance.now() + withinMs;
  for (;;) {
    const states = await jobStates(host);
    const missing = [...wanted].filter(([id, state]) => states.get(id) !== state);
    if (missing.length === 0) return;
    if (performance.now() > until) {
      const told = missing.map(([id, state]) => `job ${id} is ${String(states.get(id))}, not ${state}`);
      throw new Error(`pueue ${host.version}: ${told.join('; ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
