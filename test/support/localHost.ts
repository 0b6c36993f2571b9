/** A reader of a lab host over the transport `local`, with the environment of a bare session there. */
import { createHash } from 'node:crypto';
import { auditProblem, auditSnapshot, type AuditReport } from '../../src/core/audit/auditReport';
import type { HostSettings } from '../../src/core/hostSettings';
import type { HostReader, Log } from '../../src/core/ports';
import { isProblemError, type Problem } from '../../src/core/problem';
import { createLocalConnector } from '../../src/host/localConnector';
import { createHostReader } from '../../src/host/main';
import { systemClock } from '../../src/systemClock';
import { hostSettings } from './hostSettings';
import { WireTap } from './wireTap';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Keeps log lines for assertions. */
export class KeptLog implements Log {
  readonly lines: string[] = [];
  readonly debug = (message: string): void => void this.lines.push(message);
  readonly info = this.debug;
  readonly warn = this.debug;
}

export interface LocalHost {
  readonly reader: HostReader;
  readonly tap: WireTap;
  readonly log: KeptLog;
  audit(timeoutMs?: number): Promise<AuditReport>;
  /** The problem that a reading ends in. @throws where it does not */
  problem(timeoutMs?: number): Promise<Problem>;
}

export function localHost(
  env: Readonly<Record<string, string>>,
  settings: Partial<HostSettings> = {},
  change?: (command: string) => string,
): LocalHost {
  const tap = new WireTap(createLocalConnector('lab', { ...env }), change);
  const log = new KeptLog();
  const reader = createHostReader({
    settings: hostSettings('lab', { transport: 'local', ...settings }),
    connector: tap,
    clock: systemClock,
    log,
  });
  const audit = async (timeoutMs = 15_000): Promise<AuditReport> => {
    try {
      return auditSnapshot('lab', await reader.read(new AbortController().signal, timeoutMs), sha256);
    } catch (error) {
      if (!isProblemError(error)) throw error;
      return auditProblem('lab', error.problem, Date.now());
    }
  };
  return {
    reader,
    tap,
    log,
    audit,
    problem: async (timeoutMs) => {
      const { problem } = await audit(timeoutMs);
      if (problem === null) throw new Error('the reading ended well');
      return problem;
    },
  };
}
