/** How a question to a person is put, whichever client asks it: every text of it safe to show, and short enough. Pure. */
import type { HostKeyQuestion, PromptQuestion } from '../../core/ports';
import { visible } from '../../core/text/visible';

/** A host with the words that say whose jump host it is. */
const hostCap = 160;
/** What a server says is shown up to this length: the text of a second factor lists the ways to give it. */
const textCap = 600;

/** One line: what a server writes below another must not look like a sentence of ours. */
export function oneLine(text: string, cap = textCap): string {
  const lines = text.slice(0, cap * 2).split(/[\r\n]+/u);
  return visible(
    lines
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join(' · '),
    cap,
  );
}

/** A question as it came; `instruction` in its parts. */
export interface RawPrompts extends Pick<PromptQuestion, 'host' | 'kind' | 'asker' | 'wasWrong'> {
  readonly instruction?: readonly string[];
  readonly prompts: PromptQuestion['prompts'];
}

/** The question as it is shown. */
export function promptQuestion({ instruction = [], prompts, ...question }: RawPrompts): PromptQuestion {
  return {
    ...question,
    host: visible(question.host, hostCap),
    asker: visible(question.asker),
    instruction: instruction
      .map((text) => oneLine(text))
      .filter((text) => text !== '')
      .join(': '),
    prompts: prompts.map(({ text, echo }) => ({ text: oneLine(text), echo })),
  };
}

/** A key that nothing vouches for; `keyType` is the short name that OpenSSH gives it. */
export function hostKeyQuestion(question: Omit<HostKeyQuestion, 'compareCommand'>): HostKeyQuestion {
  const { store } = question;
  return {
    ...question,
    host: visible(question.host, hostCap),
    address: visible(question.address),
    store: 'file' in store ? { file: visible(store.file) } : store,
    compareCommand: `ssh-keygen -lf ${keyFileOnHost(question.keyType)}`,
  };
}

/** The file of the host's own key, by the default names of sshd_config(5), HostKey. */
function keyFileOnHost(keyType: string): string {
  const name = /^(?:RSA|ECDSA|DSA)/.exec(keyType)?.[0].toLowerCase() ?? 'ed25519';
  return `/etc/ssh/ssh_host_${name}_key.pub`;
}
