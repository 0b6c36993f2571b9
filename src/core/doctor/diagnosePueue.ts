/** What it means which pueue is installed, and which daemon runs. */
import { compareVersions, formatVersion, parsePueueVersion } from '../pueue/version';
import { formatCount, formatDuration, formatList } from '../text/format';
import { visible } from '../text/visible';
import { fine, type Finding } from './finding';
import type { Daemon, HostExamination, Program, PueueClient } from './hostExamination';

/** @param isRead whether the queue could be read: then a daemon answers, whether or not it was found here */
export function diagnosePueue(found: HostExamination, isRead: boolean): Finding[] {
  const { pueue, daemons } = found;
  const daemon = daemons?.find(({ reach }) => reach !== null) ?? null;
  return [
    ...(pueue === null ? [] : [client(pueue)]),
    ...configuration(found, isRead),
    ...(daemons === null ? [unseen()] : daemon === null ? [noDaemon(daemons, isRead)] : [running(daemon)]),
    ...(daemon === null ? [] : version(daemon, pueue, isRead)),
    ...(daemon === null ? [] : runtimeDirectory(daemon)),
    ...(daemon === null ? [] : logout(daemon, found)),
    ...(daemon === null ? [] : otherDaemons((daemons ?? []).filter((other) => other !== daemon))),
  ];
}

/** A program by its version and path, and where a link leads. */
export function programText({ path, leadsTo, version: said, error }: Program): string {
  const what =
    said === null || said === '' ? `no version (${visible(error ?? 'it says none', 60)})` : visible(said, 50);
  return `${what}  ${visible(path)}${leadsTo === null ? '' : ` → ${visible(leadsTo)}`}`;
}

const origins = {
  setting: 'named by the settings',
  path: 'in PATH',
  usualPlace: 'in a usual place, not in PATH',
  loginShell: 'found by a login shell only',
} as const;

function client(found: PueueClient): Finding {
  const subject = 'pueue';
  if (found.path === null) {
    const next = 'Install pueue there, or name its absolute path by "pueue" in the setting pueuePreflight.hosts.';
    const places = formatList(
      found.looked.map((place) => visible(place, 80)),
      20,
    );
    return { subject, level: 'problem', text: `No client was found in ${places}.`, next };
  }
  const text = `${programText(found)}, ${origins[found.origin]}`;
  if (found.error === null) return fine(subject, text);
  const next = `Run "${visible(found.path)} --version" there and look at what it prints.`;
  return { subject, level: 'problem', text, next };
}

function configuration({ config }: HostExamination, isRead: boolean): Finding[] {
  if (config === null) return [];
  const subject = 'configuration';
  const by = { setting: ', named by the settings', environment: ', named by PUEUE_CONFIG_PATH', default: '' }[
    config.origin
  ];
  const text = `${visible(config.path)}${by}`;
  if (config.exists || isRead) return [fine(subject, config.exists ? text : `${text}; it is not there`)];
  return [
    {
      subject,
      level: 'problem',
      text: `${text}: it is not there. A daemon writes it at its first start, so none was started with this configuration yet.`,
      next: 'Start the daemon once, or name the configuration of the one that runs by "pueueConfig" in the setting pueuePreflight.hosts.',
    },
  ];
}

function unseen(): Finding {
  const text = 'It cannot be told whether one runs: the host does not show its processes.';
  return { subject: 'daemon', level: 'note', text, next: null };
}

const starters = {
  userService: ', a systemd service of the user',
  session: ', started in a login session',
  systemService: ', a systemd service of the system',
} as const;

function running({ pid, ageSeconds, startedBy, version: of }: Daemon): Finding {
  const by = startedBy === null ? '' : starters[startedBy];
  const which = of === null ? '' : `pueued ${visible(of, 40)}, `;
  return fine('daemon', `${which}pid ${pid}, up ${formatDuration(ageSeconds * 1000)}${by}`);
}

