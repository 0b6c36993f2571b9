/** The commands that an act runs on the host, as a person would type them there. The host's record has what was run. */
import type { GroupAct, JobAct } from './hostAct';

/** Each as its words. What has a condition is told beside it. */
export interface PlannedCommand {
  readonly argv: readonly string[];
  readonly when: string | null;
}

export function plannedCommands(act: JobAct | GroupAct): PlannedCommand[] {
  return act.kind === 'jobs' ? ofJobs(act) : ofGroup(act);
}

const pueue = (words: readonly string[], ids: readonly number[], when: string | null = null): PlannedCommand => ({
  argv: ['pueue', ...words, ...(ids.length > 0 ? ['--', ...[...ids].sort((a, b) => a - b).map(String)] : [])],
  when,
});

function ofJobs({ verb, targets, graceMs }: JobAct): PlannedCommand[] {
  const ids = targets.map(({ id }) => id);
  if (verb !== 'kill') return [pueue([verb === 'resume' ? 'start' : verb], ids)];
  const inState = (...states: readonly string[]): number[] =>
    targets.filter(({ state }) => states.includes(state)).map(({ id }) => id);
  const [live, paused] = [inState('running', 'paused'), inState('paused')];
  const asks = graceMs === null ? [] : [
    ...(live.length > 0 ? [pueue(['kill', '--signal', 'sigterm'], live)] : []),
    ...(paused.length > 0 ? [pueue(['start'], paused, 'a paused program sees the signal only once it goes on')] : []),
  ]; // prettier-ignore
  const after = graceMs === null ? null : `those that still run after ${graceMs / 1000} s`;
  return [
    ...asks,
    ...(live.length > 0 ? [pueue(['kill'], live, after)] : []),
    { argv: ['kill', '-KILL', 'PID'], when: 'each process of theirs that pueue does not reach' },
  ];
}

function ofGroup({ verb, group: { name }, parallel, targets }: GroupAct): PlannedCommand[] {
  const ids = targets.map(({ id }) => id);
  switch (verb) {
    case 'drain':
      return [pueue(['pause', '--wait', `--group=${name}`], [])];
    case 'resume':
      return [
        pueue(['start', `--group=${name}`], []),
        ...(ids.length > 0 ? [pueue(['pause'], ids, 'as soon as they run')] : []),
      ];
    case 'setParallel':
      return [pueue(['parallel', `--group=${name}`], [parallel ?? 0])];
    case 'clean':
      return [pueue(['remove'], ids)];
  }
}
