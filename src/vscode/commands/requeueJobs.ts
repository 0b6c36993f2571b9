/** Requeue…: a fresh look, one question about the reason, the table, one confirmation, and the act that was shown. */
import * as vscode from 'vscode';
import { actsNotSupported } from '../../core/acts/actProblems';
import type { AddAnswer } from '../../core/acts/hostAct';
import type { ActionReport } from '../../core/audit/fleetReport';
import type { Judgements } from '../../core/checkpoint/judgements';
import type { Clock } from '../../core/ports';
import { isProblemError, type Problem } from '../../core/problem';
import { startOf, type Job } from '../../core/pueue/job';
import { compareVersions, formatVersion } from '../../core/pueue/version';
import { checkpointsOfJobs } from '../../core/requeue/checkpointsOfJobs';
import { failureCauses } from '../../core/requeue/failureCauses';
import { planRequeue } from '../../core/requeue/planRequeue';
import { wasKilled } from '../../core/requeue/planRow';
import type { OperatorWord } from '../../core/requeue/refreshDecision';
import { requeueAct } from '../../core/requeue/requeueAct';
import {
  readyRows,
  sourceKey,
  type RequeuePlan,
  type RequeueSource,
  type RowEdit,
} from '../../core/requeue/requeuePlan';
import {
  refusedJobs,
  requeuedJobs,
  requeueReport,
  type RequeuedJob,
  type RequeueReport,
} from '../../core/requeue/requeueReport';
import { failedDependants, findSources } from '../../core/requeue/requeueSources';
import {
  checkpointLines,
  requeuePlanText,
  requeueReportText,
  shownCommand,
  sourceName,
} from '../../core/requeue/requeueText';
import { sourcesOfSnapshot } from '../../core/requeue/snapshotSources';
import type { HostSnapshot } from '../../core/snapshot';
import { visible } from '../../core/text/visible';
import type { HostWatch } from '../../core/watch/hostWatch';
import type { Hosts } from '../hosts';
import type { Output } from '../output';
import type { Projects } from '../projects';
import type { Reports } from '../reports';
import { isMixed } from './arguments';
import { confirmAct } from './confirmAct';
import { editCommand, editRequeue } from './editRequeue';
import { lookFresh, lookMs } from './lookFresh';
import type { OneAtATime } from './oneAtATime';
import { requeueItems, type RequeueChoice } from './requeueItems';
import { chooseSources } from './requeueChoice';

export interface RequeueParts {
  readonly hosts: Hosts;
  readonly output: Output;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly projects: Projects;
  readonly judgements: Judgements;
  readonly oneAtATime: OneAtATime;
  /** A fresh UUID at each call. */
  readonly newKey: () => string;
}

/** Longest time for the act: it reads a large queue several times. */
export const addMs = 120_000;
/** Most jobs that a dialog lists; the document lists all. */
const listedJobs = 12;
const documentKind = 'requeue';

/** @returns the report; `undefined` where the person chose no host or no job */
export async function requeueJobs(
  argument: unknown,
  parts: RequeueParts,
): Promise<RequeueReport | ActionReport | undefined> {
  const { clock, output } = parts;
  const told = (host: string | null, problem: Problem): RequeueReport => {
    const report = requeueReport(host, clock.now(), problem, []);
    output.append(requeueReportText('Requeue', report, null));
    return report;
  };
  if (isMixed(argument)) return told(null, severalHosts());
  const chosen = await chooseSources(argument, parts);
  if (chosen === undefined) return undefined;
  if ('problem' in chosen) return told(chosen.host, chosen.problem);
  const { watch } = chosen;
  return parts.oneAtATime.run(watch.name, 'job.requeue', async () => {
    try {
      const snapshot = await lookFresh(watch);
      if (compareVersions(snapshot.version, { major: 3, minor: 2, patch: 0 }) < 0)
        return told(watch.name, actsNotSupported(watch.name, formatVersion(snapshot.version)));
      if ('jobs' in chosen) return await new Requeue(watch, snapshot, parts).run(findSources(snapshot, chosen.jobs));
      const kept = await watch.forPerson().readSnapshotJobs(chosen.snapshotId, new AbortController().signal, lookMs);
      const { sources, edits, seen } = sourcesOfSnapshot(chosen.snapshotId, kept, snapshot);
      return await new Requeue(watch, snapshot, parts, edits, seen).run({ sources, gone: [] });
    } catch (error) {
      if (!isProblemError(error)) throw error;
      return told(watch.name, error.problem);
    }
  });
}

class Requeue {
  readonly #watch: HostWatch;
  readonly #snapshot: HostSnapshot;
  readonly #parts: RequeueParts;
  readonly #edits: Map<string, RowEdit>;
  /** What checkpoints are judged by. */
  readonly #seen: HostSnapshot;
  #sources: readonly RequeueSource[] = [];
  #lastLines: ReadonlyMap<number, string> = new Map();
  #word: OperatorWord = 'notSaid';
  #withoutCheckpoint = false;

