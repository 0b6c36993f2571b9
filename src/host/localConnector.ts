/** The transport `local`: the helper as a child process of this window, for *This Machine*. */
import { spawn } from 'node:child_process';
import { localNotSupported } from '../core/hostProblems';
import type { ByteStream, Connector, StreamEnd } from '../core/ports';
import { ProblemError } from '../core/problem';

/** @param environment the environment of the helper; the extension host's own by default */
export function createLocalConnector(host: string, environment: NodeJS.ProcessEnv = process.env): Connector {
  return {
    connect(command) {
      if (process.platform === 'win32') return Promise.reject(new ProblemError(localNotSupported(host)));
      return Promise.resolve(childStream(command, environment));
    },
  };
}

function childStream(command: string, environment: NodeJS.ProcessEnv): ByteStream {
  const child = spawn('/bin/sh', ['-c', command], { env: environment, stdio: 'pipe' });
  let failure: Error | null = null;
  child.on('error', (error) => {
    failure = error;
  });
  // A write after the child's end fails here; the end itself is reported by `close`.
  child.stdin.on('error', (error) => {
    failure ??= error;
  });
  return {
    route: { transport: 'local', reason: null },
    write: (bytes) => {
      if (child.stdin.writable) child.stdin.write(bytes);
    },
    onData: (listener) => child.stdout.on('data', listener),
    onErrorData: (listener) => child.stderr.on('data', listener),
    onEnd: (listener) => {
      child.on('close', (exitCode, signal) => {
        const end: StreamEnd = { exitCode, signal, error: exitCode === null && signal === null ? failure : null };
        listener(end);
      });
    },
    close: () => {
      // The helper ends by itself at the end of its input, after it has ended what it started. Whatever else came up in its
      // place ends at its next write.
      for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
    },
  };
}
