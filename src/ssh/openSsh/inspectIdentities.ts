/** Which identity files of the configuration only a person can use: those under a passphrase, and those in hardware. */
import { readFile } from 'node:fs/promises';
import type { ResolvedSshConfig } from '../config/sshConfig';
import { expandSshPath, type TokenValues } from '../config/sshPaths';
import { inspectKeyFile } from '../login/keyFile';
import { isSecurityKey } from '../publicKey';

/** What a person would have to do; both `false` where no identity file needs one. Never throws. */
export async function inspectIdentities(
  identityFile: string | null,
  { identityFiles, pubkeyAuthentication }: ResolvedSshConfig,
  tokens: TokenValues,
): Promise<{ readonly isLocked: boolean; readonly isInHardware: boolean }> {
  let isLocked = false;
  let isInHardware = false;
  for (const value of pubkeyAuthentication ? [identityFile, ...identityFiles] : []) {
    const expansion = value === null ? null : expandSshPath(value, tokens);
    if (expansion?.kind !== 'path') continue;
    // What cannot be read, ssh cannot use either, and says so.
    const bytes = await readFile(expansion.path).catch(() => null);
    const content = bytes === null ? null : inspectKeyFile(bytes);
    if (content === null || content.kind === 'unknown') continue;
    if (content.kind === 'private' && content.encrypted) isLocked = true;
    if (content.publicKey !== null && isSecurityKey(content.publicKey.type)) isInHardware = true;
  }
  return { isLocked, isInHardware };
}
