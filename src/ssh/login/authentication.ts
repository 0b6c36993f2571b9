/**
 * Proving who we are: which method and which key is tried when. Runs as ssh2's authHandler; it never begins with `none` (a
 * round trip for nothing), never forwards the agent, and stops before a server with the usual `MaxAuthTries 6` hangs up.
 */
import type { AnyAuthMethod, AuthHandlerMiddleware } from 'ssh2';
import { LockedKeyAgent, SingleKeyAgent } from './agent';
import type { Identities, LockedKey, UsableKey } from './identities';
import type { AskedMethod, AuthenticationAccount } from './loginProblems';
import type { LoginMethod } from './methods';
import type { PromptListener } from './promptRound';

/**
 * The sixth failure ends the connection under `MaxAuthTries 6`, OpenSSH's default. ssh2 1.17 makes one attempt a key,
 * RSA too: it picks the one signature algorithm that the server has named.
 */
export const keyAttemptLimit = 5;

/** What one login has to work with. */
export interface AuthenticationRequest {
  readonly user: string;
  readonly identities: Identities;
  /** The methods that the configuration allows, in order. */
  readonly methods: readonly LoginMethod[];
  /** What a person has given for this login. */
  readonly password: string | null;
  /** How many wrong answers to the prompts of the server are borne; 0 where nobody may be asked. */
  readonly promptLimit: number;
}

const lockedAndWanted = ({ label }: LockedKey): string =>
  `${label}, which the server would take and which needs a passphrase`;

const isAsking = (method: LoginMethod): boolean => method !== 'publickey';

/** Whether ssh2 tells how trying the key failed. */
const isTold = (key: UsableKey | LockedKey): boolean => 'signer' in key && key.signer.kind === 'file';

/** What is being tried. */
interface Attempt {
  readonly method: LoginMethod | 'none';
  readonly label: string;
  /** Where an agent signs; ssh2 does not tell how such an attempt failed. */
  readonly agent: SingleKeyAgent | LockedKeyAgent | null;
}

/** The course of one authentication. */
export class Authentication {
  readonly #request: AuthenticationRequest;
  readonly #waiting: (UsableKey | LockedKey)[];
  readonly #tried: (UsableKey | LockedKey)[] = [];
  readonly #agents: SingleKeyAgent[] = [];
  readonly #questions = new Map<LockedKey, LockedKeyAgent>();
  readonly #unsigned = new Set<UsableKey | LockedKey>();
  #offered: readonly string[] | null = null;
  #partial = false;
  #exhausted = false;
  #under: Attempt | null = null;
  #askedForMethods = false;
  #passwordSent = false;
  #passwordRefused = false;
  /** Rounds that a person was shown in the attempt under way. */
  #rounds = 0;
  /** Wrong answers to prompts; the method is over where it failed without a question. */
  #promptsRefused = 0;
  #promptsOver = false;
  #onPrompts: PromptListener | null = null;
  #onBegin: () => void = () => undefined;

  constructor(request: AuthenticationRequest) {
    this.#request = request;
    const { usable, locked } = request.identities;
    const shown = locked.filter(({ publicKey }) => publicKey !== null);
    this.#waiting = [...usable, ...shown].slice(0, keyAttemptLimit);
  }

  /** Says who takes the prompts of the server. */
  onPrompts(listener: PromptListener): void {
    this.#onPrompts = listener;
  }

  /** Says who is told when a method begins in which the server may wait for a person, with or without a prompt. */
  onBegin(listener: () => void): void {
    this.#onBegin = listener;
  }

