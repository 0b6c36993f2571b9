/**
 * The connector of one host over the built-in SSH client: everything that can stop the attempt is looked at first, then
 * one connection is made for one command. What only a person knows is asked between two connections, never during one.
 */
import { hostname, userInfo } from 'node:os';
import type { HostSettings } from '../../core/hostSettings';
import type { ByteStream, Clock, HostQuestions, Log, UnlockedKeys } from '../../core/ports';
import { isProblemError } from '../../core/problem';
import { sshCommandLine } from '../../core/sshCommand';
import { visible } from '../../core/text/visible';
import { Authentication } from '../login/authentication';
import { openCommand } from './channelStream';
import { HostIdentity } from '../hostKeys/hostIdentity';
import { readKnownHosts } from '../hostKeys/hostKeyCheck';
import { collectIdentities, type Identities } from '../login/identities';
import { authoritiesFor, knownKeyTypes, lookupNames } from '../hostKeys/knownHosts';
import { storeKey } from '../hostKeys/knownHostsStore';
import { openLink, type Link } from './link';
import { askForTrust, askToUnlock } from '../login/personQuestions';
import * as problems from '../problems';
import type { PublicKey } from '../publicKey';
import type { ResolvedSshConfig } from '../config/sshConfig';
import type { TokenValues } from '../config/sshPaths';
import { defaultTimings, type SshTimings } from '../timings';

/** What a connector of one host is made from. */
export interface SshConnectorOptions {
  readonly settings: HostSettings;
  /** The `-F` file of `ssh`; empty for the user's own configuration and the system's. */
  readonly sshConfigFile: string;
  /** The home of the passwd entry (`os.userInfo().homedir`): what ssh's own `~` means, whatever `$HOME` says. */
  readonly home: string;
  /** Where `SSH_AUTH_SOCK`, `PATH` and the `${NAME}` of the configuration come from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where keys that a person opens are kept; without it, in this connector alone. */
  readonly unlockedKeys?: UnlockedKeys;
  /**
   * What the system's ssh asks with: the file of askpass.ts in the package, and a folder for temporary files. `null` where
   * it cannot ask (Windows).
   */
  readonly askpass: { readonly program: string; readonly folder: string } | null;
  readonly log: Log;
  readonly clock: Clock;
  /** For tests: shorter limits. */
  readonly timings?: Partial<SshTimings>;
}

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

/** See `Connector`, for a configuration that was read before. Between two calls it holds only what a person has answered. */
export class Ssh2Connector {
  readonly #options: SshConnectorOptions;
  readonly #unlocked: UnlockedKeys;
  #trusted: TrustedKey | null = null;

  constructor(options: SshConnectorOptions) {
    this.#options = options;
    this.#unlocked = options.unlockedKeys ?? new Map<string, unknown>();
  }

