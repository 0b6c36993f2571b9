/**
 * Which hosts there are and how each is reached: the setting `pueuePreflight.hosts`, checked entry by entry, so that one
 * wrong entry costs only itself.
 */
import * as v from 'valibot';
import type { Problem } from './problem';
import { visible, writtenOut } from './text/visible';

/** How one host is reached and what is looked at there. */
export interface HostSettings {
  /** Id in tree, arguments and reports; unique. */
  readonly name: string;
  /** The ssh destination: an ssh_config alias or a host name. */
  readonly host: string;
  readonly port: number | null;
  readonly user: string | null;
  readonly identityFile: string | null;
  readonly proxyJump: string | null;
  readonly transport: 'auto' | 'ssh2' | 'openssh' | 'local';
  /** Interpreter of the helper: an absolute path or a bare name. */
  readonly python: string | null;
  /** Absolute path of the pueue client. */
  readonly pueue: string | null;
  /** The `-c` file of the pueue client. */
  readonly pueueConfig: string | null;
  readonly path: string | null;
  /** Checkpoint directories, absolute or beginning with `~/`. */
  readonly checkpoints: readonly string[];
}

/** A setting, or one entry of it, that cannot be used. */
export interface InvalidSetting {
  /** Stable for as long as the fault stands. */
  readonly id: string;
  /** The host that is not read because of it: its name, or an empty text where it has none; `null` where no host is hidden. */
  readonly host: string | null;
  readonly problem: Problem;
}

