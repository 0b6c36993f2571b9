/**
 * One run of the system's ssh: one process with one command, from its start to the stream that it gives. It is for what
 * only OpenSSH can do, so nothing of the configuration is judged here but what would ask a person or change something.
 */
import { Countdown } from '../../core/countdown';
import type { ByteStream, StreamEnd } from '../../core/ports';
import { sshCommandLine } from '../../core/sshCommand';
import { openSshArguments } from './openSshArguments';
import { describeConnectFailure, describeConnectSilence, describeStreamEnd, endOfLogin } from './openSshFailure';
import { OpenSshProcess } from './openSshProcess';
import { openSshSharedSilent, type OpenSshContext } from './openSshProblems';
import * as problems from '../problems';
import type { SshConnectorOptions } from '../sshConnectorOptions';
import type { ResolvedSshConfig } from '../config/sshConfig';
import type { TokenValues } from '../config/sshPaths';
import { defaultTimings } from '../timings';

/** How far back the words of ssh are kept; a warning of a changed key has about 1 KB. */
const keptWords = 16 * 1024;
/** Standard error that arrives before anybody listens is kept up to this many reads; the rest is read and dropped. */
const unheardChunks = 16;

/** What was found out before. */
export interface OpenSshRequest {
  readonly config: ResolvedSshConfig;
  /** What `~` and the tokens in its paths stand for. */
  readonly tokens: TokenValues;
  /** Why it is not the built-in client; `null` where the settings ask for this way. */
  readonly reason: string | null;
  /** A shared connection is open. ssh joins it, and then tells of no login. */
  readonly isJoined: boolean;
  /** Called where that connection brings nothing. */
  readonly onSharedSilence: () => void;
}

/** The login while it lasts, for who answers what ssh asks. */
export interface RunningLogin {
  /** Everything that ssh has said so far, as far back as it is kept. */
  readonly said: () => string;
  /** Stops the clock of the login: a person thinks. */
  readonly hold: () => void;
  /** The clock runs on. */
  readonly goOn: () => void;
  /** Gives up, with what is to be told. */
  readonly fail: (error: Error) => void;
}

/** How one run goes about its login. */
export interface OpenSshLogin {
  /** Another `-F` file than that of the settings, or `null`. */
  readonly configFile: string | null;
  /** What ssh needs in its environment to ask somebody; `null`: it asks nobody. */
  readonly askpass: Readonly<Record<string, string>> | null;
  /** Called when ssh has been started, before it can have asked anything. */
  readonly onStart: (login: RunningLogin) => void;
}

/**
 * Starts the command and resolves when ssh has logged in.
 * @throws ProblemError with `unreachable`, `hostKeyUnknown`, `hostKeyChanged`, `authenticationFailed`, `notSupported`,
 * `invalidInput` or `cancelled`
 */
export function runOpenSsh(
  options: SshConnectorOptions,
  { config, reason, isJoined, onSharedSilence }: OpenSshRequest,
  login: OpenSshLogin,
  command: string,
  signal: AbortSignal,
): Promise<ByteStream> {
  const { settings, environment, clock } = options;
  const timings = { ...defaultTimings, ...options.timings };
  const connectMs = config.connectTimeoutSeconds === null ? timings.connectMs : config.connectTimeoutSeconds * 1000;
  const context: OpenSshContext = { host: settings.name, sshCommand: sshCommandLine(options) };
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(problems.cancelled(settings.name));
      return;
    }
    let said = '';
    let unheard: Buffer[] = [];
    let settled = false;
    let silence: Error | null = null;
    let cancelSilence = (): void => undefined;
    let end: StreamEnd | null = null;
    let onEnd: ((end: StreamEnd) => void) | null = null;
    let onErrorData: ((bytes: Uint8Array) => void) | null = null;

    const { askpass } = login;
    const sshConfigFile = login.configFile ?? options.sshConfigFile;
    const mayAsk = askpass !== null;
    const argv = openSshArguments({ ...options, sshConfigFile, config, connectMs, isJoined, mayAsk, command });
    const parts = { environment, askpass, clock, farewellMs: timings.farewellMs };
    const ssh = new OpenSshProcess(argv, parts, (how, error) => {
      if (error?.code === 'ENOENT') fail(problems.sshProgramMissing(settings.name));
      else if (error !== null) fail(error);
      else if (!settled) fail(describeConnectFailure(how, said, context));
      cancelSilence();
      end =
        silence === null
          ? describeStreamEnd(how, said, isJoined, context)
          : { exitCode: null, signal: null, error: silence };
      onEnd?.(end);
    });
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      countdown.stop();
      signal.removeEventListener('abort', onAbort);
      return true;
    };
    const fail = (error: Error): void => {
      if (!settle()) return;
      ssh.end();
      reject(error);
    };
    const onAbort = (): void => {
      fail(problems.cancelled(settings.name));
    };
    const stream: ByteStream = {
      route: { transport: 'openssh', reason },
      write(bytes) {
        ssh.write(bytes);
      },
      onData(listener) {
        ssh.onOutput((bytes) => {
          cancelSilence();
          listener(bytes);
        });
      },
      onErrorData(listener) {
        onErrorData = listener;
        for (const bytes of unheard) listener(bytes);
        unheard = [];
      },
      onEnd(listener) {
        onEnd = listener;
        if (end !== null) listener(end);
      },
      close() {
        ssh.end();
      },
    };
    const open = (): void => {
      if (settle()) resolve(stream);
    };
    ssh.onErrorOutput((bytes) => {
      said = (said + bytes.toString('latin1')).slice(-keptWords);
      if (settled) {
        if (onErrorData !== null) onErrorData(bytes);
        else if (unheard.length < unheardChunks) unheard.push(bytes);
        return;
      }
      const behind = endOfLogin(said);
      if (behind === null) return;
      // What follows the login is the command's.
      said = said.slice(behind);
      if (said !== '') unheard.push(Buffer.from(said, 'latin1'));
      open();
    });
    signal.addEventListener('abort', onAbort);
    // ssh itself minds the first part; nothing but this minds what comes after the first line of the server, which may wait
    // for a telephone where somebody may be asked.
    const limitMs = connectMs + (mayAsk ? timings.promptMs : timings.authenticateMs);
    const countdown = new Countdown(clock, limitMs, () => {
      fail(describeConnectSilence(problems.seconds(limitMs), context));
    });
    countdown.run();
    login.onStart({
      said: () => said,
      hold: () => countdown.stop(),
      goOn: () => {
        if (!settled) countdown.run();
      },
      fail,
    });
    if (isJoined) {
      open();
      cancelSilence = clock.after(timings.sharedMs, () => {
        const exitCommand = sshCommandLine(options, '-O', 'exit');
        silence = openSshSharedSilent(context, problems.seconds(timings.sharedMs), exitCommand);
        onSharedSilence();
        ssh.end();
      });
    }
  });
}
