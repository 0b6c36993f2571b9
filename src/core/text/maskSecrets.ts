/**
 * Masks secret-looking spans of a command line before it is shown: `--token abc`, `API_KEY=abc`, `https://user:abc@host`.
 * A guess by name, made to be generous: what is masked is said, and the host still runs the real text.
 */

const secretName = String.raw`(?:[\w-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|auth)s?)`;
const value = String.raw`(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s'"]+)`;

const assignment = new RegExp(String.raw`(^|[\s;&|('"])(--?${secretName}=|${secretName}=)(${value})`, 'giu');
const option = new RegExp(String.raw`(^|[\s;&|(])(--?${secretName})(\s+)(?!-)(${value})`, 'giu');
const urlPassword = /(\w:\/\/[^\s/:@]*:)([^\s/@]+)(@)/gu;
const bearer = /(\bbearer\s+)([\w.~+/=-]+)/giu;

/** What stands in place of a secret-looking span. */
export const mask = '•••';

/** The command line with every secret-looking value replaced by {@link mask}. */
export function maskSecrets(commandLine: string): string {
  return commandLine
    .replace(assignment, `$1$2${mask}`)
    .replace(option, `$1$2$3${mask}`)
    .replace(urlPassword, `$1${mask}$3`)
    .replace(bearer, `$1${mask}`);
}
