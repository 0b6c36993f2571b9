/** The document that shows one entry of a checkpoint directory. */
import { decoded } from '../log/logText';
import { formatAge, formatBytes, formatCount } from '../text/format';
import { secondsToTime } from '../text/time';
import { visible, writtenOut } from '../text/visible';
import type { Judgement } from './judgement';
import { prettyJson } from './prettyJson';
import type { EntryPart } from './readEntry';

/** Most of a file that a document shows. */
export const entryCapBytes = 1024 * 1024;
/** Up to here JSON is laid out in lines. */
const prettyCapBytes = 256 * 1024;
/** How much of a file decides whether it is text, and how much of one that is none is shown. */
const sniffedBytes = 8192;
const dumpedBytes = 512;

type FilePart = Extract<EntryPart, { kind: 'file' }>;

/**
 * Above the rule stands nothing that a file could have put there but its name, escaped and on one line.
 *
 * @param judgement what is thought of it; `null` where the last reading did not know it
 */
export function entryText(host: string, path: string, part: EntryPart, judgement: Judgement | null): string {
  const { extent, body } = bodyOf(part);
  const head = [
    `${visible(path, 1000)} on ${visible(host, 80)}`,
    `Written ${secondsToTime(part.modified)} · read ${secondsToTime(part.takenAt)}, both by the clock of the host`,
    ...(judgement === null ? [] : [`Judged ${judgement.state}: ${judgement.reason}`]),
    extent,
    '─'.repeat(72),
  ];
  return `${head.join('\n')}\n${body}`;
}

function bodyOf(part: EntryPart): { readonly extent: string; readonly body: string } {
  switch (part.kind) {
    case 'file':
      return fileBody(part);
    case 'directory':
      return directoryBody(part);
    case 'link':
      return {
        extent: 'A symbolic link, which is not followed. It leads to:',
        body: `${visible(part.target, 4096)}\n`,
      };
    case 'other':
      return { extent: 'No file and no directory, so it is not opened.', body: '' };
  }
}

function fileBody({ size, bytes }: FilePart): { readonly extent: string; readonly body: string } {
  const whole = bytes.length >= size;
  const extent = whole
    ? `Shown in full: ${formatBytes(size)}.`
    : `Only the first ${formatBytes(bytes.length)} of ${formatBytes(size)} are shown.`;
  if (bytes.length === 0) return { extent, body: '(empty)\n' };
  if (bytes.subarray(0, sniffedBytes).includes(0)) return { extent: binaryWords(size), body: dump(bytes) };
  const text = decoded(bytes);
  const pretty = whole && size <= prettyCapBytes ? prettyJson(text) : null;
  if (pretty !== null && pretty !== text.trimEnd())
    return {
      extent: `${extent} Laid out for reading: in the file its JSON has other lines.`,
      body: `${lines(pretty)}\n`,
    };
  return { extent, body: lines(text) };
}

/** Nothing in it acts, and nothing is hidden. */
function lines(text: string): string {
  return writtenOut(text.replace(/\r\n/gu, '\n'), '\n\t');
}

function binaryWords(size: number): string {
  const shown = Math.min(size, dumpedBytes);
  return `Binary, ${formatBytes(size)}: no text to show. Its first ${formatCount(shown, 'byte')}:`;
}

/** As `xxd` shows bytes: offset, sixteen of them, and those that are ASCII. */
function dump(bytes: Uint8Array): string {
  const shown = [...bytes.subarray(0, dumpedBytes)];
  const rows: string[] = [];
  for (let at = 0; at < shown.length; at += 16) {
    const row = shown.slice(at, at + 16);
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    rows.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${ascii}\n`);
  }
  return rows.join('');
}

function directoryBody({ entries, more, takenAt }: Extract<EntryPart, { kind: 'directory' }>): {
  readonly extent: string;
  readonly body: string;
} {
  const count = formatCount(entries.length, 'entry', 'entries');
  const rows = [...entries]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, kind, bytes, modified }) => {
      const size = kind === 'file' ? formatBytes(bytes) : kind;
      return `${size.padStart(10)}  ${formatAge(1000 * (takenAt - modified)).padEnd(18)}  ${visible(name, 255)}\n`;
    });
  return {
    extent: more ? `A directory. Its first ${count}:` : `A directory with ${count}.`,
    body: rows.join('') || '(empty)\n',
  };
}
