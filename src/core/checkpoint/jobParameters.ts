/** With which parameters a job runs: as its label says, and beside it the options of its command. */
import { withoutRetry } from '../audit/sameWork';
import type { ProjectOnHost } from '../project/projectOnHost';
import type { Job } from '../pueue/job';
import { flagValues } from './commandFlags';
import { Pattern } from './pattern';

export interface JobParameters {
  readonly ofLabel: ReadonlyMap<string, string>;
  /** Those of the label, and of the command where the label gives none. */
  readonly all: ReadonlyMap<string, string>;
}

const nothing: JobParameters = { ofLabel: new Map(), all: new Map() };

/** Reads the parameters of jobs by one project file. What was read of a job is kept for as long as the job's object is. */
export class ParametersOfJobs {
  readonly #groups: ReadonlySet<string> | null;
  readonly #label: Pattern | null;
  readonly #names: readonly string[];
  readonly #known = new WeakMap<Job, JobParameters>();

  constructor({ queue, checkpoints }: ProjectOnHost) {
    this.#groups = queue.groups === null ? null : new Set(queue.groups);
    this.#label = queue.label === null ? null : Pattern.parse(queue.label, 'label');
    const patterns = checkpoints.flatMap(({ pattern }) =>
      pattern === null ? [] : (Pattern.parse(pattern, 'name') ?? []),
    );
    this.#names = [...new Set([...(this.#label?.names ?? []), ...patterns.flatMap(({ names }) => names)])];
  }

  /** Whether the job is of a group of the project: no other one owns what the project names. */
  isOfProject({ group }: Job): boolean {
    return this.#groups === null || this.#groups.has(group);
  }

  of(job: Job): JobParameters {
    let known = this.#known.get(job);
    if (known === undefined) this.#known.set(job, (known = this.#read(job)));
    return known;
  }

  #read({ label, command }: Job): JobParameters {
    const matched = label === null || this.#label === null ? null : this.#label.match(withoutRetry(label));
    const ofLabel = matched?.kind === 'parameters' ? matched.values : nothing.ofLabel;
    const missing = this.#names.filter((name) => !ofLabel.has(name));
    const ofCommand = missing.length === 0 ? nothing.all : flagValues(command, missing);
    if (ofLabel.size === 0 && ofCommand.size === 0) return nothing;
    return { ofLabel, all: ofCommand.size === 0 ? ofLabel : new Map([...ofLabel, ...ofCommand]) };
  }
}