  /** Chooses the next attempt, or `false`. Given to ssh2 as `authHandler`. */
  readonly handler: AuthHandlerMiddleware = (
    methodsLeft: readonly string[] | null,
    partialSuccess: boolean | null,
  ): AnyAuthMethod | false => {
    const last = this.#under;
    // What ssh2 passes after a key of an agent is of an attempt before.
    if (last !== null && last.agent === null && methodsLeft !== null) {
      const wasPublicKey = this.#offered?.includes('publickey') ?? true;
      this.#offered = methodsLeft;
      if (partialSuccess === true) this.#partial = true;
      // The server took the agent's key before it was asked for the methods, and wants something besides.
      if (last.method === 'none' && wasPublicKey && !methodsLeft.includes('publickey') && this.#hasSigned)
        this.#partial = true;
      else if (partialSuccess !== true) this.#noteFailure(last.method);
    }
    // A key that signed and did not end the login may have been one proof of several.
    const next = last?.agent?.hasSigned === true ? this.#learn() : this.#next();
    if (next === false) this.#exhausted = true;
    return next;
  };

  get #hasSigned(): boolean {
    return this.#agents.some((agent) => agent.hasSigned);
  }

  #noteFailure(method: LoginMethod | 'none'): void {
    if (method === 'password') this.#passwordRefused = true;
    if (method !== 'keyboard-interactive') return;
    if (this.#rounds === 0) this.#promptsOver = true;
    else this.#promptsRefused += 1;
  }

  #next(): AnyAuthMethod | false {
    const { methods } = this.#request;
    // The failures of many keys of an agent would leave no try for asking what else there is; the first one is free.
    const isAgents = this.#waiting.length === keyAttemptLimit && !this.#waiting.some(isTold);
    if (this.#under === null && isAgents && methods.some(isAsking)) return this.#learn();
    for (const method of methods) {
      if (method === 'publickey') {
        const key = this.#nextKey();
        if (key !== undefined) return this.#tryKey(key);
      } else if (this.#lockedAndWanted !== undefined) {
        // The key comes before what else a person could be asked, as with ssh; it is opened between two connections.
        return false;
      } else if (this.#offered === null) {
        return this.#learnOnce();
      } else if (this.#offered.includes(method)) {
        const attempt = method === 'password' ? this.#tryPassword() : this.#tryPrompts();
        if (attempt !== null) return attempt;
      }
    }
    return this.#learnOnce();
  }

