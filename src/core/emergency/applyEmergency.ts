/**
 * Does an emergency stop as it was planned: by ids that are compared again on the host, one request a step. What the host
 * says of an act is not enough: the step behind the kill looks what lives.
 */
import type { EmergencyAnswer, EntryTarget, HostAct, JobAct, JobTarget, TargetOutcome } from '../acts/hostAct';
import { lostSinceBoot } from '../checkpoint/mayWrite';
import type { StepEnd, StepsProgress } from '../plan/plan';
import { runSteps } from '../plan/runSteps';
import type { HostReader } from '../ports';
import { isProblemError, type Problem } from '../problem';
import { isLive, stateName, type Job } from '../pueue/job';
import type { HostSnapshot, RanCommand } from '../snapshot';
import { formatCount, formatList } from '../text/format';
import { visible } from '../text/visible';
import { cancelledBefore, notAllDone, notDrained, notProven, notSeen, stillAlive } from './emergencyProblems';
import { targetOf } from '../acts/targets';
import { changesSince, isLingering, isSameJob, type EmergencyPlan, type TargetJob } from './emergencyPlan';
import { because, endedByItself, isUndone, isUntraced, killText, nameOf, told, unreached } from './outcomeText';
import { chooseEntries, compareEntries, type Judge, type QuarantineChoice } from './quarantineChoice';

export interface EmergencyParts {
  readonly reader: Pick<HostReader, 'act' | 'read'>;
  /** A fresh UUID each time. */
  readonly newId: () => string;
  readonly judge: Judge;
  readonly isCancelled: () => boolean;
  readonly onProgress: (progress: StepsProgress) => void;
}

/** What an emergency stop has come to. */
export interface EmergencyEnd extends StepsProgress {
  readonly problem: Problem | null;
  readonly stoppedAt: string | null;
  /** Where the snapshot lies on the host; `null` where none was kept. */
  readonly kept: EmergencyAnswer['snapshot'] | null;
  /** Jobs that live on, and why that is thought. */
  readonly alive: readonly { readonly job: Job; readonly why: string }[];
  /** Jobs that pueue calls ended, on a host that does not show whether a process of them lives. */
  readonly unproven: readonly Job[];
  /** What became of each entry that was to go into quarantine; `why` has its place there. */
  readonly moved: readonly TargetOutcome[];
  /** Entries that were not touched. */
  readonly left: QuarantineChoice['left'];
  readonly ran: readonly RanCommand[];
  /** What happened meanwhile that was not ours, and what is true by now where an answer was lost. */
  readonly noticed: readonly string[];
  /** Whether every outcome stands in the journal of the host. */
  readonly recorded: boolean;
}

const stepTimeoutMs = 60_000;
/** Saving the logs of many jobs takes longer. */
const removeTimeoutMs = 300_000;
/** How often an act is asked for anew, by other targets, because jobs have begun or ended by themselves meanwhile. */
const attempts = 3;

export async function applyEmergency(plan: EmergencyPlan, parts: EmergencyParts): Promise<EmergencyEnd> {
  return new EmergencyRun(plan, parts).run();
}

class EmergencyRun {
  readonly #plan: EmergencyPlan;
  readonly #parts: EmergencyParts;
  readonly #ran: RanCommand[] = [];
  readonly #noticed: string[] = [];
  #recorded = true;
  /** Whether an answer was lost: then it is told what is true instead. */
  #isLost = false;
  #kept: EmergencyEnd['kept'] = null;
  #live: readonly JobTarget[] = [];
  /** By id: why a job could not be ended, as the act said it. */
  #notEnded: ReadonlyMap<number, string> = new Map();
  #alive: EmergencyEnd['alive'] = [];
  #unproven: readonly Job[] = [];
  #roots: QuarantineChoice['roots'] = [];
  #left: QuarantineChoice['left'] = [];
  #moved: readonly TargetOutcome[] = [];
  #snapshot: HostSnapshot;

  constructor(plan: EmergencyPlan, parts: EmergencyParts) {
    this.#plan = plan;
    this.#parts = parts;
    this.#snapshot = plan.snapshot;
  }

