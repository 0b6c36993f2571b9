/** Asks which entries are meant where a command was called without any, as from the palette. */
import * as vscode from 'vscode';
import { nameOf, type MoveVerb } from '../../core/checkpoint/planMoves';
import type { HostSnapshot } from '../../core/snapshot';
import { formatAge, formatBytes } from '../../core/text/format';
import { plainLabel } from '../plainLabel';

/** @returns paths; none where there is nothing to choose from; `undefined` where the person chose none */
export async function pickEntries(verb: MoveVerb, snapshot: HostSnapshot): Promise<readonly string[] | undefined> {
  const { checkpoints, quarantines, takenAt } = snapshot;
  const entries =
    verb === 'quarantine'
      ? checkpoints.flatMap((directory) => directory.entries)
      : quarantines.flatMap(({ folders }) => folders.flatMap((folder) => folder.entries));
  if (entries.length === 0) return [];
  const items = [...entries]
    .sort((a, b) => b.modified - a.modified)
    .map(({ path, bytes, modified }) => ({
      label: plainLabel(nameOf(path)),
      description: [bytes === null ? '' : formatBytes(bytes), formatAge((takenAt - modified) * 1000)]
        .filter(Boolean)
        .join(' · '),
      detail: plainLabel(path.slice(0, path.lastIndexOf('/')), 300),
      path,
    }));
  const placeHolder = vscode.l10n.t('Which checkpoints?');
  const chosen = await vscode.window.showQuickPick(items, { placeHolder, canPickMany: true, matchOnDetail: true });
  return chosen === undefined || chosen.length === 0 ? undefined : chosen.map(({ path }) => path);
}
