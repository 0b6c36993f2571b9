/** A host as an emergency stop sees it: its queue lives in memory, and each act changes that as the real helper would. */
import { randomUUID } from 'node:crypto';
import type { AnswerOf, HostAct, JobTarget, TargetOutcome } from '../../src/core/acts/hostAct';
import { changedGround } from '../../src/core/acts/actProblems';
import type { EmergencyEnd } from '../../src/core/emergency/applyEmergency';
import { applyEmergency } from '../../src/core/emergency/applyEmergency';
import { defaultChoices, planEmergency, type EmergencyPlan } from '../../src/core/emergency/emergencyPlan';
import type { Judge } from '../../src/core/emergency/quarantineChoice';
import type { StepsProgress } from '../../src/core/plan/plan';
import { ProblemError } from '../../src/core/problem';
import { isLive, startOf, stateName, type Job } from '../../src/core/pueue/job';
import type { CheckpointDirectory, HostSnapshot, SurvivingRun } from '../../src/core/snapshot';
import { killed, snapshot } from './fixtures';

export class StoppingHost {
  jobs: Job[];
  checkpoints: CheckpointDirectory[] = [];
  survivors: SurvivingRun[] = [];
  untraced = false;
  /** Requests that an applied plan made, in order. */
  readonly asked: string[] = [];
  readonly acts: HostAct[] = [];
  /** Called before an act is done; may throw. */
  before: (act: HostAct) => void = () => undefined;
  /** Jobs that a kill leaves alive because the link was lost meanwhile, once each. */
  readonly cutShort = new Set<number>();
  /** Jobs that nothing ends. */
  readonly immortal = new Set<number>();
  cancelBefore: string | null = null;
  readonly progress: StepsProgress[] = [];
  judge: Judge = () => [];

  constructor(jobs: readonly Job[]) {
    this.jobs = [...jobs];
  }

  get snapshot(): HostSnapshot {
    return snapshot(this.jobs, {
      checkpoints: this.checkpoints,
      processes: this.untraced
        ? { kind: 'untraced', why: 'noProc' }
        : { kind: 'traced', runs: this.survivors, unseen: 0, refused: 0 },
      queue: {
        jobs: this.jobs,
        groups: [
          { name: 'default', status: 'running', parallel: 2 },
          { name: 'other', status: 'running', parallel: 1 },
        ],
      },
    });
  }

  plan(more: Partial<EmergencyPlan> = {}): EmergencyPlan {
    return planEmergency({
      ...{ deployId: 'plan-1', snapshotId: 'kept-1', host: 'gpu-1', group: null, fingerprint: 'f'.repeat(64) },
      ...{ snapshot: this.snapshot, choices: defaultChoices },
      ...more,
      judge: this.judge,
    });
  }

  apply(plan: EmergencyPlan): Promise<EmergencyEnd> {
    let current: string | null = null;
    return applyEmergency(plan, {
      reader: {
        act: (act) => this.#act(act),
        read: () => {
          this.asked.push('read');
          return Promise.resolve(this.snapshot);
        },
      },
      newId: randomUUID,
      judge: this.judge,
      // Asked before each step: the one after the last that was under way.
      isCancelled: () => this.cancelBefore !== null && current === this.cancelBefore,
      onProgress: (at) => {
        this.progress.push(at);
        current = at.current ?? current;
      },
    });
  }

  #act<A extends HostAct>(act: A): Promise<AnswerOf<A>> {
    this.asked.push(act.kind === 'jobs' || act.kind === 'entries' ? act.verb : act.kind);
    this.acts.push(act);
    return Promise.resolve().then(() => {
      this.before(act);
      return this.#answer(act) as AnswerOf<A>;
    });
  }

  #answer(act: HostAct): object {
    const base = {
      commands: [{ argv: ['pueue', act.kind], exitCode: 0, milliseconds: 1 }],
      noticed: [],
      recorded: true,
    };
    const outcomes = (targets: readonly string[], why: string | null = null): TargetOutcome[] =>
      targets.map((target) => ({ target, outcome: 'done', why }));
    if (act.kind === 'emergency') {
      const kept = {
        path: '/home/ana/.local/state/pueue-preflight/snapshots/kept-1.json',
        bytes: 9,
        jobs: act.targets.length,
      };
      const live = this.jobs.filter((job) => isLive(job) && act.targets.some(({ id }) => id === job.id)).map(target);
      return {
        ...base,
        targets: outcomes(act.group === null ? ['default', 'other'] : [act.group]),
        snapshot: kept,
        live,
      };
    }
    if (act.kind === 'entries') {
      const moved = new Set(act.entries.map(({ path }) => path));
      this.checkpoints = this.checkpoints.map((each) => ({
        ...each,
        entries: each.entries.filter(({ path }) => !moved.has(path)),
      }));
      const place = `${act.root}.pueue-preflight-quarantine/20261124T072000Z-1`;
      return {
        ...base,
        targets: [...moved].map((path) => ({ target: path, outcome: 'done', why: path.replace(act.root, place) })),
      };
    }
    if (act.kind !== 'jobs') throw new Error(`an emergency stop asks for no ${act.kind}`);
    const differs = act.targets.filter((each) => !this.jobs.some((job) => isDeepSame(target(job), each)));
    if (differs.length > 0) throw new ProblemError(changedGround('gpu-1', `job ${differs[0]!.id} is another.`));
    const meant = new Set(act.targets.map(({ id }) => id));
    const cut = new Set(act.verb === 'kill' ? this.cutShort : []);
    this.cutShort.clear();
    if (act.verb === 'remove') this.jobs = this.jobs.filter(({ id }) => !meant.has(id));
    else
      this.jobs = this.jobs.map((job) =>
        meant.has(job.id) && !this.immortal.has(job.id) && !cut.has(job.id) ? { ...job, state: killed } : job,
      );
    return {
      ...base,
      targets: [...meant].map((id) =>
        cut.has(id)
          ? { target: String(id), outcome: 'cancelled', why: 'alive 4242' }
          : act.verb === 'kill' && this.immortal.has(id)
            ? { target: String(id), outcome: 'failed', why: 'alive 4242' }
            : act.verb === 'kill' && this.untraced
              ? { target: String(id), outcome: 'lost', why: 'untraced' }
              : { target: String(id), outcome: 'done', why: null },
      ),
    };
  }
}

function target(job: Job): JobTarget {
  return { id: job.id, createdAt: job.createdAt!, start: startOf(job.state), state: stateName(job.state) };
}

function isDeepSame(one: JobTarget, other: JobTarget): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
