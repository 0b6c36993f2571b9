/** What the steps of an emergency stop say of what became of their jobs, and of checkpoints that they did not come to. */
import type { TargetOutcome } from '../acts/hostAct';
import type { HostSnapshot } from '../snapshot';
import { formatCount, formatList } from '../text/format';
import { visible } from '../text/visible';
import type { QuarantineChoice } from './quarantineChoice';

export const isUndone = ({ outcome }: TargetOutcome): boolean => outcome !== 'done' && outcome !== 'alreadySo';
/** pueue calls the job ended, and nobody can look whether its processes have. */
export const isUntraced = ({ outcome, why }: TargetOutcome): boolean => outcome === 'lost' && why === 'untraced';
export const because = (why: string | null): string => (why === null ? '' : ` (${visible(why, 100)})`);
export const nameOf = ({ target, why }: TargetOutcome): string => `job ${visible(target, 20)}${because(why)}`;
export const told = (failed: readonly TargetOutcome[]): string => `not ${formatList(failed.map(nameOf))}`;

/** Of a job that was to be ended and lives no more by a reading. */
export function endedByItself(target: string, { processes }: HostSnapshot): TargetOutcome {
  return processes.kind === 'traced'
    ? { target, outcome: 'alreadySo', why: null }
    : { target, outcome: 'lost', why: 'untraced' };
}

/** What became of jobs that were to be ended, in a sentence. */
export function killText(targets: readonly TargetOutcome[]): string {
  const untraced = targets.filter(isUntraced);
  const failed = targets.filter((target) => isUndone(target) && !isUntraced(target));
  const ended = targets.length - untraced.length - failed.length;
  const parts = [
    ...(ended > 0 || untraced.length + failed.length === 0 ? [`${formatCount(ended, 'job')} ended`] : []),
    ...(untraced.length > 0
      ? [`pueue calls ${formatCount(untraced.length, 'job')} ended, whose processes cannot be traced`]
      : []),
    ...(failed.length > 0 ? [told(failed)] : []),
  ];
  return `${parts.join('; ')}.`;
}

/** @param told entries of which something is told elsewhere */
export function unreached(
  roots: QuarantineChoice['roots'],
  told: readonly (TargetOutcome | QuarantineChoice['left'][number])[],
  isLost: boolean,
): QuarantineChoice['left'] {
  const known = new Set(told.map((each) => ('path' in each ? each.path : each.target)));
  const why = isLost ? 'it is not known whether it was moved' : 'it was not come to; Quarantine… takes it';
  return roots.flatMap(({ entries }) => entries.filter(({ path }) => !known.has(path)).map(({ path }) => ({ path, why }))); // prettier-ignore
}
