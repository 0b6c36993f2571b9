/** The judgements of what was read, for rows, audits and commands: worked out once for each reading. */
import type { ProjectOnHost } from '../project/projectOnHost';
import type { HostSnapshot } from '../snapshot';
import { CheckpointJudge } from './judge';
import type { JudgedCheckpoints } from './judgedCheckpoints';

export interface JudgementsOptions {
  /** What an approved project file says of a host; the same object for as long as it says the same. */
  readonly projectOf: (host: string) => ProjectOnHost | null;
  /** Age from which a checkpoint counts as stale. */
  readonly staleMs: () => number;
}

interface Known {
  readonly judge: CheckpointJudge;
  readonly staleMs: number;
  readonly judged: JudgedCheckpoints;
}

export class Judgements {
  readonly #options: JudgementsOptions;
  /** By host, with the project that it judges by. */
  readonly #judges = new Map<string, { readonly project: ProjectOnHost | null; readonly judge: CheckpointJudge }>();
  readonly #known = new WeakMap<HostSnapshot, Known>();

  constructor(options: JudgementsOptions) {
    this.#options = options;
  }

  of(host: string, snapshot: HostSnapshot): JudgedCheckpoints {
    const staleMs = this.#options.staleMs();
    const judge = this.#judgeOf(host);
    const known = this.#known.get(snapshot);
    if (known?.judge === judge && known.staleMs === staleMs) return known.judged;
    const judged = judge.judge(snapshot, staleMs);
    this.#known.set(snapshot, { judge, staleMs, judged });
    return judged;
  }

  #judgeOf(host: string): CheckpointJudge {
    const project = this.#options.projectOf(host);
    let known = this.#judges.get(host);
    if (known?.project !== project) this.#judges.set(host, (known = { project, judge: new CheckpointJudge(project) }));
    return known.judge;
  }
}
