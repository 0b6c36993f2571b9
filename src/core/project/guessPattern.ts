/** Guesses how names are made of the parameters that stand in the command lines of jobs. */

/** Parameters of one command line, by name: `--symbol X` and `--symbol=X`. */
export function flagsOf(command: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, flag = '', value = ''] of command.matchAll(
    /(?<=^|\s)--([A-Za-z][\w-]{0,40})(?:=|\s+)([^\s'"$`-][^\s'"$`]{0,99})/gu,
  ))
    found.set(flag.replaceAll('-', '_'), value);
  return found;
}

/**
 * The pattern that most of the names follow; `null` where fewer than half of them follow one.
 *
 * @param named names, each with the parameters that it may be made of
 */
export function guessPattern(
  named: readonly { readonly name: string; readonly flags: ReadonlyMap<string, string> }[],
): string | null {
  const votes = new Map<string, number>();
  for (const { name, flags } of named) {
    const pattern = patternOf(name, flags);
    if (pattern !== null) votes.set(pattern, (votes.get(pattern) ?? 0) + 1);
  }
  const [best] = [...votes].sort((a, b) => b[1] - a[1]);
  return best !== undefined && 2 * best[1] >= named.length ? best[0] : null;
}

/** A name with each part that is the value of a parameter replaced by it; `null` where no part is one. */
function patternOf(name: string, flags: ReadonlyMap<string, string>): string | null {
  if (/[{}]/u.test(name)) return null;
  // The longest first: the value of one parameter may be a part of another's.
  const values = [...flags].sort((a, b) => b[1].length - a[1].length);
  let pattern = name;
  for (const [flag, value] of values) {
    const parts = pattern.split(/(\{[^}]*\})/u);
    const at = parts.findIndex((part) => !part.startsWith('{') && indexOfPart(part, value) !== -1);
    const part = parts[at];
    if (part === undefined) continue;
    const begin = indexOfPart(part, value);
    parts[at] = `${part.slice(0, begin)}{${flag}}${part.slice(begin + value.length)}`;
    pattern = parts.join('');
  }
  return pattern === name ? null : pattern;
}

/** Where a value stands as a part of its own: `5` is no part of `DOGE@250`. */
function indexOfPart(text: string, value: string): number {
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1))
    if (!/[A-Za-z0-9]/u.test(text[at - 1] ?? '') && !/[A-Za-z0-9]/u.test(text[at + value.length] ?? '')) return at;
  return -1;
}
