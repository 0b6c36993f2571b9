/** What leads the system's `ssh` to a configured host: the one place that makes its arguments. */
import type { HostSettings } from './hostSettings';
import { shellLine } from './text/shellQuote';

/** A host over ssh, and the `-F` file; empty for the user's own and the system's. */
export interface SshDestination {
  readonly settings: HostSettings;
  readonly sshConfigFile: string;
}

/** Whether a destination or user name cannot be taken for an option or for shell text by any program it is given to. */
export function isSafeDestination(text: string): boolean {
  return /^[\p{L}\p{N}_.:@%+=,[\]-]{1,255}$/u.test(text) && !text.startsWith('-') && !/@-|^@|@$/.test(text);
}

/** Whether a list of jump hosts, `none` included, holds nothing that ssh could take for an option or a shell for its own. */
export function isSafeJump(text: string): boolean {
  // Each is `[user@]host[:port]` or a URI.
  return text.split(',').every((hop) => isSafeDestination(hop.replace(/^ssh:\/\//u, '')));
}

/** Options of the settings, then the destination, which is never read as an option. */
export function destinationArguments({ settings, sshConfigFile }: SshDestination): string[] {
  return [
    ...(sshConfigFile === '' ? [] : ['-F', sshConfigFile]),
    ...(settings.user === null ? [] : ['-l', settings.user]),
    ...(settings.port === null ? [] : ['-p', String(settings.port)]),
    ...(settings.proxyJump === null ? [] : ['-J', settings.proxyJump]),
    '--',
    settings.host,
  ];
}

/** The command line that a person would use in a terminal, with options of its own first. */
export function sshCommandLine(destination: SshDestination, ...options: readonly string[]): string {
  return shellLine(['ssh', ...options, ...withoutMark(destinationArguments(destination))]);
}

/**
 * The arguments of a login in a terminal: the key of the settings besides.
 *
 * @returns the arguments, or the text in the settings that must not be given to ssh
 */
export function loginArguments(destination: SshDestination): readonly string[] | { readonly unsafe: string } {
  const { host, user, identityFile, proxyJump } = destination.settings;
  const unsafe = [host, ...(user === null ? [] : [user])].find((text) => !isSafeDestination(text));
  if (unsafe !== undefined) return { unsafe };
  if (proxyJump !== null && !isSafeJump(proxyJump)) return { unsafe: proxyJump };
  return [...(identityFile === null ? [] : ['-i', identityFile]), ...destinationArguments(destination)];
}

/** The line that runs a program on the host in a terminal: for a person to copy. */
export function remoteLine(destination: SshDestination, argv: readonly string[]): string {
  if (destination.settings.transport === 'local') return shellLine(argv);
  return shellLine(['ssh', '-t', ...withoutMark(destinationArguments(destination)), shellLine(argv)]);
}

function withoutMark(words: readonly string[]): string[] {
  return words.filter((word) => word !== '--');
}
