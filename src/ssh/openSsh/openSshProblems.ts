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

/** Nobody was let in. Where a person could change that, the next step is told by who knows why none was asked. */
export class NotLetInError extends ProblemError {
  /** The ways to log in that were left at the end, as ssh lists them; empty where it lists none. */
  readonly offered: readonly string[];

  /** @param details what ssh said about single keys */
  constructor(
    { host, sshCommand }: OpenSshContext,
    said: string,
    offered: readonly string[],
    details: readonly string[],
  ) {
    super({
      code: 'authenticationFailed',
      message: [
        `${host} did not let us in: ssh says "${said}".`,
        ...details.map((detail) => `It also says "${detail}".`),
      ].join(' '),
      next: `Load a key that the host knows into the agent (ssh-add; it asks for the passphrase once), or run "${sshCommand}" in a terminal and see what it asks.`,
    });
    this.offered = offered;
  }
}

/** The same failure, where ssh would have to ask and cannot. @param why a sentence */
export function openSshCannotAsk(failure: ProblemError, { sshCommand }: OpenSshContext, why: string): ProblemError {
  const { code, message } = failure.problem;
  const next =
    code === 'hostKeyUnknown'
      ? `Connect once with "${sshCommand}" in a terminal, compare the fingerprint before you answer yes, then refresh.`
      : `Load the key into the agent (ssh-add; it asks for the passphrase once), or run "${sshCommand}" in a terminal and see what it asks.`;
  return new ProblemError({ code, message, next: `${why} ${next}` }, { cause: failure });
}

/** The same failure, where a person is asked only after having acted. */
export function openSshMayNotAsk(failure: ProblemError): ProblemError {
  const { code, message } = failure.problem;
  const next =
    code === 'hostKeyUnknown'
      ? 'Refresh or audit the host to be asked whether its key is to be trusted.'
      : 'Refresh or audit the host to be asked for what it wants, or load the key into the agent (ssh-add).';
  return new ProblemError({ code, message, next }, { cause: failure });
}

/** The files that ssh needs to ask could not be made. */
export function openSshNoFolder(
  { host }: OpenSshContext,
  parent: string,
  reason: string,
  cause: unknown,
): ProblemError {
  return new ProblemError(
    {
      code: 'invalidInput',
      message: `Could not connect to ${host} by the system's ssh: the files for its questions could not be written below ${parent} (${reason}).`,
      next: 'Make room there, or set TMPDIR to a folder of yours that can be written and restart VS Code.',
    },
    { cause },
  );
}

/** A person was asked whether an unknown key is trusted, and did not say yes. @param key type and fingerprint */
export function openSshKeyNotTrusted({ host, sshCommand }: OpenSshContext, name: string, key: string): ProblemError {
  return new ProblemError({
    code: 'hostKeyUnknown',
    message: `Refused to connect to ${host}: its key, or that of a host on the way, is not known. ${name} shows ${key}.`,
    next: `Refresh or audit the host to be asked whether its key is to be trusted, or connect once with "${sshCommand}" in a terminal; compare the fingerprint on the host itself before you answer yes.`,
  });
}

/** The key is another one than the person has trusted a moment ago, or until the window closes. */
export function openSshKeyNotThatTrusted(
  { host }: OpenSshContext,
  name: string,
  shown: string,
  trusted: string,
): ProblemError {
  return new ProblemError({
    code: 'hostKeyChanged',
    message: `Refused to connect to ${host}: the key of ${name} has changed. It shows ${shown}; trusted in this window was ${trusted}. This may be an attack, or several machines answer under one name.`,
    next: 'Compare both fingerprints on the host itself. Only if the one that it shows is right, run "Developer: Reload Window" and answer the question about it anew.',
  });
}

/** ssh asks about a key in words that are not known here, so nobody can judge it here. */
export function openSshKeyUnclear({ host, sshCommand }: OpenSshContext, said: string): ProblemError {
  return new ProblemError({
    code: 'hostKeyUnknown',
    message: `Refused to connect to ${host}: ssh asks about a key in a way that cannot be answered here, "${said}".`,
    next: `Connect once with "${sshCommand}" in a terminal and read what it says before you answer, then refresh.`,
  });
}

/** A host on the way would be taken with any key, and nothing can be said to the ssh that reaches it. */
export function openSshJumpUnchecked({ host, sshCommand }: OpenSshContext, jump: string): ProblemError {
  return new ProblemError({
    code: 'invalidInput',
    message: `Refused to connect to ${host} by the system's ssh: the configuration of ${jump} takes unknown keys without a question (StrictHostKeyChecking), which cannot be forbidden on Windows.`,
    next: `Set "StrictHostKeyChecking yes" for the jump host, connect once with "${sshCommand}" in a terminal if its key is not known, or set "transport" of this host to "ssh2".`,
  });
}

/** What ssh asked was not answered. @param what a prompt */
export function openSshNotAnswered({ host }: OpenSshContext, what: string): ProblemError {
  return new ProblemError({
    code: 'authenticationFailed',
    message: `Could not log in to ${host}: ssh asks "${what}", and no answer was given.`,
    next: 'Refresh or audit the host to be asked again, or load the key into the agent (ssh-add).',
  });
}

/** What ssh asked was not answered in time. */
export function openSshAnsweredLate({ host }: OpenSshContext, what: string, limit: string): ProblemError {
  return new ProblemError({
    code: 'authenticationFailed',
    message: `Could not log in to ${host}: ssh asks "${what}", and no answer was given within ${limit}. A server ends a login that takes longer.`,
    next: 'Refresh or audit the host to be asked again, or load the key into the agent (ssh-add).',
  });
}

/** What was answered cannot be given to ssh. */
export function openSshAnswerUnusable({ host }: OpenSshContext, what: string): ProblemError {
  return new ProblemError({
    code: 'authenticationFailed',
    message: `Could not log in to ${host}: ssh asks "${what}", and the answer has a line break or more than 1000 bytes, which ssh cannot take.`,
    next: 'Refresh or audit the host to be asked again, or load the key into the agent (ssh-add).',
  });
}

/** An answer was given, and did not open the door. @param failure what ssh says to it; `null` where it goes on asking */
export function openSshAnswerRefused(
  { host }: OpenSshContext,
  what: string,
  failure: ProblemError | null,
): ProblemError {
  return new ProblemError(
    {
      code: 'authenticationFailed',
      message:
        failure === null
          ? `${host} did not let us in: the answer to "${what}" was refused.`
          : `${failure.problem.message} The last answer was to "${what}".`,
      next: 'Refresh or audit the host to be asked again. Nothing is tried twice by itself, so that the account is not locked.',
    },
    failure === null ? undefined : { cause: failure },
  );
}

/** The link ended after a person was asked something. */
export function openSshGoneWhileAsking(failure: ProblemError, what: string): ProblemError {
  const { code, message } = failure.problem;
  return new ProblemError(
    {
      code,
      message: `${message} It had asked "${what}", and a server ends a login that takes too long (LoginGraceTime, mostly 2 minutes).`,
      next: 'Refresh or audit the host to be asked again, and answer sooner.',
    },
    { cause: failure },
  );
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
