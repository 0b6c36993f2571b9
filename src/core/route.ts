/** The way that a host was reached. */
export interface Route {
  /** The built-in SSH client, the program `ssh` of this machine, or a child process of this window. */
  readonly transport: 'ssh2' | 'openssh' | 'local';
  /** Why it is not the built-in client, to stand behind "because"; `null` where the settings ask for this way, or nothing speaks against the usual one. */
  readonly reason: string | null;
}
