/**
 * Makes hostile text safe to show: labels, commands, paths, file names, banners and error texts come from hosts and may
 * hold control characters, bidirectional overrides, invisible characters or a megabyte of padding.
 */

/** C0, C1, bidirectional controls, zero-width and whatever else is drawn as nothing (UAX #44, DI), line separators, lone surrogates. */
const invisible =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\u{e0000}-\u{e0fff}]|\p{DI}|\p{Cs}/gu;

/** Hebrew, Arabic and the other scripts that are written from right to left. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Longest text that a tree row, a message or a report line shows. */
export const shownTextCap = 200;

/**
 * One line of text in which every character can be seen: what cannot is written as `\xNN` or `\u{NNNN}`, and more than
 * `cap` characters are cut with `…`. Text from right to left is isolated from what stands beside it.
 */
export function visible(text: string, cap: number = shownTextCap): string {
  // Cut before escaping, so that a label of a megabyte costs nothing.
  const head = text.length > cap ? text.slice(0, cap) : text;
  const escaped = writtenOut(head);
  const shown = text.length > cap ? `${escaped}…` : escaped;
  // Text that runs from right to left would pull what stands beside it along: UAX #9, isolates.
  return rightToLeft.test(shown) ? `\u2068${shown}\u2069` : shown;
}

/**
 * The text with what cannot be seen written out, and nothing cut or isolated.
 *
 * @param kept characters that stay as they are, for a text of several lines
 */
export function writtenOut(text: string, kept = ''): string {
  return text.replace(invisible, (character) => {
    if (kept.includes(character)) return character;
    const code = character.codePointAt(0) ?? 0;
    // A host's file name that is not UTF-8 arrives as U+DC80…U+DCFF, one for each byte (PEP 383).
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
