/**
 * What holds for the hosts on the way of the system's ssh, which reaches each by an ssh of its own: that one gets no options
 * of ours, only the same configuration file and environment (ssh.c, ProxyJump).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A configuration file that holds on the way as well: no host there is accepted or asked anything against our rules,
 * whatever the person's configuration says of it. The first value of an option counts (ssh_config(5)).
 *
 * @param mayAsk whether ssh has an askpass program
 * @param home the home of the passwd entry
 */
export async function jumpConfiguration(sshConfigFile: string, home: string, mayAsk: boolean): Promise<Buffer> {
  const rules = [
    `BatchMode ${mayAsk ? 'no' : 'yes'}`,
    `StrictHostKeyChecking ${mayAsk ? 'ask' : 'yes'}`,
    'NumberOfPasswordPrompts 1',
    // Where it says more, the end of its login would be taken for that of the host.
    'LogLevel INFO',
    'FingerprintHash sha256',
    'VisualHostKey no',
    'UpdateHostKeys no',
    'AddKeysToAgent no',
    'PermitLocalCommand no',
    'ControlMaster no',
    'ControlPersist no',
  ];
  const theirs =
    sshConfigFile === ''
      ? // What ssh reads without `-F`, in its order (ssh_config(5)).
        Buffer.from(`Include "${join(home, '.ssh', 'config')}"\nInclude /etc/ssh/ssh_config\n`)
      : // As it stands, since ssh asks more of the permissions of an included file than of one that it is given.
        await readFile(sshConfigFile);
  return Buffer.concat([Buffer.from(`${rules.join('\n')}\n`), theirs]);
}
