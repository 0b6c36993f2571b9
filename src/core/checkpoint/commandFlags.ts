/** The values of long options in a command line, as far as they can be told without running a shell. */

/** One word of a command line, and whether a shell would leave it as it stands. */
interface Word {
  readonly text: string;
  readonly certain: boolean;
}

/** Longest command line that is looked at. */
const commandCap = 20_000;

/**
 * The value of each of the named parameters that the command gives by `--name value` or `--name=value`. One that is given twice
 * with different values, or that a shell would make something else of, is not among them. `start_date` is also `--start-date`.
 */
export function flagValues(command: string, names: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (command.length > commandCap || !command.includes('--')) return found;
  const wanted = new Map(names.map((name) => [name.replaceAll('_', '-'), name]));
  const unsure = new Set<string>();
  const words = wordsOf(command);
  for (const [index, { text, certain }] of words.entries()) {
    const [, flag, , joined] = /^--([^=]+)(=(.*))?$/su.exec(text) ?? [];
    const name = flag === undefined ? undefined : wanted.get(flag.replaceAll('_', '-'));
    if (name === undefined) continue;
    const value = joined === undefined ? words[index + 1] : { text: joined, certain };
    if (value === undefined || (joined === undefined && value.text.startsWith('-'))) continue;
    const known = found.get(name);
    if (!value.certain || value.text === '' || (known !== undefined && known !== value.text)) unsure.add(name);
    else found.set(name, value.text);
  }
  for (const name of unsure) found.delete(name);
  return found;
}

/** Splits as `sh` does; of what `sh` would expand only the word itself is uncertain. */
function wordsOf(command: string): Word[] {
  const words: Word[] = [];
  const pieces = /\s+|[;&|()<>]+|'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\;&|()<>]+|./gsu;
  let text: string | null = null;
  let certain = true;
  const end = (): void => {
    if (text !== null) words.push({ text, certain });
    text = null;
    certain = true;
  };
  for (const [piece] of command.matchAll(pieces)) {
    if (/^[\s;&|()<>]/u.test(piece)) {
      end();
      // What follows an operator is no value of what stands before it.
      if (!/^\s/u.test(piece)) words.push({ text: '-', certain: false });
      continue;
    }
    text ??= '';
    if (piece.startsWith("'") && piece.length > 1) text += piece.slice(1, -1);
    else if (piece.startsWith('"') && piece.length > 1) {
      const inner = piece.slice(1, -1);
      if (/[$`]/u.test(inner)) certain = false;
      text += inner.replace(/\\([$`"\\])/gu, '$1');
    } else if (piece.startsWith('\\') && piece.length > 1) text += piece.slice(1);
    else {
      if (/[$`*?[\]{}~'"\\]/u.test(piece)) certain = false;
      text += piece;
    }
  }
  end();
  return words;
}
