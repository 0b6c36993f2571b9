/**
 * The keys that can prove who we are to one host, in the order in which they are offered, and those that cannot be used,
 * each with its reason. Everything is read before the connection begins.
 */
import { readFile, stat } from 'node:fs/promises';
import { utils, type ParsedKey } from 'ssh2';
import { visible } from '../../core/text/visible';
import { listAgentKeys, type AgentEntry } from './agent';
import { allowedMethods } from './methods';
import type { UnlockedKeys } from '../../core/ports';
import { inspectKeyFile, readPublicKeyText, unreadableEncryption, type KeyFileContent } from './keyFile';
import { keyLabel } from '../problems';
import { isCertificate, isSecurityKey, keyTypeLabel, type PublicKey } from '../publicKey';
import type { ResolvedSshConfig } from '../config/sshConfig';
import { agentSocket, expandSshPath, type TokenValues } from '../config/sshPaths';

/** A key that can be offered. */
export interface UsableKey {
  readonly label: string;
  readonly publicKey: PublicKey;
  readonly signer:
    { readonly kind: 'agent'; readonly socketPath: string } | { readonly kind: 'file'; readonly privateKey: ParsedKey };
}

/** An encrypted key that the agent does not hold and whose passphrase nobody has given yet. */
export interface LockedKey {
  readonly label: string;
  /** `null` where the file shows it only to who has the passphrase; then the server cannot be asked about it before. */
  readonly publicKey: PublicKey | null;
  readonly privateText: Buffer;
}

/** A key or a source of keys that is left out. */
export interface SkippedKey {
  readonly label: string;
  readonly reason: string;
  /** The built-in client will never be able to use it, whatever is unlocked or repaired. */
  readonly unsupported: boolean;
}

/** What there is to log in with. */
export interface Identities {
  readonly usable: readonly UsableKey[];
  readonly locked: readonly LockedKey[];
  readonly skipped: readonly SkippedKey[];
}

/** A key file as found on disk. */
interface KeyFile {
  readonly path: string;
  readonly content: KeyFileContent;
  readonly privateText: Buffer;
  readonly publicKey: PublicKey | null;
  readonly tooOpen: string | null;
}

const agentLimitMs = 5_000;
const keyFileLimitBytes = 1024 * 1024;
/** The names that `ssh -G` lists whether they exist or not: their absence says nothing. */
const defaultNames = /(^|[\\/])\.ssh[\\/]id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$/;

/** A file's content, or the reason why there is none. Only plain files of a sane size: a pipe would never end. */
async function readIfThere(path: string): Promise<Buffer | string> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > keyFileLimitBytes) return 'no key file';
    return await readFile(path);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

/** OpenSSH ignores a private key that others may read, if it is ours. */
async function openPermissions(path: string, localUserId: number): Promise<string | null> {
  if (process.platform === 'win32') return null;
  const found = await stat(path);
  if (found.uid !== localUserId || (found.mode & 0o077) === 0) return null;
  return `its permissions (${(found.mode & 0o777).toString(8).padStart(4, '0')}) let others read it: chmod 600`;
}

async function readKeyFile(path: string, localUserId: number): Promise<KeyFile | string> {
  const privateText = await readIfThere(path);
  const beside = await readIfThere(`${path}.pub`);
  const besideKey =
    typeof beside === 'string' ? null : readPublicKeyText(beside.toString('latin1').split('\n')[0] ?? '');
  if (typeof privateText === 'string') {
    // Only the public half is here: the private one may be in the agent.
    if (besideKey === null) return privateText;
    return {
      path,
      content: { kind: 'public', publicKey: besideKey },
      privateText: Buffer.alloc(0),
      publicKey: besideKey,
      tooOpen: null,
    };
  }
  const content = inspectKeyFile(privateText);
  const publicKey = content.kind === 'unknown' ? null : (content.publicKey ?? besideKey);
  const tooOpen = content.kind === 'private' ? await openPermissions(path, localUserId) : null;
  return { path, content, privateText, publicKey, tooOpen };
}

const isParsedKey = (key: unknown): key is ParsedKey => typeof key === 'object' && key !== null && 'sign' in key;
const nameInRing = (privateText: Buffer): string => privateText.toString('latin1');

