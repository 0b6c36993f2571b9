/** A job's command line as it goes to the clipboard: nothing in it runs, or hides, by being pasted. */
import { maskSpans } from './maskSecrets';
import { writtenOut } from './visible';

export interface PasteableCommand {
  /** One line, without a line break at its end. */
  readonly text: string;
  /** How many secret-looking spans stand masked in it. */
  readonly maskedSpans: number;
  /** Whether it is written as `sh -c $'…'`, because it holds line breaks or characters that cannot be seen. */
  readonly encoded: boolean;
}

/**
 * A terminal takes each line break of what is pasted for Enter, and control characters for keys. A command that holds any is
 * therefore given as one line, `sh -c $'…'`: pueue starts commands by `sh -c` too, and bash, zsh and ksh read the quoting
 * (ANSI-C quoting; dash and fish do not). What is masked stays masked.
 *
 * @param secrets `real` only where the person has asked for the real text by a click that says so
 */
export function pasteableCommand(command: string, secrets: 'masked' | 'real' = 'masked'): PasteableCommand {
  const { text, spans } = secrets === 'masked' ? maskSpans(command) : { text: command, spans: 0 };
  if (writtenOut(text) === text) return { text, maskedSpans: spans, encoded: false };
  const quoted = Array.from(text, quotedCharacter).join('');
  return { text: `sh -c $'${quoted}'`, maskedSpans: spans, encoded: true };
}

function quotedCharacter(character: string): string {
  if (character === '\\' || character === "'") return `\\${character}`;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (writtenOut(character) === character) return character;
  const code = character.codePointAt(0) ?? 0;
  // A byte that was no UTF-8 (PEP 383).
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  const hex = code.toString(16);
  if (code <= 0x7f) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
