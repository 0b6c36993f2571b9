/** Keeps the one object per row, and says which children a row has. No rendering and no VS Code in here. */
import type { JudgedCheckpoints } from '../../core/checkpoint/judgedCheckpoints';
import type { Finding } from '../../core/doctor/finding';
import { startOf, type Job } from '../../core/pueue/job';
import type { InvalidSetting } from '../../core/hostSettings';
import type { Problem } from '../../core/problem';
import type { SurvivingRun } from '../../core/snapshot';
import type { HostState, Reading } from '../../core/watch/hostWatch';
import { byUrgency } from './checkpointOrder';
import {
  firstPage,
  nextPage,
  type CheckpointDirectoryNode,
  type CheckpointNode,
  type CheckpointsNode,
  type FindingNode,
  type IdleProjectFile,
  type ProjectFileNode,
  type GroupNode,
  type HostNode,
  type InvalidSettingNode,
  type JobNode,
  type MoreNode,
  type NextNode,
  type Node,
  type PagedNode,
  type QuarantinedNode,
  type QuarantineFolderNode,
  type QuarantineNode,
  type ReasonNode,
  type SurvivorNode,
} from './nodes';
import { isOld } from './quarantineRows';
import type { ShownReading } from './shownReading';

export class NodeStore {
  readonly #nodes = new Map<string, Node>();
  readonly #parents = new Map<string, Node>();
  readonly #lists = new Map<Node, readonly Node[]>();

  host(name: string): HostNode {
    const id = `host/${idPart(name)}`;
    return this.#keep(id, null, (): HostNode => ({ kind: 'host', id, host: name }));
  }

  invalid(entry: InvalidSetting): InvalidSettingNode {
    const id = `invalid/${idPart(entry.id)}`;
    const node = this.#keep(id, null, (): InvalidSettingNode => ({ kind: 'invalidSetting', id, entry }));
    node.entry = entry;
    return node;
  }

  projectFile(file: IdleProjectFile): ProjectFileNode {
    const { folder } = file;
    const id = `project/${idPart(folder)}`;
    const node = this.#keep(id, null, (): ProjectFileNode => ({ kind: 'projectFile', id, folder, file }));
    node.file = file;
    return node;
  }

