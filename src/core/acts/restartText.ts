/** What is said of Restart in Place: before it, whole, and of each job after it. */
import type { ActionReport } from '../audit/fleetReport';
import { shellLine } from '../text/shellQuote';
import { visible } from '../text/visible';
import type { TargetOutcome } from './hostAct';
import type { RestartPlan } from './restartPlan';
import { stateWords } from './verbTargets';
import { jobLine } from './verbText';

/** Exactly what would be done: for the document that Show Details opens. */
export function restartDetails(host: string, { jobs, leftOut, consequences, consents }: RestartPlan): string {
  const ids = jobs.map(({ id }) => String(id));
  const parts = [
    [`Restart in Place on ${visible(host, 80)}: nothing is done yet`],
    jobs.map((job) => jobLine(job, 1000)),
    leftOut.map(({ id, reason }) => `Left out: job ${id}. ${visible(reason, 400)}`),
    consequences,
    consents,
    [
      'Commands, after the logs were copied:',
      shellLine(['pueue', 'restart', '--in-place', '--stashed', '--', ...ids]),
      shellLine(['pueue', 'enqueue', '--', ...ids]),
    ],
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** The words of the host's program, see `helper/restarting.py`, as sentences. */
export function restartedTargets(targets: readonly TargetOutcome[]): ActionReport['targets'] {
  return targets.map(({ target, outcome, why }) => ({ target, outcome, reason: reasonOf(outcome, why) }));
}

function reasonOf(outcome: TargetOutcome['outcome'], why: string | null): string {
  if (outcome === 'done')
    return why === null ? 'There was no log to save.' : `The log of the earlier run is saved as ${visible(why, 600)}.`;
  const [word = '', ...rest] = (why ?? '').split(' ');
  switch (word) {
    case 'logNotSaved':
      return `It was not restarted, because its log could not be saved (${visible(rest.join(' '), 60)}).`;
    case 'logChanged':
      return rest.length === 0
        ? 'It was not restarted, because its log was written to while it was saved: something still runs.'
        : 'It is left stashed, because its log was written to after it was saved: something still runs.';
    case 'notQuarantined':
      return `It was not restarted, because a checkpoint could not be put into quarantine (${visible(rest.join(' '), 400)}).`;
    case 'gone':
      return 'It is gone from the queue.';
  }
  const state = stateWords[word as keyof typeof stateWords] as string | undefined;
  return `It is ${state ?? visible(word, 60)} by now.`;
}
