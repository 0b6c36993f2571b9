/**
 * Logging in to one machine on the way: the host, or a jump host before it. Between two logins it holds only what a person
 * has answered about the machine's key, and the key that the machine has proven first.
 */
import type { LoginQuestions, UnlockedKeys } from '../../core/ports';
import { isProblemError } from '../../core/problem';
import { sshCommandLine } from '../../core/sshCommand';
import { visible } from '../../core/text/visible';
import { localTokens } from '../config/localTokens';
import type { Station } from '../config/stations';
import { readKnownHosts } from '../hostKeys/hostKeyCheck';
import { HostIdentity } from '../hostKeys/hostIdentity';
import { authoritiesFor, knownKeyTypes, lookupNames } from '../hostKeys/knownHosts';
import { storeKey } from '../hostKeys/knownHostsStore';
import { Authentication } from '../login/authentication';
import { collectIdentities, type Identities } from '../login/identities';
import { allowedMethods } from '../login/methods';
import { askForPassword, askForTrust, askPrompts, askToUnlock } from '../login/personQuestions';
import * as loginProblems from '../login/loginProblems';
import * as problems from '../problems';
import type { PublicKey } from '../publicKey';
import { defaultTimings } from '../timings';
import { openJumpChannel } from './jumpChannel';
import { openLink, type Link } from './link';
import type { SshConnectorOptions } from '../sshConnectorOptions';

/** What a person may be asked at most for one login, as with OpenSSH's default. */
const promptLimit = 3;

/** A host key that a person has trusted, and what is to become of it. */
interface TrustedKey {
  readonly key: PublicKey;
  /** The name under which the host was looked up; under another one the key counts for nothing. */
  readonly name: string;
  /** The file that is to hold it, once the server has proven the key; `null`: trusted until the window closes. */
  readonly file: string | null;
}

/** One connection that did not come about. */
interface FailedLogin {
  readonly identity: HostIdentity;
  readonly authentication: Authentication;
  readonly failure: unknown;
}

/** The machine before, that connects us. */
export interface JumpLink {
  readonly link: Link;
  /** As messages name it. */
  readonly name: string;
}

/** What a login may ask. */
interface Person {
  readonly questions: LoginQuestions;
  readonly signal: AbortSignal;
}

/** What one login has found out on its way. */
interface LoginState {
  password: string | null;
  wrongPasswords: number;
}

function describeKeys({ usable, locked, skipped }: Identities): string {
  return `with ${String(usable.length)} keys, ${String(locked.length)} locked, ${String(skipped.length)} left out`;
}

/** See the head of the file. */
export class StationLogin {
  readonly #options: SshConnectorOptions;
  readonly #unlocked: UnlockedKeys;
  #trusted: TrustedKey | null = null;
  #pinned: { readonly key: PublicKey; readonly name: string } | null = null;

  constructor(options: SshConnectorOptions, unlocked: UnlockedKeys) {
    this.#options = options;
    this.#unlocked = unlocked;
  }

