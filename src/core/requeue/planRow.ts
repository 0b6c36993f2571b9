/** One row of the plan, as far as it follows from its job alone: refused, or resumed, or refreshed, or open. */
import { runName } from '../audit/survivors';
import type { Judgement } from '../checkpoint/judgement';
import { isLive, isWaiting, stateName, type Job } from '../pueue/job';
import type { HostSnapshot, SurvivingRun } from '../snapshot';
import { formatCount, formatList } from '../text/format';
import { visible } from '../text/visible';
import {
  decideRefresh,
  mayResume,
  needsTypedConsent,
  type CheckpointFinding,
  type RefreshFacts,
} from './refreshDecision';
import { findFlag, withFlag, withoutFlag } from './refreshFlag';
import { requeuedBefore } from '../lineage';
import { refreshPrice } from './refreshPrice';
import type { RequeueInput } from './planRequeue';
import {
  sourceKey,
  type CheckpointsOfJob,
  type RequeueAction,
  type RequeueRow,
  type RequeueSource,
} from './requeuePlan';
import { retryLabel, type SameWorkInQueue } from './sameWorkInQueue';

export interface RowContext {
  readonly input: RequeueInput;
  readonly sameWork: SameWorkInQueue;
  readonly dependants: ReadonlyMap<number, readonly Job[]>;
  readonly survivors: readonly SurvivingRun[];
  readonly madeGood: ReadonlyMap<Job, Job>;
}

/** Longest command that a reading has whole; behind a longer one stands what it is the beginning of. */
export const wholeCommandCap = 8192;

export function planRow(source: RequeueSource, context: RowContext): RequeueRow {
  const { input } = context;
  const { job } = source;
  const edit = input.edits.get(sourceKey(job)) ?? {};
  const blank = blankRow(source, edit.command ?? job.command, edit);
  if (edit.action === 'skip') return { ...blank, status: 'skipped', reason: edit.why ?? 'Left out.' };
  const notReady = refusalOfSource(source, context) ?? (edit.command === undefined ? cutCommand(job) : null);
  if (notReady !== null) return { ...blank, status: 'refused', reason: notReady };
  const sameWork = refusalOfCommand(blank.command) ?? context.sameWork.refusal(blank);
  if (sameWork !== null) return { ...blank, status: 'refused', reason: sameWork };
  const checkpoints = input.checkpointsOf(job);
  const facts = factsOf(source, checkpoints, input);
  const decision = decideRefresh(facts);
  const judgements = checkpoints.kind === 'judged' ? checkpoints.judgements : [];
  const known = { ...blank, decision, notes: notesOf(source, judgements, context) };
  if (decision.answer === 'refuse')
    return {
      ...known,
      status: 'refused',
      reason: judgements.find(({ state }) => state === 'active')?.reason ?? decision.reason,
    };
  const shared = sharedCheckpoint(job, judgements);
  if (shared !== null) return { ...known, status: 'refused', reason: shared };

  const action = edit.action ?? (decision.answer === 'ask' ? decision.byDefault : decision.answer);
  const open = (reason: string): RequeueRow => ({ ...known, status: 'open', action, reason });
  if (action === null) return open(`Choose: ${decision.reason}`);
  if (action === 'resume' && !mayResume(facts))
    return open('This checkpoint is never resumed from: refresh, or leave the job out.');
  const unanswered = edit.action === undefined ? killedQuestion(source, action, facts, checkpoints, input) : null;
  if (unanswered !== null) return open(unanswered);

  const flag = input.refreshFlag;
  const applied =
    edit.command === undefined ? applyAction(job.command, action, flag, judgements.length > 0) : edit.command;
  if (applied === null) return open(`${flagQuestion(action, flag)} ${decision.reason}`);
  const settled = { ...known, command: applied };

  const carries = flag !== null && findFlag(applied, flag) === 'present';
  // A program that gets the flag drops its checkpoint, whatever the row is called.
  const done: RequeueAction = carries ? 'refresh' : action;
  const stashed = context.sameWork.note(settled);
  return {
    ...settled,
    status: 'ready',
    action: done,
    reason: reasonOf(done, decision.reason, edit.action, carries && action === 'resume'),
    notes: [...flagNotes(job, applied, flag), ...known.notes, ...(stashed === null ? [] : [stashed])],
    flagsAdded: carries && findFlag(job.command, flag) !== 'present' ? [flag] : [],
    quarantine: done === 'refresh' ? judgements : [],
    kept: done === 'resume' ? judgements : [],
    price: done === 'refresh' ? refreshPrice(judgements, job, input.snapshot.takenAt) : null,
    typed: typedReasons(source, facts, done, carries, input.snapshot),
  };
}

