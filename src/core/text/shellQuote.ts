/**
 * Equivalent command lines for people to read and copy. Never used to run anything: the helper starts programs from argv
 * without a shell.
 */
import { visible } from './visible';

const plainWord = /^[\w@%+=:,./-]+$/u;

/** One word, single-quoted for a POSIX shell where it needs to be. */
export function shellQuote(word: string): string {
  return plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A whole argv as one shell line; characters that cannot be seen are written out, and a line break can not be pasted. */
export function shellLine(argv: readonly string[]): string {
  return argv.map((word) => visible(shellQuote(word), 4096)).join(' ');
}