  /**
   * Rows of a host: why it cannot be read, processes of jobs that have no row, its groups, its checkpoints. A filter leaves
   * the reason and the groups in which something fits.
   *
   * @param telling what may explain why it cannot be read
   */
  hostChildren(
    parent: HostNode,
    { problem }: HostState,
    shown: ShownReading | null,
    telling: readonly Finding[] = [],
  ): readonly Node[] {
    const { host } = parent;
    const children: Node[] =
      problem === null ? [] : [...this.#reason(parent, problem), ...this.#findings(parent, telling)];
    if (shown === null) return this.#list(parent, children);
    const { reading, index, fitting } = shown;
    if (fitting === null) {
      const homeless = (reading.scope.survivors ?? []).filter(({ id, createdAt }) => {
        const job = index.jobs.get(id);
        return job === undefined || job.createdAt !== createdAt;
      });
      children.push(...this.#survivors(parent, homeless));
    }
    for (const group of reading.snapshot.queue.groups) {
      if (fitting !== null && !fitting.byGroup.has(group.name)) continue;
      const id = `${parent.id}/group/${idPart(group.name)}`;
      const make = (): GroupNode => ({ kind: 'group', id, host, group: group.name, state: group, shown: firstPage });
      const node = this.#keep(id, parent, make);
      node.state = group;
      children.push(node);
    }
    if (fitting === null) {
      const id = `${parent.id}/checkpoints`;
      children.push(
        this.#keep(id, parent, (): CheckpointsNode => ({ kind: 'checkpoints', id, host, shown: firstPage })),
      );
    }
    return this.#list(parent, children);
  }

  groupChildren(parent: GroupNode, shown: ShownReading): readonly Node[] {
    const jobs = shown.jobs(parent.group);
    const survivors = shown.reading.scope.survivors ?? [];
    const children: Node[] = jobs.slice(0, parent.shown).map((job) => this.#job(parent, job, survivors));
    return this.#page(parent, children, jobs.length - children.length);
  }

  /** The live processes of a job's runs that are over. */
  jobChildren(parent: JobNode): readonly Node[] {
    return this.#list(parent, this.#survivors(parent, parent.survivors));
  }

  /** The entries of all directories: of each what is wrong first, then the newest. */
  checkpointsChildren(parent: CheckpointsNode, reading: Reading, judged: JudgedCheckpoints): readonly Node[] {
    const children: Node[] = this.#quarantine(parent, reading);
    let hidden = 0;
    for (const directory of reading.snapshot.checkpoints) {
      if (directory.state !== 'listed' || directory.entries.length === 0) {
        const id = `${parent.id}/directory/${idPart(directory.path)}`;
        const make = (): CheckpointDirectoryNode => ({ kind: 'checkpointDirectory', id, host: parent.host, directory });
        const node = this.#keep(id, parent, make);
        node.directory = directory;
        children.push(node);
      }
      const ordered = [...judged.in(directory)].sort(byUrgency);
      const room = Math.max(0, parent.shown - children.length);
      hidden += Math.max(0, ordered.length - room);
      for (const judgement of ordered.slice(0, room)) {
        const { path } = judgement.entry;
        const id = `${parent.id}/file/${idPart(path)}`;
        const make = (): CheckpointNode => ({ kind: 'checkpoint', id, host: parent.host, paths: [path], judgement });
        const node = this.#keep(id, parent, make);
        node.judgement = judgement;
        children.push(node);
      }
    }
    return this.#page(parent, children, hidden);
  }

  quarantineChildren(parent: QuarantineNode, { snapshot }: Reading): readonly Node[] {
    const { host } = parent;
    const children = snapshot.quarantines.flatMap(({ folders }) =>
      folders.map((folder) => {
        const id = `${parent.id}/folder/${idPart(folder.path)}`;
        const own = { paths: folder.entries.map(({ path }) => path), folder, isOld: isOld(folder, snapshot.takenAt) };
        const make = (): QuarantineFolderNode => ({ kind: 'quarantineFolder', id, host, shown: firstPage, ...own });
        return Object.assign(this.#keep(id, parent, make), own);
      }),
    );
    return this.#list(parent, children);
  }

  quarantineFolderChildren(parent: QuarantineFolderNode): readonly Node[] {
    const { host, folder, isOld, shown } = parent;
    const children = folder.entries.slice(0, shown).map((entry) => {
      const id = `${parent.id}/file/${idPart(entry.path)}`;
      const own = { entry, isOld };
      const make = (): QuarantinedNode => ({ kind: 'quarantined', id, host, paths: [entry.path], ...own });
      return Object.assign(this.#keep(id, parent, make), own);
    });
    return this.#page(parent, children, folder.entries.length - children.length);
  }

  /** The row of the quarantines, where there is one. First, so that it is found above thousands of entries. */
  #quarantine(parent: CheckpointsNode, { snapshot }: Reading): Node[] {
    if (snapshot.quarantines.length === 0) return [];
    const id = `${parent.id}/quarantine`;
    return [this.#keep(id, parent, (): QuarantineNode => ({ kind: 'quarantine', id, host: parent.host }))];
  }

  /** Shows the next page of a long list. @returns the row whose list it is */
  showMore(node: MoreNode): PagedNode | undefined {
    const parent = this.parent(node);
    if (parent?.kind !== 'group' && parent?.kind !== 'checkpoints' && parent?.kind !== 'quarantineFolder')
      return undefined;
    parent.shown += nextPage;
    return parent;
  }

  parent(node: Node): Node | undefined {
    return this.#parents.get(node.id);
  }

  /** The children that a row had when they were last asked for; `undefined` where they never were. */
  given(node: Node): readonly Node[] | undefined {
    return this.#lists.get(node);
  }

  /** Rows of a host whose text changes by the passing of time alone. */
  timedRows(host: HostNode): Node[] {
    return this.#below(host).filter(
      (node) =>
        node.kind === 'survivor' ||
        (node.kind === 'job' && (node.job.state.kind === 'running' || node.job.state.kind === 'paused')),
    );
  }

  #below(node: Node): Node[] {
    return (this.#lists.get(node) ?? []).flatMap((child) => [child, ...this.#below(child)]);
  }

  /** Closes a list with the row for more, where there is more. */
  #page(parent: PagedNode, children: Node[], hidden: number): readonly Node[] {
    if (hidden > 0) {
      const id = `${parent.id}/more`;
      const make = (): MoreNode => ({ kind: 'more', id, host: parent.host, of: parent.kind, hidden });
      const node = this.#keep(id, parent, make);
      node.hidden = hidden;
      children.push(node);
    }
    return this.#list(parent, children);
  }

  /** Keeps the list of a row's children, and forgets the ones that are no longer in it. */
  #list(parent: Node, children: readonly Node[]): readonly Node[] {
    const kept = new Set(children);
    for (const node of this.#lists.get(parent) ?? []) if (!kept.has(node)) this.#forget(node);
    this.#lists.set(parent, children);
    return children;
  }

  /** Forgets a row and all below it. */
  #forget(node: Node): void {
    for (const child of this.#lists.get(node) ?? []) this.#forget(child);
    this.#lists.delete(node);
    this.#nodes.delete(node.id);
    this.#parents.delete(node.id);
  }

  #reason(parent: HostNode, problem: Problem): Node[] {
    const { host } = parent;
    return (['reason', 'next'] as const).map((kind) => {
      const id = `${parent.id}/${kind}`;
      const node = this.#keep(id, parent, (): ReasonNode | NextNode => ({ kind, id, host, problem }));
      node.problem = problem;
      return node;
    });
  }

  #findings(parent: HostNode, telling: readonly Finding[]): Node[] {
    return telling.map((finding) => {
      const id = `${parent.id}/finding/${idPart(finding.subject)}`;
      const make = (): FindingNode => ({ kind: 'finding', id, host: parent.host, finding });
      const node = this.#keep(id, parent, make);
      node.finding = finding;
      return node;
    });
  }

  #survivors(parent: HostNode | JobNode, runs: readonly SurvivingRun[]): Node[] {
    return runs.flatMap(({ id: job, createdAt, start, processes }) =>
      processes.map((process) => {
        const id = `${parent.id}/survivor/${process.pid}/${idPart(process.life ?? '')}`;
        const { host } = parent;
        const jobs = [{ id: job, createdAt, start }] as const;
        const alone = parent.kind === 'host';
        const make = (): SurvivorNode => ({ kind: 'survivor', id, host, jobs, pid: process.pid, alone, process });
        const node = this.#keep(id, parent, make);
        node.process = process;
        return node;
      }),
    );
  }

