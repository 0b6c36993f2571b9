/** The argument lists of the system's ssh. Whatever the person's configuration says: nothing is forwarded or left behind, and nothing asked but by askpass. */
import { destinationArguments } from '../../core/sshCommand';
import type { ResolvedSshConfig, SshConfigRequest } from '../config/sshConfig';

/**
 * Directives that not every ssh knows: the first three came with OpenSSH 8.7, the remote command with 7.6 (release notes),
 * and one built without Kerberos does not pass it on. Where `ssh -G` printed them they are known; it prints a remote command
 * only where there is one.
 */
const optionsIfKnown = [
  ['sessiontype', 'SessionType=default'],
  ['stdinnull', 'StdinNull=no'],
  ['forkafterauthentication', 'ForkAfterAuthentication=no'],
  ['remotecommand', 'RemoteCommand=none'],
  ['gssapidelegatecredentials', 'GSSAPIDelegateCredentials=no'],
] as const;

/** One value in the syntax of ssh_config(5), where blanks and backslashes have a meaning outside of quotes. */
function quoted(value: string): string {
  return `"${value.replaceAll('"', '\\"')}"`;
}

/** What one connection is made with. */
export interface OpenSshCall extends SshConfigRequest {
  readonly config: ResolvedSshConfig;
  /** For the TCP connection and the server's first line, also through a program. Rounded up to whole seconds. */
  readonly connectMs: number;
  /** Whether to use a shared connection that is open. */
  readonly isJoined: boolean;
  /** Whether it may ask, by its askpass program; then the configuration says whether the key of a host is asked about. */
  readonly mayAsk: boolean;
  /** The constant bootstrap command. */
  readonly command: string;
}

/**
 * The arguments of the connection. `ControlMaster=no` makes no shared connection and still joins one that is open, unless
 * its path is taken away. The log level VERBOSE adds the line that tells the end of the login.
 */
export function openSshArguments(call: OpenSshCall): string[] {
  const { config, settings, connectMs, isJoined, mayAsk, command } = call;
  const options = [
    ...(mayAsk
      ? ['BatchMode=no', 'NumberOfPasswordPrompts=1', 'FingerprintHash=sha256', 'VisualHostKey=no']
      : ['BatchMode=yes']),
    `StrictHostKeyChecking=${mayAsk ? config.strictHostKeyChecking : 'yes'}`,
    'UpdateHostKeys=no',
    'AddKeysToAgent=no',
    'LogLevel=VERBOSE',
    ...optionsIfKnown.filter(([name]) => config.directives.has(name)).map(([, option]) => option),
    'RequestTTY=no',
    'PermitLocalCommand=no',
    'ClearAllForwardings=yes',
    'Tunnel=no',
    'ForwardAgent=no',
    'ForwardX11=no',
    'ControlMaster=no',
    'ControlPersist=no',
    ...(isJoined ? [] : ['ControlPath=none']),
    'ServerAliveInterval=15',
    'ServerAliveCountMax=3',
    `ConnectTimeout=${String(Math.max(1, Math.ceil(connectMs / 1000)))}`,
    ...(settings.identityFile === null ? [] : [`IdentityFile=${quoted(settings.identityFile)}`]),
  ];
  return ['-T', '-e', 'none', ...options.flatMap((option) => ['-o', option]), ...destinationArguments(call), command];
}

/** The arguments that ask whether a shared connection is open. */
export function masterCheckArguments(request: SshConfigRequest): string[] {
  return ['-O', 'check', ...destinationArguments(request)];
}
