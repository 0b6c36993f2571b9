/**
 * The failures of a login that a person can meet, one constructor each. What a server said has been made visible before.
 */
import { ProblemError } from '../../core/problem';
import { visible } from '../../core/text/visible';
import { seconds } from '../problems';

function authentication(message: string, next: string): ProblemError {
  return new ProblemError({ code: 'authenticationFailed', message, next });
}

/**
 * A key that would have to be opened stays closed.
 * @param wrong how many passphrases were tried; 0 where none was given
 */
export function keyStaysLocked(host: string, user: string, key: string, wrong: number): ProblemError {
  const reason = wrong === 0 ? 'its passphrase was not given' : `none of ${String(wrong)} passphrases opened it`;
  return authentication(
    `Could not log in to ${host} as ${user}: the key ${key} is encrypted, and ${reason}.`,
    'Refresh or audit the host to be asked for the passphrase again, or add the key to the agent (ssh-add).',
  );
}

/** What authentication tried, for its message. */
export interface AuthenticationAccount {
  readonly host: string;
  readonly user: string;
  /** Methods that the server would still take; `null` where it never said. */
  readonly offered: readonly string[] | null;
  /** Methods that the configuration allows. */
  readonly allowed: readonly string[];
  /** How often what a person gave was refused. */
  readonly asked: readonly AskedMethod[];
  /** A key was right, and the server wants another proof as well. */
  readonly partial: boolean;
  readonly tried: readonly string[];
  readonly skipped: readonly string[];
  /** Some were left out because only the system's ssh can use them. */
  readonly isBeyondClient: boolean;
  /** What the server said when it closed the door itself. */
  readonly said: string | null;
}

/** One way of asking a person, and how often it brought nothing. */
export interface AskedMethod {
  readonly method: 'password' | 'keyboard-interactive';
  readonly refused: number;
}

function times(count: number): string {
  return count === 1 ? '' : ` (${String(count)} times)`;
}

/** No proof was accepted. */
export function authenticationFailed(account: AuthenticationAccount): ProblemError {
  const { host, user, offered, allowed, asked, tried, skipped } = account;
  const asks = asksOf(account).filter((method) => allowed.includes(method));
  const sentences: string[] = [];
  if (account.partial) sentences.push(`${host} accepted a proof of ${user} and wants another one as well.`);
  else if (asks.length === 0 || asked.length > 0 || account.said !== null)
    sentences.push(`${host} did not let ${user} in.`);
  else sentences.push(`${host} asks something (${asks.join(', ')}) before it lets ${user} in, and nobody was asked.`);
  for (const { method, refused } of asked)
    sentences.push(
      method === 'password'
        ? `The password was refused${times(refused)}.`
        : `What was answered to its prompts was refused${times(refused)}.`,
    );
  if (account.said !== null) sentences.push(`The server said: ${account.said}.`);
  if (offered !== null) sentences.push(`It offers: ${offered.length === 0 ? 'no method' : offered.join(', ')}.`);
  sentences.push(tried.length === 0 ? 'No key was tried.' : `Tried: ${tried.join('; ')}.`);
  if (skipped.length > 0) sentences.push(`Not tried: ${skipped.join('; ')}.`);
  if (account.isBeyondClient)
    sentences.push(
      'The system\'s ssh can use what the built-in client cannot: set "transport" of this host to "openssh".',
    );
  return authentication(sentences.join(' '), nextAfterRefusal(account));
}

/** The methods that the server would take and that ask a person. */
function asksOf({ offered }: AuthenticationAccount): readonly string[] {
  return offered?.filter((method) => method === 'password' || method === 'keyboard-interactive') ?? [];
}

function nextAfterRefusal(account: AuthenticationAccount): string {
  const { user, allowed, asked } = account;
  const asks = asksOf(account);
  const keys = `add a key to the agent (ssh-add) whose public half is in ~/.ssh/authorized_keys of ${user} on the host`;
  if (asked.length > 0) return 'Nobody is asked again by itself: refresh or audit the host to try once more.';
  if (asks.some((method) => allowed.includes(method)))
    return `Refresh or audit the host to be asked for what it wants (${asks.join(', ')}), or ${keys}.`;
  if (asks.length > 0)
    return `Your SSH configuration forbids ${asks.join(' and ')} (PreferredAuthentications, PasswordAuthentication, KbdInteractiveAuthentication, NumberOfPasswordPrompts): change that, or ${keys}.`;
  return `Add a key to the agent (ssh-add; it asks for the passphrase once) or set IdentityFile, and check ~/.ssh/authorized_keys of ${user} on the host.`;
}

/** A person was asked at the login and gave no answer. */
export function answerNotGiven(host: string, user: string, what: string): ProblemError {
  return authentication(
    `Could not log in to ${host} as ${visible(user)}: ${what} was not given.`,
    'Nobody is asked again by itself: refresh or audit the host when you want to answer.',
  );
}

/** A person was asked on the open link, and the time of the server ran out. */
export function answerTooLate(host: string, user: string, limitMs: number): ProblemError {
  return authentication(
    `Could not log in to ${host} as ${visible(user)}: what it asks for was not answered within ${seconds(limitMs)}. A server usually hangs up after 120 s (LoginGraceTime).`,
    'Have the answer ready (the code, the telephone), then refresh or audit the host to be asked again.',
  );
}

/** The server took what was given and neither let us in nor asked for more. */
export function confirmedTooLate(host: string, user: string, limitMs: number): ProblemError {
  return authentication(
    `Could not log in to ${host} as ${visible(user)}: it neither let us in nor asked anything within ${seconds(limitMs)}. It may have waited for a confirmation elsewhere, on a telephone or a token.`,
    'Have the telephone or token at hand, then refresh or audit the host to try once more.',
  );
}

/** The server hung up while a person was asked on the open link. */
export function hungUpWhileAsking(host: string, user: string, said: string | null): ProblemError {
  return authentication(
    `Could not log in to ${host} as ${visible(user)}: the connection ended while you were being asked${said === null ? '' : ` (${said})`}.`,
    'Servers wait for an answer for a limited time (LoginGraceTime): refresh or audit the host to be asked again.',
  );
}

/** The server asks for more than a person can be shown. */
export function tooManyPrompts(host: string, user: string, count: number): ProblemError {
  return authentication(
    `Could not log in to ${host} as ${visible(user)}: it asks ${String(count)} questions at once, which is more than is shown.`,
    'Log in by ssh in a terminal to see what the server wants, and ask whoever runs it.',
  );
}

/** The password was right and has expired (RFC 4252 section 8). */
export function passwordExpired(host: string, user: string, sshCommand: string): ProblemError {
  return authentication(
    `Could not log in to ${host} as ${visible(user)}: the password has expired, and the server wants a new one.`,
    `Change it by "${sshCommand}" in a terminal, then refresh the host.`,
  );
}