const plain = v.pipe(
  v.string('must be a text'),
  v.nonEmpty('must not be empty'),
  v.maxLength(1000, 'is too long'),
  v.regex(/^[^\p{Cc}\p{Cs}]+$/u, 'must not hold control characters'),
);
/** What stands first in an argument list of ssh must not be an option of it, nor anything a shell or ssh would expand. */
const destination = v.pipe(
  plain,
  v.regex(/^[^-]/u, 'must not begin with "-"'),
  v.regex(/^[^\s"'`$\\;&|<>(){}!*?]+$/u, 'must not hold spaces, quotes or other characters with a meaning to a shell'),
);
const hostPath = v.pipe(plain, v.regex(/^(?:\/|~\/)/u, 'must be an absolute path or begin with "~/"'));
const interpreter = v.pipe(plain, v.regex(/^(?:~?\/[^\n]+|[^-/~][^/]*)$/u, 'must be an absolute path or a bare name'));

const entryShape = v.strictObject({
  name: v.pipe(
    plain,
    v.maxLength(100, 'is too long'),
    v.regex(/^[^/]+$/u, 'must not hold "/"'),
    v.check((name) => writtenOut(name) === name, 'must not hold characters that cannot be seen'),
  ),
  host: v.optional(destination),
  port: v.optional(
    v.pipe(
      v.number('must be a number'),
      v.integer('must be whole'),
      v.minValue(1, 'must be at least 1'),
      v.maxValue(65_535, 'must be at most 65535'),
    ),
  ),
  user: v.optional(destination),
  identityFile: v.optional(plain),
  proxyJump: v.optional(plain),
  transport: v.optional(
    v.picklist(['auto', 'ssh2', 'openssh', 'local'], 'must be "auto", "ssh2", "openssh" or "local"'),
    'auto',
  ),
  python: v.optional(interpreter),
  pueue: v.optional(hostPath),
  pueueConfig: v.optional(hostPath),
  path: v.optional(hostPath),
  checkpoints: v.optional(v.array(hostPath, 'must be a list of directories'), []),
});

/** A key of an entry of the setting. */
export type HostKey = keyof typeof entryShape.entries;

/** Why a value cannot stand at a key of an entry, as the end of a sentence; `null` where it can. */
export function faultOfKey(key: HostKey, value: unknown): string | null {
  const shape = key === 'host' ? destination : entryShape.entries[key];
  return v.safeParse(shape, value).issues?.[0].message ?? null;
}

/** @param value the setting as it stands; anything */
export function parseHosts(value: unknown): { hosts: HostSettings[]; invalid: InvalidSetting[] } {
  const hosts: HostSettings[] = [];
  const invalid: InvalidSetting[] = [];
  if (!Array.isArray(value)) {
    if (value !== undefined && value !== null)
      invalid.push(
        invalidSetting('hosts', '', 'None of the hosts can be used: the setting pueuePreflight.hosts must be a list.'),
      );
    return { hosts, invalid };
  }
  value.forEach((entry: unknown, index) => {
    const parsed = v.safeParse(entryShape, typeof entry === 'string' ? { name: entry } : entry);
    const name = nameOf(entry);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      const key = v.getDotPath(issue);
      invalid.push(invalidEntry(index, name, issueText(key, issue)));
    } else if (hosts.some((host) => host.name === parsed.output.name)) {
      // The host of that name is there all the same, by its first entry.
      invalid.push({ ...invalidEntry(index, name, 'the name stands there twice'), host: null });
    } else {
      const settings = withDefaults(parsed.output);
      const wrong = settings.transport === 'local' ? null : v.safeParse(destination, settings.host).issues?.[0].message;
      if (wrong === undefined || wrong === null) hosts.push(settings);
      else invalid.push(invalidEntry(index, name, `"${parsed.output.host === undefined ? 'name' : 'host'}" ${wrong}`));
    }
  });
  return { hosts, invalid };
}

function withDefaults(entry: v.InferOutput<typeof entryShape>): HostSettings {
  return {
    name: entry.name,
    host: entry.host ?? entry.name,
    port: entry.port ?? null,
    user: entry.user ?? null,
    identityFile: entry.identityFile ?? null,
    proxyJump: entry.proxyJump ?? null,
    transport: entry.transport,
    python: entry.python ?? null,
    pueue: entry.pueue ?? null,
    pueueConfig: entry.pueueConfig ?? null,
    path: entry.path ?? null,
    checkpoints: entry.checkpoints,
  };
}

function nameOf(entry: unknown): string | null {
  if (typeof entry === 'string') return entry;
  const name = typeof entry === 'object' && entry !== null && 'name' in entry ? entry.name : null;
  return typeof name === 'string' ? name : null;
}

function issueText(key: string | null, issue: v.BaseIssue<unknown>): string {
  if (key === null) return 'it must be a text or an object';
  if (issue.type === 'strict_object')
    return issue.expected === 'never'
      ? `"${visible(key, 60)}" is no key of a host`
      : `"${visible(key, 60)}" is missing`;
  // People count from one.
  const shown = key.replace(/\.(\d+)$/u, (_, position: string) => ` ${Number(position) + 1}`);
  return `"${visible(shown, 60)}" ${issue.message}`;
}

/** What is wrong comes early in the message: a row in a narrow side bar is cut. */
function invalidEntry(index: number, name: string | null, what: string): InvalidSetting {
  const which = `Entry ${index + 1}${name === null ? '' : ` (${visible(name, 60)})`}`;
  const message = `${which} of the hosts cannot be used: ${what} (setting pueuePreflight.hosts).`;
  return invalidSetting(`hosts/${index}`, name ?? '', message);
}

/** @param host the host that is not read because of it; see {@link InvalidSetting} */
export function invalidSetting(id: string, host: string | null, message: string): InvalidSetting {
  const next = 'Open the user settings and correct it; workspace settings are not read.';
  return { id, host, problem: { code: 'invalidInput', message, next } };
}

/** A host that was named, but is not in the settings. */
export function unknownHost(name: string, known: readonly string[]): Problem {
  return {
    code: 'invalidInput',
    message: `${visible(name, 80)}: no host of this name is configured.`,
    next:
      known.length === 0
        ? 'Add it by Add Host….'
        : `Use one of ${known.map((host) => visible(host, 80)).join(', ')}, or add it by Add Host….`,
  };
}

/** No host is configured at all. */
export function noHosts(): Problem {
  return {
    code: 'invalidInput',
    message: 'No host is configured.',
    next: 'Run Add Host… and choose an alias of your ssh configuration, or This Machine.',
  };
}
