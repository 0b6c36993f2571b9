/**
 * What the user's own ssh configuration says about one host, resolved by the system's `ssh -G`: Include, Match, the
 * system file and every default are then exactly OpenSSH's.
 */
import { execFile } from 'node:child_process';
import { destinationArguments, isSafeDestination, isSafeJump, type SshDestination } from '../../core/sshCommand';
import { visible } from '../../core/text/visible';
import * as problems from '../problems';

/** The directives that matter here. Lists and paths are as `ssh -G` prints them. */
export interface ResolvedSshConfig {
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly hostKeyAlias: string | null;
  readonly addressFamily: 'any' | 'inet' | 'inet6';
  readonly bindAddress: string | null;
  /** Seconds; `null` where the user set none. */
  readonly connectTimeoutSeconds: number | null;
  /** Unexpanded, in order; the defaults are listed even where no such file exists. */
  readonly identityFiles: readonly string[];
  readonly certificateFiles: readonly string[];
  readonly identitiesOnly: boolean;
  readonly identityAgent: string | null;
  readonly pubkeyAuthentication: boolean;
  readonly passwordAuthentication: boolean;
  readonly keyboardInteractiveAuthentication: boolean;
  /** In the order of the configuration; `null` where it names none. */
  readonly preferredAuthentications: readonly string[] | null;
  /** How often a wrong password or answer may be followed by another. */
  readonly passwordPrompts: number;
  readonly gssapiAuthentication: boolean;
  readonly hostbasedAuthentication: boolean;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  /** `yes` refuses a host that is not known; every other value of OpenSSH asks here. */
  readonly strictHostKeyChecking: 'yes' | 'ask';
  /** Whether ssh, left to itself, takes the key of a host that is not known without a question. */
  readonly takesUnknownKeys: boolean;
  /** Whether names that are added to known_hosts are hashed. */
  readonly hashKnownHosts: boolean;
  readonly revokedHostKeys: string | null;
  readonly knownHostsCommand: string | null;
  readonly verifyHostKeyDns: 'yes' | 'no' | 'ask';
  readonly proxyCommand: string | null;
  readonly proxyJump: string | null;
  readonly pkcs11Provider: string | null;
  /** Where the socket of a shared connection would be, expanded. */
  readonly controlPath: string | null;
  /** Every directive that this ssh printed, in lower case: those of a later version are not among them. */
  readonly directives: ReadonlySet<string>;
}

const configLimitMs = 5_000;
const outputLimitBytes = 1024 * 1024;