  /** A server with both asks for the same password twice: who is asked by prompts is not asked by the other way. */
  get #asksByPrompts(): boolean {
    const method = 'keyboard-interactive';
    return this.#request.methods.includes(method) && this.#offered?.includes(method) === true && !this.#promptsOver;
  }

  /** The next key, where the server may take one. */
  #nextKey(): UsableKey | LockedKey | undefined {
    return this.#offered?.includes('publickey') === false ? undefined : this.#waiting.shift();
  }

  #tryKey(key: UsableKey | LockedKey): AnyAuthMethod {
    const username = this.#request.user;
    this.#tried.push(key);
    const under = (agent: Attempt['agent']): void => {
      this.#under = { method: 'publickey', label: key.label, agent };
    };
    if (!('signer' in key)) {
      const question = new LockedKeyAgent(key.publicKey?.blob ?? Buffer.alloc(0));
      this.#questions.set(key, question);
      under(question);
      return { type: 'agent', username, agent: question };
    }
    if (key.signer.kind === 'file') {
      under(null);
      return { type: 'publickey', username, key: key.signer.privateKey };
    }
    const agent = new SingleKeyAgent(key.signer.socketPath, key.publicKey.blob);
    this.#agents.push(agent);
    under(agent);
    return { type: 'agent', username, agent };
  }

  #tryPassword(): AnyAuthMethod | null {
    const { user: username, password } = this.#request;
    if (password === null || this.#passwordSent || this.#asksByPrompts) return null;
    this.#passwordSent = true;
    this.#onBegin();
    this.#under = { method: 'password', label: 'a password', agent: null };
    return { type: 'password', username, password };
  }

  #tryPrompts(): AnyAuthMethod | null {
    const { user: username, promptLimit } = this.#request;
    if (this.#promptsOver || this.#promptsRefused >= promptLimit) return null;
    this.#under = { method: 'keyboard-interactive', label: 'answers to its prompts', agent: null };
    this.#rounds = 0;
    this.#onBegin();
    return {
      type: 'keyboard-interactive',
      username,
      prompt: (name, instruction, _language, prompts, finish) => {
        const wasWrong = this.#rounds === 0 && this.#promptsRefused > 0;
        this.#rounds += 1;
        this.#onPrompts?.({ name, instruction, prompts, wasWrong }, finish);
      },
    };
  }

  /** Asks what else there is: it makes the message useful. It costs a failure, so not where that would be the last one. */
  #learnOnce(): AnyAuthMethod | false {
    if (this.#offered !== null || this.#askedForMethods || this.#tried.length >= keyAttemptLimit) return false;
    return this.#learn();
  }

  #learn(): AnyAuthMethod {
    this.#askedForMethods = true;
    this.#under = { method: 'none', label: 'nothing', agent: null };
    return { type: 'none', username: this.#request.user };
  }

  /** Nothing is left to try: the next error of ssh2 is the final one. */
  get isExhausted(): boolean {
    return this.#exhausted;
  }

  /** Whether anything was offered to the server. */
  get hasBegun(): boolean {
    return this.#under !== null;
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

  /** What was offered last: after success, what was accepted. */
  get lastProof(): string | null {
    return this.#under?.label ?? null;
  }

  get #lockedAndWanted(): LockedKey | undefined {
    return this.#request.identities.locked.find((key) => this.#questions.get(key)?.isWanted);
  }

  /**
   * The first encrypted key that is worth a passphrase: one that the server would take, else one that shows itself only
   * to who has the passphrase, where the server asks a person nothing else.
   */
  get wantedKey(): LockedKey | null {
    const wanted = this.#lockedAndWanted;
    if (wanted !== undefined) return wanted;
    const isAsked = this.wantsPassword || this.#passwordRefused || this.#promptsRefused > 0;
    if (isAsked || this.#offered?.includes('publickey') === false) return null;
    return this.#request.identities.locked.find(({ publicKey }) => publicKey === null) ?? null;
  }

  /** Whether a password would bring the login further: the server takes one, and none was given or the one was wrong. */
  get wantsPassword(): boolean {
    const { methods } = this.#request;
    if (!methods.includes('password') || this.#offered?.includes('password') !== true) return false;
    return (!this.#passwordSent || this.#passwordRefused) && !this.#asksByPrompts;
  }

  /** The password was sent and is wrong. */
  get isPasswordWrong(): boolean {
    return this.#passwordRefused;
  }

  /** How often each way of asking a person was refused. */
  #asked(): AskedMethod[] {
    const asked: AskedMethod[] = [];
    if (this.#passwordRefused) asked.push({ method: 'password', refused: 1 });
    if (this.#promptsRefused > 0) asked.push({ method: 'keyboard-interactive', refused: this.#promptsRefused });
    return asked;
  }

  /** What was tried, for the message. */
  account(host: string, said: string | null): AuthenticationAccount {
    const { user, methods, identities } = this.#request;
    const { usable, locked } = identities;
    const untried = [...usable, ...locked].filter((key) => !this.#tried.includes(key));
    const reason =
      this.#offered?.includes('publickey') === false
        ? 'the server takes no (further) key'
        : `servers hang up after 6 failures; name it in IdentityFile and set IdentitiesOnly`;
    return {
      host,
      user,
      offered: this.#offered,
      allowed: methods,
      asked: this.#asked(),
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
        ...identities.skipped.map((key) => `${key.label}: ${key.reason}`),
      ],
      isBeyondClient: identities.skipped.some((key) => key.unsupported),
      said,
    };
  }

  /** Frees what an agent still holds. */
  dispose(): void {
    for (const agent of this.#agents) agent.dispose();
  }
}