  async connect(
    command: string,
    signal: AbortSignal,
    questions: HostQuestions | undefined,
    config: ResolvedSshConfig,
  ): Promise<ByteStream> {
    const { settings, clock } = this.#options;
    const timings = { ...defaultTimings, ...this.#options.timings };
    const link = await this.#logIn(config, timings, signal, questions);
    return openCommand(link, { host: settings.name, command, openMs: timings.openMs, clock }, signal);
  }

  /** Connects, and once more after each answer of a person. Each answer brings it further, so it comes to an end. */
  async #logIn(
    config: ResolvedSshConfig,
    timings: SshTimings,
    signal: AbortSignal,
    questions: HostQuestions | undefined,
  ): Promise<Link> {
    const { settings, log, clock } = this.#options;
    const host = settings.name;
    const files = [...config.userKnownHostsFiles, ...config.globalKnownHostsFiles];
    const names = lookupNames(config);
    const knownHosts = await readKnownHosts(host, files);
    const authorities = authoritiesFor(knownHosts, names);
    if (authorities.length > 0 && knownKeyTypes(knownHosts, names).length === 0)
      throw problems.onlyAuthority(host, authorities);
    const strict = config.strictHostKeyChecking === 'yes';
    const lookup = { host, sshCommand: sshCommandLine(this.#options), names, files, strict };
    const connectMs = config.connectTimeoutSeconds === null ? timings.connectMs : config.connectTimeoutSeconds * 1000;

    let pinned: PublicKey | null = null;
    for (;;) {
      // Until the end of this attempt, also when it is stored meanwhile: what the files said is read only once.
      const trusted = this.#trusted;
      if (trusted !== null && trusted.name === names[0]) pinned = trusted.key;
      const identities = await this.#identities(config, signal);
      const identity = new HostIdentity(lookup, knownHosts, strict ? null : pinned);
      const authentication = new Authentication(config.user, identities);
      log.debug(
        `${host}: connecting to ${config.user}@${config.hostName}:${String(config.port)} with ${String(identities.usable.length)} keys, ${String(identities.locked.length)} locked, ${String(identities.skipped.length)} left out`,
      );
      const { hostName, port, user, addressFamily, bindAddress } = config;
      let failure: unknown;
      const link = await openLink(
        {
          ...{ hostName, port, user, addressFamily, bindAddress },
          ...{ identity, authentication, timings: { ...timings, connectMs }, clock },
        },
        signal,
      ).catch((error: unknown) => {
        failure = error;
        return null;
      });
      if (identity.newlyProven !== null) await this.#remember(config, identity.newlyProven);
      if (link !== null) {
        log.debug(`${host}: logged in with ${authentication.lastKey ?? 'no key'}`);
        return link;
      }
      const failed = { identity, authentication, failure };
      if (signal.aborted || questions === undefined || !(await this.#ask(config, failed, questions, signal)))
        throw failure;
    }
  }

  /** The keys there are, unless none of them can be used. */
  async #identities(config: ResolvedSshConfig, signal: AbortSignal): Promise<Identities> {
    const { settings } = this.#options;
    const request = {
      config,
      identityFile: settings.identityFile,
      tokens: this.tokens(config),
      unlocked: this.#unlocked,
    };
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
   * @throws ProblemError `authenticationFailed` for a key that stays locked
   */
  async #ask(
    config: ResolvedSshConfig,
    { identity, authentication, failure }: FailedLogin,
    questions: HostQuestions,
    signal: AbortSignal,
  ): Promise<boolean> {
    const host = this.#options.settings.name;
    const key = identity.unknownKey;
    if (key !== null) {
      if (config.strictHostKeyChecking === 'yes') return false;
      const answer = await askForTrust({ host, config, home: this.#options.home, key }, questions, signal);
      if (answer === null) return false;
      this.#trusted = { key, name: identity.lookup.names[0] ?? '', file: answer.file };
      return true;
    }
    const { wantedKey } = authentication;
    if (wantedKey === null || !isProblemError(failure) || failure.problem.code !== 'authenticationFailed') return false;
    const { isOpen, wrong } = await askToUnlock({ host, key: wantedKey, unlocked: this.#unlocked }, questions, signal);
    if (!isOpen && !signal.aborted) throw problems.keyStaysLocked(host, config.user, wantedKey.label, wrong);
    return isOpen;
  }

  /** Stores the key that was trusted and is proven, where it is to be stored. A failure costs only the memory of it. */
  async #remember(config: ResolvedSshConfig, proven: PublicKey): Promise<void> {
    const trusted = this.#trusted;
    // Another attempt may have stored it, or been given another answer.
    if (trusted === null || trusted.file === null || !trusted.key.blob.equals(proven.blob)) return;
    const { settings, home, log } = this.#options;
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

  /** What `~` and the tokens in paths of the configuration stand for. */
  tokens(config: ResolvedSshConfig): TokenValues {
    const { settings, home, environment } = this.#options;
    const local = userInfo();
    return {
      home,
      localUser: local.username,
      localUserId: local.uid,
      localHostName: hostname(),
      alias: settings.host,
      hostName: config.hostName,
      port: config.port,
      user: config.user,
      hostKeyAlias: config.hostKeyAlias,
      proxyJump: config.proxyJump ?? '',
      environment,
    };
  }
}