function blankRow(
  source: RequeueSource,
  command: string,
  edit: { label?: string | null; environment?: 'original' | 'login' },
): RequeueRow {
  const { group, directory, priority, label } = source.job;
  return {
    ...{ source, status: 'refused', action: null, reason: '', decision: null, notes: [], command },
    ...{ label: edit.label === undefined ? retryLabel(label) : edit.label, group, directory, priority },
    ...{ environment: edit.environment ?? 'original', after: [], afterSources: [], flagsAdded: [] },
    ...{ quarantine: [], kept: [], price: null, typed: [] },
  };
}

/** Whether its last run was ended from outside: by a signal, by a restart of the daemon, or by the stop that a snapshot is of. */
export function wasKilled({ job, snapshotId }: RequeueSource): boolean {
  return (job.state.kind === 'done' && job.state.result.kind === 'killed') || (snapshotId !== null && isLive(job));
}

function refusalOfSource({ job, snapshotId }: RequeueSource, context: RowContext): string | null {
  const { state } = job;
  const { snapshot } = context.input;
  if (state.kind === 'unknown') return `It is in a state that is not known (${visible(state.raw, 60)}).`;
  if (snapshotId === null && state.kind !== 'done') return `It has not ended: it is ${stateName(state)}.`;
  if (job.createdAt === null)
    return 'pueue gives no time of its creation, so it could not be told from another job with its id.';
  const run = context.survivors.find(
    ({ id, createdAt }) =>
      id === job.id && (createdAt === job.createdAt || (createdAt === null && snapshotId !== null)),
  );
  if (run !== undefined)
    return `${formatCount(run.total, 'process', 'processes')} of ${runName(run, snapshot.queue.jobs)} still ${run.total === 1 ? 'runs' : 'run'}: pid ${formatList(run.processes.map(({ pid }) => pid))}.`;
  const group = snapshot.queue.groups.find(({ name }) => name === job.group);
  return group === undefined ? `The group ${visible(job.group, 60)} is no longer there.` : null;
}

function cutCommand({ command }: Job): string | null {
  return command.length > wholeCommandCap
    ? `Its command is longer than is read (${wholeCommandCap} characters), so it cannot be shown whole.`
    : null;
}

/** pueue hands the command to `sh -c` as it is, which takes such a text for options (tried on 3.4.1 and 4.0.4). */
export function refusalOfCommand(command: string): string | null {
  if (command.trim() === '') return 'The command is empty.';
  return /^[-+]/u.test(command)
    ? 'The command begins with "-" or "+", which sh takes for an option: it would always fail.'
    : null;
}

/** Everything that the decision between resume and refresh rests on. */
export function factsOf(
  source: RequeueSource,
  checkpoints: CheckpointsOfJob,
  input: Pick<RequeueInput, 'refreshFlag' | 'database' | 'word'>,
): RefreshFacts {
  const { job } = source;
  const flag = input.refreshFlag;
  return {
    database: input.database(job),
    word: input.word,
    checkpoint: checkpointFinding(checkpoints),
    end: endOf(source),
    flag: flag === null ? 'noFlag' : findFlag(job.command, flag),
  };
}

/** Of several the one that weighs most. */
function checkpointFinding(checkpoints: CheckpointsOfJob): CheckpointFinding {
  if (checkpoints.kind === 'notKnown') return 'notKnown';
  const states = new Set(checkpoints.judgements.map(({ state }) => state));
  const order = ['active', 'colliding', 'damaged', 'unjudged', 'resumable', 'stale', 'orphan'] as const;
  return order.find((state) => states.has(state)) ?? 'none';
}

function endOf({ job: { state }, snapshotId }: RequeueSource): RefreshFacts['end'] {
  if (state.kind !== 'done')
    return snapshotId !== null && (state.kind === 'running' || state.kind === 'paused') ? 'died' : 'neverRan';
  switch (state.result.kind) {
    case 'success':
      return 'succeeded';
    case 'failedToSpawn':
    case 'dependencyFailed':
      return 'neverRan';
    default:
      return 'died';
  }
}

/** Another job that is to run writes the same checkpoint. Its owners that are live make it active. */
export function sharedCheckpoint(job: Job, judgements: readonly Judgement[]): string | null {
  for (const { entry, owners } of judgements) {
    const other = owners.find((owner) => owner.id !== job.id && (isLive(owner) || isWaiting(owner)));
    if (other !== undefined)
      return `Job ${other.id} is ${stateName(other.state)} and leads to the same checkpoint, ${visible(entry.path, 200)}.`;
  }
  return null;
}

