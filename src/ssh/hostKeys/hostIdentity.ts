/**
 * One check of a host's identity: what is known of it before, what the server showed, and whether it proved that the key
 * is its own. Nothing is asked and nothing is written here.
 */
import type { ProblemError } from '../../core/problem';
import {
  isKnown,
  judgeHostKey,
  judgeWithTrusted,
  knownKeyTypes,
  type HostKeyVerdict,
  type KnownHostLine,
  type TrustVerdict,
} from './knownHosts';
import * as problems from '../problems';
import { readPublicKey, type PublicKey } from '../publicKey';

export class HostIdentity {
  readonly lookup: problems.HostKeyLookup;
  readonly #knownHosts: readonly KnownHostLine[];
  readonly #trusted: PublicKey | null;
  #verdict: HostKeyVerdict | TrustVerdict | null = null;
  #shown: Buffer = Buffer.alloc(0);
  #proven = false;

  /** @param trusted the key that a person has trusted in this window; it counts where the files name none */
  constructor(lookup: problems.HostKeyLookup, knownHosts: readonly KnownHostLine[], trusted: PublicKey | null) {
    this.lookup = lookup;
    this.#knownHosts = knownHosts;
    this.#trusted = isKnown(knownHosts, lookup.names) ? null : trusted;
  }

  /** The key types to ask the server for first. */
  get knownTypes(): readonly string[] {
    return this.#trusted === null ? knownKeyTypes(this.#knownHosts, this.lookup.names) : [this.#trusted.type];
  }

  /** Judges the key that the server showed. Only for the verifier of ssh2. */
  judge(key: Buffer): boolean {
    this.#shown = key;
    this.#verdict = judgeWithTrusted(judgeHostKey(this.#knownHosts, this.lookup.names, key), this.#trusted, key);
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

  /** The key that stands in no file, was trusted by a person, and is proven to be the server's own. */
  get newlyProven(): PublicKey | null {
    return this.#proven && this.#verdict?.kind === 'trusted' ? this.#trusted : null;
  }
}
