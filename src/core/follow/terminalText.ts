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

/** C0, DEL and C1: all that begins something, or acts by itself (ECMA-48, 5.2–5.4). */
const control = /[\u0000-\u001f\u007f-\u009f]/gu;
const colour = /^\u001b\[[\d;:]*m$/u;
/** Of an operating system command or another string that is meant for the terminal: `]`, `P`, `X`, `^`, `_`. */
const opensString = /^\u001b[\]PX^_]/u;
/** A control sequence up to its last character (ECMA-48, 5.4). */
const wholeControlSequence = /^\u001b\[[\u0020-\u003f]*[\u0040-\u007e]$/u;
/** Any other escape sequence: intermediate characters, and a final one. */
const wholeEscape = /^\u001b[\u0020-\u002f]*[\u0030-\u007e]$/u;

export class TerminalText {
  /** The beginning of a character whose rest has not come. */
  #held: Uint8Array = new Uint8Array();
  /** A sequence that has begun; empty outside of one. */
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
    this.#sequence = '';
    return rest;
  }

  #filter(text: string): string {
    const parts: string[] = [];
    let index = 0;
    while (index < text.length) {
      if (this.#sequence === '') {
        control.lastIndex = index;
        const next = control.exec(text)?.index ?? text.length;
        if (next > index) parts.push(shown(text.slice(index, next)));
        index = next;
        if (index === text.length) break;
      }
      parts.push(this.#sequence === '' ? this.#begin(text[index] ?? '') : this.#continue(text[index] ?? ''));
      index += 1;
    }
    return parts.join('');
  }

  #begin(character: string): string {
    if (character === '\n') return '\r\n';
    if (character === '\r' || character === '\t') return character;
    const code = character.charCodeAt(0);
    if (character === '\u001b') this.#sequence = character;
    // A C1 control is short for the escape character and another (ECMA-48, 5.3).
    else if (code >= 0x80) this.#advance(`\u001b${String.fromCharCode(code - 0x40)}`);
    return '';
  }

  /** A line feed ends whatever was begun: a sequence may hide the rest of its line and no more. */
  #continue(character: string): string {
    const code = character.charCodeAt(0);
    if (character === '\n') {
      this.#sequence = '';
      return '\r\n';
    }
    // CAN and SUB break a sequence off, an escape character begins the next one (ECMA-35, 13; as xterm does).
    if (character === '\u0018' || character === '\u001a') this.#sequence = '';
    else if (character === '\u001b') this.#sequence = character;
    else if (code >= 0x80 && code <= 0x9f) {
      this.#sequence = '';
      this.#begin(character);
    } else if (opensString.test(this.#sequence))
      this.#advance(character === '\u0007' ? null : this.#sequence + character);
    // Other control characters within a sequence do not belong to it.
    else if (code >= 0x20 && code !== 0x7f) return this.#advance(this.#sequence + character);
    return '';
  }

  /** @returns the sequence where it is now whole and may act */
  #advance(sequence: string | null): string {
    const isOver =
      sequence === null ||
      sequence.length > sequenceCap ||
      wholeControlSequence.test(sequence) ||
      (!sequence.startsWith('\u001b[') && !opensString.test(sequence) && wholeEscape.test(sequence)) ||
      // A character that belongs into no sequence ends it.
      (!opensString.test(sequence) && sequence.charCodeAt(sequence.length - 1) > 0x7e);
    this.#sequence = isOver ? '' : sequence;
    return sequence !== null && isOver && colour.test(sequence) ? sequence : '';
  }
}

/** What is drawn as nothing, or turns the direction of its surroundings, and what our own lines begin with, is written out. */
function shown(text: string): string {
  return writtenOut(text).replaceAll(ownMark, `\\u{${ownMark.charCodeAt(0).toString(16)}}`);
}
