/**
 * The bytes of a log as text that a terminal may be given, in parts cut anywhere. Colours (SGR), line feed, carriage return and
 * tab act; every other control character and escape sequence is left out; what could not be seen is written out.
 */
import { decoded, unfinishedBytes } from '../log/logText';
import { writtenOut } from '../text/visible';

/** What our own lines begin with. In the output of a job it is written out, so that no job can make one. */
export const ownMark = '\u00a6';

/** Longest sequence that is waited for to its end. */
const sequenceCap = 4096;

/** C0, DEL and C1 (ECMA-48, 5.2–5.4), without tab and carriage return: all that begins something, or acts in another way here. */
const control = /[\u0000-\u0008\u000a-\u000c\u000e-\u001f\u007f-\u009f]/gu;
const colour = /^\u001b\[[\d;:]*m$/u;
/** What follows the escape character of an operating system command, or of another string that is meant for the terminal. */
const stringOpeners = ']PX^_';

export class TerminalText {
  /** The beginning of a character whose rest has not come. */
  #held: Uint8Array = new Uint8Array();
  /** What is read: text, or a sequence of one of three kinds (ECMA-48, 5.3–5.6), each character of which is looked at once. */
  #within: 'text' | 'escape' | 'control' | 'string' = 'text';
  /** The sequence that has begun. */
  #sequence = '';

  /** The text of the next bytes, as far as its characters and sequences are whole. */
  feed(bytes: Uint8Array): string {
    const joined = new Uint8Array(this.#held.length + bytes.length);
    joined.set(this.#held);
    joined.set(bytes, this.#held.length);
    const whole = joined.length - unfinishedBytes(joined);
    this.#held = joined.slice(whole);
    return this.#filter(decoded(joined.subarray(0, whole)));
  }

  /** What is left at the end, or where the output is broken off. A sequence that was never ended is left out. */
  end(): string {
    const rest = this.#filter(decoded(this.#held));
    this.#held = new Uint8Array();
    this.#within = 'text';
    return rest;
  }

  #filter(text: string): string {
    const parts: string[] = [];
    let index = 0;
    while (index < text.length) {
      if (this.#within === 'text') {
        control.lastIndex = index;
        const next = control.exec(text)?.index ?? text.length;
        if (next > index) parts.push(shown(text.slice(index, next)));
        index = next;
        if (index === text.length) break;
      }
      const character = text[index] ?? '';
      parts.push(this.#within === 'text' ? this.#begin(character) : this.#continue(character));
      index += 1;
    }
    return parts.join('');
  }

  #begin(character: string): string {
    if (character === '\n') return '\r\n';
    const code = character.charCodeAt(0);
    if (character === '\u001b') this.#escape();
    else if (code >= 0x80) {
      // A C1 control is short for the escape character and another (ECMA-48, 5.3).
      this.#escape();
      this.#advance(String.fromCharCode(code - 0x40));
    }
    return '';
  }

  #escape(): void {
    this.#within = 'escape';
    this.#sequence = '\u001b';
  }

  /** A line feed ends whatever was begun: a sequence may hide the rest of its line and no more. */
  #continue(character: string): string {
    const code = character.charCodeAt(0);
    if (character === '\n') {
      this.#within = 'text';
      return '\r\n';
    }
    // CAN and SUB break a sequence off, an escape character begins the next one (ECMA-35, 13; as xterm does).
    if (character === '\u0018' || character === '\u001a') this.#within = 'text';
    else if (character === '\u001b' || (code >= 0x80 && code <= 0x9f)) this.#begin(character);
    else if (this.#within === 'string' && character === '\u0007') this.#within = 'text';
    // Other control characters within a sequence do not belong to it.
    else if (this.#within === 'string' || (code >= 0x20 && code !== 0x7f)) return this.#advance(character);
    return '';
  }

  /** @returns the sequence where it is now whole and may act */
  #advance(character: string): string {
    this.#sequence += character;
    if (this.#sequence.length > sequenceCap) this.#within = 'text';
    else if (this.#within === 'escape') this.#within = afterEscape(character, this.#sequence.length);
    else if (this.#within === 'control' && character > '\u003f') {
      // Its last character; one that belongs into no sequence ends it as well.
      this.#within = 'text';
      if (colour.test(this.#sequence)) return this.#sequence;
    }
    return '';
  }
}

/** Where a sequence goes on that has come to this length with this character, and was of no kind yet. */
function afterEscape(character: string, length: number): 'text' | 'escape' | 'control' | 'string' {
  if (length === 2 && character === '[') return 'control';
  if (length === 2 && stringOpeners.includes(character)) return 'string';
  // Intermediate characters; any other one is the last.
  return character <= '\u002f' ? 'escape' : 'text';
}

/** What is drawn as nothing, or turns the direction of its surroundings, and what our own lines begin with, is written out. */
function shown(text: string): string {
  return writtenOut(text, '\t\r').replaceAll(ownMark, `\\u{${ownMark.charCodeAt(0).toString(16)}}`);
}