/** The typed form of what `ssh -G` printed, or `null` where it lacks what every version prints. */
export function parseSshConfig(output: string): ResolvedSshConfig | null {
  const values = new Map<string, string[]>();
  for (const line of output.split(/\r?\n/)) {
    const [, name, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const key = name.toLowerCase();
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const first = (name: string): string | null => values.get(name)?.[0] ?? null;
  const unlessNone = (name: string): string | null => {
    const value = first(name);
    return value === null || value === '' || value.toLowerCase() === 'none' ? null : value;
  };
  // `true` and `yes` both occur, by directive and by version.
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = first(name)?.toLowerCase();
    return value === undefined ? otherwise : value !== 'no' && value !== 'false';
  };
  const paths = (name: string): string[] =>
    (first(name) ?? '').split(' ').filter((path) => path !== '' && path.toLowerCase() !== 'none');
  const list = (name: string): string[] => (values.get(name) ?? []).filter((path) => path.toLowerCase() !== 'none');

  const hostName = first('hostname');
  const user = first('user');
  const port = Number(first('port'));
  if (hostName === null || hostName === '' || user === null || !Number.isInteger(port) || port < 1 || port > 65_535)
    return null;
  const family = first('addressfamily');
  const dns = first('verifyhostkeydns')?.toLowerCase();
  const strict = first('stricthostkeychecking')?.toLowerCase();
  const timeout = Number(first('connecttimeout') ?? 'none');
  const prompts = Number(first('numberofpasswordprompts') ?? 'none');
  return {
    hostName,
    port,
    user,
    hostKeyAlias: unlessNone('hostkeyalias'),
    addressFamily: family === 'inet' || family === 'inet6' ? family : 'any',
    bindAddress: unlessNone('bindaddress'),
    connectTimeoutSeconds: Number.isFinite(timeout) && timeout > 0 ? timeout : null,
    identityFiles: list('identityfile'),
    certificateFiles: list('certificatefile'),
    identitiesOnly: flag('identitiesonly', false),
    // `none` means "no agent", which is not the same as "not set".
    identityAgent: first('identityagent'),
    pubkeyAuthentication: flag('pubkeyauthentication', true),
    passwordAuthentication: flag('passwordauthentication', true),
    keyboardInteractiveAuthentication: flag('kbdinteractiveauthentication', true),
    preferredAuthentications: unlessNone('preferredauthentications')?.toLowerCase().split(',') ?? null,
    passwordPrompts: Number.isInteger(prompts) && prompts >= 0 ? prompts : 3,
    gssapiAuthentication: flag('gssapiauthentication', false),
    hostbasedAuthentication: flag('hostbasedauthentication', false),
    userKnownHostsFiles: paths('userknownhostsfile'),
    globalKnownHostsFiles: paths('globalknownhostsfile'),
    // A value that is not known is taken for the strict one.
    strictHostKeyChecking: strict === undefined || /^(?:ask|accept-new|no|off|false)$/.test(strict) ? 'ask' : 'yes',
    takesUnknownKeys: strict !== undefined && /^(?:accept-new|no|off|false)$/.test(strict),
    hashKnownHosts: flag('hashknownhosts', false),
    revokedHostKeys: unlessNone('revokedhostkeys'),
    knownHostsCommand: unlessNone('knownhostscommand'),
    verifyHostKeyDns: dns === 'true' || dns === 'yes' ? 'yes' : dns === 'ask' ? 'ask' : 'no',
    proxyCommand: unlessNone('proxycommand'),
    proxyJump: unlessNone('proxyjump'),
    pkcs11Provider: unlessNone('pkcs11provider'),
    controlPath: unlessNone('controlpath'),
    directives: new Set(values.keys()),
  };
}

/** Where and how to ask `ssh -G`. */
export interface SshConfigRequest extends SshDestination {
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The arguments of the one `ssh` call. */
export function sshConfigArguments(request: SshConfigRequest): string[] {
  return ['-T', '-G', ...destinationArguments(request)];
}

/**
 * Resolves the configuration of one host. `Match exec` of the user's file runs, as in every use of ssh.
 * @throws ProblemError `invalidInput` for a destination that is not one or a configuration that ssh rejects,
 * `notSupported` where there is no `ssh` program, `cancelled`
 */
export function resolveSshConfig(request: SshConfigRequest, signal: AbortSignal): Promise<ResolvedSshConfig> {
  const { settings } = request;
  return new Promise((resolve, reject) => {
    if (!isSafeDestination(settings.host)) {
      reject(problems.unsafeDestination(settings.name, settings.host));
      return;
    }
    if (settings.user !== null && !isSafeDestination(settings.user)) {
      reject(problems.unsafeDestination(settings.name, settings.user));
      return;
    }
    if (settings.proxyJump !== null && !isSafeJump(settings.proxyJump)) {
      reject(problems.unsafeJump(settings.name, settings.proxyJump));
      return;
    }
    execFile(
      'ssh',
      sshConfigArguments(request),
      {
        env: { ...request.environment },
        timeout: configLimitMs,
        killSignal: 'SIGKILL',
        maxBuffer: outputLimitBytes,
        windowsHide: true,
        signal,
      },
      (error, output, errorOutput) => {
        if (signal.aborted) {
          reject(problems.cancelled(settings.name));
        } else if (error !== null) {
          if (error.code === 'ENOENT') reject(problems.sshProgramMissing(settings.name));
          else if (error.killed === true) reject(problems.sshConfigSilent(settings.name, configLimitMs));
          else reject(problems.sshConfigInvalid(settings.name, visible(errorOutput.trim(), 600), error));
        } else {
          const config = parseSshConfig(output);
          if (config === null)
            reject(problems.sshConfigInvalid(settings.name, 'ssh -G printed no host name, user or port', null));
          else resolve(config);
        }
      },
    );
  });
}
