/** A folder of this machine that only this user may enter, for the files of one attempt to connect; gone with it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Longest path of a socket: 104 bytes with the final zero on macOS, 108 on Linux (unix(4), unix(7)). */
const pathLimit = 103;
/** What mkdtemp adds, and the longest name of a file in it. */
const longestRest = '/pp-xxxxxx/config'.length;

/** See the head of the file. Everything is done at once, so that nothing stays when VS Code ends. */
export class PrivateFolder {
  readonly path: string;

  /**
   * @param parent the folder for temporary files; another one is taken where sockets in it would have too long a name,
   * or where a shell would read that name otherwise, since ssh gives it to one (ssh.c, ProxyJump)
   */
  constructor(parent: string) {
    const isUsable = /^\/[\w@%+=:,./-]*$/.test(parent) && Buffer.byteLength(parent) + longestRest <= pathLimit;
    // Fails where the name exists, so nobody can have made it before.
    this.path = mkdtempSync(join(isUsable ? parent : '/tmp', 'pp-'));
    chmodSync(this.path, 0o700);
  }

  /** Writes a file that only this user can read. @returns its path */
  write(name: string, content: string | Buffer, mode: 0o600 | 0o700): string {
    const path = join(this.path, name);
    writeFileSync(path, content, { mode, flag: 'wx' });
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
