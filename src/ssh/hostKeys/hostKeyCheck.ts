/**
 * The one place where a server's key is accepted. ssh2 takes anything but exactly `false` for "accept", a promise
 * included, so nothing else in the project may hand it a verifier.
 */
import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { HostVerifier, ServerHostKeyAlgorithm } from 'ssh2';
import { visible } from '../../core/text/visible';
import { parseKnownHosts, type KnownHostLine } from './knownHosts';
import * as problems from '../problems';

/**
 * Turns a judgement into ssh2's verifier. Only `true` (or a promise of it) accepts; a throw, a rejection and every other
 * value refuse. The key accepted first is the only one that is accepted later on the same connection: a server's re-key
 * asks again, and is answered at once.
 */
export function createHostVerifier(judge: (key: Buffer) => unknown): HostVerifier {
  let accepted: Buffer | null = null;
  return (key, verify) => {
    if (accepted !== null) {
      verify(accepted.equals(key));
      return;
    }
    // ssh2 reads on in the buffer that it shows; keep what was judged.
    const shown = Buffer.from(key);
    const answer = (verdict: unknown): void => {
      if (verdict === true) accepted = shown;
      verify(verdict === true);
    };
    let verdict: unknown;
    try {
      verdict = judge(shown);
    } catch {
      // The refusal is the answer; the reason is kept by whoever judges.
      answer(false);
      return;
    }
    if (verdict instanceof Promise) {
      // Cannot reject: both outcomes are turned into an answer.
      void verdict.then(answer, () => {
        answer(false);
      });
    } else {
      answer(verdict);
    }
  };
}

/** OpenSSH's order of preference, with the key type that each signature algorithm belongs to. */
const algorithmsByPreference: readonly (readonly [ServerHostKeyAlgorithm, string])[] = [
  ['ssh-ed25519', 'ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256'],
  ['ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp384'],
  ['ecdsa-sha2-nistp521', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'ssh-rsa'],
  ['rsa-sha2-256', 'ssh-rsa'],
];

/** Whether this runtime has Ed25519. ssh2 throws in `connect()` for a name that it lacks. */
export function runtimeHasEd25519(): boolean {
  try {
    generateKeyPairSync('ed25519');
    return true;
  } catch {
    // The runtime's own way of saying no.
    return false;
  }
}

/** The change to ssh2's list of host key algorithms: known types first, SHA-1 signatures never. */
export interface HostKeyAlgorithms {
  readonly remove: ServerHostKeyAlgorithm[];
  readonly prepend: ServerHostKeyAlgorithm[];
  readonly append: ServerHostKeyAlgorithm[];
}

/**
 * Asks the server for a key of a type that is known, so that a host with several keys raises no false alarm. The names
 * are removed first because `prepend` alone does not move what is in the list.
 */
export function hostKeyAlgorithms(knownTypes: readonly string[], hasEd25519: boolean): HostKeyAlgorithms {
  const known = algorithmsByPreference
    .filter(([algorithm, type]) => knownTypes.includes(type) && (hasEd25519 || algorithm !== 'ssh-ed25519'))
    .map(([algorithm]) => algorithm);
  return { remove: [...known, 'ssh-rsa'], prepend: known, append: [] };
}

/**
 * Reads all known_hosts files. A missing file is empty; one that cannot be read closes the door.
 * @throws ProblemError `hostKeyUnknown` for a file that exists and cannot be read
 */
export async function readKnownHosts(hostLabel: string, files: readonly string[]): Promise<KnownHostLine[]> {
  const lines: KnownHostLine[] = [];
  for (const file of files) {
    try {
      // Host names and keys are ASCII; latin1 keeps every other byte apart.
      lines.push(...parseKnownHosts(await readFile(file, 'latin1'), file));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (code === 'ENOENT') continue;
      throw problems.knownHostsUnreadable(hostLabel, file, visible(code === '' ? String(error) : code), error);
    }
  }
  return lines;
}
