/**
 * The failures of an SSH connection that a person can meet, one constructor each. Every text that comes from a server or
 * a file has been made visible and short before it enters a message, here or by the caller.
 */
import { ProblemError, type ProblemCode } from '../core/problem';
import { visible } from '../core/text/visible';
import type { HostKeyVerdict, PinVerdict, Place, TrustVerdict } from './hostKeys/knownHosts';
import { describeKey, fingerprint, keyTypeLabel, readPublicKey, type PublicKey } from './publicKey';

function problem(code: ProblemCode, message: string, next: string, cause?: unknown): ProblemError {
  return new ProblemError({ code, message, next }, cause === undefined || cause === null ? undefined : { cause });
}

/** A duration as messages write it. */
export function seconds(ms: number): string {
  return `${String(ms / 1000)} s`;
}

function places(list: readonly Place[]): string {
  return list.map(({ file, line }) => `${visible(file)}:${String(line)}`).join(', ');
}

function describeBlob(blob: Buffer): string {
  const key = readPublicKey(blob);
  return key === null ? fingerprint(blob) : describeKey(key);
}

/** The person, or the caller, gave up. */
export function cancelled(host: string): ProblemError {
  return problem(
    'cancelled',
    `Connecting to ${host} was cancelled.`,
    'Refresh the host when you want to connect again.',
  );
}

/** A destination that an ssh command line could read as something else. */
export function unsafeDestination(host: string, text: string): ProblemError {
  return problem(
    'invalidInput',
    `Could not connect to ${host}: "${visible(text)}" is not a host or user name that can be given to ssh.`,
    'Correct "host" and "user" of this host in the settings: letters, digits and . _ : @ % + = , - without a leading dash.',
  );
}

/** A jump host that an ssh command line could read as something else. */
export function unsafeJump(host: string, text: string): ProblemError {
  return problem(
    'invalidInput',
    `Could not connect to ${host}: "${visible(text)}" is no list of jump hosts that can be given to ssh.`,
    'Correct "proxyJump" of this host in the settings: [user@]host[:port], several separated by commas, none with a leading dash.',
  );
}

/** No OpenSSH client to resolve the configuration with. */
export function sshProgramMissing(host: string): ProblemError {
  return problem(
    'notSupported',
    `Could not read the SSH configuration of ${host}: there is no "ssh" program on the PATH of VS Code.`,
    'Install the OpenSSH client (Debian: openssh-client; Windows: Optional Features, OpenSSH Client) and restart VS Code.',
  );
}

/** `ssh -G` did not end; a `Match exec` command that hangs is the usual cause. */
export function sshConfigSilent(host: string, limitMs: number): ProblemError {
  return problem(
    'invalidInput',
    `Could not read the SSH configuration of ${host}: "ssh -G" did not finish within ${seconds(limitMs)}.`,
    'Look for a "Match exec" command in your SSH configuration that waits for something.',
  );
}

/** `ssh -G` rejected the configuration. */
export function sshConfigInvalid(host: string, said: string, cause: unknown): ProblemError {
  return problem(
    'invalidInput',
    `Could not read the SSH configuration of ${host}: ${said === '' ? 'ssh -G failed without a reason' : said}`,
    'Correct it in your SSH configuration, or the file that the setting pueuePreflight.sshConfigFile names; then Refresh.',
    cause,
  );
}

/** Something that the built-in client cannot do and the system's ssh can. `auto` goes on with that; `ssh2` ends with it. */
export class LimitError extends ProblemError {
  /** Why another way is needed, to stand behind "because". */
  readonly because: string;

  constructor(because: string, message: string, next: string) {
    const otherWay = 'Set "transport" of this host to "auto" or "openssh": then the system\'s ssh connects.';
    super({ code: 'notSupported', message, next: `${otherWay} ${next}` });
    this.because = because;
  }
}

/** Something in the configuration that the built-in client cannot do. */
export function beyondClient(host: string, directive: string, reason: string, because: string): LimitError {
  return new LimitError(
    because,
    `Could not connect to ${host}: its SSH configuration uses ${directive}, and ${reason}.`,
    `Or give this host a way without ${directive}: a "Host" entry of its own, or other settings in "pueuePreflight.hosts".`,
  );
}

