/**
 * What ssh asks during one login, put to a person: which prompts are shown and as what, which are answered by what was
 * decided before, and which end the attempt. A wrong answer is never followed by a guess of ours.
 */
import type { Clock, HostQuestions, Log } from '../../core/ports';
import { visible } from '../../core/text/visible';
import type { AskedPrompt } from '../askpass/askpassProtocol';
import type { ResolvedSshConfig } from '../config/sshConfig';
import { readSshPrompt, type HostKeyPrompt, type SecretPrompt } from '../askpass/sshPrompt';
import * as told from './openSshProblems';
import { shownPrompt, sshPromptQuestion } from './promptQuestion';
import type { RunningLogin } from './openSshRun';
import { seconds } from '../problems';

/** ssh cuts longer answers without a word (ssh_askpass in readpass.c). */
const answerLimitBytes = 1000;
/** After as many prompts in one login somebody only keeps asking. */
const promptLimit = 20;

/** ssh logs it at VERBOSE when a proof was right and another one is wanted. */
const partialSuccess = /^Authenticated (?:using "[^"\n]*" )?with partial success/gm;

export interface LoginDialogParts {
  readonly context: told.OpenSshContext;
  /** Where the login leads. ssh tells which proofs the host itself has accepted, and not those of a host on the way. */
  readonly config: ResolvedSshConfig;
  readonly questions: HostQuestions;
  /** By name: the fingerprint of the key that a person has accepted. */
  readonly approved: ReadonlyMap<string, string>;
  readonly clock: Clock;
  /** How long one answer may take; see `SshTimings`. */
  readonly promptMs: number;
  readonly log: Log;
}

/** An answer that went to ssh. */
interface GivenAnswer extends SecretPrompt {
  /** How many proofs had been accepted before. */
  readonly proofs: number;
}

/** See the head of the file. */
export class LoginDialog {
  /** The key because of which this login was given up, so that no link is held while a person looks at it. */
  unknownKey: HostKeyPrompt | null = null;
  readonly #parts: LoginDialogParts;
  #login: RunningLogin | null = null;
  #last: GivenAnswer | null = null;
  #heardUpTo = 0;
  #count = 0;

  constructor(parts: LoginDialogParts) {
    this.#parts = parts;
  }

  /** The last prompt that was answered, to be shown; `null` where there was none. */
  get answered(): string | null {
    return this.#last === null ? null : shownPrompt(this.#last.text);
  }

  attach(login: RunningLogin): void {
    this.#login = login;
  }

  /** Answers one prompt. What ends the attempt is told to it, and is no answer here. */
  async answer(asked: AskedPrompt, signal: AbortSignal): Promise<string | null> {
    const { context, approved, log } = this.#parts;
    const prompt = readSshPrompt(asked);
    const login = this.#login;
    if (login === null) return null;
    log.info(`${context.host}: ssh asks (${prompt.kind})`);
    switch (prompt.kind) {
      case 'hostKey': {
        const fingerprint = approved.get(prompt.name);
        // ssh compares it itself, and stores exactly that key (sshconnect.c, confirm).
        if (fingerprint === prompt.fingerprint) return fingerprint;
        this.unknownKey = prompt;
        return 'no';
      }
      case 'unclear':
        login.fail(told.openSshKeyUnclear(context, shownPrompt(prompt.text)));
        return null;
      case 'permission':
        return null;
      case 'notice':
        await this.#requestTouch(prompt.text, login, signal);
        return null;
      case 'passphrase':
      case 'password':
      case 'secondFactor':
        try {
          return await this.#ask(prompt, login, signal);
        } catch (error) {
          login.fail(error instanceof Error ? error : new Error(String(error)));
          return null;
        }
    }
  }

  /** ssh has only one notice: that a security key wants to be touched (sshconnect2.c). It ends it itself. */
  async #requestTouch(text: string, login: RunningLogin, signal: AbortSignal): Promise<void> {
    const { context, questions, clock, promptMs, log } = this.#parts;
    log.info(`${context.host}: ssh says "${shownPrompt(text)}"`);
    const limit = new AbortController();
    const cancelLimit = clock.after(promptMs, () => {
      limit.abort();
    });
    login.hold();
    await questions.requestTouch(visible(context.host, 80), AbortSignal.any([signal, limit.signal]));
    cancelLimit();
    login.goOn();
  }

  async #ask(prompt: SecretPrompt, login: RunningLogin, signal: AbortSignal): Promise<string | null> {
    const { context, config, questions, clock, promptMs } = this.#parts;
    const what = shownPrompt(prompt.text);
    const said = login.said();
    const proofs = said.match(partialSuccess)?.length ?? 0;
    const last = this.#last;
    const isNewProof = last === null || proofs > last.proofs;
    // After a wrong answer to one method ssh goes on to the next, and a person might lock the account by a second answer.
    const isOfHost = prompt.asker !== null && prompt.asker === last?.asker && prompt.asker === this.#asker();
    if (!isNewProof && isOfHost && last.kind !== prompt.kind)
      throw told.openSshAnswerRefused(context, shownPrompt(last.text), null);
    if (++this.#count > promptLimit) throw told.openSshAnswerRefused(context, what, null);

    const since = said.slice(this.#heardUpTo);
    this.#heardUpTo = said.length;
    const late = new AbortController();
    const cancelLimit = clock.after(promptMs, () => {
      late.abort();
    });
    login.hold();
    const isDirect = config.proxyJump === null && config.proxyCommand === null;
    const wasWrong = !isNewProof && (last.text === prompt.text || (isDirect && last.kind === 'passphrase'));
    const question = sshPromptQuestion(context.host, prompt, since, wasWrong);
    const answers = await questions
      .answer(question, AbortSignal.any([signal, late.signal]))
      .finally(cancelLimit)
      .finally(login.goOn);
    // Nobody waits for it any more: ssh was ended, or ended by itself, and that is told as it is.
    if (signal.aborted) return null;
    if (late.signal.aborted) throw told.openSshAnsweredLate(context, what, seconds(promptMs));
    const [answer] = answers ?? [];
    if (answer === undefined) throw told.openSshNotAnswered(context, what);
    if (/[\n\r\0]/.test(answer) || Buffer.byteLength(answer) > answerLimitBytes)
      throw told.openSshAnswerUnusable(context, what);
    this.#last = { ...prompt, proofs };
    return answer;
  }

  /** How ssh names the host itself where it asks for it (sshconnect2.c). */
  #asker(): string {
    const { user, hostKeyAlias, hostName } = this.#parts.config;
    return `${user}@${hostKeyAlias ?? hostName.toLowerCase()}`;
  }
}
