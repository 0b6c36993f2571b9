/** Kill, Pause, Resume, Stash, Enqueue and Remove, on one job or on many of one host. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { consequencesOf } from '../../core/acts/consequences';
import type { JobAct, JobVerb } from '../../core/acts/hostAct';
import { changedTargets, sortTargets } from '../../core/acts/verbTargets';
import { targetOf } from '../../core/acts/targets';
import { verbTitles } from '../../core/acts/verbText';
import type { ActionReport } from '../../core/audit/fleetReport';
import { isProblemError } from '../../core/problem';
import type { Job } from '../../core/pueue/job';
import { visible } from '../../core/text/visible';
import { isMixed, readJobs } from './arguments';
import { chooseJobs, severalHosts } from './jobChoice';
import { lookFresh } from './lookFresh';
import { performAct, toldAs, type ActParts, type Asked } from './performAct';
import { actionOf, actionProblem } from './register';

/** How long SIGTERM is given where the person does not choose to kill at once. */
const graceMs = 10_000;

/** @returns the report; `undefined` where the person chose no host or no job */
export async function actOnJobs(verb: JobVerb, argument: unknown, parts: ActParts): Promise<ActionReport | undefined> {
  const { host } = readJobs(argument);
  return parts.oneAtATime.run(host, `job.${verb}`, () => askAndAct(verb, argument, parts));
}

async function askAndAct(verb: JobVerb, argument: unknown, parts: ActParts): Promise<ActionReport | undefined> {
  const title = verbTitles.jobs[verb] ?? verb;
  if (isMixed(argument)) return toldAs(title, actionProblem(severalHosts(), null), null, parts);
  const chosen = await chooseJobs(argument, parts);
  if (chosen === undefined) return undefined;
  if ('problem' in chosen) return toldAs(title, actionProblem(chosen.problem, chosen.host), null, parts);
  const { watch, jobs: named } = chosen;
  const host = watch.name;
  try {
    const { queue, processes } = await lookFresh(watch);
    const survivors = processes.kind === 'traced' ? processes.runs : [];
    const { taken, leftOut, changed } = sortTargets(verb, named, queue, survivors);
    const reasons = leftOut.map(({ id, ...rest }) => ({ target: String(id), ...rest }));
    if (changed.length > 0) {
      const targets = changed.map((id) => ({ target: String(id), outcome: 'refused' as const, reason: null }));
      return toldAs(title, actionOf(host, targets, changedTargets(host, changed)), null, parts);
    }
    if (taken.length === 0) return toldAs(title, actionOf(host, reasons), null, parts);
    const act = actFor(verb, taken);
    const { sentences } = consequencesOf({ kind: 'jobs', verb, jobs: taken, graceMs: act.graceMs }, queue);
    const asked: Asked = {
      ...{ host, watch, act, jobs: taken, leftOut, consequences: sentences },
      ...wordsFor(verb, taken, host),
      ...(verb === 'kill'
        ? { alternative: { verb: vscode.l10n.t('Kill at Once (SIGKILL)'), act: { ...act, graceMs: null } } }
        : {}),
      isFinal: verb === 'kill' || verb === 'remove',
    };
    return await performAct(asked, parts);
  } catch (error) {
    if (!isProblemError(error)) throw error;
    return toldAs(title, actionProblem(error.problem, host), null, parts);
  }
}

function actFor(verb: JobVerb, jobs: readonly Job[]): JobAct {
  const targets = jobs.map(targetOf);
  return {
    kind: 'jobs',
    id: randomUUID(),
    verb,
    targets,
    graceMs: verb === 'kill' ? graceMs : null,
    saveLogs: verb === 'remove',
  };
}

/** The question and its verb, with number and host. */
function wordsFor(verb: JobVerb, jobs: readonly Job[], name: string): Pick<Asked, 'question' | 'verb'> {
  const { t } = vscode.l10n;
  const host = visible(name, 80);
  const count = jobs.length;
  const [job] = count === 1 ? jobs : [];
  switch (verb) {
    case 'kill':
      return job === undefined
        ? { question: t('Kill {0} jobs on {1}?', count, host), verb: t('Kill {0} Jobs', count) }
        : { question: t('Kill job {0} on {1}?', job.id, host), verb: t('Kill Job {0}', job.id) };
    case 'pause':
      return job === undefined
        ? { question: t('Pause {0} jobs on {1}?', count, host), verb: t('Pause {0} Jobs', count) }
        : { question: t('Pause job {0} on {1}?', job.id, host), verb: t('Pause Job {0}', job.id) };
    case 'resume':
      return job === undefined
        ? { question: t('Resume {0} jobs on {1}?', count, host), verb: t('Resume {0} Jobs', count) }
        : { question: t('Resume job {0} on {1}?', job.id, host), verb: t('Resume Job {0}', job.id) };
    case 'stash':
      return job === undefined
        ? { question: t('Stash {0} jobs on {1}?', count, host), verb: t('Stash {0} Jobs', count) }
        : { question: t('Stash job {0} on {1}?', job.id, host), verb: t('Stash Job {0}', job.id) };
    case 'enqueue':
      return job === undefined
        ? { question: t('Enqueue {0} jobs on {1}?', count, host), verb: t('Enqueue {0} Jobs', count) }
        : { question: t('Enqueue job {0} on {1}?', job.id, host), verb: t('Enqueue Job {0}', job.id) };
    case 'remove':
      return job === undefined
        ? { question: t('Remove {0} jobs from the queue of {1}?', count, host), verb: t('Remove {0} Jobs', count) }
        : { question: t('Remove job {0} from the queue of {1}?', job.id, host), verb: t('Remove Job {0}', job.id) };
  }
}
