/** A person whose answers a test has prepared; by default one who says no. */
import type { HostKeyQuestion, LoginQuestions, PassphraseQuestion, PromptQuestion } from '../../src/core/ports';

export class AnsweredQuestions implements LoginQuestions {
  readonly hostKeys: HostKeyQuestion[] = [];
  readonly passphrases: PassphraseQuestion[] = [];
  readonly prompts: PromptQuestion[] = [];
  /** What the person answers to prompts, one list a question; none is a cancelled box. */
  answers: (readonly string[])[] = [];
  /** What happens while the person looks at prompts, and the answers. */
  onPrompt: (signal: AbortSignal) => Promise<readonly string[] | null> = () =>
    Promise.resolve(this.answers.shift() ?? null);
  /** What happens while the person looks at the key of a host, and the answer. */
  onHostKey: (question: HostKeyQuestion) => boolean | Promise<boolean> = () => false;
  /** What the person types into the boxes, one after the other; none is a cancelled box. */
  typed: string[] = [];

  /** Hosts for which a security key was to be touched, and whether that is over. */
  readonly touches: { readonly host: string; readonly signal: AbortSignal }[] = [];

  /** Whether anybody would be asked, and how often a login went on to what may reach a person elsewhere. */
  isThere = true;
  begun = 0;

  mayAsk(): boolean {
    return this.isThere;
  }

  noteBegun(): void {
    this.begun += 1;
  }

  requestTouch(host: string, signal: AbortSignal): Promise<void> {
    this.touches.push({ host, signal });
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
  }

  async trustHostKey(question: HostKeyQuestion): Promise<boolean> {
    this.hostKeys.push(question);
    return this.onHostKey(question);
  }

  answer(question: PromptQuestion, signal: AbortSignal): Promise<readonly string[] | null> {
    this.prompts.push(question);
    return this.onPrompt(signal);
  }

  unlockKey(question: PassphraseQuestion): Promise<boolean> {
    this.passphrases.push(question);
    for (;;) {
      const passphrase = this.typed.shift();
      if (passphrase === undefined) return Promise.resolve(false);
      const outcome = question.open(passphrase);
      if (outcome !== 'wrong') return Promise.resolve(outcome === 'open');
    }
  }
}