/** No key is left that the built-in client can use, and some that it cannot. */
export function onlyUnsupportedKeys(host: string, skipped: readonly string[]): LimitError {
  return new LimitError(
    'the built-in client can use none of the keys',
    `Could not connect to ${host}: none of its keys can be used by the built-in SSH client. ${skipped.join('; ')}.`,
    'Or add a plain key (for example ssh-keygen -t ed25519) to the host, as IdentityFile or in the agent.',
  );
}

/** Only a certificate authority vouches for the host. */
export function onlyAuthority(host: string, authorities: readonly Place[]): LimitError {
  return new LimitError(
    'only a certificate authority vouches for the host (@cert-authority)',
    `Could not check the identity of ${host}: it is known only by @cert-authority (${places(authorities)}), and the built-in SSH client cannot check host certificates.`,
    `Or add the plain host key beside it, for example by ssh-keyscan after comparing the fingerprint on the host.`,
  );
}

/** A known_hosts file that exists and cannot be read. */
export function knownHostsUnreadable(host: string, file: string, reason: string, cause: unknown): ProblemError {
  return problem(
    'hostKeyUnknown',
    `Could not check the identity of ${host}: ${visible(file)} cannot be read (${reason}).`,
    `Make ${visible(file)} readable, or take it out of UserKnownHostsFile and GlobalKnownHostsFile.`,
    cause,
  );
}

/** What was looked for and where, for the messages about host keys. */
export interface HostKeyLookup {
  /** The host as the settings name it. */
  readonly host: string;
  /** The command line of ssh that leads to the same host, for the next step. */
  readonly sshCommand: string;
  readonly names: readonly string[];
  readonly files: readonly string[];
  /** StrictHostKeyChecking is `yes`: nobody is asked. */
  readonly strict: boolean;
}

/** The server's key is not the known one, revoked, or not known at all. */
export function hostKeyRefused(
  lookup: HostKeyLookup,
  verdict: Exclude<HostKeyVerdict | TrustVerdict | PinVerdict, { kind: 'accepted' | 'trusted' }>,
  shown: Buffer,
): ProblemError {
  const { host } = lookup;
  const key = describeBlob(shown);
  switch (verdict.kind) {
    case 'revoked':
      return problem(
        'hostKeyChanged',
        `Refused to connect to ${host}: the server's key ${key} is marked @revoked (${places([verdict])}).`,
        'Ask whoever runs the host. Do not connect until they explain why the server still shows a revoked key.',
      );
    case 'changed':
      return problem(
        'hostKeyChanged',
        `Refused to connect to ${host}: the server's key has changed. It shows ${key}; known for ${verdict.name} is ${describeKey(verdict.known)} (${places([verdict])}). This may be an attack, or the host was installed anew.`,
        `Compare the fingerprint on the host itself. Only if it is right, remove the line ${places([verdict])} and connect once with "${lookup.sshCommand}" in a terminal.`,
      );
    case 'notTrusted':
      return problem(
        'hostKeyChanged',
        `Refused to connect to ${host}: the server's key has changed. It shows ${key}; trusted in this window was ${describeKey(verdict.trusted)}. This may be an attack, or several machines answer under one name.`,
        'Compare both fingerprints on the host itself. Only if the one that it shows is right, run "Developer: Reload Window" and answer the question about it anew.',
      );
    case 'notPinned':
      return problem(
        'hostKeyChanged',
        `Refused to connect to ${host}: the server's key has changed. It shows ${key}; this window has met it as ${describeKey(verdict.pinned)}. known_hosts has both, but one machine does not change from one to the other: this may be an attack, or several machines answer under one name.`,
        `Compare both fingerprints on the host itself. Only if the one that it shows is right, take the other one out of ${lookup.files.map((file) => visible(file)).join(', ')}, and refresh.`,
      );
    case 'unknown':
      if (verdict.authorities.length > 0) return onlyAuthority(host, verdict.authorities);
      return problem(
        'hostKeyUnknown',
        `Refused to connect to ${host}: its key is not known. It shows ${key}. Looked for ${lookup.names.join(' and ')} in ${lookup.files.length === 0 ? 'no file' : lookup.files.map((file) => visible(file)).join(', ')}.`,
        lookup.strict
          ? 'StrictHostKeyChecking is "yes", so nobody is asked. Add the key to known_hosts (ssh-keyscan, after comparing the fingerprint on the host itself), then refresh.'
          : `Refresh or audit the host to be asked whether its key is to be trusted, or connect once with "${lookup.sshCommand}" in a terminal; compare the fingerprint on the host itself before you answer yes.`,
      );
  }
}

