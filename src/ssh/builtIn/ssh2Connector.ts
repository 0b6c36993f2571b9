/**
 * The connector of one host over the built-in SSH client: logs in to one machine of the way after the other, each through
 * the one before, and makes one connection for one command. Two hosts never share a jump host's connection: each has its
 * own chain, which lives and dies with its command.
 */
import type { HostSettings } from '../../core/hostSettings';
import type { ByteStream, Clock, LoginQuestions, Log, UnlockedKeys } from '../../core/ports';
import type { Station } from '../config/stations';
import { defaultTimings, type SshTimings } from '../timings';
import { openCommand } from './channelStream';
import { StationLogin, type JumpLink } from './stationLogin';

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

/** See `Connector`, for a way that was found before. */
export class Ssh2Connector {
  readonly #options: SshConnectorOptions;
  readonly #unlocked: UnlockedKeys;
  /** By what leads to the machine: what is remembered of it lasts as long as the connector. */
  readonly #logins = new Map<string, StationLogin>();

  constructor(options: SshConnectorOptions) {
    this.#options = options;
    this.#unlocked = options.unlockedKeys ?? new Map<string, unknown>();
  }

  /** @param stations the machines in the order in which they are connected to; the host is the last */
  async connect(
    command: string,
    signal: AbortSignal,
    questions: LoginQuestions | undefined,
    stations: readonly Station[],
  ): Promise<ByteStream> {
    const { settings, clock } = this.#options;
    const { openMs } = { ...defaultTimings, ...this.#options.timings };
    const chain: JumpLink[] = [];
    try {
      for (const station of stations) {
        const link = await this.#login(station).logIn(station, chain.at(-1) ?? null, signal, questions);
        chain.push({ link, name: station.settings.name });
      }
    } catch (error) {
      // Nothing of the way is left open: the end of a link ends what carries it.
      chain.at(-1)?.link.close();
      throw error;
    }
    const last = chain.at(-1);
    if (last === undefined) throw new Error('a way leads at least to the host');
    return openCommand(last.link, { host: settings.name, command, openMs, clock }, signal);
  }

  #login({ settings: { host, user, port, proxyJump } }: Station): StationLogin {
    const key = JSON.stringify([host, user, port, proxyJump]);
    let login = this.#logins.get(key);
    if (login === undefined) this.#logins.set(key, (login = new StationLogin(this.#options, this.#unlocked)));
    return login;
  }
}
