/** Filter Jobs…: the tree shows only what fits a text. */
import type { ActionReport } from '../../core/audit/fleetReport';

export function filterJobs(argument: unknown): Promise<ActionReport | undefined> {
  return Promise.reject(new Error(`not yet: ${typeof argument}`));
}

export function clearFilter(): Promise<ActionReport> {
  return Promise.reject(new Error('not yet'));
}
