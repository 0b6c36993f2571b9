/**
 * Strict JSON (RFC 8259) with the place of every value, for a file that a repository brings: no comments, no trailing
 * commas, no byte order mark, no key twice, and limits on size and depth, since a parser must not be what such a file breaks.
 */
import { parseTree, type Node, type ParseError } from 'jsonc-parser';
import { formatBytes } from '../text/format';
import { visible } from '../text/visible';
import { longestText } from './projectFileName';

const deepest = 16;

/** A fault before it has a line and a column. */
export interface FaultAt {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  readonly beyondSchema: boolean;
}

export interface StrictJson {
  /** `null` where the text has a fault. Objects have no prototype, so that no key of theirs means anything by itself. */
  readonly root: { readonly node: Node; readonly value: unknown } | null;
  readonly faults: readonly FaultAt[];
}

export function parseStrictJson(text: string): StrictJson {
  const limit = limitFault(text);
  if (limit !== null) return { root: null, faults: [limit] };
  const errors: ParseError[] = [];
  const node = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  const faults = errors.map(({ error, offset, length }) => ({
    ...{ offset, length, beyondSchema: false },
    message: words[error] ?? 'This is no JSON.',
  }));
  if (node !== undefined) faults.push(...duplicates(node));
  return node === undefined || faults.length > 0
    ? { root: null, faults: inOrder(faults) }
    : { root: { node, value: valueOf(node) }, faults: [] };
}

/** By place, one at each: what follows from a fault stands at the same place. */
export function inOrder<Fault extends FaultAt>(faults: readonly Fault[]): Fault[] {
  const sorted = [...faults].sort((a, b) => a.offset - b.offset);
  return sorted.filter((fault, index) => fault.offset !== sorted[index - 1]?.offset);
}

function limitFault(text: string): FaultAt | null {
  if (text.startsWith('\ufeff'))
    return {
      ...{ offset: 0, length: 1, beyondSchema: true },
      message: 'The file begins with a byte order mark, which JSON has not; save it as UTF-8 without one.',
    };
  if (text.length > longestText)
    return {
      ...{ offset: 0, length: 0, beyondSchema: true },
      message: `The file is longer than ${formatBytes(longestText)}, which nobody can be asked to approve.`,
    };
  let depth = 0;
  // A text is taken as a whole, so that what stands in it does not count.
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gsu)) {
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    if (depth > deepest)
      return {
        ...{ offset: index, length: 1, beyondSchema: true },
        message: `This is nested more than ${deepest} levels deep.`,
      };
  }
  return null;
}

/** By number of the parser's error, see `ParseErrorCode` of jsonc-parser (a const enum, so it is not there at run time). */
const words: Readonly<Record<number, string>> = {
  1: 'This is no value that JSON knows: texts stand in double quotes, other values are numbers, true, false and null.',
  2: 'This number is not written as JSON writes numbers.',
  3: 'A key is missing here, in double quotes.',
  4: 'A value is missing here.',
  5: 'A colon is missing between the key and its value.',
  6: 'A comma is missing here.',
  7: 'A closing brace "}" is missing.',
  8: 'A closing bracket "]" is missing.',
  9: 'The file ends here, and something follows that is no part of it.',
  10: 'Comments are not allowed: the file is strict JSON.',
  11: 'This comment does not end.',
  12: 'This text does not end: a double quote is missing.',
  13: 'This number does not end.',
  14: 'This is no Unicode escape: it is written as \\u and four hexadecimal digits.',
  15: 'This is no escape that JSON knows.',
  16: 'This character may not stand in a text; write it as an escape.',
};

function duplicates(node: Node): FaultAt[] {
  const children = node.children ?? [];
  if (node.type !== 'object') return children.flatMap(duplicates);
  const seen = new Set<unknown>();
  return children.flatMap(({ children: [key, value] = [] }) => {
    const below = value === undefined ? [] : duplicates(value);
    if (key === undefined) return below;
    const name = String(key.value);
    const isTwice = seen.has(name);
    seen.add(name);
    if (!isTwice) return below;
    const message = `The key "${visible(name, 60)}" stands here for the second time.`;
    // VS Code itself warns of a key that stands twice.
    return [{ offset: key.offset, length: key.length, message, beyondSchema: false }, ...below];
  });
}

function valueOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(valueOf);
  if (node.type !== 'object') return node.value as unknown;
  const made = Object.create(null) as Record<string, unknown>;
  for (const { children: [key, value] = [] } of node.children ?? [])
    if (key !== undefined && value !== undefined) made[String(key.value)] = valueOf(value);
  return made;
}
