/** How the questions of a connection look: a modal for the key of a host, an input box for whatever is typed. */
import * as vscode from 'vscode';
import type { HostKeyQuestion, PassphraseQuestion, PromptQuestion } from '../core/ports';
import { boxPrompt } from './boxPrompt';
import { withoutLinks } from './plainLabel';
import type { QuestionFaces } from './questionQueue';

/**
 * The texts of VS Code for each question. The first button of a modal has the focus, so Enter only copies the
 * fingerprint; after it the question comes again.
 */
export const questionFaces: QuestionFaces = { trustHostKey, unlockKey, answer, requestTouch };

async function trustHostKey(question: HostKeyQuestion, signal: AbortSignal): Promise<boolean> {
  const { host, address, keyType, fingerprint, store, compareCommand } = question;
  const isStored = 'file' in store;
  const copy = vscode.l10n.t('Copy Fingerprint');
  const trust = isStored ? vscode.l10n.t('Trust and Remember') : vscode.l10n.t('Trust for This Window');
  const detail = [
    vscode.l10n.t('Host: {0}', host),
    vscode.l10n.t('Address: {0}', address),
    vscode.l10n.t('Key type: {0}', keyType),
    vscode.l10n.t('Fingerprint: {0}', fingerprint),
    isStored
      ? vscode.l10n.t('It will be stored in: {0}', store.file)
      : vscode.l10n.t('It will be trusted until the window closes, and not stored: {0}', store.reason),
    '',
    vscode.l10n.t('Compare the fingerprint with what this command prints on the host itself:'),
    compareCommand,
  ].join('\n');
  for (;;) {
    const message = vscode.l10n.t('The key of {0} is not known. Is this the right host?', host);
    const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, copy, trust);
    if (answer !== copy || signal.aborted) return answer === trust;
    await vscode.env.clipboard.writeText(fingerprint);
  }
}

function unlockKey(question: PassphraseQuestion, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const box = vscode.window.createInputBox();
    const finish = (isOpen: boolean): void => {
      signal.removeEventListener('abort', withdraw);
      resolve(isOpen);
      box.dispose();
    };
    const withdraw = (): void => {
      finish(false);
    };
    box.password = true;
    box.ignoreFocusOut = true;
    box.title = vscode.l10n.t('Passphrase for {0}', question.host);
    box.prompt = withoutLinks(
      vscode.l10n.t('To log in to {0}, the key {1} has to be opened.', question.host, question.key) +
        ' ' +
        vscode.l10n.t('It then stays open until the window closes; the passphrase is not kept.'),
    );
    box.onDidChangeValue(() => {
      box.validationMessage = undefined;
    });
    box.onDidAccept(() => {
      if (box.value === '') return;
      const outcome = question.open(box.value);
      if (outcome !== 'wrong') {
        finish(outcome === 'open');
        return;
      }
      box.value = '';
      box.validationMessage = vscode.l10n.t('That passphrase does not open the key.');
    });
    box.onDidHide(withdraw);
    signal.addEventListener('abort', withdraw);
    box.show();
  });
}

const promptTitles: Record<PromptQuestion['kind'], (host: string) => string> = {
  password: (host) => vscode.l10n.t('Password for {0}', host),
  secondFactor: (host) => vscode.l10n.t('{0} asks at the login', host),
  passphrase: (host) => vscode.l10n.t('Passphrase for {0}', host),
};

/** One box after the other, as many as the server asks for. */
async function answer(question: PromptQuestion, signal: AbortSignal): Promise<readonly string[] | null> {
  const answers: string[] = [];
  for (const [index, prompt] of question.prompts.entries()) {
    const given = await askOne(question, prompt, index, signal);
    // Withdrawn between two boxes, the next one would stay on the screen.
    if (given === null || signal.aborted) return null;
    answers.push(given);
  }
  return answers;
}

function askOne(
  { host, kind, asker, instruction, prompts, wasWrong }: PromptQuestion,
  prompt: PromptQuestion['prompts'][number],
  index: number,
  signal: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve) => {
    const box = vscode.window.createInputBox();
    const finish = (given: string | null): void => {
      signal.removeEventListener('abort', withdraw);
      resolve(given);
      box.dispose();
    };
    const withdraw = (): void => {
      finish(null);
    };
    box.password = !prompt.echo;
    box.ignoreFocusOut = true;
    box.title = promptTitles[kind](host);
    if (prompts.length > 1) {
      box.step = index + 1;
      box.totalSteps = prompts.length;
    }
    box.placeholder = prompt.text;
    // Not as a validation message: that would take the place of what is asked.
    const refused = wasWrong && index === 0 ? vscode.l10n.t('The answer before was refused.') : '';
    const goesTo = vscode.l10n.t('It goes to {0} and is not kept.', asker);
    box.prompt = boxPrompt(refused, instruction, prompt.text.replace(/:$/u, ''), goesTo);
    box.onDidAccept(() => {
      finish(box.value);
    });
    box.onDidHide(withdraw);
    signal.addEventListener('abort', withdraw);
    box.show();
  });
}

async function requestTouch(host: string, signal: AbortSignal): Promise<void> {
  const title = withoutLinks(vscode.l10n.t('Touch your security key to log in to {0}.', host));
  const over = new Promise<void>((resolve) => {
    const end = (): void => {
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () => over);
}
