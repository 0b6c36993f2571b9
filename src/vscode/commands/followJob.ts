/** Follow in Terminal: the output of a job as it comes, in a terminal of its own. */
import type { ActionReport } from '../../core/audit/fleetReport';

export function followJob(argument: unknown): Promise<ActionReport | undefined> {
  return Promise.reject(new Error(`not yet: ${typeof argument}`));
}
