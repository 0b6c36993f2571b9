/** A prompt of ssh as a question to a person: every text of it safe to show, and who gets the answer. Pure. */
import type { PromptQuestion } from '../../core/ports';
import { visible } from '../../core/text/visible';
import type { SecretPrompt } from '../askpass/sshPrompt';

/** Lines of ssh itself that stand between what a server says. */
const ownWords = /^(?:Authenticated |Warning: |Load key |Permission denied, please)/;

/** @param said what ssh has said since the question before: a server's words to its prompt are among it */
export function promptQuestion(host: string, prompt: SecretPrompt, said: string, wasWrong: boolean): PromptQuestion {
  return {
    host: visible(host, 80),
    kind: prompt.kind,
    asker: askerOf(prompt),
    instruction: prompt.kind === 'secondFactor' ? wordsBefore(said) : '',
    // ssh does not tell its askpass program whether what is typed may be seen.
    prompts: [{ text: shownPrompt(prompt.text), echo: false }],
    wasWrong,
  };
}

/** The text of a prompt, for a box or a message. */
export function shownPrompt(text: string): string {
  return visible(text.trim(), 300);
}

function askerOf({ kind, asker }: SecretPrompt): string {
  if (kind === 'passphrase') return 'ssh on this machine';
  return asker === null ? 'the server, or a program on the way to it' : visible(asker);
}

/** The last lines of a server, without those of ssh. */
function wordsBefore(said: string): string {
  // Kept byte by byte, because a character may lie across two reads.
  return Buffer.from(said, 'latin1')
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !ownWords.test(line))
    .slice(-4)
    .map((line) => visible(line.trim(), 120))
    .join(' ');
}