  async run(): Promise<EmergencyEnd> {
    const { host, steps } = this.#plan;
    const end = await runSteps({
      steps,
      work: {
        drain: () => this.#drain(),
        kill: () => this.#kill(),
        look: () => this.#look(),
        remove: () => this.#remove(),
        quarantine: () => this.#quarantine(),
      },
      isCancelled: this.#parts.isCancelled,
      cancelled: ({ title }) => cancelledBefore(host, title),
      onProgress: this.#parts.onProgress,
    });
    if (this.#isLost) await this.#noteTruth();
    const wanted = this.#plan.choices.quarantine ? this.#roots : [];
    const noticed = [...new Set(this.#noticed)];
    // prettier-ignore
    return {
      ...{ ...end, current: null, kept: this.#kept, alive: this.#alive, unproven: this.#unproven, moved: this.#moved },
      left: [...this.#left, ...unreached(wanted, [...this.#moved, ...this.#left], this.#isLost)],
      ...{ ran: this.#ran, noticed, recorded: this.#recorded },
    };
  }

  async #drain(): Promise<StepEnd> {
    const { host, group, snapshotId, jobs } = this.#plan;
    const targets = jobs.map(targetOf);
    const answer = await this.#act({ kind: 'emergency', snapshotId, group, targets }, stepTimeoutMs);
    this.#kept = answer.snapshot;
    this.#isLost = answer.live === null;
    if (answer.live === null)
      return { state: 'lost', result: 'It is not known what runs.', problem: notSeen(host), ends: true };
    const open = answer.targets.filter(({ outcome }) => outcome !== 'done' && outcome !== 'alreadySo');
    if (open.length > 0) {
      const problem = notDrained(host, open.map(({ target }) => target)); // prettier-ignore
      return { state: 'failed', result: 'A group goes on.', problem, ends: true };
    }
    this.#live = [...answer.live, ...this.#plan.lingering.map(targetOf)];
    const { path, jobs: kept } = answer.snapshot;
    const groups = formatList(answer.targets.map(({ target }) => visible(target, 80)));
    return { state: 'done', result: `${formatCount(kept, 'job')} kept in ${visible(path, 400)}; drained: ${groups}.` };
  }

  async #kill(): Promise<StepEnd> {
    if (this.#live.length === 0) return { state: 'alreadySo', result: 'No job runs.' };
    const { graceMs } = this.#plan.choices;
    const asked = { kind: 'jobs', verb: 'kill', graceMs: graceMs === 0 ? null : graceMs, saveLogs: false } as const;
    const isMeant = (job: Job, at: HostSnapshot): boolean => isLive(job) || isLingering(job, at);
    const answer = await this.#actOnJobs(this.#live, asked, isMeant, stepTimeoutMs + graceMs);
    if (answer.length === 0) return { state: 'alreadySo', result: 'All have ended by themselves.' };
    const failed = answer.filter((target) => isUndone(target) && !isUntraced(target));
    this.#notEnded = new Map(failed.map(({ target, why }) => [Number(target), why ?? 'it could not be ended']));
    // What lives is told by the next step, which looks.
    const state = failed.length > 0 ? 'failed' : answer.some(isUntraced) ? 'lost' : 'done';
    return { state, result: killText(answer) };
  }

  async #look(): Promise<StepEnd> {
    const { host, jobs, group } = this.#plan;
    const snapshot = await this.#read();
    this.#noticed.push(...changesSince(this.#plan, snapshot));
    const now = new Map(this.#planned(snapshot, () => true).map((job) => [job.id, job]));
    const survivors = snapshot.processes.kind === 'traced' ? snapshot.processes.runs : null;
    this.#alive = jobs.flatMap((planned) => {
      const job = now.get(planned.id) ?? planned;
      if (now.has(job.id) && isLive(job)) return [{ job, why: `it is ${stateName(job.state)}` }];
      const run = survivors?.find((each) => isSameJob(each, planned));
      if (run !== undefined)
        return [{ job, why: `pid ${formatList(run.processes.map(({ pid }) => pid))} of it still runs` }];
      // Where processes cannot be seen, the act is believed that it could not end one.
      const why = survivors === null ? this.#notEnded.get(planned.id) : undefined;
      return why === undefined ? [] : [{ job, why: visible(why, 200) }];
    });
    const alive = new Set(this.#alive.map(({ job }) => job.id));
    const stopped = jobs.filter(({ id }) => !alive.has(id));
    // Where nobody can look for processes, a job that was ended by force is not known to have ended.
    this.#unproven = survivors !== null ? [] : stopped.filter((job) => this.#isUnproven(job, now.get(job.id)));
    const asked = { snapshot, jobs: stopped, isWholeHost: group === null, alive: this.#alive.map(({ job }) => job) };
    const { roots, left } = chooseEntries(asked, this.#parts.judge);
    this.#roots = roots;
    this.#left = left;
    const names = this.#alive.map(({ job, why }) => `job ${job.id}: ${why}`);
    if (names.length === 0 && this.#unproven.length > 0) {
      const ids = formatList(this.#unproven.map(({ id }) => id));
      const result = `Whether a process of ${this.#unproven.length === 1 ? 'job' : 'jobs'} ${ids} lives cannot be seen.`;
      return { state: 'lost', result, problem: notProven(host, this.#unproven.map(({ id }) => id)) }; // prettier-ignore
    }
    if (names.length === 0) return { state: 'done', result: 'No job that was to be stopped lives.' };
    return { state: 'failed', result: `Still alive: ${formatList(names)}.`, problem: stillAlive(host, names) };
  }

  #isUnproven(planned: TargetJob, now: Job | undefined): boolean {
    return this.#live.some((target) => isSameJob(target, planned)) || lostSinceBoot(now ?? planned, this.#snapshot);
  }

  async #remove(): Promise<StepEnd> {
    const mayGo = (job: Job): boolean =>
      !isLive(job) && job.state.kind !== 'unknown' && !this.#alive.some((each) => isSameJob(each.job, job));
    const targets = this.#planned(this.#snapshot, mayGo).map(targetOf);
    if (targets.length === 0) return { state: 'alreadySo', result: 'None of the jobs is in the queue.' };
    const asked = { kind: 'jobs', verb: 'remove', graceMs: null, saveLogs: true } as const;
    const answer = await this.#actOnJobs(targets, asked, mayGo, removeTimeoutMs);
    if (answer.length === 0) return { state: 'alreadySo', result: 'None of the jobs is in the queue.' };
    const failed = answer.filter(isUndone);
    const done = `${formatCount(answer.length - failed.length, 'job')} removed, logs saved`;
    if (failed.length === 0) return { state: 'done', result: `${done}.` };
    const problem = notAllDone(this.#plan.host, 'saved and removed', failed.map(nameOf));
    return { state: 'failed', result: `${done}; ${told(failed)}.`, problem };
  }

  async #quarantine(): Promise<StepEnd> {
    const { host } = this.#plan;
    for (const root of this.#roots) await this.#quarantineRoot(root);
    const failed = this.#moved.filter(isUndone);
    const done = this.#moved.length - failed.length;
    if (this.#moved.length === 0) return { state: 'alreadySo', result: 'There is no checkpoint to take.' };
    if (failed.length === 0) return { state: 'done', result: `${formatCount(done, 'checkpoint')} moved.` };
    const problem = notAllDone(host, 'quarantined', failed.map(({ target, why }) => `${visible(target, 200)}${because(why)}`)); // prettier-ignore
    return { state: 'failed', result: `${formatCount(done, 'checkpoint')} moved, ${failed.length} not.`, problem };
  }

  async #quarantineRoot({ root, entries }: QuarantineChoice['roots'][number]): Promise<void> {
    const move = async (meant: readonly EntryTarget[]): Promise<void> => {
      if (meant.length === 0) return;
      const mayWrite = (job: Job): boolean => isLive(job) || job.state.kind === 'unknown';
      const ground = this.#snapshot.queue.jobs.filter(mayWrite).filter(hasCreation).map(targetOf);
      const asked = { kind: 'entries', verb: 'quarantine', root, entries: meant, ground } as const;
      this.#moved = [...this.#moved, ...(await this.#act(asked, stepTimeoutMs)).targets];
    };
    try {
      await move(entries);
    } catch (error) {
      if (!isProblemError(error) || error.problem.code !== 'stale') throw error;
      // Whatever was written since is left where it is; the rest is still what it was.
      const { same, changed } = compareEntries(entries, await this.#read());
      this.#left = [...this.#left, ...changed];
      await move(same);
    }
  }

  /**
   * Acts on jobs; where some have begun or ended by themselves since, on those that are still to be acted on. What a lost
   * link has cut short is gone on with: nobody else cancels an act of a plan.
   */
  async #actOnJobs(
    targets: readonly JobTarget[],
    asked: Omit<JobAct, 'id' | 'targets'>,
    isMeant: (job: Job, at: HostSnapshot) => boolean,
    timeoutMs: number,
  ): Promise<readonly TargetOutcome[]> {
    const came = new Map<string, TargetOutcome>();
    let still = targets;
    for (let attempt = 1; still.length > 0; attempt++) {
      let isOpen: (target: JobTarget) => boolean = () => true;
      try {
        const answer = await this.#act({ ...asked, targets: still }, timeoutMs);
        for (const each of answer.targets) came.set(each.target, each);
        isOpen = ({ id }) => came.get(String(id))?.outcome === 'cancelled';
        if (!still.some(isOpen) || attempt === attempts) break;
      } catch (error) {
        if (!isProblemError(error) || error.problem.code !== 'stale' || attempt === attempts) throw error;
      }
      const now = await this.#read();
      still = this.#planned(now, (job) => isMeant(job, now)).map(targetOf).filter(isOpen); // prettier-ignore
      const meant = new Set(still.map(({ id }) => id));
      for (const { target, outcome } of came.values())
        if (outcome === 'cancelled' && !meant.has(Number(target))) came.set(target, endedByItself(target, now));
    }
    return [...came.values()];
  }

  async #act<A extends WithoutId<HostAct>>(asked: A, timeoutMs: number) {
    const { reader, newId } = this.#parts;
    const act = { ...asked, id: newId(), deployId: this.#plan.deployId };
    const answer = await reader
      .act<Extract<HostAct, { kind: A['kind'] }>>(act as unknown as Extract<HostAct, { kind: A['kind'] }>, timeoutMs)
      .catch((error: unknown) => {
        this.#isLost ||= isProblemError(error) && error.problem.code === 'lost';
        throw error;
      });
    this.#ran.push(...answer.commands);
    this.#noticed.push(...answer.noticed.map((each) => visible(each, 300)));
    this.#recorded &&= answer.recorded;
    return answer;
  }

  async #read(): Promise<HostSnapshot> {
    this.#snapshot = await this.#parts.reader.read(new AbortController().signal, stepTimeoutMs);
    return this.#snapshot;
  }

  /** Jobs of the plan as they are in a reading. */
  #planned({ queue }: HostSnapshot, isMeant: (job: Job) => boolean): readonly TargetJob[] {
    const planned = new Map(this.#plan.jobs.map(({ id, createdAt }) => [id, createdAt]));
    return queue.jobs.filter(hasCreation).filter((job) => planned.get(job.id) === job.createdAt && isMeant(job));
  }

  /** After a lost answer: what the host shows. That this could not be read is said too. */
  async #noteTruth(): Promise<void> {
    const { jobs } = this.#plan;
    try {
      const snapshot = await this.#read();
      const there = this.#planned(snapshot, () => true);
      const live = there.filter(isLive);
      this.#noticed.push(
        `By now ${live.length} of the ${formatCount(jobs.length, 'job')} live, ${there.length - live.length} are in the queue and do not run, and ${jobs.length - there.length} are gone from it.`,
      );
    } catch (error) {
      if (!isProblemError(error)) throw error;
      this.#noticed.push(`What is true by now could not be read: ${error.problem.message}`);
    }
  }
}

type WithoutId<A> = A extends HostAct ? Omit<A, 'id' | 'deployId'> : never;

const hasCreation = (job: Job): job is TargetJob => job.createdAt !== null;
