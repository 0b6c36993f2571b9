/** All settings, checked at the edge. A value of another type than asked is told as such, and never quietly replaced. */
import { invalidSetting, parseHosts, type HostSettings, type InvalidSetting } from './hostSettings';
import { visible } from './text/visible';

/** The settings as they stand, of whatever type. */
export interface RawSettings {
  readonly hosts: unknown;
  readonly sshConfigFile: unknown;
  readonly refreshIntervalSeconds: unknown;
  readonly followLines: unknown;
  readonly notifications: unknown;
  readonly confirmTypedName: unknown;
  readonly staleCheckpointHours: unknown;
}

export interface Settings {
  readonly hosts: readonly HostSettings[];
  /** Entries, or whole settings, that cannot be used. */
  readonly invalid: readonly InvalidSetting[];
  /** An ssh_config to read in place of the user's; empty for the user's. */
  readonly sshConfigFile: string;
  readonly refreshIntervalMs: number;
  /** Lines of the past that are shown when a follow begins. */
  readonly followLines: number;
  readonly notifications: Notifications;
  /** Whether what cannot be undone asks for the name of the host. */
  readonly confirmTypedName: boolean;
  /** Age at which a checkpoint counts as stale. */
  readonly staleCheckpointMs: number;
}

/** What is told without being asked: nothing, failures and lost hosts, or drained groups too. */
export type Notifications = (typeof notificationLevels)[number];
export const notificationLevels = ['off', 'failures', 'failuresAndDrained'] as const;
export const defaultNotifications: Notifications = 'failures';
export const defaultFollowLines = 200;
/** Default of the setting `staleCheckpointHours`. */
export const defaultStaleHours = 72;
const hourMs = 3_600_000;
const mostFollowLines = 10_000;

/** Default of the setting `refreshIntervalSeconds`. */
export const defaultIntervalSeconds = 60;
const shortestIntervalSeconds = 1;
const longestIntervalSeconds = 86_400;

export function parseSettings({
  hosts: rawHosts,
  sshConfigFile,
  refreshIntervalSeconds,
  followLines,
  notifications,
  confirmTypedName,
  staleCheckpointHours,
}: RawSettings): Settings {
  const { hosts, invalid } = parseHosts(rawHosts);
  const problems = [...invalid];
  const hasFile = typeof sshConfigFile === 'string';
  // With another configuration than the one that is meant, an alias may lead to another host; so none is followed.
  const followed = hasFile ? hosts : hosts.filter(({ transport }) => transport === 'local');
  for (const { name } of hosts.filter((host) => !followed.includes(host)))
    problems.push(
      invalidSetting(
        `sshConfigFile/${name}`,
        name,
        `${visible(name, 80)}: the setting pueuePreflight.sshConfigFile must be a text; no host over ssh is read until then.`,
      ),
    );
  const hasInterval =
    typeof refreshIntervalSeconds === 'number' &&
    refreshIntervalSeconds >= shortestIntervalSeconds &&
    refreshIntervalSeconds < Infinity;
  if (!hasInterval)
    problems.push(
      invalidSetting(
        'refreshIntervalSeconds',
        null,
        `The setting pueuePreflight.refreshIntervalSeconds must be a number of at least ${shortestIntervalSeconds}; ${defaultIntervalSeconds} is used until then.`,
      ),
    );
  const hasLines = typeof followLines === 'number' && Number.isInteger(followLines) && followLines >= 0;
  if (!hasLines)
    problems.push(
      invalidSetting(
        'followLines',
        null,
        `The setting pueuePreflight.followLines must be a whole number of at least 0; ${defaultFollowLines} is used until then.`,
      ),
    );
  const level = notificationLevels.find((each) => each === notifications);
  if (level === undefined)
    problems.push(
      invalidSetting(
        'notifications',
        null,
        `The setting pueuePreflight.notifications must be one of ${notificationLevels.join(', ')}; ${defaultNotifications} is used until then.`,
      ),
    );
  if (typeof confirmTypedName !== 'boolean')
    problems.push(
      invalidSetting(
        'confirmTypedName',
        null,
        'The setting pueuePreflight.confirmTypedName must be true or false; true is used until then.',
      ),
    );
  const hasStaleHours =
    typeof staleCheckpointHours === 'number' && staleCheckpointHours > 0 && staleCheckpointHours < Infinity;
  if (!hasStaleHours)
    problems.push(
      invalidSetting(
        'staleCheckpointHours',
        null,
        `The setting pueuePreflight.staleCheckpointHours must be a number above 0; ${defaultStaleHours} is used until then.`,
      ),
    );
  const seconds = hasInterval ? refreshIntervalSeconds : defaultIntervalSeconds;
  return {
    hosts: followed,
    invalid: problems,
    sshConfigFile: hasFile ? sshConfigFile : '',
    refreshIntervalMs: 1000 * Math.min(longestIntervalSeconds, seconds),
    followLines: hasLines ? Math.min(mostFollowLines, followLines) : defaultFollowLines,
    notifications: level ?? defaultNotifications,
    confirmTypedName: confirmTypedName !== false,
    staleCheckpointMs: hourMs * (hasStaleHours ? staleCheckpointHours : defaultStaleHours),
  };
}
