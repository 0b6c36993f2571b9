/**
 * Which rows the tree has, what each says, and which of them say something else than VS Code was told. Everything about the
 * tree but VS Code itself.
 */
import type { JudgedCheckpoints } from '../../core/checkpoint/judgedCheckpoints';
import type { Judgements } from '../../core/checkpoint/judgements';
import type { Finding } from '../../core/doctor/finding';
import type { InvalidSetting } from '../../core/hostSettings';
import type { Queue } from '../../core/pueue/job';
import { indexQueue, type QueueIndex } from '../../core/pueue/whyWaiting';
import type { HostState, Reading } from '../../core/watch/hostWatch';
import * as checkpointRows from './checkpointRows';
import { jobRow, survivorRow } from './jobRows';
import { contextTags, type HostNode, type IdleProjectFile, type Node } from './nodes';
import { NodeStore } from './nodeStore';
import * as quarantineRows from './quarantineRows';
import { findingRow, nextRow, reasonRow } from './reasonRows';
import { projectFileRow } from './projectFileRow';
import * as rows from './rows';
import { ShownReading } from './shownReading';
import type { TreeFilter } from './treeFilter';

/** Rows that show a part of a reading. */
type ReadNode = Exclude<
  Node,
  { kind: 'host' | 'invalidSetting' | 'projectFile' | 'reason' | 'next' | 'finding' | 'more' }
>;

export interface TreeParts {
  readonly hosts: {
    readonly watches: readonly { readonly name: string; readonly state: HostState }[];
    readonly invalid: readonly InvalidSetting[];
    find(name: string): { readonly state: HostState } | undefined;
    /** What may explain why a host cannot be read. */
    doctor(name: string): { readonly telling: readonly Finding[] } | undefined;
  };
  /** What is thought of the checkpoints of a reading. */
  readonly judgements: Pick<Judgements, 'of'>;
  /** Project files that have no effect as they are. */
  readonly idleProjectFiles: () => readonly IdleProjectFile[];
  readonly filter: TreeFilter;
  readonly now: () => rows.Now;
  /** How a host of the settings is called on screen. */
  readonly shownName: (host: string) => string;
  readonly t: rows.Translate;
}

export interface FittingCount {
  readonly fitting: number;
  readonly of: number;
  readonly unread: number;
}

/** What VS Code was told of a row. */
interface Told {
  readonly row: rows.Row;
  readonly tags: string;
  /** Only who points at a row asks for it. */
  tooltip: string | null;
}

/** More rows of one list than this are told anew with the list. */
const fewRows = 30;

const unread: HostState = { reading: null, problem: null, question: null };

export class TreeModel {
  readonly store = new NodeStore();
  readonly #parts: TreeParts;
  readonly #told = new WeakMap<Node, Told>();
  readonly #shownReadings = new WeakMap<Reading, ShownReading>();
  /** A reading that finds the queue unchanged may have the same one. */
  readonly #indexes = new WeakMap<Queue, QueueIndex>();

  constructor(parts: TreeParts) {
    this.#parts = parts;
  }

  /** The rows of the first level. None at all where a filter leaves nothing: then the view says so in words. */
  roots(): readonly Node[] {
    const { hosts } = this.#parts;
    if (this.isFilteredToNothing()) return [];
    // Without a host the view says in words what to do first.
    const isEmpty = hosts.watches.length === 0 && hosts.invalid.length === 0;
    const projectFiles = isEmpty ? [] : this.#parts.idleProjectFiles();
    return [
      ...projectFiles.map((file) => this.store.projectFile(file)),
      ...hosts.watches.map(({ name }) => this.store.host(name)),
      ...hosts.invalid.map((entry) => this.store.invalid(entry)),
    ];
  }

  /** Whether every host was read, and no job of any fits the filter. What could not be read may hold jobs that fit. */
  isFilteredToNothing(): boolean {
    const { hosts, filter } = this.#parts;
    const { watches, invalid } = hosts;
    if (filter.text === '' || watches.length === 0 || invalid.length > 0) return false;
    return watches.every(({ state: { reading, problem, question } }) => {
      const isRead = reading !== null && problem === null && question === null;
      return isRead && filter.fitting(reading)?.count === 0;
    });
  }

  /** How many jobs fit the filter, of how many that are known, and how many hosts may have more because they cannot be read. */
  countFitting(): FittingCount {
    const { hosts, filter } = this.#parts;
    let [fitting, of, unread] = [0, 0, hosts.invalid.length];
    for (const { state } of hosts.watches) {
      const { reading, problem } = state;
      if (reading === null || problem !== null) unread += 1;
      if (reading === null) continue;
      of += reading.snapshot.queue.jobs.length;
      fitting += filter.fitting(reading)?.count ?? 0;
    }
    return { fitting, of, unread };
  }

