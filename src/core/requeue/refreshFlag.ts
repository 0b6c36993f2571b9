/** The flag that makes a program drop its checkpoint, in a command line: found, added and taken out word by word. */
import { splitShell, type ShellWord } from '../text/shellWords';

/** `cannotTell`: the text of the flag stands in the command where it may be a word of it or not. */
export type FlagInCommand = 'absent' | 'present' | 'cannotTell';

export function findFlag(command: string, flag: string): FlagInCommand {
  const words = splitShell(command);
  const wanted = flagWords(flag);
  if (words === null || wanted === null) return mentions(command, flag) ? 'cannotTell' : 'absent';
  if (placesOf(words, wanted).length > 0) return 'present';
  // A word with blanks in it is what another shell, or a program, gets as a whole: `sh -c 'run --force-refresh'`.
  return words.some(({ text }) => /\s/u.test(text) && mentions(text, flag)) ? 'cannotTell' : 'absent';
}

/**
 * The command with the flag as its last word. `null` where the end of the text is not for certain the end of the program's
 * own words: several programs, a program that starts another by a text, or words behind `--`.
 */
export function withFlag(command: string, flag: string): string | null {
  const words = splitShell(command);
  if (words === null || words.length === 0) return null;
  const steps = stepsOf(words);
  const last = steps?.at(-1);
  if (steps === null || last === undefined || last.length === 0) return null;
  if (!steps.slice(0, -1).every(isPreparation)) return null;
  // `sh -c TEXT` and `python -c TEXT` hand what follows to the text, and behind `--` nothing is a flag.
  if (last.some((word) => word === '--' || /^-[a-z]*c$/u.test(word))) return null;
  return `${command.trimEnd()} ${flag}`;
}

/** The command without the flag, everything else as it was written. `null` where its words cannot be told. */
export function withoutFlag(command: string, flag: string): string | null {
  const words = splitShell(command);
  const wanted = flagWords(flag);
  if (words === null || wanted === null) return null;
  let text = command;
  for (const { from, to } of placesOf(words, wanted).reverse()) {
    const before = text.slice(0, from).replace(/[ \t]+$/u, '');
    const after = text.slice(to);
    text = before === '' ? after.trimStart() : before + after;
  }
  return text;
}

/**
 * A command as it is compared with others: without the flag. Its words are told by blanks alone, so that the process that
 * acts compares by the same rule.
 */
export function comparedCommand(command: string, flag: string | null): string {
  if (flag === null) return command;
  return command
    .split(/[ \t\n]+/u)
    .filter((word) => word !== '' && word !== flag && !word.startsWith(`${flag}=`))
    .join(' ');
}

function flagWords(flag: string): readonly string[] | null {
  const words = splitShell(flag);
  return words === null || words.length === 0 || words.some(({ operator }) => operator)
    ? null
    : words.map(({ text }) => text);
}

/** Where the words of the flag stand one behind the other; `--flag=value` is the flag too. */
function placesOf(words: readonly ShellWord[], wanted: readonly string[]): { from: number; to: number }[] {
  return words.flatMap(({ from }, index) => {
    const found = words.slice(index, index + wanted.length);
    const isFlag = wanted.every((text, offset) => isWord(found[offset], text, wanted.length === 1));
    return isFlag ? [{ from, to: found.at(-1)?.to ?? from }] : [];
  });
}

function isWord(word: ShellWord | undefined, text: string, mayHaveValue: boolean): boolean {
  if (word === undefined || word.operator) return false;
  return word.text === text || (mayHaveValue && word.text.startsWith(`${text}=`));
}

/** The words of each program that is started behind the other by `&&`; `null` for any other way to join programs. */
function stepsOf(words: readonly ShellWord[]): string[][] | null {
  const steps: string[][] = [[]];
  for (const { text, operator } of words)
    if (!operator) steps.at(-1)?.push(text);
    else if (text === '&&') steps.push([]);
    // The rest of a redirection is a word like any other, and what stands behind it still belongs to the program.
    else if (!/^[<>]/u.test(text)) return null;
  return steps;
}

/** What a line does before it starts its program. */
function isPreparation([name]: readonly string[]): boolean {
  return name !== undefined && ['cd', 'export', 'source', '.', 'set', 'ulimit', 'umask', 'unset'].includes(name);
}

function mentions(text: string, flag: string): boolean {
  return text.replace(/['"\\]/gu, '').includes(flag);
}