/** No daemon was found where the client looks. Where the queue was read one answers all the same, in a place that cannot be seen. */
function noDaemon(others: readonly Daemon[], isRead: boolean): Finding {
  const subject = 'daemon';
  const where = others.length === 0 ? '' : ` ${runs(others)}.`;
  if (isRead)
    return {
      subject,
      level: 'note',
      text: `The one that answers was not found among the processes of this user.${where}`,
      next: null,
    };
  if (others.length === 0)
    return {
      subject,
      level: 'problem',
      text: 'No pueue daemon of this user runs.',
      next: 'Start it ("pueued -d", or its systemd service). Jobs that ran when it ended then count as killed, and their groups are paused.',
    };
  return {
    subject,
    level: 'problem',
    text: `None runs where the client looks, but ${runs(others)}.`,
    next: 'Name the configuration of that daemon by "pueueConfig" in the setting pueuePreflight.hosts. Start no second one on the same state: it marks live jobs as killed.',
  };
}

function runs(daemons: readonly Daemon[]): string {
  const pids = formatList(
    daemons.map(({ pid }) => `pid ${pid}`),
    5,
  );
  return `${formatCount(daemons.length, 'other daemon')} of this user ${daemons.length === 1 ? 'runs' : 'run'} (${pids})`;
}

function version({ version: of, replaced }: Daemon, pueue: PueueClient | null, isRead: boolean): Finding[] {
  const subject = 'daemon version';
  const theirs = of === null ? null : parsePueueVersion(`pueue ${of}`);
  const ours = pueue?.path === null ? null : parsePueueVersion(pueue?.version ?? '');
  const restart =
    'Restart the daemon when no job is running: a restart kills running jobs, and a 4.x daemon drops the queue of a 3.x one.';
  if (theirs !== null && ours !== null && compareVersions(theirs, ours) !== 0) {
    const both = `The daemon that runs is ${formatVersion(theirs)}, the client ${formatVersion(ours)}`;
    if (theirs.major !== ours.major)
      return [
        {
          subject,
          level: isRead ? 'warning' : 'problem',
          text: `${both}: they do not understand each other.`,
          next: `Name the client that belongs to the daemon by "pueue" in the setting pueuePreflight.hosts. ${restart}`,
        },
      ];
    const older = compareVersions(theirs, ours) < 0;
    const text = older ? `${both}: it was not restarted after an upgrade.` : `${both}: another client is found first.`;
    return [{ subject, level: 'note', text, next: older ? restart : null }];
  }
  if (replaced !== true) return [];
  return [{ subject, level: 'note', text: "The daemon's program was replaced since it was started.", next: restart }];
}

function runtimeDirectory({ reach, runtime }: Daemon): Finding[] {
  if (reach !== 'otherRuntime') return [];
  const how =
    runtime === 'unset'
      ? 'was started without XDG_RUNTIME_DIR, which a login has'
      : 'has another XDG_RUNTIME_DIR than a login';
  return [
    {
      subject: 'runtime directory',
      level: 'note',
      text: `The daemon ${how}, so a plain "pueue" looks for its socket in another place.`,
      next: 'Set "runtime_directory" below "shared" in pueue.yml, so that every login finds the daemon.',
    },
  ];
}

/** Without lingering systemd ends the user's services at the last logout, and removes the runtime directory (loginctl(1)). */
function logout({ startedBy, runtime }: Daemon, { linger, system }: HostExamination): Finding[] {
  if (linger !== false) return [];
  const next = 'Run "loginctl enable-linger" there.';
  if (startedBy === 'userService')
    return [
      {
        subject: 'logout',
        level: 'warning',
        text: 'The daemon is a service of the user, and lingering is off: at the last logout systemd ends it, and all jobs with it.',
        next,
      },
    ];
  const hasDirectory = runtime === 'other' || (runtime === 'same' && system.runtimeDirectory);
  if (startedBy === 'systemService' || !hasDirectory) return [];
  return [
    {
      subject: 'logout',
      level: 'warning',
      text: "Lingering is off: at the last logout systemd removes the runtime directory, and the daemon's socket with it. Then the daemon looks down while its jobs go on, and a second one would mark them as killed.",
      next,
    },
  ];
}

function otherDaemons(others: readonly Daemon[]): Finding[] {
  if (others.length === 0) return [];
  const next =
    'A host entry with its own "pueueConfig" in the setting pueuePreflight.hosts shows the queue of another daemon.';
  return [{ subject: 'other daemons', level: 'note', text: `${runs(others)}; their queues are not read here.`, next }];
}
