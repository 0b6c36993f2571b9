/** Open: an entry of a checkpoint directory, or of its quarantine, as a read-only document. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { malformedPaths, noEntry } from '../../core/checkpoint/entryProblems';
import type { Judgements } from '../../core/checkpoint/judgements';
import type { Clock } from '../../core/ports';
import { isProblemError, type Problem } from '../../core/problem';
import { problemText } from '../../core/problemText';
import type { HostWatch } from '../../core/watch/hostWatch';
import { checkpointChoices } from '../checkpointChoices';
import type { CheckpointDocuments } from '../checkpointDocuments';
import { hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import { readPaths } from './arguments';
import { pickHost, unusableHost } from './hostChoice';
import { actionDone, actionProblem } from './register';

/** Most documents that one call opens. */
const mostAtOnce = 10;

export interface OpenCheckpointParts {
  readonly hosts: Hosts;
  readonly judgements: Judgements;
  readonly checkpoints: CheckpointDocuments;
  readonly output: Output;
  readonly clock: Clock;
}

/** @returns the report; `undefined` where the person chose no host or no entry */
export async function openCheckpoint(argument: unknown, parts: OpenCheckpointParts): Promise<ActionReport | undefined> {
  const { hosts } = parts;
  const { host, paths, malformed } = readPaths(argument);
  if (malformed) return told([malformedPaths()], actionProblem(malformedPaths(), host), parts);
  const name = host ?? (await pickHost(hosts));
  if (name === undefined) return undefined;
  const watch = hosts.find(name);
  if (watch === undefined) {
    const problem = unusableHost(name, hosts);
    return told([problem], actionProblem(problem, name), parts);
  }
  const chosen = paths ?? (await choose(watch, parts));
  if (chosen === undefined) return undefined;
  if ('code' in chosen) return told([chosen], actionProblem(chosen, name), parts);
  return vscode.window.withProgress({ location: { viewId: hostsViewId } }, () => openAll(watch, chosen, parts));
}

async function choose(
  watch: HostWatch,
  { judgements, clock }: OpenCheckpointParts,
): Promise<readonly string[] | Problem | undefined> {
  if (watch.state.reading === null)
    await vscode.window.withProgress({ location: { viewId: hostsViewId } }, () => watch.refresh());
  const { reading, problem } = watch.state;
  if (reading === null) return problem ?? noEntry(watch.name);
  const judged = judgements.of(watch.name, reading.snapshot);
  const choices = checkpointChoices(reading, judged, { monotonic: clock.monotonic() }, vscode.l10n.t);
  if (choices.length === 0) return noEntry(watch.name);
  const choice = await vscode.window.showQuickPick(choices, {
    placeHolder: vscode.l10n.t('Which checkpoint?'),
    matchOnDescription: true,
  });
  return choice === undefined ? undefined : [choice.path];
}

/** One after the other: they share one connection, and the last one that opened has the focus. */
async function openAll(watch: HostWatch, paths: readonly string[], parts: OpenCheckpointParts): Promise<ActionReport> {
  const problems: Problem[] = [];
  const targets: ActionReport['targets'][number][] = [];
  for (const [index, target] of paths.entries()) {
    if (index >= mostAtOnce) {
      targets.push({ target, outcome: 'refused', reason: `At most ${mostAtOnce} checkpoints are opened at once.` });
      continue;
    }
    try {
      const uri = await parts.checkpoints.open(watch, target);
      await vscode.window.showTextDocument(uri, { preview: paths.length === 1 });
      targets.push({ target, outcome: 'done', reason: uri.toString() });
    } catch (error) {
      if (!isProblemError(error)) throw error;
      problems.push(error.problem);
      targets.push({ target, outcome: 'failed', reason: error.problem.message });
    }
  }
  // Cannot reject. The rows are of before what was just found.
  if (problems.some(({ code }) => code === 'stale')) void watch.refresh();
  const problem = problems.length === paths.length ? (problems[0] ?? null) : null;
  return told(problems, { ...actionDone('', watch.name), problem, targets }, parts);
}

/** Failures go where every report goes, so that the person who asked sees them. */
function told(problems: readonly Problem[], report: ActionReport, { output }: OpenCheckpointParts): ActionReport {
  if (problems.length > 0) output.append(problemText('Open Checkpoint', problems, report.takenAt));
  return report;
}