  constructor(
    watch: HostWatch,
    snapshot: HostSnapshot,
    parts: RequeueParts,
    edits: ReadonlyMap<string, RowEdit> = new Map(),
    seen = snapshot,
  ) {
    this.#watch = watch;
    this.#snapshot = snapshot;
    this.#parts = parts;
    this.#edits = new Map(edits);
    this.#seen = seen;
  }

  async run({ sources, gone }: ReturnType<typeof findSources>): Promise<RequeueReport> {
    this.#sources = sources;
    const isPossible = this.#plan().rows.some(({ status }) => status !== 'refused');
    if (!isPossible) return this.#told(null, [...refusedJobs(this.#plan().rows, null), ...gone], null);
    const [word] = await Promise.all([askWord(this.#sources.length), this.#readLastLines()]);
    const plan = word === undefined ? null : await this.#settle(word);
    if (plan === null) return this.#told(cancelled(this.#watch.name), gone, null);
    return this.#act(plan, gone);
  }

  #plan(): RequeuePlan {
    const project = this.#parts.projects.of(this.#watch.name);
    const judged = this.#parts.judgements.of(this.#watch.name, this.#seen);
    return planRequeue({
      ...{ snapshot: this.#snapshot, sources: this.#sources, word: this.#word, edits: this.#edits },
      refreshFlag: project?.queue.forceRefreshFlag ?? null,
      checkpointsOf: checkpointsOfJobs(this.#snapshot, judged, project),
      database: () => 'notAvailable',
      withoutCheckpoint: this.#withoutCheckpoint,
    });
  }

  /** Why jobs failed helps to decide; where it cannot be read the table comes without. */
  async #readLastLines(): Promise<void> {
    const runs = this.#sources.flatMap(({ job, snapshotId }) =>
      snapshotId === null && job.state.kind === 'done' && job.state.result.kind !== 'success'
        ? [{ id: job.id, createdAt: job.createdAt, start: startOf(job.state) }]
        : [],
    );
    if (runs.length === 0) return;
    try {
      this.#lastLines = await this.#watch.forPerson().readLastLines(runs, new AbortController().signal, lookMs);
    } catch (error) {
      if (!isProblemError(error)) throw error;
      this.#parts.output.log.info(`${this.#watch.name}: the last lines of logs were not read: ${error.problem.code}`);
    }
  }

  /** The table, until it is agreed to. @returns `null` where the person gave up */
  async #settle(word: OperatorWord): Promise<RequeuePlan | null> {
    this.#word = word;
    if (!(await this.#askWithoutCheckpoint())) return null;
    for (;;) {
      const plan = this.#plan();
      const choice = await this.#show(plan);
      if (choice === undefined) return null;
      const open = plan.rows.find(({ status }) => status === 'open');
      if (choice === 'table') await this.#openTable(plan);
      else if (choice === 'dependants') this.#sources = [...this.#sources, ...this.#dependants().map(ofQueue)];
      else if (choice !== 'requeue' || open !== undefined) await this.#edit(choice === 'requeue' ? open : choice);
      else if (readyRows(plan).length > 0 && (await this.#confirm(plan))) return plan;
    }
  }

  #dependants(): Job[] {
    return failedDependants(
      this.#snapshot,
      this.#sources.flatMap(({ job, snapshotId }) => (snapshotId === null ? [job] : [])),
    );
  }

  async #show(plan: RequeuePlan): Promise<RequeueChoice | undefined> {
    const items = requeueItems(this.#watch.name, plan, this.#causes(), this.#dependants().length, vscode.l10n.t).map(
      (item) => (item.choice === null ? { ...item, kind: vscode.QuickPickItemKind.Separator } : item),
    );
    const picked = await vscode.window.showQuickPick(items, {
      title: vscode.l10n.t('Requeue'),
      placeHolder: vscode.l10n.t('Enter on a job changes it. Nothing is done before it is confirmed.'),
      ...{ ignoreFocusOut: true, matchOnDescription: true, matchOnDetail: true },
    });
    return picked?.choice ?? undefined;
  }

  #causes(): ReturnType<typeof failureCauses> {
    return failureCauses(
      this.#sources.map(({ job }) => job),
      this.#lastLines,
    );
  }

  async #openTable(plan: RequeuePlan): Promise<void> {
    const text = requeuePlanText(this.#watch.name, plan, this.#causes(), this.#snapshot);
    await this.#parts.reports.show(this.#watch.name, documentKind, text, true);
  }

  async #edit(row: RequeuePlan['rows'][number] | undefined): Promise<void> {
    if (row === undefined) return;
    const key = sourceKey(row.source.job);
    const edit = await editRequeue(row, this.#watch);
    if (edit === undefined) return;
    this.#edits.set(key, { ...this.#edits.get(key), ...edit });
    if (edit.action === undefined || edit.action === 'skip') return;
    // Where the flag cannot be placed for certain, the choice alone would lead back to the same question.
    const again = this.#plan().rows.find(({ source }) => sourceKey(source.job) === key);
    if (again?.status !== 'open') return;
    const edited = await editCommand(again);
    if (edited !== undefined) this.#edits.set(key, { ...this.#edits.get(key), ...edited });
  }

  /** Asked once for all of them. */
  async #askWithoutCheckpoint(): Promise<boolean> {
    const unseen = this.#plan().rows.filter(
      ({ status, source, decision }) =>
        status === 'open' && wasKilled(source) && decision?.facts.includes('checkpoint: not known') === true,
    );
    if (unseen.length === 0 || this.#word === 'changesOutput' || this.#word === 'repairsData') return true;
    const { t } = vscode.l10n;
    const goOn = { label: t('Requeue without one'), accepted: true };
    const leave = { label: t('Leave them out'), accepted: false };
    const placeHolder =
      unseen.length === 1
        ? t('Job {0} was killed and has no checkpoint that we can see.', unseen[0]?.source.job.id ?? 0)
        : t('{0} jobs were killed and have no checkpoint that we can see.', unseen.length);
    const answer = await vscode.window.showQuickPick([goOn, leave], { placeHolder, ignoreFocusOut: true });
    if (answer === undefined) return false;
    this.#withoutCheckpoint = answer.accepted;
    if (!answer.accepted) for (const { source } of unseen) this.#edits.set(sourceKey(source.job), { action: 'skip' });
    return true;
  }

  #confirm(plan: RequeuePlan): Promise<boolean> {
    const { t } = vscode.l10n;
    const rows = readyRows(plan);
    const host = visible(this.#watch.name, 80);
    const typed = rows.flatMap(({ typed: reasons }) => reasons);
    const lines = rows
      .slice(0, listedJobs)
      .map(
        (row) =>
          `${sourceName(row)} → ${row.label === null ? t('no label') : visible(row.label, 80)}, ${row.action ?? ''}: ${shownCommand(row.command, 160)}`,
      );
    const detail = [
      ...lines,
      ...(rows.length > listedJobs ? [t('and {0} more', rows.length - listedJobs)] : []),
      '',
      ...checkpointLines(rows),
      ...typed.slice(0, 5),
      t('Each job is added stashed, looked at, and only then enqueued.'),
    ].join('\n');
    return confirmAct({
      question: rows.length === 1 ? t('Requeue 1 job on {0}?', host) : t('Requeue {0} jobs on {1}?', rows.length, host),
      ...{ detail, verb: rows.length === 1 ? t('Requeue 1 Job') : t('Requeue {0} Jobs', rows.length) },
      showDetails: () => this.#openTable(plan),
      typed: typed.length === 0 ? null : { text: this.#watch.name, why: typed[0] ?? '' },
    });
  }

  async #act(plan: RequeuePlan, gone: readonly RequeuedJob[]): Promise<RequeueReport> {
    const act = requeueAct(plan, this.#snapshot, this.#parts.newKey);
    try {
      const answer = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Requeuing…') },
        () => this.#watch.forPerson().act(act, addMs),
      );
      await this.#watch.afterAct();
      return this.#told(null, [...requeuedJobs(plan, act, answer), ...gone], answer);
    } catch (error) {
      if (!isProblemError(error)) throw error;
      await this.#watch.afterAct();
      return this.#told(error.problem, [...refusedJobs(plan.rows, error.problem), ...gone], null);
    }
  }

  #told(problem: Problem | null, jobs: readonly RequeuedJob[], answer: AddAnswer | null): RequeueReport {
    const report = requeueReport(this.#watch.name, this.#parts.clock.now(), problem, jobs);
    // Who gave up knows it.
    if (problem?.code !== 'cancelled') this.#parts.output.append(requeueReportText('Requeue', report, answer));
    return report;
  }
}

/** Asked once for all jobs; the first answer is the common one. */
async function askWord(count: number): Promise<OperatorWord | undefined> {
  const { t } = vscode.l10n;
  const items: (vscode.QuickPickItem & { readonly word: OperatorWord })[] = [
    {
      label: t('It just died, or the fix is internal only'),
      description: t('resume from checkpoints'),
      word: 'internalOnly',
    },
    { label: t('The fix changes the output'), description: t('refresh'), word: 'changesOutput' },
    { label: t('The fix repairs data'), description: t('refresh'), word: 'repairsData' },
    { label: t('I do not know'), description: t('ask where it matters'), word: 'notSaid' },
  ];
  const placeHolder = count === 1 ? t('Why is it queued again?') : t('Why are these {0} jobs queued again?', count);
  return (await vscode.window.showQuickPick(items, { placeHolder, ignoreFocusOut: true }))?.word;
}

function ofQueue(job: Job): RequeueSource {
  return { job, snapshotId: null };
}

function severalHosts(): Problem {
  return {
    code: 'invalidInput',
    message: 'The selected jobs are of several hosts.',
    next: 'Select jobs of one host, and requeue those of the others after them.',
  };
}

function cancelled(host: string): Problem {
  return {
    code: 'cancelled',
    message: `${visible(host, 80)}: nothing was requeued.`,
    next: 'Run Requeue… again if it is still wanted.',
  };
}