/** Parses a private key; an error where the passphrase is wrong, or the file broken. */
function parsePrivateKey(privateText: Buffer, passphrase?: string): ParsedKey | Error {
  const parsed = utils.parseKey(privateText, passphrase) as ParsedKey | ParsedKey[] | Error;
  return (Array.isArray(parsed) ? parsed[0] : parsed) ?? new Error('it holds no key');
}

/** Whether a key was opened since it was found locked. */
export function isUnlocked({ privateText }: LockedKey, keys: UnlockedKeys): boolean {
  return keys.has(nameInRing(privateText));
}

/** Opens a key by its passphrase and keeps it open. @returns whether it was the right one */
export function unlockKey({ privateText, publicKey }: LockedKey, passphrase: string, keys: UnlockedKeys): boolean {
  const parsed = parsePrivateKey(privateText, passphrase);
  if (parsed instanceof Error) return false;
  // Formats without a checksum can be opened by chance to something else.
  if (publicKey !== null && !parsed.getPublicSSH().equals(publicKey.blob)) return false;
  keys.set(nameInRing(privateText), parsed);
  return true;
}

/** A file's private key for signing, or the reason why it is left out. */
function openKeyFile(file: KeyFile, unlocked: UnlockedKeys): UsableKey | LockedKey | SkippedKey {
  const label = keyLabel(file.path, file.publicKey);
  const skip = (reason: string, unsupported = false): SkippedKey => ({ label, reason, unsupported });
  if (file.publicKey !== null && isSecurityKey(file.publicKey.type))
    return skip('it is in a security key (FIDO), which the built-in SSH client cannot ask', true);
  if (file.content.kind === 'unknown') return skip('it is not a key file that can be read');
  if (file.content.kind === 'public') return skip('only its public half is there, and the agent does not hold it');
  if (file.tooOpen !== null) return skip(file.tooOpen);
  let privateKey: ParsedKey | Error;
  if (file.content.encrypted) {
    const opened = unlocked.get(nameInRing(file.privateText));
    if (!isParsedKey(opened)) {
      const unreadable = unreadableEncryption(file.privateText);
      if (unreadable === null) return { label, publicKey: file.publicKey, privateText: file.privateText };
      return skip(
        `the built-in SSH client cannot open its encryption (${visible(unreadable, 40)}): add it to the agent (ssh-add)`,
      );
    }
    privateKey = opened;
  } else privateKey = parsePrivateKey(file.privateText);
  if (privateKey instanceof Error) return skip(`it cannot be read (${visible(privateKey.message)})`);
  const publicKey: PublicKey = { type: privateKey.type, blob: privateKey.getPublicSSH() };
  return { label: keyLabel(file.path, publicKey), publicKey, signer: { kind: 'file', privateKey } };
}

function agentLabel(entry: AgentEntry): string {
  return keyLabel(`agent key "${visible(entry.comment, 60)}"`, entry.key);
}

/** An agent entry for which no identity file stands, or the reason why it is left out. */
function fromAgent(entry: AgentEntry, socketPath: string): UsableKey | SkippedKey {
  const label = agentLabel(entry);
  const skip = (reason: string): SkippedKey => ({ label, reason, unsupported: true });
  if (isCertificate(entry.type)) return skip('it is a certificate, which the built-in SSH client cannot present');
  if (isSecurityKey(entry.type))
    return skip('it is in a security key (FIDO), which the built-in SSH client cannot ask');
  if (entry.key === null) return skip(`its type ${visible(entry.type, 40)} is not known`);
  if (utils.parseKey(entry.blob) instanceof Error)
    return skip(`the built-in SSH client cannot use its type ${keyTypeLabel(entry.type)}`);
  return { label, publicKey: entry.key, signer: { kind: 'agent', socketPath } };
}

/** What {@link collectIdentities} needs to know. */
export interface IdentityRequest {
  readonly config: ResolvedSshConfig;
  /** `identityFile` of the settings: offered first. */
  readonly identityFile: string | null;
  readonly tokens: TokenValues;
  /** The keys that a person has opened in this window. */
  readonly unlocked: UnlockedKeys;
}

