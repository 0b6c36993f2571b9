/** What a bug report needs to know of a host and of the window, without the names of people, machines and work. */
import type { HostSettings } from '../hostSettings';
import type { Route } from '../route';
import { formatVersion } from '../pueue/version';
import { formatCount, formatDuration } from '../text/format';
import { maskSecrets } from '../text/maskSecrets';
import { visible } from '../text/visible';
import type { HostState } from '../watch/hostWatch';
import { doctorLines, type DoctorReport } from './doctorReport';
import { createRedaction, type PrivateNames } from './redact';

/** The window in which the host is looked at. */
export interface WindowFacts {
  /** Versions of the extension and of the editor, and what it runs on. */
  readonly versions: string;
  /** Names of this computer, its user and the ssh configuration. */
  readonly names: Pick<PrivateNames, 'hosts' | 'users' | 'homes'>;
}

export interface DiagnosedHost {
  readonly settings: HostSettings;
  readonly state: HostState;
  readonly doctor: DoctorReport;
  /** Lines of the log about this host, the newest last. */
  readonly log: readonly string[];
  /** Lines about whatever, for the names in them. */
  readonly wholeLog: readonly string[];
  /** Our monotonic clock. */
  readonly monotonic: number;
}

/** Lines of the log that are copied. */
const logCap = 40;

/** Lines ending in a line break. Everything is made visible, masked and redacted. */
export function diagnosticsText(window: WindowFacts, host: DiagnosedHost, takenAt: string): string {
  const { settings, doctor, log, wholeLog } = host;
  const logged = log.slice(-logCap).map((line) => maskSecrets(visible(line, 400)));
  const body = [
    `Runs         ${window.versions}`,
    ...stateLines(host),
    ...settingsLines(settings),
    ...doctorLines(doctor),
    ...(logged.length === 0 ? ['Log          no line about this host is kept'] : logged.map(logLine)),
  ];
  const redact = createRedaction(namesOf(window, host), [...body, ...wholeLog]);
  const heading = [
    `Diagnostics of a host, redacted · ${takenAt}`,
    'Hosts, users, addresses, home directories and configured paths stand as <host>, <user>, <ip>, ~ and <path>. No job, command, environment or output is in it.',
    '',
  ];
  return `${[...heading, ...body.map(redact)].join('\n')}\n`;
}

function logLine(line: string, index: number): string {
  return `${(index === 0 ? 'Log' : '').padEnd(13)}${line}`;
}

function stateLines({ state: { reading, problem, question }, monotonic }: DiagnosedHost): string[] {
  const lines: string[] = [];
  if (reading === null) lines.push('Read         not yet');
  else {
    const { snapshot, readAt } = reading;
    const { queue, version, hostMilliseconds, processes } = snapshot;
    const traced =
      processes.kind === 'traced' ? 'processes traced' : `processes not traced (${visible(processes.why, 60)})`;
    lines.push(
      `Read         ${formatDuration(monotonic - readAt)} ago: pueue ${formatVersion(version)}, ${formatCount(queue.jobs.length, 'job')} in ${formatCount(queue.groups.length, 'group')}, ${hostMilliseconds} ms on the host, ${traced}`,
      `Reached by   ${routeText(snapshot.route)}`,
    );
  }
  if (question !== null) lines.push(`Asked        a person is being asked: ${question}`);
  if (problem !== null) lines.push(`Problem      ${problem.code}: ${problem.message}`, `What to do   ${problem.next}`);
  return lines;
}

function routeText({ transport, reason }: Route): string {
  return reason === null ? transport : `${transport}, because ${visible(reason)}`;
}

/** Names and places stand as what they are: whether they are set is what matters. */
function settingsLines(settings: HostSettings): string[] {
  const { name, host, port, user, identityFile, proxyJump, transport, python, pueue, pueueConfig, path } = settings;
  const isSet = (value: string | null): string => (value === null ? 'not set' : 'set');
  const shown = (value: string | null): string => (value === null ? 'not set' : visible(value));
  return [
    `Settings     transport ${transport}, host ${host === name ? 'as the name' : 'set'}, port ${port ?? 'not set'}, user ${isSet(user)}, identityFile ${isSet(identityFile)}, proxyJump ${isSet(proxyJump)}`,
    `             python ${shown(python)}, pueue ${shown(pueue)}, pueueConfig ${shown(pueueConfig)}, path ${isSet(path)}, checkpoints ${settings.checkpoints.length}`,
  ];
}

function namesOf({ names }: WindowFacts, { settings, doctor }: DiagnosedHost): PrivateNames {
  const { name, host, user, proxyJump, path, identityFile, checkpoints } = settings;
  const system = doctor.examination?.system;
  const project = doctor.examination?.project?.path;
  return {
    hosts: [...names.hosts, name, host.replace(/^.*@/u, ''), ...(proxyJump ?? '').split(',').map(hopName)],
    users: [...names.users, user ?? '', system?.user ?? ''],
    homes: [...names.homes, system?.home ?? ''].filter((home) => home !== '/'),
    paths: [path ?? '', project ?? '', identityFile ?? '', ...checkpoints].map(withoutSlash),
  };
}

/** `user@host:port` as `host`. */
function hopName(hop: string): string {
  return hop.trim().replace(/^.*@/u, '').replace(/:\d+$/u, '');
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/u, '');
}
