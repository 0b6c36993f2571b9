/**
 * Expansion of `~`, percent tokens and `${NAME}` in the values that `ssh -G` prints as they were written: identity files,
 * certificate files and the agent's socket (ssh_config(5), section TOKENS; ssh's own `misc.c`).
 */
import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';

/** What the tokens stand for. */
export interface TokenValues {
  /** `~` and `%d`: the home of the passwd entry, which is not always `$HOME`. */
  readonly home: string;
  /** `%u` and `%i`: the local user. */
  readonly localUser: string;
  readonly localUserId: number;
  /** `%l` (and, up to its first dot, `%L`): this machine's name. */
  readonly localHostName: string;
  /** `%n`: the destination as given. */
  readonly alias: string;
  /** `%h`, `%p`, `%r`: resolved host name, port and remote user. */
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** `%k`: the host key alias, or the destination as given. */
  readonly hostKeyAlias: string | null;
  /** `%j`: the jump host as configured, or empty. */
  readonly proxyJump: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** An expanded path, or why there is none. */
export type Expansion =
  { readonly kind: 'path'; readonly path: string } | { readonly kind: 'failed'; readonly reason: string };

function connectionHash(values: TokenValues): string {
  const parts = [values.localHostName, values.hostName, String(values.port), values.user];
  return createHash('sha1').update(parts.join('')).digest('hex');
}

function tokenValue(token: string, values: TokenValues): string | null {
  switch (token) {
    case '%':
      return '%';
    case 'C':
      return connectionHash(values);
    case 'd':
      return values.home;
    case 'h':
      return values.hostName;
    case 'i':
      return String(values.localUserId);
    case 'j':
      return values.proxyJump;
    case 'k':
      return values.hostKeyAlias ?? values.alias;
    case 'L':
      return values.localHostName.split('.')[0] ?? '';
    case 'l':
      return values.localHostName;
    case 'n':
      return values.alias;
    case 'p':
      return String(values.port);
    case 'r':
      return values.user;
    case 'u':
      return values.localUser;
    default:
      return null;
  }
}

/** The text with every percent token and `${NAME}` replaced, or why that cannot be. */
export function expandTokens(
  text: string,
  values: TokenValues,
): { readonly text: string } | { readonly failed: string } {
  const failures: string[] = [];
  const expanded = text.replace(
    /%(.?)|\$\{([^}]*)\}/gs,
    (whole, token: string | undefined, name: string | undefined) => {
      const found = name === undefined ? tokenValue(token ?? '', values) : values.environment[name];
      if (found === null || found === undefined) {
        failures.push(name === undefined ? `unknown token ${whole}` : `environment variable ${name} is not set`);
        return '';
      }
      return found;
    },
  );
  return failures[0] === undefined ? { text: expanded } : { failed: failures[0] };
}

/**
 * The path that a configured value means. A relative path stands below the current directory, as in ssh itself; ours is
 * arbitrary, so it is taken below the home instead.
 */
export function expandSshPath(value: string, values: TokenValues): Expansion {
  let rest = value;
  let prefix = '';
  if (value === '~' || value.startsWith('~/') || value.startsWith('~\\')) {
    prefix = values.home;
    rest = value.slice(1);
  } else if (value.startsWith('~')) {
    return { kind: 'failed', reason: `${value} names another user's home, which is not looked up` };
  }
  const expansion = expandTokens(rest, values);
  if ('failed' in expansion) return { kind: 'failed', reason: expansion.failed };
  const path = prefix + expansion.text;
  return { kind: 'path', path: isAbsolute(path) ? path : join(values.home, path) };
}

const windowsAgent = '\\\\.\\pipe\\openssh-ssh-agent';

/** A named pipe of Windows, in which ssh takes slashes of both kinds and the system only backslashes. */
function asPipe(path: string): string | null {
  return /^[\\/]{2}[.?][\\/]pipe[\\/]/iu.test(path) ? path.replaceAll('/', '\\') : null;
}

/**
 * The agent's socket, on Windows its named pipe: OpenSSH's own, or that of Pageant or another agent where `IdentityAgent`
 * or `SSH_AUTH_SOCK` names it. `IdentityAgent` may be a path, `none`, `SSH_AUTH_SOCK` or `$NAME`; without it the
 * environment's `SSH_AUTH_SOCK` counts, which OpenSSH for Windows takes for its own pipe where it is not set. `null`: no
 * agent.
 */
export function agentSocket(identityAgent: string | null, values: TokenValues, platform: string): Expansion | null {
  const isWindows = platform === 'win32';
  const fromEnvironment = (name: string): Expansion | null => {
    const path = values.environment[name];
    if (path !== undefined && path !== '') return { kind: 'path', path: (isWindows ? asPipe(path) : null) ?? path };
    return isWindows && name === 'SSH_AUTH_SOCK' ? { kind: 'path', path: windowsAgent } : null;
  };
  if (identityAgent === null || identityAgent === 'SSH_AUTH_SOCK') return fromEnvironment('SSH_AUTH_SOCK');
  if (identityAgent.toLowerCase() === 'none') return null;
  const variable = /^\$(\w+)$/.exec(identityAgent)?.[1];
  if (variable !== undefined) return fromEnvironment(variable);
  const expansion = expandTokens(identityAgent, values);
  const pipe = isWindows && 'text' in expansion ? asPipe(expansion.text) : null;
  return pipe === null ? expandSshPath(identityAgent, values) : { kind: 'path', path: pipe };
}
