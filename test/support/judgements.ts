/** Judgements as tests need them: of readings, and made to order. */
import { Judgements } from '../../src/core/checkpoint/judgements';
import type { JudgedCheckpoints } from '../../src/core/checkpoint/judgedCheckpoints';
import { noPattern, type Judgement } from '../../src/core/checkpoint/judgement';
import type { ProjectCheckpoints, ProjectOnHost } from '../../src/core/project/projectOnHost';
import type { CheckpointDirectory, CheckpointEntry } from '../../src/core/snapshot';
import { snapshot } from './fixtures';

/** What is thought of checkpoints where no project file says anything. */
export const withoutProject = new Judgements({ projectOf: () => null, staleMs: () => Infinity });

/** The same of these directories. */
export function unjudged(checkpoints: readonly CheckpointDirectory[]): JudgedCheckpoints {
  return withoutProject.of('gpu-1', snapshot([], { checkpoints }));
}

export function judgement(entry: CheckpointEntry, more: Partial<Judgement> = {}): Judgement {
  const root = entry.path.slice(0, entry.path.lastIndexOf('/'));
  return { entry, root, state: 'unjudged', owners: [], reason: noPattern, collision: null, ...more };
}

/** A project whose labels are `symbol@threshold`. */
export function project(
  checkpoints: readonly ProjectCheckpoints[],
  queue: Partial<ProjectOnHost['queue']> = {},
): ProjectOnHost {
  return {
    path: '~/project',
    queue: { groups: null, label: '{symbol}@{threshold}', forceRefreshFlag: null, ...queue },
    checkpoints,
  };
}
