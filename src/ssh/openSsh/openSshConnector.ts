/**
 * The connector of one host over the system's ssh. The first run asks nothing; where it fails for want of what a person
 * knows, further runs ask by askpass. About the key of a host is asked between two runs, everything else while ssh waits.
 */
import { execFile } from 'node:child_process';
import type { ByteStream, LoginQuestions } from '../../core/ports';
import { isProblemError, ProblemError } from '../../core/problem';
import { sshCommandLine } from '../../core/sshCommand';
import { visible } from '../../core/text/visible';
import { AskpassServer } from '../askpass/askpassServer';
import { PrivateFolder } from '../askpass/privateFolder';
import type { HostKeyPrompt } from '../askpass/sshPrompt';
import type { SshConnectorOptions } from '../sshConnectorOptions';
import type { ResolvedSshConfig } from '../config/sshConfig';
import { findStations } from '../config/stations';
import { lookupNames } from '../hostKeys/knownHosts';
import { findKeyStore } from '../hostKeys/knownHostsStore';
import { hostKeyQuestion } from '../login/shownQuestion';
import * as problems from '../problems';
import { defaultTimings } from '../timings';
import { jumpConfiguration } from './jumpConfiguration';
import { inspectIdentities } from './inspectIdentities';
import { LoginDialog } from './loginDialog';
import * as told from './openSshProblems';
import { runOpenSsh, type OpenSshRequest } from './openSshRun';

/** The first with prompts that say which server asks (release notes of 8.5); SSH_ASKPASS_REQUIRE came with 8.4. */
const askingVersion = [8, 5] as const;
const versionLimitMs = 5_000;

/** A key that a person has accepted. */
interface ApprovedKey {
  readonly fingerprint: string;
  /** Whether ssh has a file to store it in. If not, it counts until the window closes. */
  readonly isStored: boolean;
}

/** Whether the server would take what a person types, or does on a telephone. */
function asksPerson(failure: ProblemError): boolean {
  const offered = failure instanceof told.NotLetInError ? failure.offered : [];
  return offered.some((way) => way === 'password' || way === 'keyboard-interactive');
}

/** See the head of the file. Between two calls it holds only which keys of hosts a person has accepted. */
export class OpenSshConnector {
  readonly #options: SshConnectorOptions;
  readonly #context: told.OpenSshContext;
  /** By the name under which the host is looked up. */
  readonly #approved = new Map<string, ApprovedKey>();

  constructor(options: SshConnectorOptions) {
    this.#options = options;
    this.#context = { host: options.settings.name, sshCommand: sshCommandLine(options) };
  }