  #job(parent: GroupNode, job: Job, runs: readonly SurvivingRun[]): JobNode {
    const id = jobNodeId(parent, job);
    const identity = [{ id: job.id, createdAt: job.createdAt, start: startOf(job.state) }] as const;
    const { host, group } = parent;
    const survivors =
      runs.length === 0 ? runs : runs.filter((run) => run.id === job.id && run.createdAt === job.createdAt);
    const make = (): JobNode => ({ kind: 'job', id, host, group, jobs: identity, job, survivors });
    const node = this.#keep(id, parent, make);
    node.job = job;
    node.survivors = survivors;
    node.jobs = identity;
    // A row without children is not asked for them.
    if (survivors.length === 0 && this.#lists.has(node)) this.#list(node, []);
    return node;
  }

  #keep<T extends Node>(id: string, parent: Node | null, make: () => T): T {
    const known = this.#nodes.get(id);
    // An id holds its kind, so what is found under it is of the type that `make` would give.
    if (known !== undefined) return known as T;
    const node = make();
    this.#nodes.set(id, node);
    if (parent !== null) this.#parents.set(id, parent);
    return node;
  }
}

function jobNodeId(parent: GroupNode, job: Job): string {
  return `${parent.id}/job/${job.id}/${job.createdAt ?? ''}`;
}

/** A text as one part of an id. A lone surrogate, which can stand for a byte that is not UTF-8, is written out first. */
function idPart(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`));
}
