/** How `sh` splits a command line into words, as far as that is certain without running anything. */

export interface ShellWord {
  /** Without its quotes. */
  readonly text: string;
  /** Where it stands in the command line, quotes included. */
  readonly from: number;
  readonly to: number;
  /** Whether it is an operator: `&&`, `|`, `;`, `>` and the like. */
  readonly operator: boolean;
}

const operators = /^(?:&&|\|\||;;|>>|>&|<&|>\||<>|[|;&()<>\n])/u;
const blank = /[ \t]/u;
const plainVariable = /^\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\}|[0-9@*#?!$-])/u;

/**
 * The words of a command line by the rules of POSIX (XCU 2.3), with variables left as they are written.
 *
 * @returns `null` where the words cannot be told for certain: a quote that is not closed, the output of another command, a
 * here-document, a comment, a line that goes on, or quoting that not every shell knows
 */
export function splitShell(command: string): readonly ShellWord[] | null {
  const words: ShellWord[] = [];
  let at = 0;
  while (at < command.length) {
    if (blank.test(command[at] ?? '')) {
      at += 1;
      continue;
    }
    const operator = operators.exec(command.slice(at, at + 2))?.[0];
    if (operator !== undefined) {
      if (command.startsWith('<<', at)) return null;
      words.push({ text: operator, from: at, to: at + operator.length, operator: true });
      at += operator.length;
      continue;
    }
    const word = command[at] === '#' ? null : readWord(command, at);
    if (word === null) return null;
    words.push(word);
    at = word.to;
  }
  return words;
}

function readWord(command: string, from: number): ShellWord | null {
  let text = '';
  let at = from;
  while (at < command.length) {
    const character = command[at] ?? '';
    if (blank.test(character) || operators.test(character)) break;
    const part = readPart(command, at);
    if (part === null) return null;
    text += part.text;
    at = part.to;
  }
  return { text, from, to: at, operator: false };
}

interface Part {
  readonly text: string;
  readonly to: number;
}

/** One character, or what stands between two quotes. */
function readPart(command: string, at: number): Part | null {
  switch (command[at]) {
    case "'": {
      const end = command.indexOf("'", at + 1);
      return end < 0 ? null : { text: command.slice(at + 1, end), to: end + 1 };
    }
    case '"':
      return readDoubleQuoted(command, at + 1);
    case '\\': {
      const next = command[at + 1];
      return next === undefined || next === '\n' ? null : { text: next, to: at + 2 };
    }
    case '$':
      return readVariable(command, at);
    case '`':
      return null;
    default:
      return { text: command[at] ?? '', to: at + 1 };
  }
}

function readDoubleQuoted(command: string, from: number): Part | null {
  let text = '';
  let at = from;
  while (at < command.length) {
    const character = command[at];
    if (character === '"') return { text, to: at + 1 };
    if (character === '`') return null;
    if (character === '\\' && '$`"\\\n'.includes(command[at + 1] ?? ' ')) {
      if (command[at + 1] === '\n') return null;
      text += command[at + 1] ?? '';
      at += 2;
      continue;
    }
    const part = character === '$' ? readVariable(command, at) : { text: character ?? '', to: at + 1 };
    if (part === null) return null;
    text += part.text;
    at = part.to;
  }
  return null;
}

/** A dollar sign that begins nothing stands for itself. */
function readVariable(command: string, at: number): Part | null {
  const variable = plainVariable.exec(command.slice(at, at + 200))?.[0];
  if (variable !== undefined) return { text: variable, to: at + variable.length };
  return /["'({]/u.test(command[at + 1] ?? '') && command[at + 1] !== '"' ? null : { text: '$', to: at + 1 };
}
