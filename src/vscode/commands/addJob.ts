/** Add Job…: a form in a quick pick, one confirmation that shows what would run, and the act. */
import * as vscode from 'vscode';
import { actsNotSupported } from '../../core/acts/actProblems';
import type { AddAnswer } from '../../core/acts/hostAct';
import type { ActionReport } from '../../core/audit/fleetReport';
import { isProblemError, type Problem } from '../../core/problem';
import { compareVersions, formatVersion } from '../../core/pueue/version';
import { addJobAct, refusalOfNewJob, type NewJob } from '../../core/requeue/newJob';
import { addLine, problemLines, ranLines, shownCommand } from '../../core/requeue/requeueText';
import type { HostSnapshot } from '../../core/snapshot';
import { formatList } from '../../core/text/format';
import { visible } from '../../core/text/visible';
import type { HostWatch } from '../../core/watch/hostWatch';
import { jobChoices } from '../jobChoices';
import { plainLabel, withoutIcons } from '../plainLabel';
import { readNewJob, type NewJobArgument } from './arguments';
import { confirmAct } from './confirmAct';
import { pickHost, unusableHost } from './hostChoice';
import { actionProblem } from './register';
import { lookFresh } from './lookFresh';
import { addMs, type RequeueParts } from './requeueJobs';

type Target = ActionReport['targets'][number];

/** @returns the report; `undefined` where the person chose no host */
export async function addJob(argument: unknown, parts: RequeueParts): Promise<ActionReport | undefined> {
  const { hosts } = parts;
  const asked = readNewJob(argument);
  if (asked.malformed) return told(null, actionProblem(malformed(), asked.host), null, parts);
  const name = asked.host ?? (await pickHost(hosts));
  if (name === undefined) return undefined;
  const watch = hosts.find(name);
  if (watch === undefined) return told(null, actionProblem(unusableHost(name, hosts), name), null, parts);
  return parts.oneAtATime.run(name, 'job.add', async () => {
    try {
      const snapshot = await lookFresh(watch);
      if (compareVersions(snapshot.version, { major: 3, minor: 2, patch: 0 }) < 0)
        return told(null, actionProblem(actsNotSupported(name, formatVersion(snapshot.version)), name), null, parts);
      return await fillAndAdd(watch, snapshot, asked, parts);
    } catch (error) {
      if (!isProblemError(error)) throw error;
      return told(null, actionProblem(error.problem, name), null, parts);
    }
  });
}

async function fillAndAdd(
  watch: HostWatch,
  snapshot: HostSnapshot,
  asked: NewJobArgument,
  parts: RequeueParts,
): Promise<ActionReport> {
  const project = parts.projects.of(watch.name);
  const flag = project?.queue.forceRefreshFlag ?? null;
  const job = await fill(watch, snapshot, asked, flag, parts);
  if (job === null) return actionProblem(cancelled(watch.name), watch.name);
  const act = addJobAct(job, snapshot, flag, parts.newKey);
  const done = (target: Target, problem: Problem | null): ActionReport => ({
    ...{ kind: 'action', version: 1, host: watch.name, takenAt: new Date(parts.clock.now()).toISOString() },
    ...{ problem, targets: [target] },
  });
  try {
    const answer = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Adding the job…') },
      () => watch.forPerson().act(act, addMs),
    );
    await watch.afterAct();
    return told(job, done(targetOf(answer), null), answer, parts);
  } catch (error) {
    if (!isProblemError(error)) throw error;
    await watch.afterAct();
    const { problem } = error;
    const outcome = problem.code === 'lost' ? 'lost' : 'failed';
    return told(job, done({ target: watch.name, outcome, reason: problem.message }, problem), null, parts);
  }
}

/** The new id is the target; one that the host does not speak of is lost. */
function targetOf({ added }: AddAnswer): Target {
  const [one] = added;
  if (one === undefined) return { target: '', outcome: 'lost', reason: 'The host does not say whether it was added.' };
  const why = one.why === null ? null : visible(one.why, 200);
  const isThere = one.outcome === 'added' || one.outcome === 'adopted';
  const adopted = 'It was found in the queue after the answer was lost.';
  return {
    target: one.newId === null ? '' : String(one.newId),
    outcome: isThere ? 'done' : one.outcome === 'refused' ? 'refused' : 'lost',
    reason: one.outcome === 'adopted' ? adopted : why,
  };
}

/** The form, until it is agreed to. @returns `null` where the person gave up */
async function fill(
  watch: HostWatch,
  snapshot: HostSnapshot,
  asked: NewJobArgument,
  flag: string | null,
  parts: RequeueParts,
): Promise<NewJob | null> {
  const { t } = vscode.l10n;
  const { jobs } = snapshot.queue;
  const group = asked.group ?? 'default';
  // Where the newest job of the group works is the likeliest place of the next one.
  const latest = jobs.findLast((job) => job.group === group) ?? jobs.at(-1);
  const command = asked.command ?? (await askText(t('Exactly what sh is to run'), ''));
  if (command === undefined) return null;
  let job: NewJob = {
    ...{ command, group, label: asked.label, after: asked.after, environmentOf: null },
    directory: asked.directory ?? latest?.directory ?? '/',
  };
  for (;;) {
    const refusal = refusalOfNewJob(job, snapshot, flag);
    const choice = await vscode.window.showQuickPick(formItems(job, refusal, watch.name), {
      title: t('Add Job'),
      placeHolder: t('Enter on a line changes it. Nothing is done before it is confirmed.'),
      ignoreFocusOut: true,
    });
    if (choice === undefined) return null;
    if (choice.field !== 'add') job = { ...job, ...(await edit(choice.field, job, watch, snapshot, parts)) };
    else if (refusal === null && (await confirm(job, watch.name, parts))) return job;
  }
}

