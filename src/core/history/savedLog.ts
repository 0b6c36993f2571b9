/** The log of an earlier run that was saved on the host before pueue emptied or removed it. */
import { firstWholeLine, logText } from '../log/logText';
import { formatBytes } from '../text/format';
import { visible } from '../text/visible';

export interface SavedLogPart {
  readonly size: number;
  /** Where `bytes` begin in the file; they go on to its end. */
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** Most that is read of one. */
export const savedLogBytes = 1 << 20;

const place =
  /\/pueue-preflight\/logs\/(daemon-[0-9a-f]{16}\/\d{1,15}-[0-9A-Za-z._]{0,64}-[0-9A-Za-z._]{0,64}\.log)(?![^\s,;"'.)])/gu;

/** Where paths of saved logs stand in a text, and the name of each below the directory of the saved logs. */
export function savedLogsIn(text: string): { readonly at: number; readonly length: number; readonly name: string }[] {
  return [...text.matchAll(place)].map((match) => {
    // The path begins at the last blank or quote before what is its own.
    const at = Math.max(...[' ', '\n', '"'].map((mark) => text.lastIndexOf(mark, match.index))) + 1;
    return { at, length: match.index + match[0].length - at, name: match[1] ?? '' };
  });
}

export function savedLogText(host: string, name: string, { size, from, bytes }: SavedLogPart): string {
  const cut = from === 0 ? 0 : firstWholeLine(bytes);
  const { text, colours } = logText(bytes.subarray(cut));
  const extent =
    from === 0
      ? `Shown in full: ${formatBytes(size)}.`
      : `Shown from byte ${from + cut} of ${size}: at most the last ${formatBytes(savedLogBytes)}.`;
  const head = [
    `Log of an earlier run of job ${/\/(\d+)-/u.exec(name)?.[1] ?? ''} on ${visible(host, 80)}, saved as logs/${visible(name, 300)}`,
    `${extent}${colours === 0 ? '' : ' Colours are left out.'}`,
    '─'.repeat(72),
  ];
  return `${head.join('\n')}\n${size === 0 ? '(no output)\n' : text}`;
}
