/** Edit Plan… of an emergency stop: how gently jobs are ended, and what becomes of them and of their checkpoints. */
import * as vscode from 'vscode';
import { graceChoicesMs, type EmergencyChoices } from '../core/emergency/emergencyPlan';
import { plainLabel } from './plainLabel';

/** @returns the choices; `null` where the person left it */
export async function editChoices(choices: EmergencyChoices, title: string): Promise<EmergencyChoices | null> {
  const { t } = vscode.l10n;
  let edited = choices;
  for (;;) {
    const { graceMs, remove, quarantine } = edited;
    const accept = { label: t('$(check) Plan Anew With These Choices'), next: null };
    const items: readonly (vscode.QuickPickItem & { readonly next: EmergencyChoices | null })[] = [
      accept,
      {
        label: t('$(watch) Grace time: {0}', graceMs === 0 ? t('none, SIGKILL at once') : t('{0} s', graceMs / 1000)),
        detail: t('How long SIGTERM is given before SIGKILL. Enter takes the next one.'),
        next: { ...edited, graceMs: following(graceMs) },
      },
      {
        label: remove
          ? t('$(trash) Jobs: leave the queue, logs saved')
          : t('$(list-unordered) Jobs: stay in the queue'),
        detail: t('A snapshot for Requeue… is kept either way.'),
        next: { ...edited, remove: !remove },
      },
      {
        label: quarantine
          ? t('$(archive) Checkpoints: go into quarantine')
          : t('$(save-all) Checkpoints: stay where they are'),
        detail: t('From quarantine they can be restored.'),
        next: { ...edited, quarantine: !quarantine },
      },
    ];
    const chosen = await vscode.window.showQuickPick(items, {
      title: plainLabel(title),
      placeHolder: t('Choose what to change'),
      ignoreFocusOut: true,
    });
    if (chosen === undefined) return null;
    if (chosen.next === null) return edited;
    edited = chosen.next;
  }
}

function following(graceMs: number): number {
  return graceChoicesMs[(graceChoicesMs.indexOf(graceMs) + 1) % graceChoicesMs.length] ?? 0;
}