type Field = 'command' | 'directory' | 'group' | 'label' | 'after' | 'environment';

function formItems(
  job: NewJob,
  refusal: string | null,
  host: string,
): (vscode.QuickPickItem & { readonly field: Field | 'add' })[] {
  const { t } = vscode.l10n;
  const of = job.environmentOf;
  return [
    refusal === null
      ? { label: t('$(add) Add Job…'), description: plainLabel(host, 80), field: 'add' }
      : { label: t('$(circle-slash) Cannot be added yet'), detail: withoutIcons(refusal), field: 'add' },
    { label: t('Command'), detail: withoutIcons(shownCommand(job.command, 300)), field: 'command' },
    { label: t('Directory'), detail: plainLabel(job.directory, 300), field: 'directory' },
    { label: t('Group'), description: plainLabel(job.group), field: 'group' },
    { label: t('Label'), description: job.label === null ? t('none') : plainLabel(job.label), field: 'label' },
    { label: t('After'), description: job.after.length === 0 ? t('none') : formatList(job.after, 20), field: 'after' },
    {
      label: t('Environment'),
      description: of === null ? t('of a login shell') : t('of job {0}; it stays on the host', of.id),
      field: 'environment',
    },
  ];
}

async function edit(
  field: Field,
  job: NewJob,
  watch: HostWatch,
  { queue }: HostSnapshot,
  { clock }: RequeueParts,
): Promise<Partial<NewJob>> {
  const { t } = vscode.l10n;
  switch (field) {
    case 'command': {
      const command = await askText(t('Exactly what sh is to run'), job.command);
      return command === undefined ? {} : { command };
    }
    case 'directory': {
      const directory = await askText(t('Directory on the host'), job.directory);
      return directory === undefined ? {} : { directory };
    }
    case 'label': {
      const label = await askText(t('Label; empty for none'), job.label ?? '');
      return label === undefined ? {} : { label: label === '' ? null : label };
    }
    case 'group': {
      const items = queue.groups.map(({ name, status }) => ({ label: plainLabel(name), description: status, name }));
      const group = await vscode.window.showQuickPick(items, { placeHolder: t('Which group?'), ignoreFocusOut: true });
      return group === undefined ? {} : { group: group.name };
    }
    case 'after':
    case 'environment': {
      const { reading } = watch.state;
      if (reading === null) return {};
      const choices = jobChoices(reading, { monotonic: clock.monotonic() }, t);
      if (field === 'after') {
        const picked = await vscode.window.showQuickPick(
          choices.map((choice) => ({ ...choice, picked: job.after.includes(choice.run.id) })),
          { placeHolder: t('For which jobs is it to wait?'), canPickMany: true, ignoreFocusOut: true },
        );
        return picked === undefined ? {} : { after: picked.map(({ run }) => run.id) };
      }
      const login = { label: t('Login Shell'), description: t('as a fresh login gets it'), run: null };
      const placeHolder = t('Whose environment?');
      const picked = await vscode.window.showQuickPick([login, ...choices], { placeHolder, ignoreFocusOut: true });
      if (picked === undefined) return {};
      return { environmentOf: queue.jobs.find(({ id }) => id === picked.run?.id) ?? null };
    }
  }
}

function askText(title: string, value: string): Promise<string | undefined> {
  return Promise.resolve(vscode.window.showInputBox({ title, value, ignoreFocusOut: true }));
}

function confirm(job: NewJob, host: string, { reports }: RequeueParts): Promise<boolean> {
  const { t } = vscode.l10n;
  const lines = [
    t('Command: {0}', shownCommand(job.command, 1000)),
    t('Directory: {0}', visible(job.directory, 500)),
    t('Group: {0}', visible(job.group)),
    t('Label: {0}', job.label === null ? t('none') : visible(job.label)),
  ];
  return confirmAct({
    question: t('Add 1 job on {0}?', visible(host, 80)),
    ...{ detail: lines.join('\n'), verb: t('Add 1 Job'), typed: null },
    showDetails: async () => {
      const line = addLine({ ...job, priority: 0 });
      await reports.show(host, 'newJob', `${[...lines, '', `Same as: ${line}`].join('\n')}\n`, true);
    },
  });
}

/** Appends the report to the output channel. */
function told(
  job: NewJob | null,
  report: ActionReport,
  answer: AddAnswer | null,
  { output }: RequeueParts,
): ActionReport {
  const { host, takenAt, targets, problem } = report;
  const lines = [
    `Add Job${host === null ? '' : ` on ${visible(host, 80)}`} · ${takenAt}`,
    '',
    ...targets.map(({ target, outcome, reason }) => `job ${visible(target)}: ${outcome}. ${reason ?? ''}`.trimEnd()),
    ...(job === null ? [] : [`  ${shownCommand(job.command)}`]),
    ...ranLines(answer),
    ...problemLines(problem),
  ];
  output.append(`${lines.join('\n')}\n`);
  return report;
}

function malformed(): Problem {
  return {
    code: 'invalidInput',
    message: 'The argument does not describe a job.',
    next: 'Give { host, group?, command?, directory?, label?, after? }: texts, and a list of ids for "after".',
  };
}

function cancelled(host: string): Problem {
  return {
    code: 'cancelled',
    message: `${visible(host, 80)}: no job was added.`,
    next: 'Run Add Job… again if it is still wanted.',
  };
}
