/** Which jobs of a queue own a path, by the parameters that its name and they share. */
import { isLive, type Job } from '../pueue/job';
import type { JobParameters, ParametersOfJobs } from './jobParameters';

/** All jobs that one set of parameters leads to. Names with the same parameters share the object. */
export interface Owners {
  /** Live ones first, then the newest. */
  readonly jobs: readonly Job[];
  /** Names of the parameters in which two of them differ. */
  readonly differing: readonly string[];
  /** Two or more of them, each with other values of these; empty where none differ. */
  readonly colliding: readonly Job[];
  /** Live jobs whose label leads here, and whose command says otherwise: they may write it under another form of a value. */
  readonly near: readonly Job[];
}

/** Jobs that know the same of a pattern's parameters, by the values. */
interface Shelf {
  readonly names: readonly string[];
  readonly byValues: Map<string, Job[]>;
}

export class OwnersOfNames {
  readonly #parameters: ParametersOfJobs;
  readonly #shelves: readonly Shelf[];
  readonly #nearShelves: readonly Shelf[];
  readonly #found = new Map<string, Owners>();
  /** Whether any job knows one of the pattern's parameters. */
  readonly knowsAny: boolean;
  /** Jobs of the project that know none of the pattern's parameters: what they write is not known. */
  readonly strangers: readonly Job[];

  /**
   * @param names of the parameters in the pattern
   * @param isActive whether something of the job runs
   */
  constructor(
    jobs: readonly Job[],
    names: readonly string[],
    parameters: ParametersOfJobs,
    isActive: (job: Job) => boolean,
  ) {
    this.#parameters = parameters;
    const ours = jobs.filter((job) => parameters.isOfProject(job));
    this.#shelves = shelve(ours, names, (job) => parameters.of(job).all);
    this.#nearShelves = shelve(ours.filter(isActive), names, (job) => labelWithoutFlags(parameters.of(job), names));
    this.knowsAny = this.#shelves.length > 0;
    this.strangers = ours.filter((job) => !names.some((name) => parameters.of(job).all.has(name)));
  }

  /** @param values of all parameters in the pattern */
  of(values: ReadonlyMap<string, string>): Owners {
    const keys = this.#shelves.map(({ names }) => keyOf(names, values));
    const nearKeys = this.#nearShelves.map(({ names }) => keyOf(names, values));
    const id = JSON.stringify([
      keys.map((key, index) => (this.#shelves[index]?.byValues.has(key) === true ? key : null)),
      nearKeys.map((key, index) => (this.#nearShelves[index]?.byValues.has(key) === true ? key : null)),
    ]);
    let owners = this.#found.get(id);
    if (owners === undefined) {
      const jobs = this.#shelves.flatMap(({ byValues }, index) => byValues.get(keys[index] ?? '') ?? []);
      const near = this.#nearShelves.flatMap(({ byValues }, index) => byValues.get(nearKeys[index] ?? '') ?? []);
      this.#found.set(id, (owners = this.#owners(jobs, near)));
    }
    return owners;
  }

  #owners(jobs: readonly Job[], near: readonly Job[]): Owners {
    const ordered = [...jobs].sort((a, b) => Number(isLive(b)) - Number(isLive(a)) || b.id - a.id);
    const differing = new Set<string>();
    const first = new Map<string, string>();
    for (const job of ordered)
      for (const [name, value] of this.#parameters.of(job).all) {
        const known = first.get(name);
        if (known === undefined) first.set(name, value);
        else if (known !== value) differing.add(name);
      }
    const names = [...differing].sort();
    const owning = new Set(jobs);
    return {
      jobs: ordered,
      differing: names,
      colliding: this.#eachOther(ordered, names),
      near: near.filter((job) => !owning.has(job)),
    };
  }

  /** One job for each combination of values. */
  #eachOther(jobs: readonly Job[], names: readonly string[]): Job[] {
    if (names.length === 0) return [];
    const byValues = new Map<string, Job>();
    for (const job of jobs) {
      const { all } = this.#parameters.of(job);
      if (!names.some((name) => all.has(name))) continue;
      const key = keyOf(names, all);
      if (!byValues.has(key)) byValues.set(key, job);
    }
    return [...byValues.values()].sort((a, b) => a.id - b.id);
  }
}

/** What the label alone says, of a job whose command says more about the pattern; else nothing. */
function labelWithoutFlags({ ofLabel, all }: JobParameters, names: readonly string[]): ReadonlyMap<string, string> {
  return names.some((name) => all.has(name) && !ofLabel.has(name)) ? ofLabel : new Map();
}

function shelve(
  jobs: readonly Job[],
  names: readonly string[],
  valuesOf: (job: Job) => ReadonlyMap<string, string>,
): Shelf[] {
  const shelves = new Map<string, Shelf>();
  for (const job of jobs) {
    const values = valuesOf(job);
    const shared = names.filter((name) => values.has(name));
    if (shared.length === 0) continue;
    const id = JSON.stringify(shared);
    let shelf = shelves.get(id);
    if (shelf === undefined) shelves.set(id, (shelf = { names: shared, byValues: new Map() }));
    const key = keyOf(shared, values);
    const alike = shelf.byValues.get(key);
    if (alike === undefined) shelf.byValues.set(key, [job]);
    else alike.push(job);
  }
  return [...shelves.values()];
}

function keyOf(names: readonly string[], values: ReadonlyMap<string, string>): string {
  return JSON.stringify(names.map((name) => values.get(name) ?? null));
}
