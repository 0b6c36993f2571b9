/** Which ways to prove who we are the user's configuration allows, and in which order. */
import type { ResolvedSshConfig } from '../config/sshConfig';

/** The methods that the built-in client knows, by their names in RFC 4252 and RFC 4256. */
export type LoginMethod = 'publickey' | 'keyboard-interactive' | 'password';

/** OpenSSH's own order (ssh_config(5), PreferredAuthentications), without what only its client can do. */
const usualOrder: readonly LoginMethod[] = ['publickey', 'keyboard-interactive', 'password'];

/** The methods that may be used, in order. */
export function allowedMethods(config: ResolvedSshConfig): readonly LoginMethod[] {
  const allowed: Record<LoginMethod, boolean> = {
    publickey: config.pubkeyAuthentication,
    'keyboard-interactive': config.keyboardInteractiveAuthentication && config.passwordPrompts > 0,
    password: config.passwordAuthentication && config.passwordPrompts > 0,
  };
  const preferred = config.preferredAuthentications;
  const order =
    preferred === null ? usualOrder : preferred.flatMap((name) => usualOrder.find((method) => method === name) ?? []);
  return order.filter((method) => allowed[method]);
}