  /**
   * Connects, and once more after each answer of a person. Each answer brings it further or is counted, so it comes to an
   * end. Without `questions` nobody is asked. The link to the jump host stays open meanwhile: it has logged in, so the
   * server before it counts no time.
   */
  async logIn(
    station: Station,
    via: JumpLink | null,
    signal: AbortSignal,
    questions: LoginQuestions | undefined,
  ): Promise<Link> {
    const { config, settings } = station;
    const host = settings.name;
    const files = [...config.userKnownHostsFiles, ...config.globalKnownHostsFiles];
    const names = lookupNames(config);
    const knownHosts = await readKnownHosts(host, files);
    const authorities = authoritiesFor(knownHosts, names);
    if (authorities.length > 0 && knownKeyTypes(knownHosts, names).length === 0)
      throw problems.onlyAuthority(host, authorities);
    const strict = config.strictHostKeyChecking === 'yes';
    const sshCommand = sshCommandLine({ ...this.#options, settings });
    const lookup = { host, sshCommand, names, files, strict };
    const person = questions === undefined ? null : { questions, signal };

    let trustedKey: PublicKey | null = null;
    const state: LoginState = { password: null, wrongPasswords: 0 };
    for (;;) {
      // Until the end of this attempt, also when it is stored meanwhile: what the files said is read only once.
      const trusted = this.#trusted;
      if (trusted !== null && trusted.name === names[0]) trustedKey = trusted.key;
      const pinned = this.#pinned !== null && this.#pinned.name === names[0] ? this.#pinned.key : null;
      const identities = await this.#identities(station, signal);
      const identity = new HostIdentity({ lookup, knownHosts, trusted: strict ? null : trustedKey, pinned });
      const authentication = new Authentication({
        user: config.user,
        identities,
        methods: allowedMethods(config),
        password: state.password,
        promptLimit: questions?.mayAsk() === true ? Math.min(promptLimit, config.passwordPrompts) : 0,
      });
      let failure: unknown;
      const link = await this.#connect(
        station,
        via,
        { identities, identity, authentication, sshCommand, person },
        signal,
      ).catch((error: unknown) => {
        failure = error;
        return null;
      });
      if (identity.newlyProven !== null) await this.#remember(station, identity.newlyProven);
      if (identity.provenKey !== null) this.#pinned = { key: identity.provenKey, name: names[0] ?? '' };
      if (link !== null) {
        this.#options.log.debug(`${host}: logged in with ${authentication.lastProof ?? 'nothing'}`);
        return link;
      }
      const failed = { identity, authentication, failure };
      if (signal.aborted || person === null || !(await this.#ask(station, failed, state, person))) throw failure;
    }
  }

  async #connect(
    { config, settings }: Station,
    via: JumpLink | null,
    login: {
      readonly identities: Identities;
      readonly identity: HostIdentity;
      readonly authentication: Authentication;
      readonly sshCommand: string;
      readonly person: Person | null;
    },
    signal: AbortSignal,
  ): Promise<Link> {
    const { log, clock } = this.#options;
    const timings = { ...defaultTimings, ...this.#options.timings };
    const connectMs = config.connectTimeoutSeconds === null ? timings.connectMs : config.connectTimeoutSeconds * 1000;
    const { hostName, port, user, addressFamily, bindAddress } = config;
    const { identities, identity, authentication, sshCommand, person } = login;
    const host = settings.name;
    const through = via === null ? '' : ` through ${via.name}`;
    log.debug(`${host}: connecting to ${user}@${hostName}:${String(port)}${through} ${describeKeys(identities)}`);
    const channel =
      via === null
        ? null
        : await openJumpChannel(via.link, { host, jump: via.name, hostName, port, connectMs, clock }, signal);
    return openLink(
      {
        ...{ hostName, port, user, addressFamily, bindAddress },
        ...{ identity, authentication, sshCommand, timings: { ...timings, connectMs }, clock },
        via: via === null || channel === null ? null : { link: via.link, channel },
        ask: async (round, asking) =>
          person === null ? null : askPrompts({ host, config, identity, round }, person.questions, asking),
        noteBegun: () => person?.questions.noteBegun(),
      },
      signal,
    );
  }

  /** The keys there are, unless none of them can be used and nothing else is allowed. */
  async #identities({ config, settings }: Station, signal: AbortSignal): Promise<Identities> {
    const tokens = localTokens(this.#options, settings, config);
    const request = { config, identityFile: settings.identityFile, tokens, unlocked: this.#unlocked };
    const identities = await collectIdentities(request, signal);
    if (signal.aborted) throw problems.cancelled(settings.name);
    const { usable, locked, skipped } = identities;
    if (usable.length + locked.length === 0 && skipped.some((key) => key.unsupported))
      throw problems.onlyUnsupportedKeys(
        settings.name,
        skipped.map((key) => `${key.label}: ${key.reason}`),
      );
    return identities;
  }

  /**
   * Asks the person what the failed attempt was missing.
   * @returns whether an answer was given with which it is worth connecting again
   * @throws ProblemError `authenticationFailed` for a key that stays locked, and for a password that is not given
   */
  async #ask(
    { config, settings }: Station,
    { identity, authentication, failure }: FailedLogin,
    state: LoginState,
    { questions, signal }: Person,
  ): Promise<boolean> {
    const host = settings.name;
    const key = identity.unknownKey;
    if (key !== null) {
      if (config.strictHostKeyChecking === 'yes') return false;
      const answer = await askForTrust({ host, config, home: this.#options.home, key }, questions, signal);
      if (answer === null) return false;
      this.#trusted = { key, name: identity.lookup.names[0] ?? '', file: answer.file };
      return true;
    }
    if (!isProblemError(failure) || failure.problem.code !== 'authenticationFailed') return false;
    const { wantedKey } = authentication;
    if (wantedKey !== null) {
      const { isOpen, wrong } = await askToUnlock(
        { host, key: wantedKey, unlocked: this.#unlocked },
        questions,
        signal,
      );
      if (!isOpen && !signal.aborted) throw loginProblems.keyStaysLocked(host, config.user, wantedKey.label, wrong);
      return isOpen;
    }
    if (authentication.isPasswordWrong) state.wrongPasswords += 1;
    const isSpent = state.wrongPasswords >= Math.min(promptLimit, config.passwordPrompts);
    if (!authentication.wantsPassword || isSpent || !questions.mayAsk()) return false;
    const request = { host, config, identity, wasWrong: state.wrongPasswords > 0 };
    state.password = await askForPassword(request, questions, signal);
    if (state.password === null && !signal.aborted)
      throw loginProblems.answerNotGiven(host, config.user, 'the password that it asks for');
    return state.password !== null;
  }

  /** Stores the key that was trusted and is proven, where it is to be stored. A failure costs only the memory of it. */
  async #remember({ config, settings }: Station, proven: PublicKey): Promise<void> {
    const trusted = this.#trusted;
    // Another attempt may have stored it, or been given another answer.
    if (trusted === null || trusted.file === null || !trusted.key.blob.equals(proven.blob)) return;
    const { home, log } = this.#options;
    const { name, key, file } = trusted;
    try {
      await storeKey(file, home, { name, hash: config.hashKnownHosts, key });
      this.#trusted = null;
      log.info(`${settings.name}: its host key was added to ${visible(file)}`);
    } catch (error) {
      this.#trusted = { ...trusted, file: null };
      log.warn(
        `${settings.name}: its host key is trusted until the window closes, because ${visible(file)} could not be written: ${visible(String(error))}`,
      );
    }
  }
}
