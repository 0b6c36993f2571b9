/**
 * Remembering a host's key as OpenSSH does: one line at the end of the first UserKnownHostsFile. What stands there is
 * never rewritten, and nothing else of the user's configuration is ever touched.
 */
import { access, constants, mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { visible } from '../../core/text/visible';
import { hashHostName } from './knownHosts';
import type { PublicKey } from '../publicKey';

/** Where a key can be stored, or why it cannot be. */
export type KeyStore = { readonly file: string } | { readonly reason: string };

/** What stands in a line. */
export interface KeyToStore {
  /** The name under which the host is looked up: `[host]:port` where the port is not 22. */
  readonly name: string;
  readonly hash: boolean;
  readonly key: PublicKey;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : visible(String(error));

/** The folder that is made where it is missing; OpenSSH makes this one and no other. */
const sshFolder = (home: string): string => join(home, '.ssh');

/** Written out, such a name (a HostKeyAlias may be anything) would be a pattern of other hosts, a marker or a comment. */
const meansMore = (name: string): boolean => /[*?!,|@#\s]/.test(name);

/** Looks where the key would go, and changes nothing. `files` are the UserKnownHostsFile, without `none`. */
export async function findKeyStore(files: readonly string[], home: string): Promise<KeyStore> {
  const [file] = files;
  if (file === undefined) return { reason: 'UserKnownHostsFile is none' };
  const cannot = (why: string): KeyStore => ({ reason: `${visible(file)} ${why}` });
  try {
    if (!(await stat(file)).isFile()) return cannot('is no file');
    await access(file, constants.R_OK | constants.W_OK);
    return { file };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return cannot(`cannot be written (${codeOf(error)})`);
  }
  for (const folder of dirname(file) === sshFolder(home) ? [dirname(file), home] : [dirname(file)]) {
    try {
      await access(folder, constants.W_OK | constants.X_OK);
      return { file };
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') return cannot(`cannot be made (${codeOf(error)})`);
    }
  }
  return cannot('cannot be made: its folder does not exist');
}

/**
 * Appends the line, in one write. A new file is for its owner alone, and so is a new `~/.ssh`.
 * @throws the error of the file system; then the file is as it was, but for a line that was cut short, which counts for
 * nothing
 */
export async function storeKey(file: string, home: string, { name, hash, key }: KeyToStore): Promise<void> {
  const folder = dirname(file);
  if (folder === sshFolder(home)) await mkdir(folder, { mode: 0o700, recursive: true });
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const begin = size > 0 && last.toString('latin1') !== '\n' ? '\n' : '';
    const hosts = hash || meansMore(name) ? hashHostName(name) : name;
    const line = Buffer.from(`${begin}${hosts} ${key.type} ${key.blob.toString('base64')}\n`, 'latin1');
    const { bytesWritten } = await handle.write(line);
    if (bytesWritten < line.length) throw new Error(`only ${String(bytesWritten)} of ${String(line.length)} bytes`);
  } finally {
    await handle.close();
  }
}
