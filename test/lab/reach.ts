/** The ways to a host of the lab: what stands between it and the person, and the entries of ssh_config that lead there. */
import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LabProxy, type ProxyOptions } from './proxy';
import type { PueueHost } from './pueueHost';
import { startSecondFactorServer } from './secondFactorServer';
import { makeLabKey, startSshd, type LabKey, type Sshd, type SshClientHost } from './sshd';

/** What a way is made from. */
export interface Departure {
  readonly name: string;
  readonly pueue: PueueHost;
  /** The key that may log in. */
  readonly identity: LabKey;
}

/** A way that is open. */
export interface Reached {
  /** Of the client's configuration; the host's own entry is named as the host is. */
  readonly entries: readonly SshClientHost[];
  /** The host's sshd, where it has one. */
  readonly sshd: Sshd | null;
  /** What a person is asked for as a second factor, and answers. */
  readonly code: string | null;
  stop(): Promise<void>;
}

/** Opens a way. */
export type Reach = (departure: Departure) => Promise<Reached>;

async function startServer(
  { name, pueue, identity }: Departure,
  extraConfig: readonly string[] = [],
  folderName = 'sshd',
): Promise<{ sshd: Sshd; entry: SshClientHost }> {
  const folder = join(pueue.folder, folderName);
  await mkdir(folder);
  const sshd = await startSshd({ folder, authorizedKeys: [identity.publicKey], home: pueue.home, extraConfig });
  return { sshd, entry: { alias: name, port: sshd.port, hostPublicKeys: sshd.hostPublicKeys, identity } };
}

/** An sshd of its own. @param extraConfig further lines of its sshd_config */
export function bySshd(extraConfig: readonly string[] = []): Reach {
  return async (departure) => {
    const { sshd, entry } = await startServer(departure, extraConfig);
    return { entries: [entry], sshd, code: null, stop: () => sshd.stop() };
  };
}

/**
 * A login shell other than sh. sshd takes the shell from passwd, so it is put in between: with the command that was asked
 * for, or by itself where none was.
 */
export function withLoginShell(shell: string): Reach {
  return bySshd([
    `ForceCommand if [ -n "$SSH_ORIGINAL_COMMAND" ]; then exec ${shell} -c "$SSH_ORIGINAL_COMMAND"; else exec ${shell} -l; fi`,
  ]);
}

/** An sshd that the configuration leads to through another one, which runs nothing and only passes on. */
export function behindJump(jumpName: string): Reach {
  return async (departure) => {
    const inner = await startServer(departure);
    const jump = await startServer(
      { ...departure, name: jumpName },
      [`PermitOpen 127.0.0.1:${String(inner.sshd.port)}`, 'ForceCommand echo "This is a jump host."; exit 1'],
      'jump',
    );
    return {
      entries: [jump.entry, { ...inner.entry, extra: [`ProxyJump ${jumpName}`] }],
      sshd: inner.sshd,
      code: null,
      stop: async () => {
        await Promise.all([jump.sshd.stop(), inner.sshd.stop()]);
      },
    };
  };
}

/** An sshd at the far end of a bad line. */
export function overLine(line: Omit<ProxyOptions, 'port'>): Reach {
  return async (departure) => {
    const { sshd, entry } = await startServer(departure);
    const proxy = await LabProxy.start({ ...line, port: sshd.port });
    return {
      entries: [{ ...entry, port: proxy.port }],
      sshd,
      code: null,
      stop: async () => {
        await proxy.close();
        await sshd.stop();
      },
    };
  };
}

/** A server that wants a code after the key. It lives in this process: sshd asks for one only by PAM, which takes root. */
export const withSecondFactor: Reach = async ({ name, pueue, identity }) => {
  const hostKey = await makeLabKey(join(pueue.folder, 'host_key'));
  const code = String(randomInt(100_000, 1_000_000));
  const server = await startSecondFactorServer({ hostKey, authorizedKey: identity, code, env: pueue.env });
  return {
    entries: [{ alias: name, port: server.port, hostPublicKeys: [hostKey.publicKey], identity }],
    sshd: null,
    code,
    stop: () => server.close(),
  };
};
