/** Not Part of the Job…: says of a process that outlived its job that it is none of it, which the host keeps in its journal. */
import * as vscode from 'vscode';
import type { ActionReport } from '../../core/audit/fleetReport';
import { jobOfRun, runName } from '../../core/audit/survivors';
import { noHosts, unknownHost } from '../../core/hostSettings';
import { isProblemError } from '../../core/problem';
import { shownLabel } from '../../core/pueue/job';
import { cannotSayNone } from '../../core/watch/cannotSayNone';
import type { SurvivingProcess, SurvivingRun } from '../../core/snapshot';
import { formatDuration } from '../../core/text/format';
import { maskSecrets } from '../../core/text/maskSecrets';
import { secondsToTime } from '../../core/text/time';
import { visible } from '../../core/text/visible';
import type { HostWatch, Reading } from '../../core/watch/hostWatch';
import { hostsViewId } from '../contributions';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import { plainLabel } from '../plainLabel';
import { readProcess, type ProcessArgument } from './arguments';
import { actionDone, actionProblem } from './register';

/** Longest time for the journal, connecting included, and for the reading after it. */
const timeoutMs = 15_000;

export interface ReleaseParts {
  readonly hosts: Hosts;
  readonly output: Output;
}

interface Survivor {
  readonly watch: HostWatch;
  readonly reading: Reading;
  readonly run: SurvivingRun;
  readonly process: SurvivingProcess;
}

type Target = ActionReport['targets'][number];

/** @returns the report; `undefined` where the person chose no process */
export async function releaseProcess(
  argument: unknown,
  { hosts, output }: ReleaseParts,
): Promise<ActionReport | undefined> {
  const asked = readProcess(argument);
  const watches = asked.host === null ? hosts.watches : hosts.watches.filter(({ name }) => name === asked.host);
  if (watches.length === 0) {
    const names = hosts.watches.map(({ name }) => name);
    return told(actionProblem(asked.host === null ? noHosts() : unknownHost(asked.host, names), asked.host), output);
  }
  // What is asked about must be so at this moment, not at the last look.
  await vscode.window.withProgress({ location: { viewId: hostsViewId } }, () => Promise.all(watches.map(lookAnew)));
  const problem = asked.host === null ? null : (watches[0]?.state.problem ?? null);
  if (problem !== null) return told(actionProblem(problem, asked.host), output);

  const found = watches.flatMap(survivorsOf).filter((survivor) => isMeant(survivor, asked));
  if (found.length === 0) {
    const obstacle = cannotSayNone(watches);
    return told(obstacle === null ? nothingFound(asked) : actionProblem(obstacle, asked.host), output);
  }
  const chosen = asked.pid !== null && found.length === 1 ? found[0] : await pick(found);
  if (chosen === undefined) return undefined;
  const report = await release(chosen);
  return report.targets[0]?.outcome === 'cancelled' ? report : told(report, output);
}

/** A reading that begins now; where it fails the state of the watch holds the problem. */
async function lookAnew(watch: HostWatch): Promise<void> {
  await watch.read(new AbortController().signal, timeoutMs).catch(() => undefined);
}

function survivorsOf(watch: HostWatch): Survivor[] {
  const { reading, problem } = watch.state;
  if (reading === null || problem !== null) return [];
  return (reading.scope.survivors ?? []).flatMap((run) =>
    run.processes.map((process) => ({ watch, reading, run, process })),
  );
}

function isMeant({ run, process }: Survivor, { job, pid }: ProcessArgument): boolean {
  const isOfJob = job === null || (job.id === run.id && (job.createdAt === null || job.createdAt === run.createdAt));
  return isOfJob && (pid === null || pid === process.pid);
}

function nothingFound({ host, job, pid }: ProcessArgument): ActionReport {
  const what = pid === null ? 'No process of an ended job' : `No process ${pid} of an ended job`;
  const reason = `${what} counts as live: it has ended, or it was said earlier to be no part of a job.`;
  return actionDone(job === null ? (host ?? '') : String(job.id), host, 'alreadySo', reason);
}

