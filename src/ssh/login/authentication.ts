/**
 * Proving who we are: which key is offered when. Runs as ssh2's authHandler; it never begins with `none` (a round trip
 * for nothing), never forwards the agent, and stops before a server with the usual `MaxAuthTries 6` hangs up.
 */
import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware } from 'ssh2';
import { LockedKeyAgent, SingleKeyAgent } from './agent';
import type { Identities, LockedKey, UsableKey } from './identities';
import type { AuthenticationAccount } from '../problems';

/**
 * The sixth failure ends the connection under `MaxAuthTries 6`, OpenSSH's default. ssh2 1.17 makes one attempt a key,
 * RSA too: it picks the one signature algorithm that the server has named.
 */
export const keyAttemptLimit = 5;

const lockedAndWanted = ({ label }: LockedKey): string =>
  `${label}, which the server would take and which needs a passphrase`;

/** The course of one authentication. */
export class Authentication {
  readonly #user: string;
  readonly #identities: Identities;
  readonly #waiting: (UsableKey | LockedKey)[];
  readonly #tried: (UsableKey | LockedKey)[] = [];
  readonly #agents: SingleKeyAgent[] = [];
  readonly #questions = new Map<LockedKey, LockedKeyAgent>();
  readonly #unsigned = new Set<UsableKey | LockedKey>();
  #offered: readonly string[] | null = null;
  #partial = false;
  #askedForMethods = false;
  #exhausted = false;

  constructor(user: string, identities: Identities) {
    this.#user = user;
    this.#identities = identities;
    const shown = identities.locked.filter(({ publicKey }) => publicKey !== null);
    this.#waiting = [...identities.usable, ...shown].slice(0, keyAttemptLimit);
  }

  /** Chooses the next attempt, or `false`. Given to ssh2 as `authHandler`. */
  readonly handler: AuthHandlerMiddleware = (
    methodsLeft: readonly string[] | null,
    partialSuccess: boolean | null,
  ): AnyAuthMethod | false => {
    // ssh2 passes null until a method other than the agent's has failed.
    if (methodsLeft !== null) this.#offered = methodsLeft;
    if (partialSuccess === true) this.#partial = true;
    const attempt = this.#next();
    if (attempt === false) this.#exhausted = true;
    return attempt;
  };

  #next(): AnyAuthMethod | false {
    const username = this.#user;
    const key = this.#offered?.includes('publickey') === false ? undefined : this.#waiting.shift();
    if (key !== undefined) {
      this.#tried.push(key);
      if (!('signer' in key)) {
        const question = new LockedKeyAgent(key.publicKey?.blob ?? Buffer.alloc(0));
        this.#questions.set(key, question);
        return { type: 'agent', username, agent: question };
      }
      if (key.signer.kind === 'file') return { type: 'publickey', username, key: key.signer.privateKey };
      const agent = new SingleKeyAgent(key.signer.socketPath, key.publicKey.blob);
      this.#agents.push(agent);
      return { type: 'agent', username, agent };
    }
    // The list of methods makes the message useful; it costs one failure, so only where that is not the last one.
    if (this.#offered === null && !this.#askedForMethods && this.#tried.length < keyAttemptLimit) {
      this.#askedForMethods = true;
      return { type: 'none' satisfies AuthenticationType, username };
    }
    return false;
  }

  /** Nothing is left to try: the next error of ssh2 is the final one. */
  get isExhausted(): boolean {
    return this.#exhausted;
  }

  /** Whether anything was offered to the server. */
  get hasBegun(): boolean {
    return this.#tried.length > 0 || this.#askedForMethods;
  }

  /** The key that was offered last could not sign, though the server would have taken it. */
  noteUnsigned(): void {
    const key = this.#tried.at(-1);
    if (key !== undefined) this.#unsigned.add(key);
  }

  /** The agent was asked for a signature and has not answered. */
  get isAgentSigning(): boolean {
    return this.#agents.some((agent) => agent.isSigning);
  }

  /** The key that was offered last: after success, the one that was accepted. */
  get lastKey(): string | null {
    return this.#askedForMethods ? null : (this.#tried.at(-1)?.label ?? null);
  }

  /**
   * The first encrypted key that is worth a passphrase: one that the server would take, else one that shows itself only
   * to who has the passphrase.
   */
  get wantedKey(): LockedKey | null {
    const { locked } = this.#identities;
    return (
      locked.find((key) => this.#questions.get(key)?.isWanted) ??
      (this.#offered?.includes('publickey') === false ? null : locked.find(({ publicKey }) => publicKey === null)) ??
      null
    );
  }

  /** What was tried, for the message. */
  account(host: string, said: string | null): AuthenticationAccount {
    const { usable, locked } = this.#identities;
    const untried = [...usable, ...locked].filter((key) => !this.#tried.includes(key));
    const reason =
      this.#offered?.includes('publickey') === false
        ? 'the server takes no (further) key'
        : `servers hang up after 6 failures; name it in IdentityFile and set IdentitiesOnly`;
    return {
      host,
      user: this.#user,
      offered: this.#offered,
      partial: this.#partial,
      tried: this.#tried.map((key) => {
        if (!('signer' in key)) return this.#questions.get(key)?.isWanted === true ? lockedAndWanted(key) : key.label;
        return this.#unsigned.has(key) ? `${key.label}, which did not sign` : key.label;
      }),
      skipped: [
        ...untried.map((key) =>
          'signer' in key || key.publicKey !== null
            ? `${key.label}: ${reason}`
            : `${key.label}: it needs a passphrase, and the agent does not hold it (ssh-add)`,
        ),
        ...this.#identities.skipped.map((key) => `${key.label}: ${key.reason}`),
      ],
      isBeyondClient: this.#identities.skipped.some((key) => key.unsupported),
      said,
    };
  }

  /** Frees what an agent still holds. */
  dispose(): void {
    for (const agent of this.#agents) agent.dispose();
  }
}
