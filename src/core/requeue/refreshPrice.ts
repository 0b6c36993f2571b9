/** What a refresh gives up, as far as it can be seen. */
import type { Judgement } from '../checkpoint/judgement';
import type { Job } from '../pueue/job';
import { formatAge, formatBytes, formatCount, formatDuration } from '../text/format';

/** @param takenAt of the reading, in seconds since the epoch by the host's clock */
export function refreshPrice(judgements: readonly Judgement[], { state }: Job, takenAt: number): string {
  const files = judgements.map(({ entry }) => entry);
  const sizes = files.map(({ bytes }) => bytes);
  // A directory has no size of its own, and then the sum is not known either.
  const sum = sizes.includes(null) ? null : sizes.reduce<number>((total, bytes) => total + (bytes ?? 0), 0);
  const newest = Math.max(...files.map(({ modified }) => modified));
  const progress =
    state.kind === 'done' && state.start !== null && state.end !== null
      ? `${formatDuration(Date.parse(state.end) - Date.parse(state.start))} of its last run`
      : null;
  const parts = [
    files.length === 0
      ? 'no checkpoint that we can see'
      : `${formatCount(files.length, 'checkpoint')} (${sum === null ? 'size unknown' : formatBytes(sum)}, written ${formatAge((takenAt - newest) * 1000)})`,
    ...(progress === null ? [] : [progress]),
    'cached data that we cannot see',
  ];
  return `A refresh gives up ${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}.`;
}
