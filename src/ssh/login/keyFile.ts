/**
 * What a key file holds, as far as it can be seen without a passphrase: the public half, whether it is encrypted, and
 * whether it is a private key at all. The header of an OpenSSH key file shows type and public key in the clear
 * (PROTOCOL.key of OpenSSH).
 */
import { readPublicKey, type PublicKey } from '../publicKey';

/** The content of an identity file. */
export type KeyFileContent =
  | { readonly kind: 'private'; readonly publicKey: PublicKey | null; readonly encrypted: boolean }
  | { readonly kind: 'public'; readonly publicKey: PublicKey }
  | { readonly kind: 'unknown' };

/**
 * What of an encrypted key file ssh2 1.17 cannot open with any passphrase (`lib/protocol/keyParser.js`), or `null`:
 * PKCS#8, PuTTY's third format, and ciphers of OpenSSH other than AES.
 */
export function unreadableEncryption(content: Buffer): string | null {
  const text = content.toString('latin1').trim();
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----/.test(text)) return 'PKCS#8';
  if (/^PuTTY-User-Key-File-(?!2:)/.test(text)) return "PuTTY's newer format";
  const binary = opensshBinary(text);
  if (binary === null || binary.length < opensshMagic.length + 4) return null;
  const length = binary.readUInt32BE(opensshMagic.length);
  const cipher = binary.toString('latin1', opensshMagic.length + 4, opensshMagic.length + 4 + length);
  return /^(?:none|aes(?:128|192|256)-(?:cbc|ctr|gcm@openssh\.com))$/.test(cipher) ? null : cipher;
}

const opensshMagic = 'openssh-key-v1\0';

/** The label and the content of the PEM block that a text begins with. */
function privateBlock(text: string): RegExpExecArray | null {
  return /^-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----\s([\s\S]*?)-----END/.exec(text);
}

function opensshBinary(text: string): Buffer | null {
  const block = privateBlock(text);
  if (block?.[1] !== 'OPENSSH PRIVATE KEY') return null;
  return Buffer.from((block[2] ?? '').replace(/\s/g, ''), 'base64');
}

function readOpensshHeader(binary: Buffer): KeyFileContent {
  if (!binary.toString('latin1', 0, opensshMagic.length).startsWith(opensshMagic)) return { kind: 'unknown' };
  let offset = opensshMagic.length;
  const next = (): Buffer | null => {
    if (binary.length - offset < 4) return null;
    const length = binary.readUInt32BE(offset);
    if (length > binary.length - offset - 4) return null;
    offset += 4 + length;
    return binary.subarray(offset - length, offset);
  };
  const cipher = next();
  const derivation = next();
  const derivationOptions = next();
  if (cipher === null || derivation === null || derivationOptions === null) return { kind: 'unknown' };
  // The number of keys; OpenSSH itself only ever writes and reads one.
  if (binary.length - offset < 4 || binary.readUInt32BE(offset) !== 1) return { kind: 'unknown' };
  offset += 4;
  const blob = next();
  return {
    kind: 'private',
    publicKey: blob === null ? null : readPublicKey(blob),
    encrypted: cipher.toString('latin1') !== 'none',
  };
}

/** Reads a `type base64 comment` line, the form of `.pub` files and of known_hosts. */
export function readPublicKeyText(text: string): PublicKey | null {
  const [type, base64] = text.trim().split(/[ \t]+/);
  if (type === undefined || base64 === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const key = readPublicKey(Buffer.from(base64, 'base64'));
  return key?.type === type ? key : null;
}

/** Looks into an identity file. Never throws. */
export function inspectKeyFile(content: Buffer): KeyFileContent {
  const text = content.toString('latin1').trim();
  const publicKey = readPublicKeyText(text.split(/\r?\n/)[0] ?? '');
  if (publicKey !== null) return { kind: 'public', publicKey };
  const block = privateBlock(text);
  const openssh = opensshBinary(text);
  if (openssh !== null) return readOpensshHeader(openssh);
  if (block !== null) {
    const encrypted = block[1] === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(block[2] ?? '');
    return { kind: 'private', publicKey: null, encrypted };
  }
  const putty = /^PuTTY-User-Key-File-\d+:[\s\S]*?^Encryption: (\S+)/m.exec(text);
  if (putty !== null) return { kind: 'private', publicKey: null, encrypted: putty[1] !== 'none' };
  return { kind: 'unknown' };
}
