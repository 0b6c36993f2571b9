/** What a person is asked before checkpoints are moved: exact targets, what it means, and what has to be typed. */
import * as vscode from 'vscode';
import { moveLines, type MovePlan, type MoveVerb } from '../../core/checkpoint/planMoves';
import { visible } from '../../core/text/visible';
import type { ActQuestion } from './confirmAct';

/** Most entries that are listed in a dialog. Show Details lists all. */
const listedCap = 12;

/** @param typesName whether what cannot be undone asks for the host's name */
export function moveQuestion(host: string, plan: MovePlan, typesName: boolean): Omit<ActQuestion, 'showDetails'> {
  const { t } = vscode.l10n;
  const { verb, moves } = plan;
  const wanted = moves.filter(({ refused }) => refused === null);
  const left = moves.filter(({ refused }) => refused !== null);
  const lines = moveLines(wanted);
  const untold = wanted.find((each) => each.untold !== null)?.untold ?? null;
  const more = lines.length > listedCap ? [t('… and {0} more: Show Details lists all.', lines.length - listedCap)] : [];
  return {
    question: question(verb, wanted.length, visible(host, 80)),
    detail: [
      ...lines.slice(0, listedCap),
      ...more,
      ...(left.length === 0
        ? []
        : ['', t('Left alone: {0} more, the first because: {1}', left.length, left[0]?.refused ?? '')]),
      '',
      whatItMeans(verb),
    ].join('\n'),
    verb: verbOf(verb, wanted.length),
    typed:
      untold !== null
        ? { text: host, why: untold }
        : verb === 'delete' && typesName
          ? { text: host, why: t('What is deleted cannot be brought back.') }
          : null,
  };
}

function question(verb: MoveVerb, count: number, host: string): string {
  const { t } = vscode.l10n;
  switch (verb) {
    case 'quarantine':
      return t('Move {0} checkpoints on {1} into quarantine?', count, host);
    case 'restore':
      return t('Restore {0} checkpoints on {1} from quarantine?', count, host);
    case 'delete':
      return t('Delete {0} quarantined checkpoints on {1} for good?', count, host);
  }
}

function verbOf(verb: MoveVerb, count: number): string {
  const { t } = vscode.l10n;
  switch (verb) {
    case 'quarantine':
      return t('Quarantine {0}', count);
    case 'restore':
      return t('Restore {0}', count);
    case 'delete':
      return t('Delete {0}', count);
  }
}

function whatItMeans(verb: MoveVerb): string {
  const { t } = vscode.l10n;
  switch (verb) {
    case 'quarantine':
      return t(
        'They are renamed into a folder beside their directory and can be restored; nothing there is removed by itself.',
      );
    case 'restore':
      return t('They are renamed back to where they were. Nothing is written over.');
    case 'delete':
      return t('They are removed from the host with all that is in them. This cannot be undone.');
  }
}
