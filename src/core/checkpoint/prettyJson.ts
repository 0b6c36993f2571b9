/** JSON laid out in lines, with every value written exactly as it was: parsing and printing again would round numbers. */

/** @returns `null` for what is no JSON, or no more than a single value */
export function prettyJson(text: string): string | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // That it does not parse is the answer.
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}:,]|[^\s[\]{}:,"]+/gu;
  const lines: string[] = [];
  let line = '';
  let depth = 0;
  const end = (): void => {
    lines.push(line);
    line = '  '.repeat(Math.min(depth, 20));
  };
  let before = '';
  for (const [token] of text.matchAll(tokens)) {
    const closes = token === '}' || token === ']';
    if (closes) {
      depth -= 1;
      if (before !== '{' && before !== '[') end();
    } else if (before === '{' || before === '[' || before === ',') end();
    line += token === ':' ? ': ' : token;
    if (token === '{' || token === '[') depth += 1;
    before = token;
  }
  return [...lines, line].join('\n');
}
