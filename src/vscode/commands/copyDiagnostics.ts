/** Copy Diagnostics (redacted): how a host is set up, for the clipboard. */
import type { ActionReport } from '../../core/audit/fleetReport';

export function copyDiagnostics(argument: unknown): Promise<ActionReport | undefined> {
  return Promise.reject(new Error(`not yet: ${typeof argument}`));
}
