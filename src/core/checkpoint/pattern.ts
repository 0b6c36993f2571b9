/**
 * Patterns of names, as a project file writes them: `{x}` stands for one or more characters other than `/`, everything else for
 * itself, and the pattern stands for the whole text. No regular expression: a hostile name must not make one backtrack.
 */

/** What a text says by a pattern. `ambiguous`: there is more than one way to split it, so nothing is known. */
export type Match =
  | { readonly kind: 'parameters'; readonly values: ReadonlyMap<string, string> }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous' };

type Part = { readonly literal: string } | { readonly name: string };

const fieldName = /^[\p{L}_][\p{L}\p{N}_-]*$/u;
/** A file name has at most 255 bytes nearly everywhere, and so has what describes one. */
const patternCap = 1000;
const fieldCap = 50;
/** A longer text is no name and no label that anybody would give parameters in. */
const textCap = 10_000;
const none: Match = { kind: 'none' };

/**
 * Why a text is no pattern, as the end of a sentence; `null` where it is one.
 *
 * @param of names lie directly in their directory, so that no `/` can ever match in the pattern of one
 */
export function faultOfPattern(text: string, of: 'name' | 'label'): string | null {
  if (text === '') return 'must not be empty';
  if (text.length > patternCap) return `must not be longer than ${patternCap} characters`;
  if (of === 'name' && text.includes('/')) return 'must not hold "/": it is about names, and not about paths';
  const names = new Set<string>();
  for (const [piece] of text.matchAll(/\{[^{}]*\}|[{}]/gu)) {
    if (piece.length === 1) return `has a "${piece}" without its counterpart`;
    const name = piece.slice(1, -1);
    if (name === '') return 'has "{}", which names nothing';
    if (!fieldName.test(name)) return 'may name parameters by letters, digits, "_" and "-" only';
    if (names.has(name)) return `names "{${name}}" twice`;
    names.add(name);
  }
  if (names.size > fieldCap) return `must not name more than ${fieldCap} parameters`;
  return null;
}

export class Pattern {
  /** The names in it, in their order. */
  readonly names: readonly string[];
  readonly #parts: readonly Part[];

  private constructor(
    readonly text: string,
    parts: readonly Part[],
  ) {
    this.#parts = parts;
    this.names = parts.flatMap((part) => ('name' in part ? part.name : []));
  }

  /** @returns `null` for what {@link faultOfPattern} finds fault with */
  static parse(text: string, of: 'name' | 'label'): Pattern | null {
    if (faultOfPattern(text, of) !== null) return null;
    const parts = text
      .split(/(\{[^{}]*\})/u)
      .filter((piece) => piece !== '')
      .map((piece): Part => (piece.startsWith('{') ? { name: piece.slice(1, -1) } : { literal: piece }));
    return new Pattern(text, parts);
  }

  /** The text with these values in it; `null` where one is missing, or could not stand there. */
  fill(values: ReadonlyMap<string, string>): string | null {
    let filled = '';
    for (const part of this.#parts) {
      const value = 'name' in part ? values.get(part.name) : part.literal;
      if (value === undefined || ('name' in part && !/^[^/]+$/u.test(value))) return null;
      filled += value;
    }
    return filled;
  }

  /** Takes time linear in the text, times the length of the pattern. */
  match(text: string): Match {
    if (text.length > textCap) return none;
    const steps = this.#steps(text);
    const ways = steps.at(-1)?.[text.length] ?? 0;
    if (ways === 0) return none;
    return ways > 1 ? { kind: 'ambiguous' } : { kind: 'parameters', values: this.#values(text, steps) };
  }

  /** For each beginning of the pattern, and each beginning of the text: in how many ways they fit, where 2 stands for more. */
  #steps(text: string): Uint8Array[] {
    let before = new Uint8Array(text.length + 1);
    before[0] = 1;
    const steps = [before];
    for (const part of this.#parts) {
      const after = new Uint8Array(text.length + 1);
      if ('literal' in part) {
        for (let at = text.indexOf(part.literal); at >= 0; at = text.indexOf(part.literal, at + 1))
          after[at + part.literal.length] = before[at] ?? 0;
      } else {
        // A value may begin wherever the part before it has ended, up to the last slash.
        let begun = 0;
        for (let end = 1; end <= text.length; end += 1) {
          begun = text[end - 1] === '/' ? 0 : Math.min(2, begun + (before[end - 1] ?? 0));
          after[end] = begun;
        }
      }
      steps.push(after);
      before = after;
    }
    return steps;
  }

  /** The one way, from its end to its beginning: at each part only one place is on it. */
  #values(text: string, steps: readonly Uint8Array[]): ReadonlyMap<string, string> {
    const values: [string, string][] = [];
    let end = text.length;
    for (let index = this.#parts.length - 1; index >= 0; index -= 1) {
      const part = this.#parts[index];
      if (part === undefined) break;
      let begin = end - 1;
      if ('literal' in part) begin = end - part.literal.length;
      else {
        while (begin > 0 && (steps[index]?.[begin] ?? 0) === 0) begin -= 1;
        values.push([part.name, text.slice(begin, end)]);
      }
      end = begin;
    }
    return new Map(values.reverse());
  }
}
