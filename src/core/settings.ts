/** All settings, checked at the edge. A value of another type than asked is told as such, and never quietly replaced. */
import { parseHosts, type HostSettings, type InvalidSetting } from './hostSettings';
import { visible } from './text/visible';

/** The settings as they stand, of whatever type. */
export interface RawSettings {
  readonly hosts: unknown;
  readonly sshConfigFile: unknown;
  readonly refreshIntervalSeconds: unknown;
}

export interface Settings {
  readonly hosts: readonly HostSettings[];
  /** Entries, or whole settings, that cannot be used. */
  readonly invalid: readonly InvalidSetting[];
  /** An ssh_config to read in place of the user's; empty for the user's. */
  readonly sshConfigFile: string;
  readonly refreshIntervalMs: number;
}

const defaultIntervalSeconds = 60;
const shortestIntervalSeconds = 1;
const longestIntervalSeconds = 86_400;

export function parseSettings({ hosts: rawHosts, sshConfigFile, refreshIntervalSeconds }: RawSettings): Settings {
  const { hosts, invalid } = parseHosts(rawHosts);
  const problems = [...invalid];
  const hasFile = typeof sshConfigFile === 'string';
  // With another configuration than the one that is meant, an alias may lead to another host; so none is followed.
  const followed = hasFile ? hosts : hosts.filter(({ transport }) => transport === 'local');
  for (const { name } of hosts.filter((host) => !followed.includes(host)))
    problems.push(invalidSetting('sshConfigFile', 'it must be a text. No host over ssh is read until then', name));
  const hasInterval = typeof refreshIntervalSeconds === 'number' && Number.isFinite(refreshIntervalSeconds);
  if (!hasInterval)
    problems.push(
      invalidSetting('refreshIntervalSeconds', `it must be a number. ${defaultIntervalSeconds} is used until then`),
    );
  const seconds = hasInterval ? refreshIntervalSeconds : defaultIntervalSeconds;
  return {
    hosts: followed,
    invalid: problems,
    sshConfigFile: hasFile ? sshConfigFile : '',
    refreshIntervalMs: 1000 * Math.min(longestIntervalSeconds, Math.max(shortestIntervalSeconds, seconds)),
  };
}

/** @param host the host that is not read because of it */
function invalidSetting(key: string, what: string, host: string | null = null): InvalidSetting {
  const message = `The setting pueuePreflight.${key} cannot be used: ${what}.`;
  return {
    id: host === null ? key : `${key}/${host}`,
    host,
    problem: {
      code: 'invalidInput',
      message: host === null ? message : `${visible(host, 80)}: ${message}`,
      next: 'Open the user settings and correct it; workspace settings are not read.',
    },
  };
}