  children(node: Node): readonly Node[] {
    if (!('host' in node)) return [];
    const state = this.#stateOf(node.host);
    const shown = this.#shown(state.reading);
    if (node.kind === 'host') return this.store.hostChildren(node, state, shown, this.#telling(node.host));
    if (shown === null) return [];
    if (node.kind === 'group') return this.store.groupChildren(node, shown);
    if (node.kind === 'job') return this.store.jobChildren(node);
    if (node.kind === 'quarantine') return this.store.quarantineChildren(node, shown.reading);
    if (node.kind === 'quarantineFolder') return this.store.quarantineFolderChildren(node);
    return node.kind === 'checkpoints'
      ? this.store.checkpointsChildren(node, shown.reading, this.#judged(node.host, shown.reading))
      : [];
  }

  /** What a row says, for VS Code. */
  tell(node: Node): Pick<Told, 'row' | 'tags'> {
    const told = { row: this.#row(node), tags: contextTags(node), tooltip: null };
    this.#told.set(node, told);
    return told;
  }

  /** The tooltip of a row that VS Code was told. */
  tellTooltip(node: Node): string {
    const { tooltip } = this.#row(node);
    const told = this.#told.get(node);
    if (told !== undefined) told.tooltip = tooltip;
    return tooltip;
  }

  /**
   * The rows of a host that VS Code has to ask for again. For a row with children that means the children too, so a row is
   * among them only where it says something else itself, or where rows below it came or went.
   */
  changes(host: HostNode): readonly Node[] {
    const { reading } = this.#stateOf(host.host);
    // Its search is under way, and tells of the changes when it is done.
    if (reading !== null && this.#parts.filter.fitting(reading) === undefined) return [];
    return this.#changesOf(host);
  }

  /** The rows that say something else by now although nothing was read. */
  timedChanges(): readonly Node[] {
    return this.#parts.hosts.watches.flatMap(({ name, state }) => {
      const host = this.store.host(name);
      // Of a host that cannot be read only the age of what is known of it grows.
      const isAged = state.problem !== null || (state.reading !== null && rows.isAgedByCost(state.reading));
      const timed = [...(isAged ? [host] : []), ...(state.problem === null ? this.store.timedRows(host) : [])];
      return timed.filter((node) => this.#saysOther(node));
    });
  }

  #changesOf(node: Node): readonly Node[] {
    if (this.#saysOther(node)) return [node];
    const before = this.store.given(node);
    if (before === undefined) return [];
    const after = this.children(node);
    if (before.length !== after.length || before.some((child, index) => child !== after[index])) return [node];
    const below = after.flatMap((child) => this.#changesOf(child));
    return below.length > fewRows ? [node] : below;
  }

  #saysOther(node: Node): boolean {
    const told = this.#told.get(node);
    // A row that VS Code has not asked for is not there.
    if (told === undefined) return false;
    const row = this.#row(node);
    const isSame =
      (['label', 'description', 'icon', 'color', 'spoken'] as const).every((part) => row[part] === told.row[part]) &&
      told.tags === contextTags(node);
    return !isSame || (told.tooltip !== null && told.tooltip !== row.tooltip);
  }

  #row(node: Node): rows.Row {
    const { now: clock, shownName, t } = this.#parts;
    const now = clock();
    if (node.kind === 'invalidSetting') return rows.invalidSettingRow(node.entry.problem, t);
    if (node.kind === 'projectFile') return projectFileRow(node.file, t);
    const state = this.#stateOf(node.host);
    const { reading, problem } = state;
    const shown = this.#shown(reading);
    if (node.kind === 'host') return rows.hostRow(shownName(node.host), state, now, t, shown?.fitting ?? null);
    if (node.kind === 'reason') return reasonRow(node.host, node.problem, t);
    if (node.kind === 'next') return nextRow(node.problem, t);
    if (node.kind === 'finding') return findingRow(node.finding, t);
    if (node.kind === 'more') return rows.moreRow(node.hidden, t, node.of);
    // Its host went between the listing and the rendering; the row goes with the next refresh.
    if (shown === null) return reasonRow(node.host, problem, t);
    if (problem === null) return this.#rowOfReading(node, shown, now, false);
    // Of a job on a host that cannot be read nothing is known beyond the last reading, so its time stands still.
    const earlier = this.#rowOfReading(node, shown, { monotonic: shown.reading.readAt }, true);
    return rows.earlierRow(earlier, t);
  }

  #rowOfReading(node: ReadNode, shown: ShownReading, now: rows.Now, isEarlier: boolean): rows.Row {
    const { t } = this.#parts;
    const { reading, index } = shown;
    switch (node.kind) {
      case 'group':
        return rows.groupRow(node, shown, isEarlier ? null : shown.estimate(node.group), t);
      case 'job':
        return jobRow(node, reading, index, now, t);
      case 'survivor':
        return survivorRow(node, reading, now, t);
      case 'checkpoints':
        return checkpointRows.checkpointsRow(reading.snapshot.checkpoints, this.#judged(node.host, reading), t);
      case 'checkpointDirectory':
        return checkpointRows.checkpointDirectoryRow(node.directory, t);
      case 'checkpoint':
        return checkpointRows.checkpointRow(node.judgement, reading, now, t);
      case 'quarantine':
        return quarantineRows.quarantineRow(reading.snapshot.quarantines, reading, now, t);
      case 'quarantineFolder':
        return quarantineRows.quarantineFolderRow(node.folder, reading, now, t);
      case 'quarantined':
        return quarantineRows.quarantinedRow(node.entry, reading, now, t);
    }
  }

  #judged(host: string, { snapshot }: Reading): JudgedCheckpoints {
    return this.#parts.judgements.of(host, snapshot);
  }

  #telling(host: string): readonly Finding[] {
    return this.#parts.hosts.doctor(host)?.telling ?? [];
  }

  #stateOf(host: string): HostState {
    return this.#parts.hosts.find(host)?.state ?? unread;
  }

  /** The reading as it is shown by the filter that stands. */
  #shown(reading: Reading | null): ShownReading | null {
    if (reading === null) return null;
    // What has not been searched yet is shown whole; the rows change when the search is done.
    const fitting = this.#parts.filter.fitting(reading) ?? null;
    const known = this.#shownReadings.get(reading);
    if (known?.fitting === fitting) return known;
    const { queue } = reading.snapshot;
    const index = this.#indexes.get(queue) ?? indexQueue(queue);
    this.#indexes.set(queue, index);
    const shown = new ShownReading(reading, fitting, index);
    this.#shownReadings.set(reading, shown);
    return shown;
  }
}
