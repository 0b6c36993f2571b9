/** The view "Hosts": rows of every configured host, refreshed while the view is visible. */
import * as vscode from 'vscode';
import { thisMachine } from '../../core/hostEntries';
import type { Finding } from '../../core/doctor/finding';
import type { Clock } from '../../core/ports';
import { indexQueue, type QueueIndex } from '../../core/pueue/whyWaiting';
import type { HostState, Reading } from '../../core/watch/hostWatch';
import { commandId, hostsViewId, settingsSection } from '../contributions';
import type { Hosts } from '../hosts';
import { contextTags, nextPage, type MoreNode, type Node } from './nodes';
import { NodeStore } from './nodeStore';
import { findingRow, nextRow, reasonRow } from './reasonRows';
import * as rows from './rows';

/** Rows that show a part of a reading. */
type ReadNode = Exclude<Node, { kind: 'host' | 'invalidSetting' | 'reason' | 'next' | 'finding' | 'more' }>;

/** Elapsed times are counted on between readings, this often. */
const tickMs = 10_000;

export class HostsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #hosts: Hosts;
  readonly #clock: Clock;
  readonly #hostname: string;
  readonly #store = new NodeStore();
  readonly #changed = new vscode.EventEmitter<Node | Node[] | undefined>();
  readonly #view: vscode.TreeView<Node>;
  readonly #disposables: readonly { dispose(): unknown }[];
  /** What a host's rows were made from, to tell a reading that changed nothing. */
  readonly #shown = new Map<string, HostState & { readonly telling: readonly Finding[] }>();
  readonly #indexes = new WeakMap<Reading, QueueIndex>();
  #cancelTick: () => void = () => undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  /** @param hostname of the computer that the extension runs on */
  constructor(hosts: Hosts, clock: Clock, hostname: string) {
    this.#hosts = hosts;
    this.#clock = clock;
    this.#hostname = hostname;
    this.#view = vscode.window.createTreeView(hostsViewId, { treeDataProvider: this, showCollapseAll: true });
    this.#disposables = [
      this.#view,
      this.#changed,
      hosts.onDidChange((name) => {
        this.#update(name);
      }),
      this.#view.onDidChangeVisibility(({ visible }) => {
        this.#setVisible(visible);
      }),
    ];
    this.#setVisible(this.#view.visible);
  }

  dispose(): void {
    this.#cancelTick();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node === undefined)
      return [
        ...this.#hosts.watches.map(({ name }) => this.#store.host(name)),
        ...this.#hosts.invalid.map((entry) => this.#store.invalid(entry)),
      ];
    if (!('host' in node)) return [];
    const watch = this.#hosts.find(node.host);
    if (watch === undefined) return [];
    // A row that is opened before the first answer waits for it, and VS Code shows progress meanwhile. It must not wait
    // for a person: the other rows would stand still as well.
    await watch.untilFirstNews();
    const { state } = watch;
    if (node.kind === 'host') return this.#store.hostChildren(node, state, this.#telling(node.host));
    if (state.reading === null) return [];
    if (node.kind === 'group') return this.#store.groupChildren(node, state.reading);
    if (node.kind === 'job') return this.#store.jobChildren(node);
    return node.kind === 'checkpoints' ? this.#store.checkpointsChildren(node, state.reading) : [];
  }

  getParent(node: Node): Node | undefined {
    return this.#store.parent(node);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const row = this.#row(node);
    const item = new vscode.TreeItem(row.label, collapsible(node));
    item.id = node.id;
    item.description = row.description;
    item.tooltip = row.tooltip;
    item.iconPath = new vscode.ThemeIcon(row.icon, row.color === null ? undefined : new vscode.ThemeColor(row.color));
    item.contextValue = contextTags(node);
    item.accessibilityInformation = { label: row.spoken };
    // The row cannot be repaired by a command of ours, and a narrow side bar cuts what is wrong: it leads to the setting itself.
    if (node.kind === 'invalidSetting')
      item.command = {
        command: 'workbench.action.openSettingsJson',
        title: vscode.l10n.t('Open Settings (JSON)'),
        arguments: [{ revealSetting: { key: `${settingsSection}.hosts` } }],
      };
    if (node.kind === 'more')
      item.command = { command: commandId('tree.showMore'), title: row.label, arguments: [node] };
    return item;
  }

  /** Shows the next page of a list, and puts the focus on its first row, where the row for more has been. */
  async showMore(node: MoreNode): Promise<void> {
    const list = this.#store.showMore(node);
    if (list === undefined) return;
    this.#changed.fire(list);
    const first = (await this.getChildren(list))[list.shown - nextPage];
    if (first !== undefined) await this.#view.reveal(first, { focus: true });
  }

  /** Puts the focus on the row of a host, and the view before the person. */
  async showHost(name: string): Promise<void> {
    await this.#view.reveal(this.#store.host(name), { focus: true, select: true });
  }

  #row(node: Node): rows.Row {
    const t: rows.Translate = vscode.l10n.t;
    const now: rows.Now = { monotonic: this.#clock.monotonic() };
    if (node.kind === 'invalidSetting') return rows.invalidSettingRow(node.entry.problem, t);
    const state = this.#hosts.find(node.host)?.state ?? { reading: null, problem: null, question: null };
    if (node.kind === 'host') return rows.hostRow(this.#shownName(node.host), state, now, t);
    if (node.kind === 'reason') return reasonRow(node.host, node.problem, t);
    if (node.kind === 'next') return nextRow(node.problem, t);
    if (node.kind === 'finding') return findingRow(node.finding, t);
    if (node.kind === 'more') return rows.moreRow(node.hidden, t, node.of);
    const { reading } = state;
    // Its host went between the listing and the rendering; the row goes with the next refresh.
    if (reading === null) return reasonRow(node.host, state.problem, t);
    // Of a job on a host that cannot be read nothing is known beyond the last reading, so its time stands still.
    if (state.problem !== null)
      return rows.earlierRow(this.#rowOfReading(node, reading, { monotonic: reading.readAt }), t);
    return this.#rowOfReading(node, reading, now);
  }

  #rowOfReading(node: ReadNode, reading: Reading, now: rows.Now): rows.Row {
    const t: rows.Translate = vscode.l10n.t;
    switch (node.kind) {
      case 'group':
        return rows.groupRow(node, this.#index(reading), t);
      case 'job':
        return rows.jobRow(node, reading, this.#index(reading), now, t);
      case 'survivor':
        return rows.survivorRow(node, reading, now, t);
      case 'checkpoints':
        return rows.checkpointsRow(reading.snapshot.checkpoints, t);
      case 'checkpointDirectory':
        return rows.checkpointDirectoryRow(node.directory, t);
      case 'checkpoint':
        return rows.checkpointRow(node.entry, reading, now, t);
    }
  }

  /** This Machine is called as the computer is; its id stays the one of the settings. */
  #shownName(host: string): string {
    const isThisMachine = host === thisMachine && this.#hosts.destination(host)?.settings.transport === 'local';
    return isThisMachine ? this.#hostname : host;
  }

  #telling(host: string): readonly Finding[] {
    return this.#hosts.doctor(host)?.telling ?? [];
  }

  #index(reading: Reading): QueueIndex {
    let index = this.#indexes.get(reading);
    if (index === undefined) this.#indexes.set(reading, (index = indexQueue(reading.snapshot.queue)));
    return index;
  }

  /** Only a new reading, another problem or a question changes rows; that a reading is under way does not. */
  #update(name: string | null): void {
    if (name === null) {
      this.#changed.fire(undefined);
      return;
    }
    const state = this.#hosts.find(name)?.state;
    const shown = this.#shown.get(name);
    if (state === undefined) return;
    const { reading, problem, question } = state;
    const telling = this.#telling(name);
    const isSame = shown?.reading === reading && shown.problem === problem && shown.question === question;
    if (isSame && shown.telling === telling) return;
    this.#shown.set(name, { reading, problem, question, telling });
    this.#changed.fire(this.#store.host(name));
  }

  #setVisible(visible: boolean): void {
    this.#hosts.setVisible(visible);
    this.#cancelTick();
    if (visible) this.#tick();
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(tickMs, () => {
      const timed = this.#hosts.watches.flatMap(({ name, state }): Node[] => {
        const host = this.#store.host(name);
        if (state.problem === null) return this.#store.timedRows(host);
        return state.reading === null ? [] : [host];
      });
      // Rendered again one by one: a change of a host row asks for all of its children, so only its age brings that.
      if (timed.length > 0) this.#changed.fire(timed);
      this.#tick();
    });
  }
}

function collapsible(node: Node): vscode.TreeItemCollapsibleState {
  switch (node.kind) {
    case 'host':
    case 'group':
      return vscode.TreeItemCollapsibleState.Expanded;
    case 'job':
      return node.survivors.length === 0
        ? vscode.TreeItemCollapsibleState.None
        : vscode.TreeItemCollapsibleState.Expanded;
    case 'checkpoints':
      return vscode.TreeItemCollapsibleState.Collapsed;
    default:
      return vscode.TreeItemCollapsibleState.None;
  }
}
