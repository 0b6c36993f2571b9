/**
 * The machines on the way to a host: its jump hosts and the host itself, each with what the user's own configuration says
 * about it. It is found out exactly as ssh does (`ssh.c`): the last jump host is resolved with the ones before it as its
 * `-J`, so that they take the place of what its own configuration names; the first one keeps its own.
 */
import type { HostSettings } from '../../core/hostSettings';
import { visible } from '../../core/text/visible';
import * as problems from '../problems';
import { formatJumpHosts, parseJumpHosts, type JumpHost } from './jumpHosts';
import { localTokens, type LocalPlace } from './localTokens';
import { resolveSshConfig, type ResolvedSshConfig } from './sshConfig';

/** One machine that is logged in to. */
export interface Station {
  /** Of a jump host: what leads there, under a name that says whose jump host it is. */
  readonly settings: HostSettings;
  readonly config: ResolvedSshConfig;
  readonly isJumpHost: boolean;
}

/** More are a circle, or nobody's configuration. */
const stationLimit = 9;

/** What leads to a jump host. The key that the settings name is the host's alone, as with ssh's `-i`. */
function jumpSettings(target: HostSettings, jump: JumpHost, before: readonly JumpHost[]): HostSettings {
  return {
    ...target,
    name: `${visible(jump.host, 80)} (jump host of ${target.name})`,
    host: jump.host,
    user: jump.user,
    port: jump.port,
    identityFile: null,
    proxyJump: before.length === 0 ? null : formatJumpHosts(before),
  };
}

/**
 * Follows the jump hosts of a host whose configuration was read.
 *
 * @returns the machines in the order in which they are connected to; the host is the last
 * @throws ProblemError as `resolveSshConfig`, and `invalidInput` for a way without an end; LimitError for a list that
 * cannot be read here
 */
export async function findStations(
  request: LocalPlace & { readonly settings: HostSettings; readonly sshConfigFile: string },
  config: ResolvedSshConfig,
  signal: AbortSignal,
): Promise<readonly Station[]> {
  const { settings: target } = request;
  const stations: Station[] = [{ settings: target, config, isJumpHost: false }];
  for (;;) {
    const [{ settings, config: known }] = stations as [Station];
    if (known.proxyJump === null) return stations;
    if (stations.length >= stationLimit) throw problems.endlessWay(target.name, stationLimit - 1);
    const jumps = parseJumpHosts(known.proxyJump, localTokens(request, settings, known));
    const nearest = jumps?.at(-1);
    if (jumps === null || nearest === undefined) throw problems.unreadableJump(settings.name, known.proxyJump);
    const next = jumpSettings(target, nearest, jumps.slice(0, -1));
    const resolved = await resolveSshConfig({ ...request, settings: next }, signal);
    stations.unshift({ settings: next, config: resolved, isJumpHost: true });
  }
}
