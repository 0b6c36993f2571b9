/**
 * Masks secret-looking spans of a command line before it is shown: `--token abc`, `API_KEY=abc`, `https://user:abc@host`.
 * A guess by name, made to be generous: what is masked is said, and the host still runs the real text.
 */
import { shellLine } from './shellQuote';

/** What stands in place of a secret-looking span. */
export const mask = '•••';

const secretName = String.raw`(?:[\w-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|auth)s?)`;
/** A text in quotes with all that sticks to it, as `shellLine` writes a quote within quotes; else a word; else an open quote. */
const quoted = String.raw`(?:"(?:[^"\\]|\\.)*"|'[^']*')`;
const value = String.raw`(?:${quoted}(?:${quoted}|\\.|[^\s'"\\])*|[^\s'"]+|["'][\s\S]*$)`;

/** An option that is one word in quotes, as `shellLine` writes it: its value goes on over blanks to the closing quote. */
const quotedOption = new RegExp(String.raw`(['"])(--?${secretName}=)((?:\\.|(?!\1)[^\\])+)(?=\1)`, 'giu');
const assignment = new RegExp(String.raw`(^|[\s;&|('"])(--?${secretName}=|${secretName}=)(?!${mask})(${value})`, 'giu');
const option = new RegExp(String.raw`(^|[\s;&|(])(--?${secretName})(\s+)(?!-)(${value})`, 'giu');
const urlPassword = /(\w:\/\/[^\s/:@]*:)([^\s/@]+)(@)/gu;
const bearer = /(\bbearer\s+)([\w.~+/=-]+)/giu;

/** The command line with every secret-looking value replaced by {@link mask}. */
export function maskSecrets(commandLine: string): string {
  return maskSpans(commandLine).text;
}

/**
 * The command line of an argv, masked. Each word by itself first: a word that is a command of its own is quoted anew in the
 * line, and its own quotes are no longer to be told there.
 */
export function maskedLine(argv: readonly string[]): string {
  return maskSecrets(shellLine(argv.map(maskSecrets)));
}

/** The same, and how many spans were replaced. */
export function maskSpans(commandLine: string): { readonly text: string; readonly spans: number } {
  let spans = 0;
  const masked = (before: string, after = ''): string => {
    spans += 1;
    return before + mask + after;
  };
  const text = commandLine
    .replace(quotedOption, (_, quote: string, name: string) => masked(quote + name))
    .replace(assignment, (_, lead: string, name: string) => masked(lead + name))
    .replace(option, (_, lead: string, name: string, space: string) => masked(lead + name + space))
    .replace(urlPassword, (_, before: string, _password: string, after: string) => masked(before, after))
    .replace(bearer, (_, before: string) => masked(before));
  return { text, spans };
}