/** No killed job is queued again before somebody has decided on its checkpoint. */
function killedQuestion(
  source: RequeueSource,
  action: RequeueAction,
  { checkpoint }: RefreshFacts,
  checkpoints: CheckpointsOfJob,
  { word, withoutCheckpoint }: RequeueInput,
): string | null {
  if (!wasKilled(source) || action === 'refresh' || checkpoint === 'none') return null;
  if (checkpoints.kind === 'notKnown')
    return withoutCheckpoint ? null : `It was killed and has no checkpoint that we can see: ${checkpoints.why}.`;
  return word === 'internalOnly'
    ? null
    : 'It was killed: say whether its checkpoint is kept, or quarantined for a refresh.';
}

/** @returns `null` where the flag can neither be added nor taken out for certain, or nothing would be refreshed */
function applyAction(
  command: string,
  action: RequeueAction,
  flag: string | null,
  hasCheckpoint: boolean,
): string | null {
  if (flag === null) return action === 'resume' || hasCheckpoint ? command : null;
  const found = findFlag(command, flag);
  if (found === 'cannotTell') return null;
  if (action === 'refresh') return found === 'present' ? command : withFlag(command, flag);
  return found === 'present' ? withoutFlag(command, flag) : command;
}

function flagQuestion(action: RequeueAction, flag: string | null): string {
  if (flag === null)
    return 'No refresh flag is known and no checkpoint of it can be seen: edit its command, or choose to resume.';
  const shown = visible(flag, 60);
  return action === 'refresh'
    ? `Edit its command to refresh it: where ${shown} belongs in it cannot be told for certain.`
    : `Edit its command: whether ${shown} is a word of it cannot be told for certain.`;
}

function reasonOf(action: RequeueAction, reason: string, chosen: string | undefined, byFlag: boolean): string {
  if (byFlag) return 'The command carries the refresh flag, so the program begins anew.';
  return chosen === undefined ? reason : `You chose to ${action}. ${reason}`;
}

function flagNotes(job: Job, command: string, flag: string | null): string[] {
  if (flag === null || command === job.command) return [];
  const [before, after] = [findFlag(job.command, flag), findFlag(command, flag)];
  if (before === after) return [];
  const shown = visible(flag, 60);
  return after === 'present' ? [`${shown} is added.`] : before === 'present' ? [`${shown} is taken out.`] : [];
}

function notesOf({ job, snapshotId }: RequeueSource, judgements: readonly Judgement[], context: RowContext): string[] {
  const by = context.madeGood.get(job);
  const before = requeuedBefore(context.input.snapshot.lineage, job);
  const dependants = snapshotId === null ? (context.dependants.get(job.id) ?? []) : [];
  const failedWith = dependants.filter(
    ({ state }) => state.kind === 'done' && state.result.kind === 'dependencyFailed',
  );
  const held = dependants.filter(({ state }) => state.kind !== 'done');
  const ids = (jobs: readonly Job[]): string =>
    `${jobs.length === 1 ? 'job' : 'jobs'} ${formatList(jobs.map(({ id }) => id))}`;
  return [
    ...(before === null ? [] : [before]),
    ...judgements.slice(0, 3).map(({ reason }) => reason),
    ...(by === undefined ? [] : [`Job ${by.id} did the same work later and is ${stateName(by.state)}.`]),
    ...(failedWith.length === 0
      ? []
      : [
          `It took ${ids(failedWith)} with it: choose ${failedWith.length === 1 ? 'that one' : 'those'} too to queue ${failedWith.length === 1 ? 'it' : 'them'} behind it again.`,
        ]),
    ...(held.length === 0
      ? []
      : [
          `For the first one still ${held.length === 1 ? 'waits' : 'wait'} ${ids(held)}; for this one ${held.length === 1 ? 'it does' : 'they do'} not.`,
        ]),
  ];
}

function typedReasons(
  source: RequeueSource,
  facts: RefreshFacts,
  action: RequeueAction,
  commandHasFlag: boolean,
  snapshot: HostSnapshot,
): string[] {
  return [
    ...(needsTypedConsent(facts, action, commandHasFlag)
      ? [`Job ${source.job.id}: its checkpoint is intact, and a refresh gives it up.`]
      : []),
    ...(needsUntracedConsent(source, snapshot)
      ? [`Job ${source.job.id} was killed, and whether a process of it lives cannot be told on this host.`]
      : []),
  ];
}

/** A killed run of this boot whose processes could not be looked for. A run that ended before the host booted has none. */
export function needsUntracedConsent(source: RequeueSource, { processes, bootedAt }: HostSnapshot): boolean {
  if (processes.kind === 'traced' || !wasKilled(source)) return false;
  const { state } = source.job;
  const end = state.kind === 'done' && state.end !== null ? Date.parse(state.end) / 1000 : null;
  return end === null || bootedAt === null || end >= bootedAt;
}
