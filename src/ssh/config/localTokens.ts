/** What `~` and the tokens in values of the configuration stand for, on this machine and for one destination. */
import { hostname, userInfo } from 'node:os';
import type { HostSettings } from '../../core/hostSettings';
import type { ResolvedSshConfig } from './sshConfig';
import type { TokenValues } from './sshPaths';

/** The parts that are the same for every destination. */
export interface LocalPlace {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The tokens of one destination. */
export function localTokens(
  { home, environment }: LocalPlace,
  settings: HostSettings,
  config: ResolvedSshConfig,
): TokenValues {
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
