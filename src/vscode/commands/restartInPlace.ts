/** Restart in Place…: finished jobs run again under their ids, with the logs of their earlier runs saved on the host first. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { RestartInPlace } from '../../core/acts/hostAct';
import { planRestart, type RestartPlan } from '../../core/acts/restartPlan';
import { restartDetails, restartedTargets } from '../../core/acts/restartText';
import { changedTargets, findNamed } from '../../core/acts/verbTargets';
import { jobLine } from '../../core/acts/verbText';
import type { ActionReport } from '../../core/audit/fleetReport';
import type { Judgements } from '../../core/checkpoint/judgements';
import { isProblemError } from '../../core/problem';
import { checkpointsOfJobs } from '../../core/requeue/checkpointsOfJobs';
import { restartDecision } from '../../core/requeue/restartDecision';
import { visible } from '../../core/text/visible';
import type { HostWatch } from '../../core/watch/hostWatch';
import { hostsViewId } from '../contributions';
import type { Projects } from '../projects';
import { isMixed, readJobs } from './arguments';
import { confirmAct } from './confirmAct';
import { chooseJobs, severalHosts } from './jobChoice';
import { lookFresh } from './lookFresh';
import { toldAs, type ActParts } from './performAct';
import { actionOf, actionProblem } from './register';

export interface RestartParts extends ActParts {
  readonly projects: Projects;
  readonly judgements: Judgements;
}

const title = 'Restart in Place';
/** Longest time for the act: its look at a large queue, copies of the logs, and until its effect shows. */
const actMs = 120_000;
/** Most jobs that the dialog lists; the document of Show Details lists all. */
const listedJobs = 12;

/** @returns the report; `undefined` where the person chose no host or no job */
export async function restartInPlace(argument: unknown, parts: RestartParts): Promise<ActionReport | undefined> {
  const { host } = readJobs(argument);
  return parts.oneAtATime.run(host, 'job.restartInPlace', () => askAndRestart(argument, parts));
}

async function askAndRestart(argument: unknown, parts: RestartParts): Promise<ActionReport | undefined> {
  const tell = (report: ActionReport): ActionReport => toldAs(title, report, null, parts);
  if (isMixed(argument)) return tell(actionProblem(severalHosts()));
  const chosen = await chooseJobs(argument, parts);
  if (chosen === undefined) return undefined;
  if ('problem' in chosen) return tell(actionProblem(chosen.problem, chosen.host));
  const { watch, jobs: named } = chosen;
  const host = watch.name;
  try {
    const snapshot = await lookFresh(watch);
    const { found, changed } = findNamed(named, snapshot.queue);
    if (changed.length > 0) {
      const targets = changed.map((id) => ({ target: String(id), outcome: 'refused' as const, reason: null }));
      return tell(actionOf(host, targets, changedTargets(host, changed)));
    }
    const project = parts.projects.of(host);
    const flag = project?.queue.forceRefreshFlag ?? null;
    const judged = parts.judgements.of(host, snapshot);
    const decide = restartDecision(checkpointsOfJobs(snapshot, judged, project), flag);
    const plan = planRestart(snapshot, found, decide, flag);
    const without = plan.leftOut.map(({ id, ...rest }) => ({ target: String(id), ...rest }));
    if (plan.jobs.length === 0) return tell(actionOf(host, without));
    const names = plan.jobs.map(({ id }) => String(id));
    const all = (outcome: 'cancelled' | 'lost' | 'refused', reason: string): ActionReport['targets'] =>
      names.map((target) => ({ target, outcome, reason }));
    if (!(await confirm(watch, plan, parts)))
      return tell(actionOf(host, [...all('cancelled', 'Nothing was changed.'), ...without]));
    const act: RestartInPlace = { ...plan.act, id: randomUUID() };
    const began = parts.clock.monotonic();
    try {
      const answer = await vscode.window.withProgress({ location: { viewId: hostsViewId } }, () =>
        watch.forPerson().act(act, actMs),
      );
      await watch.afterAct();
      const report = actionOf(host, [...restartedTargets(answer.targets), ...without]);
      return toldAs(title, report, { answer, tookMs: parts.clock.monotonic() - began }, parts);
    } catch (error) {
      if (!isProblemError(error)) throw error;
      await watch.afterAct();
      const { problem } = error;
      const outcome = problem.code === 'lost' ? 'lost' : 'refused';
      return tell(actionOf(host, [...all(outcome, problem.message), ...without], problem));
    }
  } catch (error) {
    if (!isProblemError(error)) throw error;
    return tell(actionProblem(error.problem, host));
  }
}

function confirm({ name }: HostWatch, plan: RestartPlan, { reports }: ActParts): Promise<boolean> {
  const { t } = vscode.l10n;
  const { jobs, leftOut, consequences, consents } = plan;
  const [first] = jobs;
  const host = visible(name, 80);
  const more = jobs.length > listedJobs ? [t('… and {0} more: Show Details lists all', jobs.length - listedJobs)] : [];
  const without = leftOut
    .slice(0, listedJobs)
    .map(({ id, reason }) => t('Left out: job {0}. {1}', id, visible(reason, 400)));
  const listed = [...jobs.slice(0, listedJobs).map((job) => jobLine(job)), ...more];
  const isOne = jobs.length === 1 && first !== undefined;
  return confirmAct({
    question: isOne
      ? t('Restart job {0} in place on {1}?', first.id, host)
      : t('Restart {0} jobs in place on {1}?', jobs.length, host),
    detail: [listed, without, consequences, consents]
      .filter((lines) => lines.length > 0)
      .map((lines) => lines.join('\n'))
      .join('\n\n'),
    verb: isOne ? t('Restart Job {0}', first.id) : t('Restart {0} Jobs', jobs.length),
    showDetails: async () => {
      await reports.show(name, 'act', restartDetails(name, plan));
    },
    // The answer to what nobody can look up is asked for whatever the setting says of irreversible acts.
    typed: consents[0] === undefined ? null : { text: name, why: consents[0] },
  });
}
