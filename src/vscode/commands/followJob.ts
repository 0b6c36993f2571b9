/** Follow in Terminal: the output of a job as it comes, in a terminal of its own. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import type { JobRun } from '../../core/log/logOfRun';
import { jobGone, jobReplaced } from '../../core/log/logProblems';
import type { Problem } from '../../core/problem';
import { problemText } from '../../core/problemText';
import type { Job } from '../../core/pueue/job';
import { isSameInstant } from '../../core/text/time';
import type { HostWatch } from '../../core/watch/hostWatch';
import { hostsViewId } from '../contributions';
import type { FollowTerminals } from '../followTerminals';
import { readSettings } from '../settings';
import { chooseJobs, type ChosenJobs } from './jobChoice';
import { openLog, type LogParts } from './openLog';
import { actionDone, actionProblem } from './register';

/** Most terminals that one call opens. */
const mostAtOnce = 10;

export interface FollowParts extends LogParts {
  readonly terminals: FollowTerminals;
}

/** @returns the report; `undefined` where the person chose no host or no job */
export async function followJob(argument: unknown, parts: FollowParts): Promise<ActionReport | undefined> {
  // VS Code keeps such a terminal shut there, without a word.
  if (!vscode.workspace.isTrusted) return openLogInstead(argument, parts);
  const chosen = await chooseJobs(argument, parts);
  if (chosen === undefined) return undefined;
  if ('problem' in chosen) return told([chosen.problem], actionProblem(chosen.problem, chosen.host), parts);
  return followChosen(chosen, parts);
}

async function followChosen({ watch, jobs }: ChosenJobs, parts: FollowParts): Promise<ActionReport> {
  const problems: Problem[] = [];
  const targets: ActionReport['targets'][number][] = [];
  const found = await findJobs(watch, jobs.slice(0, mostAtOnce));
  const lines = readSettings().followLines;
  for (const [index, run] of jobs.entries()) {
    const target = String(run.id);
    const job = found[index];
    if (job === undefined)
      targets.push({ target, outcome: 'refused', reason: `At most ${mostAtOnce} jobs are followed by one call.` });
    else if ('code' in job) {
      problems.push(job);
      targets.push({ target, outcome: 'failed', reason: job.message });
    } else {
      const wasFollowed = parts.terminals.show(watch.name, job, { ...run, createdAt: job.createdAt }, lines);
      targets.push({ target, outcome: wasFollowed ? 'alreadySo' : 'done', reason: null });
    }
  }
  const problem = problems.length === found.length ? (problems[0] ?? null) : null;
  return told(problems, { ...actionDone('', watch.name), problem, targets }, parts);
}

/** From the last reading; where that does not have a job as it is meant, from a fresh one. */
async function findJobs(watch: HostWatch, runs: readonly JobRun[]): Promise<(Job | Problem)[]> {
  const look = (): (Job | Problem)[] => runs.map((run) => findJob(watch, run));
  const known = look();
  if (!known.some((each) => 'code' in each)) return known;
  await vscode.window.withProgress({ location: { viewId: hostsViewId } }, () => watch.refresh());
  return look();
}

function findJob({ name, state: { reading, problem } }: HostWatch, { id, createdAt }: JobRun): Job | Problem {
  const job = reading?.snapshot.queue.jobs.find((each) => each.id === id);
  // A job that the last reading does not have may have come while the host could not be read.
  if (job === undefined) return problem ?? jobGone(name, id);
  if (createdAt !== null && !isSameInstant(createdAt, job.createdAt))
    return problem ?? jobReplaced(name, id, createdAt, job.createdAt);
  return job;
}

async function openLogInstead(argument: unknown, parts: FollowParts): Promise<ActionReport | undefined> {
  const report = await openLog(argument, parts);
  if (report === undefined) return undefined;
  parts.output.append(
    `Follow in Terminal: this window is in Restricted Mode, in which VS Code opens no terminal of an extension. The log of the job opens as a document instead; it does not grow by itself.\nTrust the workspace by "Workspaces: Manage Workspace Trust" to follow jobs.\n`,
  );
  // Not awaited: a message that stays open must not hold the caller's answer.
  void vscode.window.showInformationMessage(
    vscode.l10n.t('Terminals that follow a job are not available in Restricted Mode; its log opens as a document.'),
  );
  return report;
}

function told(problems: readonly Problem[], report: ActionReport, { output }: FollowParts): ActionReport {
  if (problems.length > 0) output.append(problemText('Follow in Terminal', problems, report.takenAt));
  return report;
}
