/**
 * One check of a host's identity: what is known of it before, what the server showed, and whether it proved that the key
 * is its own. Nothing is asked and nothing is written here.
 */
import type { ProblemError } from '../../core/problem';
import {
  isKnown,
  judgeHostKey,
  judgeWithPinned,
  judgeWithTrusted,
  knownKeyTypes,
  type HostKeyVerdict,
  type KnownHostLine,
  type PinVerdict,
  type TrustVerdict,
} from './knownHosts';
import * as problems from '../problems';
import { readPublicKey, type PublicKey } from '../publicKey';

/** What the check begins with. */
export interface IdentityRequest {
  readonly lookup: problems.HostKeyLookup;
  readonly knownHosts: readonly KnownHostLine[];
  /** The key that a person has trusted in this window; it counts where the files name none. */
  readonly trusted: PublicKey | null;
  /** The key that the host has proven first in this window. */
  readonly pinned: PublicKey | null;
}

export class HostIdentity {
  readonly lookup: problems.HostKeyLookup;
  readonly #knownHosts: readonly KnownHostLine[];
  readonly #trusted: PublicKey | null;
  readonly #pinned: PublicKey | null;
  #verdict: HostKeyVerdict | TrustVerdict | PinVerdict | null = null;
  #shown: Buffer = Buffer.alloc(0);
  #proven = false;

  constructor({ lookup, knownHosts, trusted, pinned }: IdentityRequest) {
    this.lookup = lookup;
    this.#knownHosts = knownHosts;
    this.#trusted = isKnown(knownHosts, lookup.names) ? null : trusted;
    this.#pinned = pinned;
  }

  /** The key types to ask the server for first. */
  get knownTypes(): readonly string[] {
    if (this.#trusted !== null) return [this.#trusted.type];
    const { names } = this.lookup;
    const pinned = this.#pinned;
    // A host of several keys is asked for the one that it is held to.
    if (pinned !== null && judgeHostKey(this.#knownHosts, names, pinned.blob).kind === 'accepted') return [pinned.type];
    return knownKeyTypes(this.#knownHosts, names);
  }

  /** Judges the key that the server showed. Only for the verifier of ssh2. */
  judge(key: Buffer): boolean {
    this.#shown = key;
    const verdict = judgeWithPinned(this.#knownHosts, this.lookup.names, this.#pinned, key);
    this.#verdict = judgeWithTrusted(verdict, this.#trusted, key);
    return this.#isAccepted;
  }

  get #isAccepted(): boolean {
    return this.#verdict?.kind === 'accepted' || this.#verdict?.kind === 'trusted';
  }

  /** The server has signed with the accepted key: ssh2 shows a key before it has looked at the signature. */
  noteProof(): void {
    if (this.#isAccepted) this.#proven = true;
  }

  /** Why the server was refused; `null` where it was not, or showed no key yet. */
  get refusal(): ProblemError | null {
    const verdict = this.#verdict;
    if (verdict === null || verdict.kind === 'accepted' || verdict.kind === 'trusted') return null;
    return problems.hostKeyRefused(this.lookup, verdict, this.#shown);
  }

  /** The key of a host that is not known at all, which a person can be asked about; `null` in every other case. */
  get unknownKey(): PublicKey | null {
    if (this.#verdict?.kind !== 'unknown' || this.#verdict.authorities.length > 0) return null;
    return readPublicKey(this.#shown);
  }

  /** The accepted key, once the server has shown that it owns it. */
  get provenKey(): PublicKey | null {
    return this.#proven ? readPublicKey(this.#shown) : null;
  }

  /** The key that stands in no file, was trusted by a person, and is proven to be the server's own. */
  get newlyProven(): PublicKey | null {
    return this.#proven && this.#verdict?.kind === 'trusted' ? this.#trusted : null;
  }
}
