/** Takes out of a text what names people, machines and places, so that it can be shown to strangers. */

/** What is known to be a name, or a private path. */
export interface PrivateNames {
  readonly hosts: readonly string[];
  readonly users: readonly string[];
  /** Home directories, absolute. */
  readonly homes: readonly string[];
  /** Files and directories whose names may say what somebody works on. */
  readonly paths: readonly string[];
}

/** No account, host or directory of a person is called longer; a host that says so would only make the search slow. */
const longestName = 255;
/** Endings of file names, which are no names of hosts. */
const fileEndings =
  'json|yml|yaml|toml|txt|log|gz|py|js|ts|sh|sock|socket|service|scope|slice|so|conf|cfg|pub|md|csv|db|sqlite';
const userAtHost = /(?<![\w.+-])([\w.+-]+)@([\w.-]+)/gu;
const address4 = String.raw`(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)`;
const hextets = '[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*';
const address6 = String.raw`(?<![\w:])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:${hextets})?::(?:${hextets})?)(?:%\w+)?(?![\w:])`;
const domain = String.raw`(?<![\w.$-])(?!pueuePreflight\.)(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?!(?:${fileEndings})(?![\w-]))[a-z]{2,}(?![\w-])`;
const anyHome = String.raw`(?:(?:/var)?/home|/Users|/export/home|[a-z]:\\Users)[/\\][^/\\\s"':,;)]+|(?<![\w./-])/root(?![\w-])`;
const keyMaterial = String.raw`-----BEGIN [^-]*-----[\s\S]*?(?:-----END [^-]*-----|$)|(?<![\w+/])[a-z0-9+][a-z0-9+/]{39,}={0,2}(?![\w+/])`;

/**
 * @param known names that are known beforehand; users and hosts that stand as `user@host` in the texts are found besides
 * @param texts everything that will be shown, so that a name that one of them gives away is taken out of all
 */
export function createRedaction(known: PrivateNames, texts: readonly string[]): (text: string) => string {
  const pairs = texts.flatMap((text) => [...text.matchAll(userAtHost)]);
  const users = [...known.users, ...pairs.map((pair) => pair[1] ?? '')];
  const hosts = [...known.hosts, ...pairs.map((pair) => pair[2] ?? '')];
  // At each place the first that fits is taken, so what is longer, or says more, comes first.
  const rules: readonly (readonly [pattern: string, instead: string])[] = [
    [keyMaterial, '<data>'],
    [String.raw`${alternatives(known.paths)}(?![\w.-])`, '<path>'],
    [
      String.raw`(?:${alternatives(known.homes)}(?![\w.-])|${anyHome}|~)/\.ssh/(?!config|known_hosts)[^\s"',;)]+`,
      '~/.ssh/<file>',
    ],
    [String.raw`${alternatives(known.homes)}(?![\w.-])`, '~'],
    [anyHome, '~'],
    [String.raw`/run/user/\d+`, '/run/user/<uid>'],
    [userAtHost.source.replaceAll(/\((?!\?)/gu, '(?:'), '<user>@<host>'],
    [address4, '<ip>'],
    [address6, '<ip>'],
    [String.raw`(?<![a-z0-9-])(?:[\w-]+\.)*${alternatives(hosts)}(?:\.[\w-]+)*(?![a-z0-9-])`, '<host>'],
    [String.raw`(?<![a-z0-9-])${alternatives(users)}(?![a-z0-9-])`, '<user>'],
    [domain, '<host>'],
  ];
  // One pass: what was put in is not looked at again.
  const all = new RegExp(rules.map(([pattern]) => `(${pattern})`).join('|'), 'giu');
  return (text) =>
    text.replace(all, (...groups: unknown[]) => rules[groups.slice(1, 1 + rules.length).findIndex(isText)]?.[1] ?? '');
}

function isText(group: unknown): boolean {
  return typeof group === 'string';
}

/** The longest first; a pattern that fits nothing where there are none. */
function alternatives(names: readonly string[]): string {
  const real = [...new Set(names)]
    .filter((name) => name.length > 0 && name.length <= longestName)
    .sort((a, b) => b.length - a.length);
  return real.length === 0 ? '(?!)' : `(?:${real.map(escapePattern).join('|')})`;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
}
