/** What of a prompt of ssh a person needs to know besides its text: who gets the answer, and what was said to it. Pure. */
import type { PromptQuestion } from '../../core/ports';
import type { SecretPrompt } from '../askpass/sshPrompt';
import { oneLine, promptQuestion } from '../login/shownQuestion';

/** Lines of ssh itself that stand between what a server says. */
const ownWords = /^(?:Authenticated |Warning: |Load key |Permission denied, please)/;

/** @param said what ssh has said since the question before: a server's words to its prompt are among it */
export function sshPromptQuestion(host: string, prompt: SecretPrompt, said: string, wasWrong: boolean): PromptQuestion {
  return promptQuestion({
    ...{ host, kind: prompt.kind, asker: askerOf(prompt), wasWrong },
    instruction: prompt.kind === 'secondFactor' ? [wordsBefore(said)] : [],
    // ssh does not tell its askpass program whether what is typed may be seen.
    prompts: [{ text: prompt.text, echo: false }],
  });
}

/** The text of a prompt, for a message. */
export function shownPrompt(text: string): string {
  return oneLine(text, 300);
}

function askerOf({ kind, asker }: SecretPrompt): string {
  if (kind === 'passphrase') return 'ssh on this machine';
  return asker ?? 'the server, or a program on the way to it';
}

/** The last lines of a server, without those of ssh. */
function wordsBefore(said: string): string {
  // Kept byte by byte, because a character may lie across two reads.
  return Buffer.from(said, 'latin1')
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !ownWords.test(line))
    .slice(-4)
    .map((line) => line.trim().slice(0, 120))
    .join('\n');
}
