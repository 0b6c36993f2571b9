/**
 * The list of jump hosts of `ProxyJump` (ssh_config(5)), as `ssh -G` prints it: the first is connected to first. Each is
 * `[user@]host[:port]`, an IPv6 address in brackets, or the same as a URI.
 */
import { expandTokens, type TokenValues } from './sshPaths';

/** One jump host as it would be given to ssh. */
export interface JumpHost {
  /** An alias of the configuration, a name or an address; without brackets. */
  readonly host: string;
  readonly user: string | null;
  readonly port: number | null;
}

function parseJumpHost(text: string): JumpHost | null {
  const isUri = /^ssh:\/\//iu.test(text);
  const plain = isUri ? text.slice('ssh://'.length) : text;
  const at = plain.lastIndexOf('@');
  const written = at < 0 ? null : plain.slice(0, at);
  const parts = /^(?:\[([^[\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/u.exec(plain.slice(at + 1));
  const host = parts?.[1] ?? parts?.[2];
  const port = parts?.[3] === undefined ? null : Number(parts[3]);
  if (host === undefined || written === '' || (port !== null && (port < 1 || port > 65_535))) return null;
  try {
    return { host, port, user: isUri && written !== null ? decodeURIComponent(written) : written };
  } catch {
    // A percent sign that begins no octet: ssh does not take it either.
    return null;
  }
}

/**
 * Reads the list. Tokens in it stand for the destination behind the jump hosts, as in ssh, which puts the list into the
 * command line of a ProxyCommand (`ssh.c`).
 *
 * @returns `null` for what is no such list
 */
export function parseJumpHosts(value: string, tokens: TokenValues): readonly JumpHost[] | null {
  const expansion = expandTokens(value, tokens);
  if ('failed' in expansion) return null;
  const hosts = expansion.text.split(',').map(parseJumpHost);
  return hosts.every((host) => host !== null) ? hosts : null;
}

/** Writes a list so that ssh reads the same again. */
export function formatJumpHosts(hosts: readonly JumpHost[]): string {
  return hosts
    .map(({ host, user, port }) => {
      const name = host.includes(':') ? `[${host}]` : host;
      return `${user === null ? '' : `${user}@`}${name}${port === null ? '' : `:${String(port)}`}`;
    })
    .join(',');
}
