/**
 * known_hosts: parsing and look-up as OpenSSH does it (sshd(8), section SSH_KNOWN_HOSTS FILE FORMAT; `hostfile.c`), and
 * stricter in one place: a `@revoked` line counts under every name of the host, with and without its port. Pure; every
 * answer carries the file and the line it comes from.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { readPublicKey, type PublicKey } from '../publicKey';

/** What a line says about its key. */
export type KnownHostMarker = 'plain' | 'revoked' | 'authority';

/** One usable line. */
export interface KnownHostLine {
  readonly file: string;
  /** Counted from one. */
  readonly line: number;
  readonly marker: KnownHostMarker;
  /** The hosts field as written: patterns, or one hash. */
  readonly hosts: string;
  readonly key: PublicKey;
}

/** Where something stands. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** What the known hosts say about the key that a server showed. */
export type HostKeyVerdict =
  | ({ readonly kind: 'accepted'; readonly name: string } & Place)
  | ({ readonly kind: 'revoked'; readonly name: string } & Place)
  /** The host is known by another key; the line named is one of the same type where there is one. */
  | ({ readonly kind: 'changed'; readonly name: string; readonly known: PublicKey } & Place)
  | { readonly kind: 'unknown'; readonly authorities: readonly Place[] };

/** What is made of a host that no file knows where a person has trusted a key of it in this window: this one, or another. */
export type TrustVerdict = { readonly kind: 'trusted' } | { readonly kind: 'notTrusted'; readonly trusted: PublicKey };

/** `@name` at the start of a line, by meaning; another marker makes OpenSSH ignore the line. */
const markers: ReadonlyMap<string, KnownHostMarker> = new Map([
  ['@revoked', 'revoked'],
  ['@cert-authority', 'authority'],
]);

function parseLine(text: string, file: string, line: number): KnownHostLine | null {
  const trimmed = text.replace(/^[ \t]+/, '');
  if (trimmed === '' || trimmed.startsWith('#')) return null;
  const words = trimmed.split(/[ \t]+/);
  let marker: KnownHostMarker = 'plain';
  if (trimmed.startsWith('@')) {
    const named = markers.get(words.shift() ?? '');
    if (named === undefined) return null;
    marker = named;
  }
  const [hosts, type, base64] = words;
  if (hosts === undefined || type === undefined || base64 === undefined) return null;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const key = readPublicKey(Buffer.from(base64, 'base64'));
  // OpenSSH takes the names of RSA's signature algorithms for the type as well.
  const named = /^rsa-sha2-(256|512)$/.test(type) ? 'ssh-rsa' : type;
  return key === null || key.type !== named ? null : { file, line, marker, hosts, key };
}

/** The usable lines of one file. What OpenSSH ignores is ignored: comments, unknown markers, keys that do not parse. */
export function parseKnownHosts(text: string, file: string): KnownHostLine[] {
  return text.split('\n').flatMap((line, index) => parseLine(line.replace(/\r$/, ''), file, index + 1) ?? []);
}

