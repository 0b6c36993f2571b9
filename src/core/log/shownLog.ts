/** What a document shows of a log: its last part, and as much before it as was asked for. */
import { isLive, shownLabel, stateName, type Job } from '../pueue/job';
import type { Problem } from '../problem';
import { formatBytes } from '../text/format';
import { secondsToTime } from '../text/time';
import { visible } from '../text/visible';
import type { LogPart } from './logOfRun';
import { logChanged } from './logProblems';
import { firstWholeLine, logText, unfinishedBytes } from './logText';

/** One part, as it is asked for. */
export const logPartBytes = 512 * 1024;
/** Most that one document shows. */
export const logCapBytes = 8 * 1024 * 1024;

export interface ShownLog {
  /** The reading of the end. */
  readonly last: LogPart;
  /** Where the shown bytes begin in the file. */
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** A log of which the last part was read. It begins with a whole line, or where there is none with a whole character. */
export function shownLog(last: LogPart): ShownLog {
  const held = isLive(last.job) ? unfinishedBytes(last.bytes) : 0;
  return withCut(last, last.from, last.bytes.subarray(0, last.bytes.length - held));
}

/** Where the next earlier part ends and how long it may be; `null` where the beginning is shown, or as much as may be. */
export function earlierPart({ from, bytes }: ShownLog): { before: number; bytes: number } | null {
  const room = logCapBytes - bytes.length;
  return from === 0 || room <= 0 ? null : { before: from, bytes: Math.min(logPartBytes, room) };
}

/** The log with one more part in front. A problem where the file is not the same one, or was emptied since. */
export function withEarlier(host: string, shown: ShownLog, part: LogPart): ShownLog | Problem {
  const { last, from, bytes } = shown;
  if (part.inode !== last.inode || part.size < last.size || part.from + part.bytes.length !== from)
    return logChanged(host, last.job.id);
  const joined = new Uint8Array(part.bytes.length + bytes.length);
  joined.set(part.bytes);
  joined.set(bytes, part.bytes.length);
  return withCut(last, part.from, joined);
}

function withCut(last: LogPart, from: number, bytes: Uint8Array): ShownLog {
  const cut = from === 0 ? 0 : firstWholeLine(bytes);
  return { last, from: from + cut, bytes: bytes.subarray(cut) };
}

/**
 * The document: what it is the log of, then a rule, then the output. Above the rule stands nothing that a job could have put there
 * but its label, escaped and on one line.
 *
 * @param wholeLine the command that shows the whole log in a terminal
 */
export function shownLogText(host: string, shown: ShownLog, wholeLine: string): string {
  const { last, from, bytes } = shown;
  const { job, size, start, takenAt } = last;
  const { text, colours } = logText(bytes);
  const label = shownLabel(job);
  const end = from + bytes.length;
  const head = [
    `Log of job ${job.id}${label === null ? '' : ` (${visible(label, 120)})`} on ${visible(host, 80)}: ${stateWords(job)}`,
    `Run started ${secondsToTime(Date.parse(start) / 1000)} · read ${secondsToTime(takenAt)}, both by the clock of the host`,
    `${extentWords(from, end, size)}${colours === 0 ? '' : ' Colours are left out.'}`,
    ...(from === 0 ? [] : [earlierWords(shown, wholeLine)]),
    '─'.repeat(72),
  ];
  const nothing = isLive(job) ? '(no output so far)\n' : '(no output)\n';
  return `${head.join('\n')}\n${size === 0 ? nothing : text}`;
}

function extentWords(from: number, end: number, size: number): string {
  if (from === 0 && end === size) return `Shown in full: ${formatBytes(size)}.`;
  const upTo = end === size ? 'its end' : `byte ${end}`;
  return `Shown from byte ${from} of ${size} (${formatBytes(size)}) up to ${upTo}.`;
}

function earlierWords(shown: ShownLog, wholeLine: string): string {
  return earlierPart(shown) === null
    ? `A document shows at most ${formatBytes(logCapBytes)}. All of it: ${wholeLine}`
    : 'Earlier output: Show Earlier Output, in the title of the editor or in the Command Palette.';
}

function stateWords({ state }: Job): string {
  const name = stateName(state).replace(/[A-Z]/gu, (capital) => ` ${capital.toLowerCase()}`);
  return state.kind === 'done' && state.result.kind === 'failed' ? `${name}, exit code ${state.result.exitCode}` : name;
}
