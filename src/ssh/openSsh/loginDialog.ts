/**
 * What ssh asks during one login, put to a person: which prompts are shown and as what, which are answered by what was
 * decided before, and which end the attempt. A wrong answer is never followed by a guess of ours.
 */
import type { Clock, HostQuestions, Log } from '../../core/ports';
import { visible } from '../../core/text/visible';
import type { AskedPrompt } from '../askpass/askpassProtocol';
import { readSshPrompt, type HostKeyPrompt, type SecretPrompt } from '../askpass/sshPrompt';
import * as told from './openSshProblems';
import type { RunningLogin } from './openSshRun';
import { seconds } from '../problems';

/** A server ends a login after 120 s by default (sshd_config(5), LoginGraceTime); ssh has used some of them. */
const answerLimitMs = 110_000;
/** ssh cuts longer answers without a word (ssh_askpass in readpass.c). */
const answerLimitBytes = 1000;
/** After as many prompts in one login somebody only keeps asking. */
const promptLimit = 20;

/** ssh logs it at VERBOSE when a proof was right and another one is wanted. */
const partialSuccess = /^Authenticated (?:using "[^"\n]*" )?with partial success/gm;
/** Lines of ssh itself that stand between what a server says. */
const ownWords = /^(?:Authenticated |Warning: |Load key |Permission denied, please)/;

export interface LoginDialogParts {
  readonly context: told.OpenSshContext;
  readonly questions: HostQuestions;
  /** By name: the fingerprint of the key that a person has accepted. */
  readonly approved: ReadonlyMap<string, string>;
  readonly clock: Clock;
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
    return this.#last === null ? null : shown(this.#last.text);
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
        login.fail(told.openSshKeyUnclear(context, shown(prompt.text)));
        return null;
      case 'permission':
      case 'notice':
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

  async #ask(prompt: SecretPrompt, login: RunningLogin, signal: AbortSignal): Promise<string | null> {
    const { context, questions, clock } = this.#parts;
    const what = shown(prompt.text);
    const said = login.said();
    const proofs = said.match(partialSuccess)?.length ?? 0;
    const last = this.#last;
    const isNewProof = last === null || proofs > last.proofs;
    // After a wrong answer to one method ssh tries the next by itself; that would be the same secret, sent once more.
    if (!isNewProof && last.kind !== 'passphrase' && last.kind !== prompt.kind && last.asker === prompt.asker)
      throw told.openSshAnswerRefused(context, shown(last.text), null);
    if (++this.#count > promptLimit) throw told.openSshAnswerRefused(context, what, null);

    const instruction = prompt.kind === 'secondFactor' ? wordsBefore(said.slice(this.#heardUpTo)) : '';
    this.#heardUpTo = said.length;
    const late = new AbortController();
    const cancelLimit = clock.after(answerLimitMs, () => {
      late.abort();
    });
    login.hold();
    const question = {
      host: visible(context.host, 80),
      kind: prompt.kind,
      asker: askerOf(prompt),
      instruction,
      prompts: [{ text: shown(prompt.text), echo: false }],
      wasWrong: !isNewProof && (last.kind === 'passphrase' || last.text === prompt.text),
    };
    const answers = await questions
      .answer(question, AbortSignal.any([signal, late.signal]))
      .finally(cancelLimit)
      .finally(login.goOn);
    // Nobody waits for it any more: ssh was ended, or ended by itself, and that is told as it is.
    if (signal.aborted) return null;
    if (late.signal.aborted) throw told.openSshAnsweredLate(context, what, seconds(answerLimitMs));
    const [answer] = answers ?? [];
    if (answer === undefined) throw told.openSshNotAnswered(context, what);
    if (/[\n\r\0]/.test(answer) || Buffer.byteLength(answer) > answerLimitBytes)
      throw told.openSshAnswerUnusable(context, what);
    this.#last = { ...prompt, proofs };
    return answer;
  }
}

const shown = (text: string): string => visible(text.trim(), 300);

function askerOf({ kind, asker }: SecretPrompt): string {
  if (kind === 'passphrase') return 'ssh on this machine';
  return asker === null ? 'the server, or a program on the way to it' : visible(asker);
}

/** What a server says before its prompt, without what ssh says: the last lines of it. */
function wordsBefore(said: string): string {
  const lines = Buffer.from(said, 'latin1')
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !ownWords.test(line));
  return lines
    .slice(-4)
    .map((line) => visible(line.trim(), 120))
    .join(' ');
}