/** Glob match of ssh_config(5) PATTERNS: `*` and `?` only. Linear in the product of the lengths, never exponential. */
function matchesPattern(text: string, pattern: string): boolean {
  let textAt = 0;
  let patternAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (textAt < text.length) {
    if (pattern[patternAt] === '*') {
      starAt = patternAt++;
      resumeAt = textAt;
    } else if (patternAt < pattern.length && (pattern[patternAt] === '?' || pattern[patternAt] === text[textAt])) {
      patternAt += 1;
      textAt += 1;
    } else if (starAt >= 0) {
      patternAt = starAt + 1;
      textAt = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[patternAt] === '*') patternAt += 1;
  return patternAt === pattern.length;
}

/** A name as `HashKnownHosts` writes it, under a fresh salt of the length that OpenSSH takes. */
export function hashHostName(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

function matchesHash(hosts: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(hosts) ?? [];
  if (salt === undefined || hash === undefined) return false;
  const digest = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return digest.equals(Buffer.from(hash, 'base64'));
}

/** Whether a hosts field means `name`. A negated pattern that matches vetoes the whole line. */
export function matchesHosts(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, name);
  let matched = false;
  for (const pattern of hosts.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesPattern(name.toLowerCase(), negated ? pattern.slice(1) : pattern)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** The parts of a destination that decide under which names its key is looked up. */
export interface HostKeyTarget {
  readonly hostName: string;
  readonly port: number;
  readonly hostKeyAlias: string | null;
}

/**
 * The names to look up, in order. A name that has plain lines decides; a later one only where the earlier have none,
 * and then only to accept.
 */
export function lookupNames(target: HostKeyTarget): string[] {
  // OpenSSH takes the alias as it is: without the port.
  if (target.hostKeyAlias !== null) return [target.hostKeyAlias.toLowerCase()];
  const host = target.hostName.toLowerCase();
  return target.port === 22 ? [host] : [`[${host}]:${String(target.port)}`, host];
}

/** Whether the files themselves name a key of the host, so that what a person trusted in this window counts no more. */
export function isKnown(lines: readonly KnownHostLine[], names: readonly string[]): boolean {
  const [name] = names;
  return name !== undefined && linesFor(lines, name, 'plain').length > 0;
}

function linesFor(lines: readonly KnownHostLine[], name: string, marker: KnownHostMarker): KnownHostLine[] {
  return lines.filter((line) => line.marker === marker && matchesHosts(line.hosts, name));
}

/** The plain key types that the host is known by, without repetition. */
export function knownKeyTypes(lines: readonly KnownHostLine[], names: readonly string[]): string[] {
  for (const name of names) {
    const types = new Set(linesFor(lines, name, 'plain').map((line) => line.key.type));
    if (types.size > 0) return [...types];
  }
  return [];
}

/** The `@cert-authority` lines that would vouch for the host, were certificates understood. */
export function authoritiesFor(lines: readonly KnownHostLine[], names: readonly string[]): Place[] {
  return lines
    .filter((line) => line.marker === 'authority' && names.some((name) => matchesHosts(line.hosts, name)))
    .map(({ file, line }) => ({ file, line }));
}

/**
 * Judges a key that the files may not know and that a person may have trusted in this window. What the files say of the
 * host comes first.
 */
export function judgeWithTrusted<T extends { readonly kind: string }>(
  verdict: T,
  trusted: PublicKey | null,
  blob: Buffer,
): T | TrustVerdict {
  if (verdict.kind !== 'unknown' || trusted === null) return verdict;
  return trusted.blob.equals(blob) ? { kind: 'trusted' } : { kind: 'notTrusted', trusted };
}

/** A key that the files vouch for, of a host that this window has met under another one for which they vouch as well. */
export interface PinVerdict {
  readonly kind: 'notPinned';
  readonly pinned: PublicKey;
}

/**
 * Judges a key of a host to which this window was connected before. The files may name several keys of a host; it is held
 * to the one that it has proven first, and another one is refused, since whoever stands in between needs only one of them.
 * Who takes the first key out of the files has changed it on purpose: then what they say counts alone.
 */
export function judgeWithPinned(
  lines: readonly KnownHostLine[],
  names: readonly string[],
  pinned: PublicKey | null,
  blob: Buffer,
): HostKeyVerdict | PinVerdict {
  const verdict = judgeHostKey(lines, names, blob);
  if (verdict.kind !== 'accepted' || pinned === null || pinned.blob.equals(blob)) return verdict;
  return judgeHostKey(lines, names, pinned.blob).kind === 'accepted' ? { kind: 'notPinned', pinned } : verdict;
}

/** Judges the key that a server showed. `names` as from {@link lookupNames}; `blob` as it came over the wire. */
export function judgeHostKey(lines: readonly KnownHostLine[], names: readonly string[], blob: Buffer): HostKeyVerdict {
  for (const name of names) {
    const revoked = linesFor(lines, name, 'revoked').find((line) => line.key.blob.equals(blob));
    if (revoked !== undefined) return { kind: 'revoked', name, file: revoked.file, line: revoked.line };
  }
  for (const [index, name] of names.entries()) {
    const plain = linesFor(lines, name, 'plain');
    const same = plain.find((line) => line.key.blob.equals(blob));
    if (same !== undefined) return { kind: 'accepted', name, file: same.file, line: same.line };
    const shownType = readPublicKey(blob)?.type;
    const other = plain.find((line) => line.key.type === shownType) ?? plain[0];
    if (index === 0 && other !== undefined)
      return { kind: 'changed', name, file: other.file, line: other.line, known: other.key };
  }
  return { kind: 'unknown', authorities: authoritiesFor(lines, names) };
}
