/** The judgement of every entry of every checkpoint directory: total, and the first state that applies. */
import type { ProjectOnHost } from '../project/projectOnHost';
import { isLive, type Job } from '../pueue/job';
import type { CheckpointDirectory, CheckpointEntry, HostSnapshot } from '../snapshot';
import { patternsOf } from './checkpointDirectories';
import { ParametersOfJobs } from './jobParameters';
import { JudgedCheckpoints } from './judgedCheckpoints';
import { noPattern, type CheckpointState, type Judgement } from './judgement';
import { OwnersOfNames, type Owners } from './owners';
import type { Pattern } from './pattern';
import * as reasons from './reasons';
import { finalNames } from './temporaryName';

/** Judges by one project file, or by none. What it has read of a job's label and command serves the next reading as well. */
export class CheckpointJudge {
  readonly #project: ProjectOnHost | null;
  readonly #parameters: ParametersOfJobs | null;

  constructor(project: ProjectOnHost | null) {
    this.#project = project;
    this.#parameters = project === null ? null : new ParametersOfJobs(project);
  }

  /** @param staleMs age from which a checkpoint counts as stale */
  judge(snapshot: HostSnapshot, staleMs: number): JudgedCheckpoints {
    const { checkpoints } = snapshot;
    const patterns = patternsOf(checkpoints, this.#project?.checkpoints ?? []);
    const judges = checkpoints.map((directory) => {
      const pattern = patterns.get(directory);
      if (pattern === undefined || this.#parameters === null)
        return { directory, judge: (entry: CheckpointEntry) => unjudged(directory, entry, noPattern) };
      const ofDirectory = new DirectoryJudge(directory, pattern, this.#parameters, snapshot, staleMs);
      return { directory, judge: (entry: CheckpointEntry) => ofDirectory.judge(entry) };
    });
    return new JudgedCheckpoints(
      new Map(judges.map(({ directory, judge }) => [directory, directory.entries.map(judge)])),
      (entry, root) => judges.find(({ directory }) => directory.path === root)?.judge(entry) ?? null,
    );
  }
}

/** One directory whose names follow a pattern. */
class DirectoryJudge {
  readonly #directory: CheckpointDirectory;
  readonly #pattern: Pattern;
  readonly #snapshot: HostSnapshot;
  readonly #staleMs: number;
  readonly #owners: OwnersOfNames;
  readonly #survivors: ReadonlyMap<string, readonly number[]>;
  /** Names beside which a temporary one lies. */
  readonly #rewritten: ReadonlySet<string>;

  constructor(
    directory: CheckpointDirectory,
    pattern: Pattern,
    parameters: ParametersOfJobs,
    snapshot: HostSnapshot,
    staleMs: number,
  ) {
    this.#directory = directory;
    this.#pattern = pattern;
    this.#snapshot = snapshot;
    this.#staleMs = staleMs;
    const runs = snapshot.processes.kind === 'traced' ? snapshot.processes.runs : [];
    this.#survivors = new Map(runs.map((run) => [keyOf(run), run.processes.map(({ pid }) => pid)]));
    this.#owners = new OwnersOfNames(snapshot.queue.jobs, pattern.names, parameters, (job) => this.#isActive(job));
    this.#rewritten = new Set(directory.entries.flatMap((entry) => finalNames(nameOf(entry))));
  }

  judge(entry: CheckpointEntry): Judgement {
    const name = nameOf(entry);
    const final = finalNames(name).find((each) => this.#pattern.match(each).kind !== 'none') ?? null;
    const match = this.#pattern.match(final ?? name);
    if (match.kind === 'none') return unjudged(this.#directory, entry, reasons.notMatching(this.#pattern));
    if (match.kind === 'ambiguous') return unjudged(this.#directory, entry, reasons.ambiguous(this.#pattern));
    if (match.values.size === 0) return unjudged(this.#directory, entry, reasons.withoutParameters(this.#pattern));
    const owners = this.#owners.of(match.values);
    const collision =
      owners.colliding.length < 2 ? null : reasons.collision(final ?? name, owners.colliding, owners.differing);
    const [state, reason] = this.#stateOf(entry, final, match.values, owners, collision);
    const said = [reason, ...(collision !== null && state !== 'colliding' ? [collision] : [])].join(' ');
    return { entry, root: this.#directory.path, state, owners: owners.jobs, reason: said, collision };
  }

  #stateOf(
    entry: CheckpointEntry,
    final: string | null,
    values: ReadonlyMap<string, string>,
    owners: Owners,
    collision: string | null,
  ): readonly [CheckpointState, string] {
    const { jobs, near } = owners;
    const [owner = null] = jobs;
    const active = jobs.find((job) => this.#isActive(job));
    if (active !== undefined) return ['active', reasons.active(active, this.#survivors.get(keyOf(active)) ?? null)];
    const [nearest] = near;
    // What a live job may write under a name that it spells otherwise is not called unowned.
    if (nearest !== undefined) return ['unjudged', reasons.nearlyOwned(nearest)];
    // A write that was broken off leaves no checkpoint, so there is nothing to be damaged or resumed from.
    if (final !== null) return ['unjudged', reasons.temporary(final, owner)];
    if (collision !== null) return ['colliding', collision];
    const notes = this.#notes(entry);
    const damage = reasons.damage(entry);
    if (damage !== null) return ['damaged', [damage, reasons.ownedBy(owner, jobs.length), ...notes].join(' ')];
    if (owner === null) return this.#unowned(values, notes);
    const ageMs = 1000 * (this.#snapshot.takenAt - entry.modified);
    if (ageMs > this.#staleMs)
      return ['stale', [reasons.stale(ageMs, this.#staleMs), reasons.ownedBy(owner, jobs.length), ...notes].join(' ')];
    return ['resumable', [reasons.ownedBy(owner, jobs.length), ...notes].join(' ')];
  }

  #unowned(values: ReadonlyMap<string, string>, notes: readonly string[]): readonly [CheckpointState, string] {
    const { strangers, knowsAny } = this.#owners;
    if (!knowsAny && strangers.length > 0) return ['unjudged', reasons.noJobKnown(this.#pattern, strangers.length)];
    const live = strangers.filter((job) => this.#isActive(job));
    const doubt = live.length === 0 ? [] : [reasons.strangersLive(live)];
    return ['orphan', [reasons.orphan(values), ...doubt, ...notes].join(' ')];
  }

  #notes(entry: CheckpointEntry): string[] {
    const notes: string[] = [];
    const content = reasons.content(entry);
    if (content !== null) notes.push(content);
    if (this.#rewritten.has(nameOf(entry))) notes.push(reasons.temporaryBeside);
    if (this.#snapshot.processes.kind === 'untraced') notes.push(reasons.untraced);
    return notes;
  }

  /** A state that is not known counts as live. */
  #isActive(job: Job): boolean {
    return isLive(job) || job.state.kind === 'unknown' || this.#survivors.has(keyOf(job));
  }
}

function unjudged({ path }: CheckpointDirectory, entry: CheckpointEntry, reason: string): Judgement {
  return { entry, root: path, state: 'unjudged', owners: [], reason, collision: null };
}

function nameOf({ path }: CheckpointEntry): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function keyOf({ id, createdAt }: Pick<Job, 'id' | 'createdAt'>): string {
  return `${id} ${createdAt ?? ''}`;
}
