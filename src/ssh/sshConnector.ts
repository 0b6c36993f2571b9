/**
 * The connector of a host over SSH: reads its configuration, chooses between the built-in client and the system's ssh,
 * and says why. A host whose key was refused is refused: no other way is tried.
 */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import type { ByteStream, Connector, LoginQuestions } from '../core/ports';
import { masterCheckArguments } from './openSsh/openSshArguments';
import { OpenSshConnector } from './openSsh/openSshConnector';
import * as problems from './problems';
import { Ssh2Connector } from './builtIn/ssh2Connector';
import type { SshConnectorOptions } from './sshConnectorOptions';
import { localTokens } from './config/localTokens';
import { resolveSshConfig } from './config/sshConfig';
import { findStations, type Station } from './config/stations';
import { findPreference, firstLimit, ofStation } from './transportChoice';

const masterLimitMs = 5_000;

/** See {@link Connector}. */
export class SshConnector implements Connector {
  readonly #options: SshConnectorOptions;
  readonly #builtIn: Ssh2Connector;
  readonly #bySystem: OpenSshConnector;
  /** The socket whose connection brought nothing. It is not used again; another one in its place is. */
  #silentSocket: string | null = null;

  constructor(options: SshConnectorOptions) {
    this.#options = options;
    this.#builtIn = new Ssh2Connector(options);
    this.#bySystem = new OpenSshConnector(options);
  }

  async connect(command: string, signal: AbortSignal, questions?: LoginQuestions): Promise<ByteStream> {
    const { settings } = this.#options;
    const config = await resolveSshConfig(this.#options, signal);
    if (settings.transport === 'ssh2') {
      const stations = await findStations(this.#options, config, signal);
      const limit = firstLimit(stations);
      if (limit !== null) throw limit;
      return this.#builtIn.connect(command, signal, questions, stations);
    }
    const socket = await this.#sharedSocket({ settings, config }, signal);
    const isJoined = socket !== null;
    const onSharedSilence = (): void => {
      this.#silentSocket = socket;
    };
    const bySystem = (reason: string | null): Promise<ByteStream> => {
      const why = reason === null ? 'as the settings ask' : `because ${reason}`;
      this.#options.log.info(`${settings.name}: by the system's ssh, ${why}`);
      const request = {
        config,
        tokens: localTokens(this.#options, settings, config),
        reason,
        isJoined,
        onSharedSilence,
      };
      return this.#bySystem.connect(request, command, signal, questions);
    };
    if (settings.transport === 'openssh') return bySystem(null);
    let reason = isJoined ? 'a shared connection to the host is open (ControlMaster)' : null;
    try {
      if (reason === null) {
        const stations = await findStations(this.#options, config, signal);
        reason = firstLimit(stations)?.because ?? (await this.#preference(stations, signal));
        if (reason === null) return await this.#builtIn.connect(command, signal, questions, stations);
      }
    } catch (error) {
      if (!(error instanceof problems.LimitError)) throw error;
      reason = error.because;
    }
    return bySystem(reason);
  }

  /** Why the system's ssh serves a person better on this way, or `null`. */
  async #preference(stations: readonly Station[], signal: AbortSignal): Promise<string | null> {
    for (const station of stations) {
      const { settings, config, isJumpHost } = station;
      const tokens = localTokens(this.#options, settings, config);
      const preference = await findPreference(settings, config, tokens);
      if (preference !== null) return ofStation(preference, station);
      // It has logged in already, perhaps with a second factor.
      if (isJumpHost && (await this.#sharedSocket(station, signal)) !== null)
        return ofStation('a shared connection is open (ControlMaster)', station);
    }
    return null;
  }

  /**
   * What tells the socket of an open shared connection from others, or `null` where there is none. Most hosts have no such
   * socket, and then no program is started.
   */
  async #sharedSocket(
    { settings, config: { controlPath } }: Omit<Station, 'isJumpHost'>,
    signal: AbortSignal,
  ): Promise<string | null> {
    if (controlPath === null) return null;
    const socket = await stat(controlPath).then(
      (found) => (found.isSocket() ? `${controlPath} ${String(found.ino)} ${String(found.ctimeMs)}` : null),
      () => null, // No socket, no shared connection.
    );
    if (socket === null || socket === this.#silentSocket) return null;
    const { environment } = this.#options;
    return new Promise((resolve) => {
      execFile(
        'ssh',
        masterCheckArguments({ ...this.#options, settings }),
        { env: { ...environment }, timeout: masterLimitMs, killSignal: 'SIGKILL', windowsHide: true, signal },
        (error) => {
          // A dead socket, or one that is not ours, is none; ssh connects by itself then.
          resolve(error === null ? socket : null);
        },
      );
    });
  }
}
