/**
 * What speaks against the built-in SSH client, found in the resolved configuration and on disk before anything is sent.
 * A limit is something that it cannot do at all; a preference something that it would do without, and a person would miss.
 */
import { readFile, stat } from 'node:fs/promises';
import type { HostSettings } from '../core/hostSettings';
import { visible } from '../core/text/visible';
import { inspectKeyFile } from './login/keyFile';
import { allowedMethods } from './login/methods';
import * as problems from './problems';
import { isSecurityKey } from './publicKey';
import type { ResolvedSshConfig } from './config/sshConfig';
import { expandSshPath, type TokenValues } from './config/sshPaths';
import type { Station } from './config/stations';

/** A reason, and where on the way it stands. */
export function ofStation(reason: string, { settings, isJumpHost }: Station): string {
  return isJumpHost ? `${reason}, at its jump host ${visible(settings.host, 80)}` : reason;
}

/** The first thing on the way that the built-in client cannot do, or `null`. */
export function firstLimit(stations: readonly Station[]): problems.LimitError | null {
  for (const station of stations) {
    const limit = findLimit(station);
    if (limit !== null) return limit;
  }
  return null;
}

/** The first thing at one machine that the built-in client cannot do, or `null`. */
function findLimit(station: Station): problems.LimitError | null {
  const { settings, config } = station;
  const refuse = (directive: string, reason: string, because: string): problems.LimitError =>
    problems.beyondClient(settings.name, directive, reason, ofStation(because, station));
  if (config.proxyCommand !== null)
    return refuse(
      'ProxyCommand',
      'the built-in SSH client starts no program to connect through (ProxyUseFdpass neither)',
      'the configuration connects through a program (ProxyCommand)',
    );
  if (config.knownHostsCommand !== null)
    return refuse(
      'KnownHostsCommand',
      'the built-in SSH client reads host keys only from known_hosts files',
      'the configuration gets host keys from a program (KnownHostsCommand)',
    );
  if (config.revokedHostKeys !== null)
    return refuse(
      'RevokedHostKeys',
      'the built-in SSH client cannot read that list and will not connect without it',
      'the configuration has a list of revoked host keys (RevokedHostKeys)',
    );
  if (config.verifyHostKeyDns === 'yes')
    return refuse(
      'VerifyHostKeyDNS',
      'the built-in SSH client does not look host keys up in DNS',
      'the configuration looks host keys up in DNS (VerifyHostKeyDNS)',
    );
  // Debian sets GSSAPIAuthentication for everybody, so it counts only where nothing else is left.
  if (allowedMethods(config).length === 0) {
    if (config.gssapiAuthentication)
      return refuse(
        'GSSAPIAuthentication alone',
        'the built-in SSH client knows no Kerberos',
        'only Kerberos is left to log in with (GSSAPIAuthentication)',
      );
    if (config.hostbasedAuthentication)
      return refuse(
        'HostbasedAuthentication alone',
        'the built-in SSH client cannot read the keys of this machine',
        'only the keys of this machine are left to log in with (HostbasedAuthentication)',
      );
  }
  return null;
}

/** Why the system's ssh serves a person better, to stand behind "because", or `null`. Looks at key files; never throws. */
export async function findPreference(
  settings: HostSettings,
  config: ResolvedSshConfig,
  tokens: TokenValues,
): Promise<string | null> {
  if (!allowedMethods(config).includes('publickey')) return null;
  if (config.certificateFiles.length > 0) return 'the configuration has a certificate to log in with (CertificateFile)';
  if (config.pkcs11Provider !== null) return 'the configuration has keys in a token (PKCS11Provider)';
  for (const value of [settings.identityFile, ...config.identityFiles]) {
    const expansion = value === null ? null : expandSshPath(value, tokens);
    if (expansion?.kind !== 'path') continue;
    // ssh presents such a certificate by itself; `ssh -G` does not list it (ssh_config(5), CertificateFile).
    if (await isFile(`${expansion.path}-cert.pub`)) return 'a certificate lies beside an identity file';
    if (await isInSecurityKey(expansion.path)) return 'an identity file stands for a security key (FIDO)';
  }
  return null;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false, // What cannot be seen is not used by ssh either.
  );
}

/** Whether the file exists and its key can sign only in hardware. The format of such keys shows the public half. */
async function isInSecurityKey(path: string): Promise<boolean> {
  if (!(await isFile(path))) return false;
  try {
    const content = inspectKeyFile(await readFile(path));
    return content.kind !== 'unknown' && content.publicKey !== null && isSecurityKey(content.publicKey.type);
  } catch {
    // A file that cannot be read is named when it is tried.
    return false;
  }
}