  /**
   * Starts the command and resolves when ssh has logged in.
   * @throws ProblemError; see `Connector`
   */
  async connect(
    request: OpenSshRequest,
    command: string,
    signal: AbortSignal,
    questions: LoginQuestions | undefined,
  ): Promise<ByteStream> {
    if (!request.isJoined) await this.#checkJumpHosts(request.config, signal);
    if (questions === undefined || request.isJoined) return this.#run(request, null, command, signal);
    // Only a run that may ask can tell a person to touch a security key.
    const { isInHardware } = await this.#inspectIdentities(request);
    if (!isInHardware || !questions.mayAsk() || (await this.#findObstacle(signal)) !== null) {
      try {
        return await this.#run(request, null, command, signal);
      } catch (error) {
        if (!isProblemError(error) || !(await this.#isAnswerable(error, request))) throw error;
        const obstacle = await this.#findObstacle(signal);
        if (obstacle !== null) throw told.openSshCannotAsk(error, this.#context, obstacle);
        // A run that asks nobody would all the same let the server send a code.
        if (!questions.mayAsk()) throw told.openSshMayNotAsk(error);
        if (asksPerson(error)) questions.noteBegun();
      }
    }
    for (;;) {
      const { clock, log } = this.#options;
      const { promptMs } = { ...defaultTimings, ...this.#options.timings };
      const approved = new Map([...this.#approved].map(([name, { fingerprint }]) => [name, fingerprint]));
      const dialog = new LoginDialog({
        ...{ context: this.#context, config: request.config, questions, approved, clock, promptMs, log },
      });
      try {
        const stream = await this.#run(request, dialog, command, signal);
        for (const [name, { isStored }] of this.#approved) if (isStored) this.#approved.delete(name);
        return stream;
      } catch (error) {
        if (signal.aborted || !isProblemError(error)) throw error;
        if (dialog.unknownKey === null) throw this.#explain(error, dialog);
        await this.#askForTrust(dialog.unknownKey, request.config, questions, signal);
      }
    }
  }

  /**
   * Without files of ours the ssh that reaches a host on the way keeps to its own configuration.
   * @throws ProblemError `invalidInput` where that takes any key
   */
  async #checkJumpHosts(config: ResolvedSshConfig, signal: AbortSignal): Promise<void> {
    if (this.#options.askpass !== null || config.proxyJump === null) return;
    const stations = await findStations(this.#options, config, signal);
    const lax = stations.find((station) => station.isJumpHost && station.config.takesUnknownKeys);
    if (lax !== undefined) throw told.openSshJumpUnchecked(this.#context, lax.settings.name);
  }

  /** One run of ssh, which asks the dialog, or nobody; and an end to all that was made for it. */
  async #run(
    request: OpenSshRequest,
    dialog: LoginDialog | null,
    command: string,
    signal: AbortSignal,
  ): Promise<ByteStream> {
    const { askpass, sshConfigFile, home } = this.#options;
    const isOverJump = request.config.proxyJump !== null;
    const folder = askpass === null || (dialog === null && !isOverJump) ? null : this.#makeFolder(askpass.folder);
    let server: AskpassServer | null = null;
    try {
      let configFile: string | null = null;
      try {
        if (folder !== null && isOverJump)
          configFile = folder.write('config', await jumpConfiguration(sshConfigFile, home, dialog !== null), 0o600);
        if (askpass !== null && folder !== null && dialog !== null)
          server = await AskpassServer.start(folder, askpass.program, (asked, gone) => dialog.answer(asked, gone));
      } catch (error) {
        throw this.#notWritten(folder?.path ?? '', error);
      }
      const onStart = dialog === null ? () => undefined : dialog.attach.bind(dialog);
      const login = { configFile, askpass: server?.environment ?? null, onStart };
      return await runOpenSsh(this.#options, request, login, command, signal);
    } finally {
      server?.close();
      folder?.remove();
    }
  }

  #makeFolder(parent: string): PrivateFolder {
    try {
      return new PrivateFolder(parent);
    } catch (error) {
      throw this.#notWritten(parent, error);
    }
  }

  #notWritten(folder: string, error: unknown): ProblemError {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : visible(String(error));
    return told.openSshNoFolder(this.#context, visible(folder), reason, error);
  }

  /** Whether a person could know what this failure was for want of. */
  async #isAnswerable(failure: ProblemError, request: OpenSshRequest): Promise<boolean> {
    const { config } = request;
    // What is on the way has rules and keys of its own.
    const isDirect = config.proxyJump === null && config.proxyCommand === null;
    if (failure.problem.code === 'hostKeyUnknown') return !isDirect || config.strictHostKeyChecking !== 'yes';
    if (!(failure instanceof told.NotLetInError)) return false;
    if (!isDirect || config.pkcs11Provider !== null || asksPerson(failure)) return true;
    const { isLocked, isInHardware } = await this.#inspectIdentities(request);
    return isLocked || isInHardware;
  }

  #inspectIdentities({ config, tokens }: OpenSshRequest): ReturnType<typeof inspectIdentities> {
    return inspectIdentities(this.#options.settings.identityFile, config, tokens);
  }

  /** Why ssh cannot ask here, as a sentence; `null` where it can. */
  #findObstacle(signal: AbortSignal): Promise<string | null> {
    const { askpass, environment } = this.#options;
    if (askpass === null)
      return Promise.resolve("On Windows the system's ssh cannot ask in VS Code (it takes only an .exe to ask with).");
    return new Promise((resolve) => {
      const options = { env: { ...environment }, timeout: versionLimitMs, windowsHide: true, signal };
      execFile('ssh', ['-V'], options, (_error, output, errorOutput) => {
        const said = `${errorOutput}${output}`;
        const [, major, minor] = /OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)/.exec(said) ?? [];
        const isNewer =
          Number(major) > askingVersion[0] || (Number(major) === askingVersion[0] && Number(minor) >= askingVersion[1]);
        const which = major === undefined ? 'is no OpenSSH' : `is OpenSSH ${major}.${minor ?? ''}`;
        resolve(isNewer ? null : `To ask in VS Code, ssh must be OpenSSH 8.5 or newer; this one ${which}.`);
      });
    });
  }

  /** A failure after which it matters that something had been asked. */
  #explain(failure: ProblemError, { answered }: LoginDialog): ProblemError {
    if (answered === null) return failure;
    if (failure instanceof told.NotLetInError) return told.openSshAnswerRefused(this.#context, answered, failure);
    return failure.problem.code === 'unreachable' ? told.openSshGoneWhileAsking(failure, answered) : failure;
  }

  /**
   * Asks whether a key is the host's.
   * @throws ProblemError unless it is
   */
  async #askForTrust(
    { name, keyType, fingerprint }: HostKeyPrompt,
    config: ResolvedSshConfig,
    questions: LoginQuestions,
    signal: AbortSignal,
  ): Promise<void> {
    const { settings, home } = this.#options;
    const key = `${keyType} ${fingerprint}`;
    const shownName = visible(name);
    const before = this.#approved.get(name);
    if (before !== undefined) throw told.openSshKeyNotThatTrusted(this.#context, shownName, key, before.fingerprint);
    const stations = await findStations(this.#options, config, signal).catch((error: unknown) => {
      // Who it is that shows the key cannot be told, so nobody is asked about it.
      if (error instanceof problems.LimitError) return [];
      throw error;
    });
    const asked = stations.find((station) => lookupNames(station.config)[0] === name) ?? null;
    // Only a program on the way can ask for a host of its own.
    const isForeign = asked === null && stations.some((station) => station.config.proxyCommand !== null);
    // The configuration of a host on the way may forbid to be asked, though ssh was told to ask.
    if (asked === null ? !isForeign : asked.config.strictHostKeyChecking === 'yes')
      throw told.openSshKeyNotTrusted(this.#context, shownName, key);
    const store =
      asked === null
        ? { file: 'the first UserKnownHostsFile of the ssh that asks' }
        : await findKeyStore(asked.config.userKnownHostsFiles, home);
    const question = hostKeyQuestion({
      ...{ host: asked?.settings.name ?? settings.name, keyType, fingerprint, store },
      address: asked === null ? name : `${asked.config.hostName}:${String(asked.config.port)}`,
    });
    if (!(await questions.trustHostKey(question, signal))) {
      if (signal.aborted) throw problems.cancelled(settings.name);
      throw told.openSshKeyNotTrusted(this.#context, shownName, key);
    }
    this.#approved.set(name, { fingerprint, isStored: 'file' in store });
  }
}
