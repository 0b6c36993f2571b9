/** Names of the documents of our scheme: made of what is shown, read back where a tab is restored. */
import { decoded } from '../core/log/logText';
import type { JobRun } from '../core/log/logOfRun';
import { projectFileName } from '../core/project/projectFileName';

/** @param host `null` for a report about several hosts */
export function reportPath(host: string | null, kind: string): string {
  // The host stands in the name of the file too, since that is all that a tab shows.
  const folder = segment(host ?? 'all hosts');
  return `/${folder}/${folder}.${segment(kind)}.txt`;
}

/** Ending of every plan's document. */
export const planEnding = '.plan.txt';

/** One document for each plan: what it is of stands in the name that the tab shows. */
export function planPath(host: string, kind: string, deployId: string): string {
  return `/${segment(host)}/${segment(deployId)}/${segment(host)}.${segment(kind)}${planEnding}`;
}

/** One document for each content of a project file. */
export function projectPath(folder: string, hash: string): string {
  return `/${segment(folder)}/${hash.slice(0, 12)}/${projectFileName}`;
}

/** The host of a report's document; `null` for any other path. A report about several hosts is of none that is configured. */
export function hostOfReport(path: string): string | null {
  const [, host, again] = /^\/([^/]+)\/([^/]+)\.[a-zA-Z.]+\.txt$/u.exec(path) ?? [];
  if (host === undefined || host !== again) return null;
  try {
    return decodeURIComponent(host);
  } catch {
    // A percent sign that encodes nothing: no path of ours.
    return null;
  }
}

/** Ending of every log's document. */
export const logEnding = '.log';

/** One document for each run: a later run of the same job is another one. */
export function logPath(host: string, { id, createdAt, start }: JobRun): string {
  const run = [createdAt, start].map((time) => segment(time ?? 'unknown')).join('/');
  return `/${segment(host)}/${run}/job-${id}.${segment(host)}${logEnding}`;
}

/** The run that a log's document is of; `null` for any other path. */
export function parseLogPath(path: string): { readonly host: string; readonly run: JobRun } | null {
  const [, host, createdAt, start, id] = /^\/([^/]+)\/([^/]+)\/([^/]+)\/job-(\d{1,15})\.[^/]+\.log$/u.exec(path) ?? [];
  if (host === undefined || createdAt === undefined || start === undefined) return null;
  const time = (text: string): string | null => (text === 'unknown' ? null : decodeURIComponent(text));
  try {
    const run = { id: Number(id), createdAt: time(createdAt), start: time(start) };
    return { host: decodeURIComponent(host), run };
  } catch {
    // A percent sign that encodes nothing: no path of ours.
    return null;
  }
}

/** Ending of the document of every entry of a checkpoint directory. */
export const checkpointEnding = '.checkpoint';

/** @param path of the entry on the host, absolute */
export function checkpointPath(host: string, path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return `/${segment(host)}/${exactSegment(path)}/${segment(name)}.${segment(host)}${checkpointEnding}`;
}

/** The entry that a document is of; `null` for any other path. */
export function parseCheckpointPath(path: string): { readonly host: string; readonly path: string } | null {
  const [, host, entry] = /^\/([^/]+)\/(%2F[^/]*)\/[^/]+\.checkpoint$/u.exec(path) ?? [];
  if (host === undefined || entry === undefined) return null;
  try {
    return { host: decodeURIComponent(host), path: exactText(entry) };
  } catch {
    // A percent sign that encodes nothing: no path of ours.
    return null;
  }
}

/** Ending of the document of a log that was saved on its host. */
export const savedLogEnding = '.saved.txt';

/** @param name below the directory of the saved logs: `daemon-…/….log` */
export function savedLogPath(host: string, name: string): string {
  return `/${segment(host)}/${name}${savedLogEnding}`;
}

/** The saved log that a document is of; `null` for any other path. */
export function parseSavedLogPath(path: string): { readonly host: string; readonly name: string } | null {
  const [, host, name] = /^\/([^/]+)\/([^/]+\/[^/]+\.log)\.saved\.txt$/u.exec(path) ?? [];
  if (host === undefined || name === undefined) return null;
  try {
    return { host: decodeURIComponent(host), name };
  } catch {
    // A percent sign that encodes nothing: no path of ours.
    return null;
  }
}

/** Like a segment, and each byte of a name that is not UTF-8 can be read back (U+DC80…U+DCFF, PEP 383). */
function exactSegment(text: string): string {
  const pieces = text.split(/([\udc80-\udcff])/u);
  return pieces
    .map((piece, index) => (index % 2 === 1 ? `%${(piece.charCodeAt(0) - 0xdc00).toString(16)}` : segment(piece)))
    .join('');
}

function exactText(encoded: string): string {
  const bytes = [...encoded.matchAll(/%([0-9a-f]{2})|[^%]+|%/giu)].map(([piece, hex]) =>
    hex === undefined ? Buffer.from(piece) : Buffer.from(hex, 'hex'),
  );
  return decoded(Buffer.concat(bytes));
}

/** One part of a path: no slash, no dots alone, no character that would have to be shown otherwise. */
function segment(text: string): string {
  // A colon may stand in a path, and breadcrumbs show times with it as they are.
  const encoded = encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd')).replaceAll('%3A', ':');
  return /^\.+$/u.test(encoded) ? encoded.replaceAll('.', '%2E') : encoded;
}
