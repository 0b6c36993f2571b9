/** Keeps the one object per row, and says which children a row has. No rendering and no VS Code in here. */
import { jobOfRun } from '../../core/audit/survivors';
import type { Finding } from '../../core/doctor/finding';
import { startOf, type Job } from '../../core/pueue/job';
import type { InvalidSetting } from '../../core/hostSettings';
import type { Problem } from '../../core/problem';
import type { SurvivingRun } from '../../core/snapshot';
import type { HostState, Reading } from '../../core/watch/hostWatch';
import { orderJobs } from './jobOrder';
import {
  firstPage,
  nextPage,
  type CheckpointDirectoryNode,
  type CheckpointNode,
  type CheckpointsNode,
  type FindingNode,
  type GroupNode,
  type HostNode,
  type InvalidSettingNode,
  type JobNode,
  type MoreNode,
  type NextNode,
  type Node,
  type PagedNode,
  type ReasonNode,
  type SurvivorNode,
} from './nodes';

export class NodeStore {
  readonly #nodes = new Map<string, Node>();
  readonly #parents = new Map<string, Node>();

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

  /**
   * Rows of a host: why it cannot be read, processes of jobs that have no row, its groups, its checkpoints.
   *
   * @param telling what may explain why it cannot be read
   */
  hostChildren(parent: HostNode, { reading, problem }: HostState, telling: readonly Finding[] = []): Node[] {
    const { host } = parent;
    const children: Node[] = problem === null ? [] : this.#reason(parent, problem);
    const findings = problem === null ? [] : this.#findings(parent, telling);
    this.#forget(parent, findings, 'finding');
    children.push(...findings);
    if (reading === null) return children;
    const { jobs } = reading.snapshot.queue;
    const homeless = (reading.scope.survivors ?? []).filter((run) => jobOfRun(run, jobs) === undefined);
    const rows = this.#survivors(parent, homeless);
    this.#forget(parent, rows, 'survivor');
    children.push(...rows);
    for (const group of reading.snapshot.queue.groups) {
      const id = `${parent.id}/group/${idPart(group.name)}`;
      const make = (): GroupNode => ({ kind: 'group', id, host, group: group.name, state: group, shown: firstPage });
      const node = this.#keep(id, parent, make);
      node.state = group;
      children.push(node);
    }
    const id = `${parent.id}/checkpoints`;
    children.push(this.#keep(id, parent, (): CheckpointsNode => ({ kind: 'checkpoints', id, host, shown: firstPage })));
    return children;
  }

  groupChildren(parent: GroupNode, reading: Reading): Node[] {
    const jobs = orderJobs(reading.snapshot.queue.jobs.filter((job) => job.group === parent.group));
    const survivors = reading.scope.survivors ?? [];
    const children: Node[] = jobs.slice(0, parent.shown).map((job) => this.#job(parent, job, survivors));
    return this.#page(parent, children, jobs.length - children.length);
  }

  /** The live processes of a job's runs that are over. */
  jobChildren(parent: JobNode): Node[] {
    const rows = this.#survivors(parent, parent.survivors);
    this.#forget(parent, rows, 'survivor');
    return rows;
  }

  checkpointsChildren(parent: CheckpointsNode, reading: Reading): Node[] {
    const children: Node[] = [];
    let hidden = 0;
    for (const directory of reading.snapshot.checkpoints) {
      if (directory.state !== 'listed' || directory.entries.length === 0) {
        const id = `${parent.id}/directory/${idPart(directory.path)}`;
        const make = (): CheckpointDirectoryNode => ({ kind: 'checkpointDirectory', id, host: parent.host, directory });
        const node = this.#keep(id, parent, make);
        node.directory = directory;
        children.push(node);
      }
      const newestFirst = [...directory.entries].sort((a, b) => b.modified - a.modified || (a.path < b.path ? -1 : 1));
      const room = Math.max(0, parent.shown - children.length);
      hidden += Math.max(0, newestFirst.length - room);
      for (const entry of newestFirst.slice(0, room)) {
        const id = `${parent.id}/file/${idPart(entry.path)}`;
        const make = (): CheckpointNode => ({ kind: 'checkpoint', id, host: parent.host, paths: [entry.path], entry });
        const node = this.#keep(id, parent, make);
        node.entry = entry;
        children.push(node);
      }
    }
    return this.#page(parent, children, hidden);
  }

  /** Shows the next page of a long list. @returns the row whose list it is */
  showMore(node: MoreNode): PagedNode | undefined {
    const parent = this.parent(node);
    if (parent?.kind !== 'group' && parent?.kind !== 'checkpoints') return undefined;
    parent.shown += nextPage;
    return parent;
  }

  parent(node: Node): Node | undefined {
    return this.#parents.get(node.id);
  }

  /** Rows of a host whose text changes by the passing of time alone. */
  timedRows(host: HostNode): Node[] {
    return [...this.#nodes.values()].filter(
      (node) =>
        (node.kind === 'survivor' && node.host === host.host) ||
        (node.kind === 'job' &&
          node.host === host.host &&
          (node.job.state.kind === 'running' || node.job.state.kind === 'paused')),
    );
  }

  /** Closes a list with the row for more, where there is more, and forgets rows that are no longer in it. */
  #page(parent: PagedNode, children: Node[], hidden: number): Node[] {
    if (hidden > 0) {
      const id = `${parent.id}/more`;
      const make = (): MoreNode => ({ kind: 'more', id, host: parent.host, of: parent.kind, hidden });
      const node = this.#keep(id, parent, make);
      node.hidden = hidden;
      children.push(node);
    }
    this.#forget(parent, children);
    return children;
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

  /** Forgets rows below a parent, of one kind where it is named, that are no longer among its children. */
  #forget(parent: Node, children: readonly Node[], kind?: Node['kind']): void {
    const kept = new Set<Node>(children);
    for (const [id, of] of this.#parents) {
      const node = this.#nodes.get(id);
      if (of !== parent || (node !== undefined && (kept.has(node) || (kind ?? node.kind) !== node.kind))) continue;
      this.#nodes.delete(id);
      this.#parents.delete(id);
      if (node?.kind === 'job' && node.survivors.length > 0) this.#forget(node, []);
    }
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
    const survivors = runs.filter((run) => run.id === job.id && run.createdAt === job.createdAt);
    const make = (): JobNode => ({ kind: 'job', id, host, group, jobs: identity, job, survivors });
    const node = this.#keep(id, parent, make);
    node.job = job;
    node.survivors = survivors;
    node.jobs = identity;
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
