/**
 * What the built-in SSH client cannot do, found in the resolved configuration before anything is sent. A wish that
 * another way can serve is not here: a security key among plain ones is only a note in the list of skipped keys.
 */
import type { HostSettings } from '../core/hostSettings';
import type { ProblemError } from '../core/problem';
import * as problems from './problems';
import type { ResolvedSshConfig } from './sshConfig';

/** The first thing that stands in the way, as a `notSupported` problem, or `null`. */
export function findLimit(settings: HostSettings, config: ResolvedSshConfig): ProblemError | null {
  const refuse = (directive: string, reason: string): ProblemError =>
    problems.beyondClient(settings.name, directive, reason);
  if (settings.transport === 'openssh')
    return refuse('the transport "openssh"', 'only the built-in SSH client is there so far');
  if (settings.transport === 'local') return refuse('the transport "local"', 'that one has no SSH connection');
  if (settings.proxyJump !== null || config.proxyJump !== null)
    return refuse('ProxyJump', 'connections through a jump host are not supported yet');
  if (config.proxyCommand !== null)
    return refuse(
      'ProxyCommand',
      'the built-in SSH client starts no program to connect through (ProxyUseFdpass neither)',
    );
  if (config.knownHostsCommand !== null)
    return refuse('KnownHostsCommand', 'the built-in SSH client reads host keys only from known_hosts files');
  if (config.revokedHostKeys !== null)
    return refuse('RevokedHostKeys', 'the built-in SSH client cannot read that list and will not connect without it');
  if (config.verifyHostKeyDns === 'yes')
    return refuse('VerifyHostKeyDNS', 'the built-in SSH client does not look host keys up in DNS');
  if (!config.pubkeyAuthentication && !config.passwordAuthentication && !config.keyboardInteractiveAuthentication) {
    if (config.gssapiAuthentication)
      return refuse('GSSAPIAuthentication alone', 'the built-in SSH client knows no Kerberos');
    if (config.hostbasedAuthentication)
      return refuse('HostbasedAuthentication alone', 'the built-in SSH client cannot read the keys of this machine');
  }
  return null;
}
