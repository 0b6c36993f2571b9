/** Entry of the late bundle `dist/host.js`: what the extension needs once it talks to a host. */
import program from 'helper:program';
import type { HostSettings } from '../core/hostSettings';
import type { Clock, Connector, HostQuestions, HostReader, Log } from '../core/ports';
import type { ProjectOnHost } from '../core/project/projectOnHost';
import { HostConnection } from './hostConnection';
import { createLocalConnector } from './localConnector';

export interface HostReaderOptions {
  readonly settings: HostSettings;
  readonly project?: () => ProjectOnHost | null;
  /** How a host over ssh is reached; not asked where the transport is `local`. */
  readonly connector: Connector | null;
  /** Without it nobody is asked. */
  readonly questions?: HostQuestions;
  readonly clock: Clock;
  readonly log: Log;
}

/** The reader of one host. It connects when it is first asked. */
export function createHostReader({ connector, ...options }: HostReaderOptions): HostReader {
  return new HostConnection({
    ...options,
    connector: connector ?? createLocalConnector(options.settings.name),
    program,
  });
}
