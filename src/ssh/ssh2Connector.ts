/**
 * The connector of one host over the built-in SSH client: everything that can stop the attempt is looked at first, then
 * one connection is made for one command.
 */
import { hostname, userInfo } from 'node:os';
import type { HostSettings } from '../core/hostSettings';
import type { ByteStream, Clock, Connector, Log } from '../core/ports';
import { sshCommandLine } from '../core/sshCommand';
import { Authentication } from './authentication';
import { openCommand } from './channelStream';
import { readKnownHosts } from './hostKeyCheck';
import { collectIdentities } from './identities';
import { authoritiesFor, knownKeyTypes, lookupNames } from './knownHosts';
import { findLimit } from './limits';
import { openLink } from './link';
import * as problems from './problems';
import { resolveSshConfig, type ResolvedSshConfig } from './sshConfig';
import type { TokenValues } from './sshPaths';
import { defaultTimings, type SshTimings } from './timings';

/** What a connector of one host is made from. */
export interface SshConnectorOptions {
  readonly settings: HostSettings;
  /** The `-F` file of `ssh`; empty for the user's own configuration and the system's. */
  readonly sshConfigFile: string;
  /** The home of the passwd entry (`os.userInfo().homedir`): what ssh's own `~` means, whatever `$HOME` says. */
  readonly home: string;
  /** Where `SSH_AUTH_SOCK`, `PATH` and the `${NAME}` of the configuration come from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly clock: Clock;
  /** For tests: shorter limits. */
  readonly timings?: Partial<SshTimings>;
}

/** See {@link Connector}. Holds nothing between two calls of `connect`. */
export class Ssh2Connector implements Connector {
  readonly #options: SshConnectorOptions;

  constructor(options: SshConnectorOptions) {
    this.#options = options;
  }

  async connect(command: string, signal: AbortSignal): Promise<ByteStream> {
    const { settings, log, clock } = this.#options;
    const host = settings.name;
    const config = await resolveSshConfig(this.#options, signal);
    const limit = findLimit(settings, config);
    if (limit !== null) throw limit;

    const files = [...config.userKnownHostsFiles, ...config.globalKnownHostsFiles];
    const names = lookupNames(config);
    const knownHosts = await readKnownHosts(host, files);
    const authorities = authoritiesFor(knownHosts, names);
    if (authorities.length > 0 && knownKeyTypes(knownHosts, names).length === 0)
      throw problems.onlyAuthority(host, authorities);

    const tokens = this.#tokens(config);
    const identities = await collectIdentities({ config, identityFile: settings.identityFile, tokens }, signal);
    if (signal.aborted) throw problems.cancelled(host);
    const unsupported = identities.skipped.filter((key) => key.unsupported);
    if (identities.usable.length === 0 && unsupported.length > 0)
      throw problems.onlyUnsupportedKeys(
        host,
        identities.skipped.map((key) => `${key.label}: ${key.reason}`),
      );

    const timings = { ...defaultTimings, ...this.#options.timings };
    const connectMs = config.connectTimeoutSeconds === null ? timings.connectMs : config.connectTimeoutSeconds * 1000;
    const authentication = new Authentication(config.user, identities);
    log.debug(
      `${host}: connecting to ${config.user}@${config.hostName}:${String(config.port)} with ${String(identities.usable.length)} keys, ${String(identities.skipped.length)} left out`,
    );
    const link = await openLink(
      {
        lookup: { host, sshCommand: sshCommandLine(this.#options), names, files },
        knownHosts,
        hostName: config.hostName,
        port: config.port,
        user: config.user,
        addressFamily: config.addressFamily,
        bindAddress: config.bindAddress,
        authentication,
        timings: { ...timings, connectMs },
        clock,
      },
      signal,
    );
    log.debug(`${host}: logged in with ${authentication.lastKey ?? 'no key'}`);
    return openCommand(link, { host, command, openMs: timings.openMs, clock }, signal);
  }

  #tokens(config: ResolvedSshConfig): TokenValues {
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
