/** Opens documents of a host, one after the other: they share one connection, and the last one that opened has the focus. */
import type * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { isProblemError, type Problem } from '../../core/problem';
import { problemText } from '../../core/problemText';
import type { HostWatch } from '../../core/watch/hostWatch';
import type { Output } from '../output';
import { actionOf } from './register';

/** Most documents that one call opens. */
const mostAtOnce = 10;

/** One that is to be opened, under the name that the report has for it. @throws ProblemError */
export interface Opening {
  readonly target: string;
  readonly open: () => Promise<vscode.Uri>;
}

/**
 * @param title of the command, for the failures
 * @param what is opened, in the plural
 */
export async function openSeveral(
  watch: HostWatch,
  openings: readonly Opening[],
  { title, what, output }: { readonly title: string; readonly what: string; readonly output: Output },
): Promise<ActionReport> {
  const problems: Problem[] = [];
  const targets: ActionReport['targets'][number][] = [];
  for (const [index, { target, open }] of openings.entries()) {
    if (index >= mostAtOnce) {
      targets.push({ target, outcome: 'refused', reason: `At most ${mostAtOnce} ${what} are opened at once.` });
      continue;
    }
    try {
      const uri = await open();
      targets.push({ target, outcome: 'done', reason: uri.toString() });
    } catch (error) {
      if (!isProblemError(error)) throw error;
      problems.push(error.problem);
      targets.push({ target, outcome: 'failed', reason: error.problem.message });
    }
  }
  // Cannot reject. The rows are of before what was just found.
  if (problems.some(({ code }) => code === 'stale')) void watch.refresh();
  const problem = problems.length === openings.length ? (problems[0] ?? null) : null;
  return toldFailures(title, problems, actionOf(watch.name, targets, problem), output);
}

/** Failures go where every report goes, so that the person who asked sees them. */
export function toldFailures(
  title: string,
  problems: readonly Problem[],
  report: ActionReport,
  output: Output,
): ActionReport {
  if (problems.length > 0) output.append(problemText(title, problems, report.takenAt));
  return report;
}
