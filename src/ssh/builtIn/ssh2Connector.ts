/**
 * The connector of one host over the built-in SSH client: logs in to one machine of the way after the other, each through
 * the one before, and makes one connection for one command. Two hosts never share a jump host's connection: each has its
 * own chain, which lives and dies with its command.
 */
import type { ByteStream, LoginQuestions, UnlockedKeys } from '../../core/ports';
import type { Station } from '../config/stations';
import type { SshConnectorOptions } from '../sshConnectorOptions';
import { defaultTimings } from '../timings';
import { openCommand } from './channelStream';
import { StationLogin, type JumpLink } from './stationLogin';

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
