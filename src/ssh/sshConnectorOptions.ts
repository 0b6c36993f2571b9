/** What the ways to a host are made from. */
import type { HostSettings } from '../core/hostSettings';
import type { Clock, Log, UnlockedKeys } from '../core/ports';
import type { SshTimings } from './timings';

/** What a connector of one host is made from. */
export interface SshConnectorOptions {
  readonly settings: HostSettings;
  /** The `-F` file of `ssh`; empty for the user's own configuration and the system's. */
  readonly sshConfigFile: string;
  /** The home of the passwd entry (`os.userInfo().homedir`): what ssh's own `~` means, whatever `$HOME` says. */
  readonly home: string;
  /** Where `SSH_AUTH_SOCK`, `PATH` and the `${NAME}` of the configuration come from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where keys that a person opens are kept; without it, in this connector alone. */
  readonly unlockedKeys?: UnlockedKeys;
  /**
   * What the system's ssh asks with: the file of askpass.ts in the package, and a folder for temporary files. `null` where
   * it cannot ask (Windows).
   */
  readonly askpass: { readonly program: string; readonly folder: string } | null;
  readonly log: Log;
  readonly clock: Clock;
  /** For tests: shorter limits. */
  readonly timings?: Partial<SshTimings>;
}
