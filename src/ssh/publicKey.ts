/**
 * Public keys as they travel: the blob of RFC 4253 section 6.6, its type, and its fingerprint as OpenSSH prints it.
 * Pure; nothing here trusts a length that it was given.
 */
import { createHash } from 'node:crypto';

/** A well-formed public key. */
export interface PublicKey {
  /** The type name inside the blob, for example `ssh-ed25519`. */
  readonly type: string;
  readonly blob: Buffer;
}

/** How many length-prefixed fields follow the type name, for the types whose layout is known. */
const fieldCounts: ReadonlyMap<string, number> = new Map([
  ['ssh-ed25519', 1],
  ['ssh-rsa', 2],
  ['ssh-dss', 4],
  ['ecdsa-sha2-nistp256', 2],
  ['ecdsa-sha2-nistp384', 2],
  ['ecdsa-sha2-nistp521', 2],
  ['sk-ssh-ed25519@openssh.com', 2],
  ['sk-ecdsa-sha2-nistp256@openssh.com', 3],
]);

/** The length-prefixed fields of a blob, or `null` where they do not fill it exactly. */
export function readFields(blob: Buffer): Buffer[] | null {
  const fields: Buffer[] = [];
  let offset = 0;
  while (offset < blob.length) {
    if (blob.length - offset < 4) return null;
    const length = blob.readUInt32BE(offset);
    offset += 4;
    if (length > blob.length - offset) return null;
    fields.push(blob.subarray(offset, offset + length));
    offset += length;
  }
  return fields;
}

/** Reads the blob of a plain public key of a type that OpenSSH has; certificates and anything cut short are `null`. */
export function readPublicKey(blob: Buffer): PublicKey | null {
  const fields = readFields(blob);
  const type = fields?.[0]?.toString('latin1');
  if (fields === null || type === undefined || fieldCounts.get(type) !== fields.length - 1) return null;
  const point = fields[1] ?? Buffer.alloc(0);
  if (type.endsWith('ed25519') && point.length !== 32) return null;
  if (type.startsWith('ecdsa-') && point.toString('latin1') !== type.slice('ecdsa-sha2-'.length)) return null;
  return { type, blob };
}

/** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The short name that OpenSSH shows for a key type: `ED25519`, `RSA`, `ECDSA`. */
export function keyTypeLabel(type: string): string {
  const plain = type.replace(/@.*$/, '').replace(/-cert-v01$/, '');
  const token = plain.startsWith('sk-') ? '-SK' : '';
  const cert = type.includes('-cert-v01') ? '-CERT' : '';
  if (plain.endsWith('ed25519')) return `ED25519${token}${cert}`;
  if (plain.includes('ecdsa')) return `ECDSA${token}${cert}`;
  if (plain.endsWith('rsa')) return `RSA${cert}`;
  if (plain.endsWith('dss')) return `DSA${cert}`;
  return type;
}

/** Type and fingerprint, as messages name a key. */
export function describeKey(key: PublicKey): string {
  return `${keyTypeLabel(key.type)} ${fingerprint(key.blob)}`;
}

/** The type name that a blob begins with, also where the rest is of no known layout (a certificate in an agent). */
export function blobType(blob: Buffer): string {
  if (blob.length < 4) return '';
  const length = blob.readUInt32BE(0);
  return length > 200 || length > blob.length - 4 ? '' : blob.toString('latin1', 4, 4 + length);
}

/** Whether a key sits in a security token, which the built-in SSH client cannot ask. */
export function isSecurityKey(type: string): boolean {
  return type.startsWith('sk-');
}

/** Whether a type name is that of a certificate. */
export function isCertificate(type: string): boolean {
  return type.includes('-cert-v01@openssh.com');
}
