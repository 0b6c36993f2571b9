/** What the rows of a host say that cannot be read: the reason in its own words, and what to do about it. */
import type { Finding } from '../../core/doctor/finding';
import type { Problem } from '../../core/problem';
import { visible } from '../../core/text/visible';
import { row, type Row, type Translate } from './rows';

/** Longest words that stand before the host in a message: "Could not read the SSH configuration of ". */
const longestOpening = 40;

/** @param problem `null` for a row whose host is gone from the settings and that goes with the next refresh */
export function reasonRow(host: string, problem: Problem | null, t: Translate): Row {
  if (problem === null) return row({ label: t('Reading…'), description: '', icon: 'info' });
  // A key that changed may be an attack: the one reason that is no mere obstacle.
  const color = problem.code === 'hostKeyChanged' ? 'problemsErrorIcon.foreground' : 'problemsWarningIcon.foreground';
  const label = belowHost(problem.message, host);
  const whole = label === problem.message ? '' : problem.message;
  return row({ label, description: '', more: () => whole, icon: reasonIcon(problem.code), color });
}

/** The next step, to be read without pointing at anything. */
export function nextRow(problem: Problem, t: Translate): Row {
  return row({ label: t('Next: {0}', problem.next), description: '', icon: 'lightbulb' });
}

/** What an examination of the host found beside the reason. */
export function findingRow({ subject, level, text, next }: Finding, t: Translate): Row {
  const color = level === 'problem' ? 'problemsErrorIcon.foreground' : 'problemsWarningIcon.foreground';
  return row({
    // Below a host alone a text would not say what it is about.
    label: `${subject}: ${text}`,
    description: '',
    more: () => (next === null ? '' : t('Next: {0}', next)),
    icon: level === 'problem' ? 'error' : 'warning',
    color,
    state: t('found on the host'),
  });
}

/** A class of reason has its icon, so that rows can be told apart at a glance; the words say the same. */
function reasonIcon(code: Problem['code']): string {
  switch (code) {
    case 'unreachable':
    case 'lost':
      return 'debug-disconnect';
    case 'hostKeyUnknown':
      return 'key';
    case 'hostKeyChanged':
      return 'shield';
    case 'authenticationFailed':
      return 'lock';
    case 'pythonMissing':
    case 'pueueMissing':
      return 'package';
    case 'daemonDown':
      return 'server-process';
    case 'versionUnsupported':
    case 'versionMismatch':
      return 'versions';
    case 'badReply':
      return 'question';
    case 'timedOut':
      return 'watch';
    case 'invalidInput':
    case 'notSupported':
      return 'settings-gear';
    case 'refused':
    case 'untrusted':
      return 'circle-slash';
    case 'busy':
    case 'stale':
    case 'cancelled':
      return 'info';
  }
}

/** The row stands below its host, so a message need not begin with who it is about: "Could not reach gpu-1 (address): …". */
function belowHost(message: string, host: string): string {
  const name = visible(host, 80);
  const at = message.indexOf(name);
  if (at < 0 || at > longestOpening) return message;
  const rest = message.slice(at + name.length);
  const colon = /^(?: \([^()]*\))?: (?=.)/u.exec(rest);
  return colon === null ? message : rest.slice(colon[0].length);
}
