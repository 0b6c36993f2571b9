/** Copy Command: the command lines of jobs on the clipboard, as they may be shown and without anything that runs on paste. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { jobGone, jobReplaced } from '../../core/log/logProblems';
import type { JobRun } from '../../core/log/logOfRun';
import type { Clock } from '../../core/ports';
import type { Problem } from '../../core/problem';
import { problemText } from '../../core/problemText';
import type { Job } from '../../core/pueue/job';
import { formatCount } from '../../core/text/format';
import { pasteableCommand } from '../../core/text/pasteableCommand';
import { isSameInstant } from '../../core/text/time';
import { visible } from '../../core/text/visible';
import type { HostWatch } from '../../core/watch/hostWatch';
import { hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import { chooseJobs } from './jobChoice';
import { actionDone, actionProblem } from './register';

/** Longest command that the helper sends whole; behind a longer one stands what it is the beginning of. */
const wholeCommandCap = 8192;
/** How long the status bar says that something was copied. */
const messageMs = 5000;

export interface CopyParts {
  readonly hosts: Hosts;
  readonly output: Output;
  readonly clock: Clock;
}

/** @returns the report; `undefined` where the person chose no host or no job */
export async function copyCommand(argument: unknown, parts: CopyParts): Promise<ActionReport | undefined> {
  const chosen = await chooseJobs(argument, parts);
  if (chosen === undefined) return undefined;
  if ('problem' in chosen) return told([chosen.problem], actionProblem(chosen.problem, chosen.host), parts);
  const { watch, jobs } = chosen;
  const found = await findJobs(watch, jobs);
  const problems = found.filter((each) => 'code' in each);
  const problem = problems[0] ?? null;
  // All or nothing: a clipboard with one of three commands would be taken for all of them.
  if (problem !== null) return told(problems, actionProblem(problem, watch.name), parts);
  const jobsFound = found.flatMap((each) => ('code' in each ? [] : [each]));
  const copied = jobsFound.map(({ id, command }) => ({ id, ...pasteableCommand(command) }));
  await vscode.env.clipboard.writeText(copied.map(({ text }) => text).join('\n'));
  say(copied, () => jobsFound.map(({ command }) => pasteableCommand(command, 'real').text).join('\n'));
  const targets = copied.map(({ id, maskedSpans }) => ({
    target: String(id),
    outcome: 'done' as const,
    reason: maskedSpans === 0 ? null : `${formatCount(maskedSpans, 'masked span')}; the real text is on the host.`,
  }));
  return { ...actionDone('', watch.name), targets };
}

/** From the last reading; where that does not have a job as it is meant, from a fresh one. */
async function findJobs(watch: HostWatch, runs: readonly JobRun[]): Promise<(Job | Problem)[]> {
  const look = (): (Job | Problem)[] => runs.map((run) => findJob(watch, run));
  const known = look();
  if (!known.some((each) => 'code' in each && each.code !== 'refused')) return known;
  await vscode.window.withProgress({ location: { viewId: hostsViewId } }, () => watch.refresh());
  return look();
}

function findJob({ name, state: { reading, problem } }: HostWatch, { id, createdAt }: JobRun): Job | Problem {
  if (reading === null) return problem ?? jobGone(name, id);
  const job = reading.snapshot.queue.jobs.find((each) => each.id === id);
  if (job === undefined) return jobGone(name, id);
  if (createdAt !== null && !isSameInstant(createdAt, job.createdAt))
    return jobReplaced(name, id, createdAt, job.createdAt);
  return job.command.length > wholeCommandCap ? tooLong(name, id) : job;
}

function tooLong(host: string, id: number): Problem {
  return {
    code: 'refused',
    message: `${visible(host, 80)}: the command of job ${id} is longer than is read (${wholeCommandCap} characters), so only its beginning could be copied.`,
    next: `Run "pueue status --json" on ${visible(host, 80)} for the whole of it.`,
  };
}

/** What a paste would do that is not what one expects is said in a message that stays; nothing of the command is in it. */
function say(
  copied: readonly { readonly id: number; readonly maskedSpans: number; readonly encoded: boolean }[],
  realText: () => string,
): void {
  const spans = copied.reduce((sum, { maskedSpans }) => sum + maskedSpans, 0);
  const { t } = vscode.l10n;
  const sentences = [
    copied.length === 1
      ? t('Copied the command of job {0}.', copied[0]?.id ?? 0)
      : t('Copied {0} commands.', copied.length),
    ...(copied.length === 1 ? [] : [t('They stand one a line: a terminal may run each as it is pasted.')]),
    ...(spans === 0 ? [] : [t('{0} secret-looking spans are masked.', spans)]),
    ...(copied.some(({ encoded }) => encoded)
      ? [t("What holds line breaks or invisible characters is written as one line, sh -c $'…'.")]
      : []),
  ];
  const message = sentences.join(' ');
  const copyReal = t('Copy the Real Text');
  if (sentences.length === 1) vscode.window.setStatusBarMessage(message, messageMs);
  // Not awaited: a message that stays open must not hold the caller's answer.
  else
    void vscode.window.showInformationMessage(message, ...(spans === 0 ? [] : [copyReal])).then(async (answer) => {
      if (answer !== undefined) await vscode.env.clipboard.writeText(realText());
    });
}

function told(problems: readonly Problem[], report: ActionReport, { output }: CopyParts): ActionReport {
  output.append(problemText('Copy Command', problems, report.takenAt));
  return report;
}