/**
 * Collects the keys in the order of offer: identity files whose key the agent holds, identity files from disk, and,
 * unless `IdentitiesOnly`, the agent's other keys. No key twice. A file that a person had to open comes first: the
 * server would not do without it.
 */
export async function collectIdentities(request: IdentityRequest, signal: AbortSignal): Promise<Identities> {
  const { config, tokens } = request;
  const skipped: SkippedKey[] = [];
  const skip = (label: string, reason: string, unsupported: boolean): void => {
    skipped.push({ label, reason, unsupported });
  };
  if (!allowedMethods(config).includes('publickey')) return { usable: [], locked: [], skipped };

  const paths = new Set<string>();
  for (const value of [...(request.identityFile === null ? [] : [request.identityFile]), ...config.identityFiles]) {
    const expansion = expandSshPath(value, tokens);
    if (expansion.kind === 'path') paths.add(expansion.path);
    else skip(visible(value), expansion.reason, false);
  }
  const files: KeyFile[] = [];
  for (const path of paths) {
    const file = await readKeyFile(path, tokens.localUserId);
    if (typeof file !== 'string') {
      files.push(file);
      if (typeof (await readIfThere(`${path}-cert.pub`)) !== 'string')
        skip(visible(`${path}-cert.pub`), 'the built-in SSH client cannot present certificates', true);
    } else if (file !== 'ENOENT' || !defaultNames.test(path)) {
      skip(visible(path), file === 'ENOENT' ? 'there is no such file' : `it cannot be read (${file})`, false);
    }
  }
  for (const value of config.certificateFiles)
    skip(`CertificateFile ${visible(value)}`, 'the built-in SSH client cannot present certificates', true);
  if (config.pkcs11Provider !== null)
    skip(`PKCS11Provider ${visible(config.pkcs11Provider)}`, 'the built-in SSH client cannot load it', true);

  const socket = agentSocket(config.identityAgent, tokens, process.platform);
  let entries: readonly AgentEntry[] = [];
  let socketPath = '';
  if (socket?.kind === 'failed') skip('agent', socket.reason, false);
  else if (socket !== null) {
    socketPath = socket.path;
    const listing = await listAgentKeys(socketPath, agentLimitMs, signal);
    if (listing.kind === 'listed') entries = listing.entries;
    // A locked agent does not say so (ssh-add(1), -x): its list is empty.
    if (listing.kind === 'listed' && entries.length === 0)
      skip(`agent at ${visible(socketPath)}`, 'it lists no key: it is empty, or locked (ssh-add -X)', false);
    if (listing.kind === 'failed') skip(`agent at ${visible(socketPath)}`, listing.reason, false);
  }

  const usable: UsableKey[] = [];
  const locked: LockedKey[] = [];
  const offer = (found: UsableKey | LockedKey | SkippedKey): void => {
    if ('reason' in found) skipped.push(found);
    else if (!('signer' in found)) locked.push(found);
    else if (!usable.some((key) => key.publicKey.blob.equals(found.publicKey.blob))) usable.push(found);
  };
  const heldBy = (file: KeyFile): AgentEntry | undefined =>
    file.publicKey === null ? undefined : entries.find((entry) => file.publicKey?.blob.equals(entry.blob) === true);
  const wasLocked = ({ content }: KeyFile): boolean => content.kind === 'private' && content.encrypted;
  const onDisk = files.filter((file) => heldBy(file) === undefined);
  const opened = onDisk.map((file) => [file, openKeyFile(file, request.unlocked)] as const);
  for (const [file, found] of opened) if (wasLocked(file) && 'signer' in found) offer(found);
  for (const file of files) {
    const entry = heldBy(file);
    if (entry === undefined) continue;
    const found = fromAgent(entry, socketPath);
    offer({ ...found, label: keyLabel(file.path, file.publicKey) });
  }
  for (const [, found] of opened) offer(found);
  const named = new Set(files.map(heldBy));
  for (const entry of entries) {
    if (named.has(entry)) continue;
    if (!config.identitiesOnly) offer(fromAgent(entry, socketPath));
    else skip(agentLabel(entry), 'IdentitiesOnly is set and no IdentityFile names it', false);
  }
  return { usable, locked, skipped };
}
