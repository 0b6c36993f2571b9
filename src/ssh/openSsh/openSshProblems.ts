/** The failures of a connection by the system's ssh, one constructor each. What ssh said has been made visible before. */
import { ProblemError } from '../../core/problem';

/** What every one of these messages needs. */
export interface OpenSshContext {
  /** The host as the settings name it. */
  readonly host: string;
  /** The same connection as a person would make it in a terminal. */
  readonly sshCommand: string;
}

/** The key is another one than known, or revoked. @param where file and line of the known key, where ssh named it */
export function openSshKeyChanged(
  { host, sshCommand }: OpenSshContext,
  said: string,
  shown: string | null,
  where: string | null,
): ProblemError {
  const key = shown === null ? '' : ` The key that was shown has the fingerprint ${shown}.`;
  return new ProblemError({
    code: 'hostKeyChanged',
    message: `Refused to connect to ${host}: ssh says "${said}".${key} This may be an attack, or the host was installed anew.`,
    next: `Compare the fingerprint on the host itself. Only if it is right, remove the old line${where === null ? '' : ` (${where})`} and connect once with "${sshCommand}" in a terminal.`,
  });
}

/** The key is not known, neither for the host nor for one on the way. */
export function openSshKeyUnknown({ host, sshCommand }: OpenSshContext, said: string): ProblemError {
  return new ProblemError({
    code: 'hostKeyUnknown',
    message: `Refused to connect to ${host}: its key, or that of a host on the way, is not known. ssh says "${said}".`,
    next: `Connect once with "${sshCommand}" in a terminal, compare the fingerprint before you answer yes, then refresh.`,
  });
}

/** Nobody was let in. @param details what ssh said about single keys */
export function openSshNotLetIn(
  { host, sshCommand }: OpenSshContext,
  said: string,
  details: readonly string[],
): ProblemError {
  return new ProblemError({
    code: 'authenticationFailed',
    message: [
      `${host} did not let us in: ssh says "${said}".`,
      ...details.map((detail) => `It also says "${detail}".`),
    ].join(' '),
    next: `Nothing can be asked here: load the key into the agent (ssh-add; it asks for the passphrase once), or run "${sshCommand}" in a terminal and see what it asks.`,
  });
}

/** No algorithm in common, for the system's ssh as it is configured. */
export function openSshNoCommonAlgorithm({ host, sshCommand }: OpenSshContext, said: string): ProblemError {
  return new ProblemError({
    code: 'notSupported',
    message: `Could not agree with ${host} on how to encrypt: ssh says "${said}".`,
    next: `Update the SSH server, or allow in your SSH configuration what it offers, until "${sshCommand}" connects in a terminal.`,
  });
}

/** The configuration is wrong in the eyes of ssh. */
export function openSshConfigInvalid({ host, sshCommand }: OpenSshContext, said: string): ProblemError {
  return new ProblemError({
    code: 'invalidInput',
    message: `Could not connect to ${host}: ssh rejects its configuration and says "${said}".`,
    next: `Run "${sshCommand}" in a terminal and correct what it reports.`,
  });
}

/** No connection came about. @param reason a clause of our own, with what ssh said in it */
export function openSshUnreachable({ host }: OpenSshContext, reason: string, next: string): ProblemError {
  return new ProblemError({
    code: 'unreachable',
    message: `Could not reach ${host} by the system's ssh: ${reason}.`,
    next,
  });
}

/** A shared connection of another ssh was joined and brings nothing: it mostly is of a network that is gone. */
export function openSshSharedSilent({ host }: OpenSshContext, limit: string, exitCommand: string): ProblemError {
  return new ProblemError({
    code: 'unreachable',
    message: `Could not reach ${host} over the shared connection (ControlMaster) that is open to it: nothing came within ${limit}.`,
    next: `Refresh to connect without it; "${exitCommand}" in a terminal ends it.`,
  });
}
