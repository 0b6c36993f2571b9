/**
 * A host reader whose parts are loaded when the host is first read: activation pays neither for ssh2 nor for the helper.
 */
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { HostSettings } from './core/hostSettings';
import type { Clock, FoundAliases, HostQuestions, HostReader, Log, PendingQuestion, UnlockedKeys } from './core/ports';
import type { Problem } from './core/problem';
import type { ProjectOnHost } from './core/project/projectOnHost';

export interface LateReaderOptions {
  readonly settings: HostSettings;
  readonly sshConfigFile: string;
  /** What an approved project file says of the host at the moment. */
  readonly project: () => ProjectOnHost | null;
  readonly questions: HostQuestions;
  /** Shared by all hosts of the window. */
  readonly unlockedKeys: UnlockedKeys;
  readonly clock: Clock;
  readonly log: Log;
}

export function createLateReader(options: LateReaderOptions): HostReader {
  const listeners: ((problem: Problem) => void)[] = [];
  const questionListeners: ((question: PendingQuestion | null) => void)[] = [];
  let loading: Promise<HostReader> | null = null;
  let attention: 'visible' | 'watched' | 'idle' | null = null;
  let closed = false;

  const load = async (): Promise<HostReader> => {
    const reader = await loadReader(options);
    reader.onDidLoseLink((problem) => {
      for (const listener of listeners) listener(problem);
    });
    reader.onDidChangeQuestion((question) => {
      for (const listener of questionListeners) listener(question);
    });
    if (attention !== null) reader.setAttention(attention);
    if (closed) reader.close();
    return reader;
  };
  /** One load for all who wait. One that failed is tried again by the next reading: the files may be there again. */
  const ready = (): Promise<HostReader> => {
    loading ??= load().catch((error: unknown) => {
      loading = null;
      throw error;
    });
    return loading;
  };
  /** A part that cannot be loaded is told to whoever reads; here it would only be told twice. */
  const tell = (act: (reader: HostReader) => void): void => {
    loading?.then(act, () => undefined);
  };

  return {
    read: async (signal, timeoutMs) => (await ready()).read(signal, timeoutMs),
    proposeCheckpoints: async (snapshot, signal, timeoutMs) =>
      (await ready()).proposeCheckpoints(snapshot, signal, timeoutMs),
    onDidChangeQuestion: (listener) => {
      questionListeners.push(listener);
    },
    // What is not loaded has asked nothing yet.
    allowQuestions: () => {
      tell((reader) => {
        reader.allowQuestions();
      });
    },
    readLog: async (request, signal, timeoutMs) => (await ready()).readLog(request, signal, timeoutMs),
    readLastLines: async (runs, signal, timeoutMs) => (await ready()).readLastLines(runs, signal, timeoutMs),
    readCheckpoint: async (request, signal, timeoutMs) => (await ready()).readCheckpoint(request, signal, timeoutMs),
    watch: async (request, signal) => (await ready()).watch(request, signal),
    followLog: async (request, signal) => (await ready()).followLog(request, signal),
    examine: async (signal, timeoutMs) => (await ready()).examine(signal, timeoutMs),
    releaseProcess: async (release, timeoutMs) => (await ready()).releaseProcess(release, timeoutMs),
    act: async (...parts) => (await ready()).act(...parts),
    compareEnvironment: async (owners, signal, timeoutMs) =>
      (await ready()).compareEnvironment(owners, signal, timeoutMs),
    readSnapshots: async (signal, timeoutMs) => (await ready()).readSnapshots(signal, timeoutMs),
    readSnapshotJobs: async (id, signal, timeoutMs) => (await ready()).readSnapshotJobs(id, signal, timeoutMs),
    setAttention: (now) => {
      attention = now;
      tell((reader) => {
        reader.setAttention(now);
      });
    },
    onDidLoseLink: (listener) => {
      listeners.push(listener);
    },
    close: () => {
      closed = true;
      tell((reader) => {
        reader.close();
      });
    },
  };
}

async function loadReader(options: LateReaderOptions): Promise<HostReader> {
  const { settings, project, sshConfigFile, questions, unlockedKeys, clock, log } = options;
  const { createHostReader } = await import('./host/main');
  if (settings.transport === 'local')
    return createHostReader({ settings, project, connector: null, questions, clock, log });
  const { createSshConnector } = await import('./ssh/main');
  const connector = createSshConnector({
    settings,
    sshConfigFile,
    home: userInfo().homedir,
    environment: process.env,
    unlockedKeys,
    // There ssh takes only an .exe for it, and the package has none.
    askpass: process.platform === 'win32' ? null : { program: join(__dirname, 'askpass.js'), folder: tmpdir() },
    clock,
    log,
  });
  return createHostReader({ settings, project, connector, questions, clock, log });
}

/**
 * The hosts that the ssh configuration names; its parser is loaded with the first call. What cannot be read is left out
 * and stands in the log.
 */
export async function listAliases(sshConfigFile: string, log: Log): Promise<FoundAliases> {
  const { listSshAliases } = await import('./ssh/main');
  const { aliases, notes } = await listSshAliases({ sshConfigFile, home: userInfo().homedir });
  for (const note of notes) log.warn(`ssh configuration: ${note}`);
  return { aliases, complete: notes.length === 0 };
}
