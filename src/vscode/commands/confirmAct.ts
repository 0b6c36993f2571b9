/**
 * The one way in which a person agrees to an act. The harmless answer comes first, since Enter presses it; it opens what
 * would run, and the same question stays beside it. What cannot be undone asks for typed text.
 */
import * as vscode from 'vscode';
import { plainLabel } from '../plainLabel';

export interface ActQuestion {
  /** A question that names host and number: `Kill 3 jobs on gpu-1?`. */
  readonly question: string;
  /** The exact targets and what else the act does, line by line; made visible and masked. */
  readonly detail: string;
  /** The verb with its number: `Kill 3 Jobs`. */
  readonly verb: string;
  /** Another form of it, beside it. */
  readonly alternative?: string;
  /** Opens a document with exactly what would run. */
  showDetails(): Promise<void>;
  /** Text that has to be typed beside the verb; `null` for none. */
  readonly typed: { readonly text: string; readonly why: string } | null;
}

/** @returns whether the person agreed to exactly this */
export async function confirmAct(asked: ActQuestion): Promise<boolean> {
  return (await chooseAct(asked)) !== null;
}

/** @returns what the person agreed to; `null` for nothing */
export async function chooseAct(asked: ActQuestion): Promise<'verb' | 'alternative' | null> {
  const { question, detail, verb, alternative, typed } = asked;
  const verbs = alternative === undefined ? [verb] : [verb, alternative];
  const show = vscode.l10n.t('Show Details');
  let answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, show, ...verbs);
  while (answer === show) {
    await asked.showDetails();
    // A modal would cover what was just opened. Links and markup of hostile text mean nothing in a plain label.
    answer = await vscode.window.showWarningMessage(plainLabel(question), show, ...verbs);
  }
  if (answer === undefined) return null;
  if (typed !== null && !(await confirmTyped(typed.text, typed.why))) return null;
  return answer === verb ? 'verb' : 'alternative';
}

/** Asks for a text that has to be typed, as the host's name for what cannot be undone. */
export async function confirmTyped(text: string, why: string): Promise<boolean> {
  const typed = await vscode.window.showInputBox({
    title: why,
    prompt: vscode.l10n.t('Type {0} to go on.', plainLabel(text)),
    ignoreFocusOut: true,
    validateInput: (value) =>
      value === '' || text.startsWith(value) ? null : vscode.l10n.t('This is not {0}.', plainLabel(text)),
  });
  return typed === text;
}
