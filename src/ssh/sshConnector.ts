/**
 * The connector of a host over SSH: reads its configuration, chooses between the built-in client and the system's ssh,
 * and says why. A host whose key was refused is refused: no other way is tried.
 */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import type { ByteStream, Connector, HostQuestions } from '../core/ports';
import { masterCheckArguments } from './openSsh/openSshArguments';
import { OpenSshConnector } from './openSsh/openSshConnector';
import * as problems from './problems';
import { Ssh2Connector, type SshConnectorOptions } from './builtIn/ssh2Connector';
import { resolveSshConfig, type ResolvedSshConfig } from './config/sshConfig';
import { findLimit, findPreference } from './transportChoice';

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

  async connect(command: string, signal: AbortSignal, questions?: HostQuestions): Promise<ByteStream> {
    const { settings } = this.#options;
    const config = await resolveSshConfig(this.#options, signal);
    const limit = findLimit(settings, config);
    if (settings.transport === 'ssh2') {
      if (limit !== null) throw limit;
      return this.#builtIn.connect(command, signal, questions, config);
    }
    const socket = await this.#sharedSocket(config, signal);
    const isJoined = socket !== null;
    const onSharedSilence = (): void => {
      this.#silentSocket = socket;
    };
    const bySystem = (reason: string | null): Promise<ByteStream> => {
      const why = reason === null ? 'as the settings ask' : `because ${reason}`;
      this.#options.log.info(`${settings.name}: by the system's ssh, ${why}`);
      const request = { config, tokens: this.#builtIn.tokens(config), reason, isJoined, onSharedSilence };
      return this.#bySystem.connect(request, command, signal, questions);
    };
    if (settings.transport === 'openssh') return bySystem(null);
    const reason =
      limit?.because ??
      (await findPreference(settings, config, this.#builtIn.tokens(config))) ??
      (isJoined ? 'a shared connection to the host is open (ControlMaster)' : null);
    if (reason !== null) return bySystem(reason);
    try {
      return await this.#builtIn.connect(command, signal, questions, config);
    } catch (error) {
      if (!(error instanceof problems.LimitError)) throw error;
      return bySystem(error.because);
    }
  }

  /**
   * What tells the socket of an open shared connection from others, or `null` where there is none. Most hosts have no such
   * socket, and then no program is started.
   */
  async #sharedSocket({ controlPath }: ResolvedSshConfig, signal: AbortSignal): Promise<string | null> {
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
        masterCheckArguments(this.#options),
        { env: { ...environment }, timeout: masterLimitMs, killSignal: 'SIGKILL', windowsHide: true, signal },
        (error) => {
          // A dead socket, or one that is not ours, is none; ssh connects by itself then.
          resolve(error === null ? socket : null);
        },
      );
    });
  }
}
