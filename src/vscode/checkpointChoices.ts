/** Checkpoints as the entries of a quick pick. Pure, so that it can be tested without VS Code. */
import type { JudgedCheckpoints } from '../core/checkpoint/judgedCheckpoints';
import { withoutIcons } from './plainLabel';
import type { Reading } from '../core/watch/hostWatch';
import { byUrgency } from './tree/checkpointOrder';
import { checkpointRow } from './tree/checkpointRows';
import type { Now, Translate } from './tree/rows';

export interface CheckpointChoice {
  readonly label: string;
  readonly description: string;
  readonly path: string;
}

/** Every entry as its row in the tree says it, in the order of the rows. */
export function checkpointChoices(
  reading: Reading,
  judged: JudgedCheckpoints,
  now: Now,
  t: Translate,
): CheckpointChoice[] {
  return [...judged.all].sort(byUrgency).map((judgement) => {
    const { label, description } = checkpointRow(judgement, reading, now, t);
    return { label: withoutIcons(label), description: withoutIcons(description), path: judgement.entry.path };
  });
}