/** The server showed the right key and could not sign with it. */
export function hostKeyNotProven(host: string, said: string): ProblemError {
  return problem(
    'hostKeyChanged',
    `Refused to connect to ${host}: the server showed the known key but did not prove that it owns it (${said}). Somebody may be standing in between.`,
    'Check the network between you and the host; connect again only when you know what answered.',
  );
}

/** The TCP connection did not come about, or ended; `reason` says how. */
export function unreachable(
  host: string,
  address: string,
  reason: string,
  next: string,
  cause?: unknown,
): ProblemError {
  return problem('unreachable', `Could not reach ${host} (${address}): ${reason}.`, next, cause);
}

/** No algorithm in common, or a key exchange that broke. */
export function noCommonAlgorithm(host: string, said: string): LimitError {
  return new LimitError(
    'the built-in client and the server have no algorithm in common',
    `Could not agree with ${host} on how to encrypt: ${said}. The built-in SSH client offers current algorithms and no SHA-1.`,
    'Or update the SSH server, or enable one of curve25519-sha256, ecdh-sha2-nistp256 and aes-gcm, aes-ctr on it.',
  );
}

/** The way to a host has no end: its jump hosts lead through each other. */
export function endlessWay(host: string, limit: number): ProblemError {
  return problem(
    'invalidInput',
    `Could not connect to ${host}: its SSH configuration leads through more than ${String(limit)} jump hosts, or in a circle.`,
    'Look at the ProxyJump lines of the jump hosts: the first one keeps its own. Set "ProxyJump none" for the outermost.',
  );
}

/** A list of jump hosts that is not understood here. */
export function unreadableJump(host: string, text: string): LimitError {
  return beyondClient(
    host,
    `ProxyJump ${visible(text)}`,
    'the built-in SSH client cannot read that list',
    'the configuration has a list of jump hosts that the built-in client cannot read (ProxyJump)',
  );
}

/** A jump host that would not, or could not, connect us to the next machine. */
export function jumpRefused(
  host: string,
  address: string,
  jump: string,
  said: string,
  isForbidden: boolean,
): ProblemError {
  return isForbidden
    ? problem(
        'refused',
        `Could not reach ${host} (${address}): ${jump} does not connect anybody to it (${said}).`,
        `Look at AllowTcpForwarding, DisableForwarding and PermitOpen in the sshd configuration of ${jump}, and at "restrict" in its authorized_keys.`,
      )
    : problem(
        'unreachable',
        `Could not reach ${host} (${address}): ${jump} could not connect to it (${said}).`,
        `Check address and port as ${jump} sees them, and that the SSH server is running there.`,
      );
}

/** The server lets us in and does not start a command. */
export function sessionRefused(host: string, said: string): ProblemError {
  return problem(
    'refused',
    `${host} accepted the login but opened no session: ${said}.`,
    'Check MaxSessions (0 forbids all), PermitTTY, ForceCommand and the account restrictions in the sshd configuration of the host.',
  );
}

/** The link ended between login and command. */
export function lostBeforeCommand(host: string, cause: Error | null): ProblemError {
  return problem(
    'unreachable',
    `The connection to ${host} ended before the command was started.`,
    'Try again; if it stays so, look at the log of its SSH server.',
    cause,
  );
}

/** The server took the login and then said nothing. */
export function commandNotStarted(host: string, limitMs: number): ProblemError {
  return problem(
    'unreachable',
    `${host} accepted the login but started no command within ${seconds(limitMs)}.`,
    'Look at the load of the host and the log of its SSH server, and try again.',
  );
}

/** The label of a key type, for lists. */
export function keyLabel(path: string, key: PublicKey | null): string {
  return key === null ? visible(path) : `${visible(path)} (${keyTypeLabel(key.type)} ${fingerprint(key.blob)})`;
}
