/**
 * The bytes of a log as text that is safe to show: every character can be seen, and nothing that was written is hidden.
 *
 * - `\n` and tab stay. A carriage return begins a line of its own: a progress bar shows each state that it had, since what a program
 *   overwrote may be what one looks for.
 * - Colours (SGR sequences) are left out and counted. Every other control character, bidirectional control and zero-width
 *   character is written out as `\xNN` or `\u{NNNN}`, and so is each byte that is no UTF-8.
 */
import { writtenOut } from '../text/visible';

export interface LogText {
  readonly text: string;
  /** How many colour sequences were left out. */
  readonly colours: number;
}

const colour = /\u001b\[[\d;:]*m/gu;

export function logText(bytes: Uint8Array): LogText {
  let colours = 0;
  const lines = decoded(bytes)
    .replace(colour, () => {
      colours += 1;
      return '';
    })
    // A terminal in between may have put several before a line feed.
    .replace(/\r+\n|\r+/gu, '\n');
  return { text: writtenOut(lines, '\n\t'), colours };
}

/** How many bytes at the end are the beginning of a character whose rest has not been written. */
export function unfinishedBytes(bytes: Uint8Array): number {
  for (let count = 1; count <= Math.min(3, bytes.length); count += 1) {
    const byte = bytes[bytes.length - count] ?? 0;
    if (isContinuation(byte)) continue;
    return lengthByLead(byte) > count ? count : 0;
  }
  return 0;
}

/** How far into a part of a log its first whole line is looked for: with none, it begins at a whole character. */
const lineSearchBytes = 64 * 1024;

/** Where a part that was cut out of a log begins to be readable. */
export function firstWholeLine(bytes: Uint8Array): number {
  const lineFeed = bytes.subarray(0, lineSearchBytes).indexOf(0x0a);
  if (lineFeed >= 0) return lineFeed + 1;
  let start = 0;
  while (start < 3 && isContinuation(bytes[start] ?? 0)) start += 1;
  return start;
}

/** UTF-8, where a byte that belongs to no character becomes U+DC80…U+DCFF (PEP 383). */
export function decoded(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const parts: string[] = [];
  let begin = 0;
  let index = 0;
  while (index < bytes.length) {
    const length = characterLength(bytes, index);
    if (length === 0) {
      parts.push(decoder.decode(bytes.subarray(begin, index)), String.fromCharCode(0xdc00 + (bytes[index] ?? 0)));
      begin = index + 1;
    }
    index += Math.max(1, length);
  }
  parts.push(decoder.decode(bytes.subarray(begin)));
  return parts.join('');
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** 0 for a byte that begins no character. */
function lengthByLead(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/** Of the character at `index`; 0 where there is none. The second byte excludes long forms and surrogates (RFC 3629, 4). */
function characterLength(bytes: Uint8Array, index: number): number {
  const lead = bytes[index] ?? 0;
  const length = lengthByLead(lead);
  if (length < 2) return length;
  const second = bytes[index + 1] ?? 0;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let offset = 2; offset < length; offset += 1) if (!isContinuation(bytes[index + offset] ?? 0)) return 0;
  return length;
}
