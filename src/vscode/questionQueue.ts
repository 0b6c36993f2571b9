/** The order of the questions to a person: one at a time over all hosts, and never one that is no longer needed. */
import type { HostKeyQuestion, HostQuestions, Log, PassphraseQuestion, PromptQuestion } from '../core/ports';

/** How one question is shown. An answer that comes after the signal counts for nothing. */
export interface QuestionFaces {
  trustHostKey(question: HostKeyQuestion, signal: AbortSignal): Promise<boolean>;
  unlockKey(question: PassphraseQuestion, signal: AbortSignal): Promise<boolean>;
  answer(question: PromptQuestion, signal: AbortSignal): Promise<readonly string[] | null>;
  requestTouch(host: string, signal: AbortSignal): Promise<void>;
}

/** See {@link HostQuestions}. */
export class QuestionQueue implements HostQuestions {
  readonly #faces: QuestionFaces;
  readonly #log: Log;
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;
  /** By key: the number of the last question that stood in the queue when a box of that key was dismissed. */
  readonly #dismissed = new Map<string, number>();
  /** By what was asked about: the answer to the key of a host, and the last question that stood in the queue then. */
  readonly #judged = new Map<string, { readonly number: number; readonly isTrusted: boolean }>();

  constructor(faces: QuestionFaces, log: Log) {
    this.#faces = faces;
    this.#log = log;
  }

  mayAsk(): boolean {
    return true;
  }

  trustHostKey(question: HostKeyQuestion, signal: AbortSignal): Promise<boolean> {
    const number = ++this.#count;
    const { address, keyType, fingerprint, store } = question;
    const asked = JSON.stringify([address, keyType, fingerprint, store]);
    return this.#inTurn(signal, false, async () => {
      // Many hosts may lie behind one jump host: a person is asked about it once, not once a host.
      const judged = this.#judged.get(asked);
      if (judged !== undefined && number <= judged.number) return judged.isTrusted;
      const isTrusted = await this.#faces.trustHostKey(question, signal);
      if (!signal.aborted) this.#judged.set(asked, { number: this.#count, isTrusted });
      return isTrusted;
    });
  }

  unlockKey(question: PassphraseQuestion, signal: AbortSignal): Promise<boolean> {
    const number = ++this.#count;
    return this.#inTurn(signal, false, async () => {
      if (question.isOpen()) return true;
      // Many hosts may wait for one key: a person dismisses its box once, not once a host.
      if (number <= (this.#dismissed.get(question.key) ?? 0)) return false;
      const isOpen = await this.#faces.unlockKey(question, signal);
      if (!isOpen && !signal.aborted) this.#dismissed.set(question.key, this.#count);
      return isOpen;
    });
  }

  answer(question: PromptQuestion, signal: AbortSignal): Promise<readonly string[] | null> {
    return this.#inTurn(signal, null, () => this.#faces.answer(question, signal));
  }

  /** Waits for no other question, and holds up none: the key waits only for seconds. */
  async requestTouch(host: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    try {
      await this.#faces.requestTouch(host, signal);
    } catch (error) {
      this.#log.warn(`The request to touch a security key could not be shown: ${String(error)}`);
    }
  }

  /**
   * A question that is withdrawn is answered at once; what is still on the screen holds up the next one all the same.
   *
   * @param none the answer of who was not asked
   */
  #inTurn<T>(signal: AbortSignal, none: T, show: () => Promise<T>): Promise<T> {
    const answer = this.#last
      .then(() => (signal.aborted ? none : show()))
      .catch((error: unknown) => {
        // VS Code refuses dialogs while it is driven by extension tests; who cannot be asked has not agreed.
        this.#log.warn(`A question could not be shown: ${String(error)}`);
        return none;
      });
    this.#last = answer;
    return new Promise((resolve) => {
      const withdraw = (): void => {
        resolve(none);
      };
      if (signal.aborted) withdraw();
      signal.addEventListener('abort', withdraw);
      // Cannot reject: see above.
      void answer.then((given) => {
        signal.removeEventListener('abort', withdraw);
        resolve(signal.aborted ? none : given);
      });
    });
  }
}
