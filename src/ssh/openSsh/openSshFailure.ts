/**
 * What the end of the system's ssh means, by its exit code and by the words of OpenSSH (readconf.c, sshconnect.c,
 * sshconnect2.c, packet.c, clientloop.c of 9.2; they are not translated). Pure.
 */
import type { StreamEnd } from '../../core/ports';
import type { ProblemError } from '../../core/problem';
import { visible } from '../../core/text/visible';
import * as told from './openSshProblems';
import { sessionRefused } from '../problems';

/** How the process ended. All `null` where it never ran. */
export interface OpenSshEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** ssh's own failures; a remote command may end with it as well (ssh(1), EXIT STATUS). */
const ownExitCode = 255;

/** `authenticated` is logged at VERBOSE; a server's banner can fake it, which only moves the moment of the failure. */
const loginMark = /^Authenticated to .*$/m;

const keyChanged = /REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY|^Host key .* revoked/;
const keyUnknown = /^No .*host key is known for/;
const keyRefused = /^Host key verification failed/;
const notLetIn = /Permission denied(?: \(|, please try again)|Too many authentication failures|ssh_askpass: exec\(/;
const noAlgorithm = /^Unable to negotiate .*no matching/;
const badConfiguration =
  /Bad configuration option|bad configuration options?$|^command-line(?:: | line)|^Can't open user config file|^Bad owner or permissions on/;
/** What is said of single keys, beside the refusal itself. */
const keyDetails = /UNPROTECTED PRIVATE KEY FILE|^Load key |^Certificate .*|^sign_and_send_pubkey|^agent refused/;
const lost =
  /closed by remote host|^Timeout, server|^client_loop|^Connection (?:to .* )?(?:closed|reset)|Broken pipe|^Killed by signal|^Shared connection to|^mux_client/;
const refused = /^channel \d+: open failed|^(?:exec|shell|subsystem) request failed on channel/;

const network = 'Check the address, the network or VPN, and firewalls.';
const unreachable: readonly (readonly [RegExp, string])[] = [
  [/Could not resolve hostname/, 'Check HostName in the SSH configuration, DNS and the VPN.'],
  [/Connection refused/, 'Check the port, and that the SSH server is running on the host.'],
  [/timed out/i, network],
  [/No route to host|Network is unreachable/, 'Check the network connection and the VPN.'],
  [
    /^(?:kex_exchange_identification|banner exchange|ssh_exchange_identification):/,
    'Look at MaxStartups, fail2ban and the log of the SSH server, and at the program or jump host on the way to it.',
  ],
  [/Connection (?:closed|reset)|Broken pipe/, 'Try again; if it stays so, look at the log of its SSH server.'],
];

/** Where the login ended in what ssh said, or `null` while it has not. @returns the index behind that line */
export function endOfLogin(said: string): number | null {
  const mark = loginMark.exec(said);
  // Only a whole line is one.
  const end = mark === null ? -1 : said.indexOf('\n', mark.index);
  return end < 0 ? null : end + 1;
}

/** A shared connection that is gone is only noticed by ssh, which then connects by itself. */
const sharedGone = /^Control ?socket /i;

function linesOf(said: string): string[] {
  // Kept byte by byte, because a character may lie across two reads.
  const text = Buffer.from(said, 'latin1').toString('utf8');
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => !sharedGone.test(line));
}

const shown = (line: string): string => visible(line, 300);

/** The failure that the words name, or `null` for words that name none. */
function nameFailure(lines: readonly string[], context: told.OpenSshContext): ProblemError | null {
  const find = (pattern: RegExp): string | undefined => lines.find((line) => pattern.test(line));
  // A banner of the server comes after its key was accepted, so it cannot fake these; a refusal of a key goes before all.
  const changed = find(keyChanged);
  if (changed !== undefined && find(keyRefused) !== undefined) {
    const offending = /^Offending .*? in (.+:\d+)$/.exec(find(/^Offending .* in /) ?? '')?.[1];
    const print = find(/^SHA256:\S+$/)?.replace(/\.$/, '');
    return told.openSshKeyChanged(
      context,
      shown(changed.replace(/^[@ ]+|[@ ]+$/g, '')),
      print ?? null,
      offending === undefined ? null : shown(offending),
    );
  }
  const unknown = find(keyUnknown) ?? find(keyRefused);
  if (unknown !== undefined) return told.openSshKeyUnknown(context, shown(unknown));
  const denied = find(notLetIn);
  if (denied !== undefined)
    return new told.NotLetInError(
      context,
      shown(denied),
      /Permission denied \(([\w@.,-]*)\)/.exec(denied)?.[1]?.split(',') ?? [],
      lines
        .filter((line) => keyDetails.test(line))
        .slice(0, 5)
        .map(shown),
    );
  const unmatched = find(noAlgorithm);
  if (unmatched !== undefined) return told.openSshNoCommonAlgorithm(context, shown(unmatched));
  const rejected = find(badConfiguration);
  if (rejected !== undefined) return told.openSshConfigInvalid(context, shown(rejected));
  for (const [pattern, next] of unreachable) {
    const at = lines.findIndex((line) => pattern.test(line));
    if (at < 0) continue;
    // A program on the way says before it why there is no server behind it.
    const before = lines.slice(0, at).findLast((line) => line !== '');
    const earlier = before === undefined ? '' : `, and before that "${shown(before)}"`;
    return told.openSshUnreachable(context, `it says "${shown(lines[at] ?? '')}"${earlier}`, next);
  }
  return null;
}

/** Why ssh ended before it had logged in. Always a problem: nothing was started on the host. */
export function describeConnectFailure(end: OpenSshEnd, said: string, context: told.OpenSshContext): ProblemError {
  const lines = linesOf(said);
  const named = end.exitCode === ownExitCode ? nameFailure(lines, context) : null;
  if (named !== null) return named;
  const last = lines.findLast((line) => line !== '');
  const how = end.signal !== null ? `was ended by ${end.signal}` : `ended with code ${String(end.exitCode)}`;
  const words = last === undefined ? 'without a word' : `and said "${shown(last)}"`;
  return told.openSshUnreachable(
    context,
    `it ${how} before the login, ${words}`,
    `Run "${context.sshCommand}" in a terminal and see where it stops.`,
  );
}

/** ssh neither logged in nor ended within the limit. */
export function describeConnectSilence(limit: string, context: told.OpenSshContext): ProblemError {
  return told.openSshUnreachable(
    context,
    `it did not log in within ${limit}`,
    `Run "${context.sshCommand}" in a terminal and see where it stops; a program on the way (ProxyCommand), the agent or a security key may wait for something.`,
  );
}

/**
 * How the stream ended, once commands could be sent.
 * @param isJoined the connection belongs to another ssh, so the login was never seen and may have failed after all
 */
export function describeStreamEnd(
  { exitCode, signal }: OpenSshEnd,
  said: string,
  isJoined: boolean,
  context: told.OpenSshContext,
): StreamEnd {
  const cut = (error: Error): StreamEnd => ({ exitCode: null, signal: null, error });
  if (signal !== null) return cut(new Error(`ssh was ended by ${signal}`));
  if (exitCode !== ownExitCode) return { exitCode, signal: null, error: null };
  const lines = linesOf(said);
  const find = (pattern: RegExp): string | undefined => lines.findLast((line) => pattern.test(line));
  const refusal = find(refused);
  if (refusal !== undefined) return cut(sessionRefused(context.host, shown(refusal)));
  const failure = isJoined ? nameFailure(lines, context) : null;
  if (failure !== null) return cut(failure);
  const loss = find(lost);
  return loss === undefined ? { exitCode, signal: null, error: null } : cut(new Error(`ssh says "${shown(loss)}"`));
}