async function pick(found: readonly Survivor[]): Promise<Survivor | undefined> {
  const items = found.map((survivor) => ({
    label: plainLabel(maskSecrets(survivor.process.command), 120),
    description: [
      plainLabel(survivor.watch.name, 80),
      vscode.l10n.t('job {0}', survivor.run.id),
      vscode.l10n.t('pid {0}', survivor.process.pid),
    ].join(' · '),
    survivor,
  }));
  const placeHolder = vscode.l10n.t('Which process is not part of its job?');
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.survivor;
}

async function release(survivor: Survivor): Promise<ActionReport> {
  const { watch, run, process } = survivor;
  const done = (outcome: Target['outcome'], reason: string): ActionReport =>
    actionDone(String(run.id), watch.name, outcome, reason);
  if (process.life === null)
    return done('refused', 'This host does not name its boots, so the process could not be recognised later.');
  const answer = await confirm(survivor);
  if (answer !== 'release') {
    if (answer === 'copy') await vscode.env.clipboard.writeText(String(process.pid));
    return done('cancelled', 'Nothing was changed.');
  }
  try {
    const job = { id: run.id, createdAt: run.createdAt, start: run.start };
    const outcome = await watch.forPerson().releaseProcess({ job, life: process.life }, timeoutMs);
    await watch.afterAct();
    switch (outcome.kind) {
      case 'done':
        return done('done', `Process ${process.pid} no longer counts as live. It was not touched.`);
      case 'alreadySo':
        return done('alreadySo', `It was said earlier that process ${process.pid} is no part of a job.`);
      case 'gone':
        return done('alreadySo', `Process ${process.pid} has ended.`);
      case 'failed':
        return done('failed', `The journal on the host could not be written (${visible(outcome.why, 60)}).`);
    }
  } catch (error) {
    if (!isProblemError(error)) throw error;
    const { problem } = error;
    return { ...done(problem.code === 'lost' ? 'lost' : 'failed', problem.message), problem };
  }
}

/** Shows what is meant, whole and line by line, before anything is said to the host. */
async function confirm({ watch, reading, run, process }: Survivor): Promise<'copy' | 'release' | null> {
  const { t } = vscode.l10n;
  const { jobs } = reading.snapshot.queue;
  const job = jobOfRun(run, jobs);
  const label = job === undefined ? null : shownLabel(job);
  const age = formatDuration((reading.snapshot.takenAt - process.since) * 1000);
  const detail = [
    t('Host: {0}', visible(watch.name, 80)),
    t('Of: {0}', `${runName(run, jobs)}${label === null ? '' : ` ${visible(label, 80)}`}`),
    t('PID: {0}', process.pid),
    t('Started: {0}, {1} ago', secondsToTime(process.since), age),
    t('Command: {0}', visible(maskSecrets(process.command), 300)),
    '',
    t(
      'The process is not touched. From now on neither it nor what it starts later counts as live, and it no longer blocks. What it has started until now still counts. The host keeps this in its journal until it restarts.',
    ),
  ].join('\n');
  const copy = t('Copy PID');
  const verb = t('Not Part of Job {0}', run.id);
  const message = t('Should process {0} no longer count as part of job {1}?', process.pid, run.id);
  const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, copy, verb);
  return answer === verb ? 'release' : answer === copy ? 'copy' : null;
}

/** Appends the report to the output channel. */
function told(report: ActionReport, output: Output): ActionReport {
  const { host, problem, targets, takenAt } = report;
  const lines = [
    `Not Part of the Job${host === null ? '' : ` on ${visible(host, 80)}`} · ${takenAt}`,
    '',
    ...targets.map(({ target, outcome, reason }) => `job ${visible(target)}: ${outcome}. ${reason ?? ''}`.trimEnd()),
    ...(problem === null ? [] : [`Problem      ${problem.code}`, problem.message, `What to do   ${problem.next}`]),
  ];
  output.append(`${lines.join('\n')}\n`);
  return report;
}
