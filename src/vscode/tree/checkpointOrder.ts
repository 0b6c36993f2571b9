/** The order of checkpoints: what is wrong first, then the newest. */
import type { Judgement } from '../../core/checkpoint/judgement';

export function byUrgency(a: Judgement, b: Judgement): number {
  return (
    Number(isProblem(b)) - Number(isProblem(a)) ||
    b.entry.modified - a.entry.modified ||
    (a.entry.path < b.entry.path ? -1 : 1)
  );
}

function isProblem({ state, collision }: Judgement): boolean {
  return state === 'damaged' || collision !== null;
}
