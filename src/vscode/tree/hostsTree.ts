/** The view "Hosts": rows of every configured host, refreshed while the view is visible, and the filter over them. */
import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { Judgements } from '../../core/checkpoint/judgements';
import { thisMachine } from '../../core/hostEntries';
import type { Finding } from '../../core/doctor/finding';
import type { Clock } from '../../core/ports';
import { visible } from '../../core/text/visible';
import type { HostState } from '../../core/watch/hostWatch';
import { WakeSense } from '../../core/watch/wakeSense';
import { commandId, filteredKey, hostsViewId, settingsSection } from '../contributions';
import type { Hosts } from '../hosts';
import type { Projects } from '../projects';
import { nextPage, type IdleProjectFile, type MoreNode, type Node } from './nodes';
import { TreeFilter } from './treeFilter';
import { TreeModel, type FittingCount } from './treeModel';

/** Elapsed times are counted on between readings, this often. */
const tickMs = 10_000;

export interface HostsTreeParts {
  readonly hosts: Hosts;
  readonly projects: Projects;
  readonly judgements: Judgements;
  readonly clock: Clock;
  /** Of the computer that the extension runs on. */
  readonly hostname: string;
}

export class HostsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #hosts: Hosts;
  readonly #clock: Clock;
  readonly #hostname: string;
  readonly #filter = new TreeFilter(() => setImmediate());
  readonly #model: TreeModel;
  readonly #changed = new vscode.EventEmitter<Node | Node[] | undefined>();
  readonly #view: vscode.TreeView<Node>;
  readonly #disposables: readonly { dispose(): unknown }[];
  /** What a host's rows were made from, to tell a reading that changed nothing. */
  readonly #shown = new Map<string, HostState & { readonly telling: readonly Finding[] }>();
  #isEmpty = false;
  #cancelTick: () => void = () => undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor({ hosts, projects, judgements, clock, hostname }: HostsTreeParts) {
    this.#hosts = hosts;
    this.#clock = clock;
    this.#hostname = hostname;
    this.#model = new TreeModel({
      hosts,
      judgements,
      idleProjectFiles: () => idleFiles(projects),
      filter: this.#filter,
      now: () => ({ monotonic: clock.monotonic() }),
      shownName: (host) => this.#shownName(host),
      t: vscode.l10n.t,
    });
    this.#view = vscode.window.createTreeView(hostsViewId, {
      treeDataProvider: this,
      showCollapseAll: true,
      canSelectMany: true,
    });
    this.#disposables = [
      this.#view,
      this.#changed,
      hosts.onDidChange((name) => {
        // Cannot reject: the search only looks at what was read.
        void this.#update(name);
      }),
      // What a project file says changes the rows of checkpoints that were read before.
      projects.onDidChange(() => {
        this.#changed.fire(undefined);
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
    if (node === undefined) return [...this.#model.roots()];
    if (!('host' in node)) return [];
    const watch = this.#hosts.find(node.host);
    if (watch === undefined) return [];
    // A row that is opened before the first answer waits for it, and VS Code shows progress meanwhile. It must not wait
    // for a person: the other rows would stand still as well.
    await watch.untilFirstNews();
    const { reading } = watch.state;
    if (reading !== null) await this.#filter.look(reading);
    return [...this.#model.children(node)];
  }

  getParent(node: Node): Node | undefined {
    return this.#model.store.parent(node);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const { row, tags } = this.#model.tell(node);
    const item = new vscode.TreeItem(row.label, collapsible(node));
    item.id = node.id;
    item.description = row.description;
    item.iconPath = new vscode.ThemeIcon(row.icon, row.color === null ? undefined : new vscode.ThemeColor(row.color));
    item.contextValue = tags;
    item.accessibilityInformation = { label: row.spoken };
    // The row cannot be repaired by a command of ours, and a narrow side bar cuts what is wrong: it leads to the setting itself.
    if (node.kind === 'invalidSetting')
      item.command = {
        command: 'workbench.action.openSettingsJson',
        title: vscode.l10n.t('Open Settings (JSON)'),
        arguments: [{ revealSetting: { key: `${settingsSection}.hosts` } }],
      };
    if (node.kind === 'projectFile')
      item.command = { command: commandId('project.approve'), title: row.label, arguments: [node] };
    if (node.kind === 'more')
      item.command = { command: commandId('tree.showMore'), title: row.label, arguments: [node] };
    return item;
  }

  /** Tooltips are long and hold masked commands; they are made for the row that is pointed at. */
  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    item.tooltip = this.#model.tellTooltip(node);
    return item;
  }

  /** Shows the next page of a list, and puts the focus on its first row, where the row for more has been. */
  async showMore(node: MoreNode): Promise<void> {
    const list = this.#model.store.showMore(node);
    if (list === undefined) return;
    this.#changed.fire(list);
    const first = (await this.getChildren(list))[list.shown - nextPage];
    if (first !== undefined) await this.#view.reveal(first, { focus: true });
  }

  showBadge(badge: vscode.ViewBadge | undefined): void {
    const shown = this.#view.badge;
    if (shown?.value !== badge?.value || shown?.tooltip !== badge?.tooltip) this.#view.badge = badge;
  }

  /** Puts the focus on the row of a host, and the view before the person. */
  async showHost(name: string): Promise<void> {
    await this.#view.reveal(this.#model.store.host(name), { focus: true, select: true });
  }

  /** What the rows are filtered by; empty for nothing. */
  get filterText(): string {
    return this.#filter.text;
  }

  /**
   * Leaves the jobs that fit.
   *
   * @returns how many fit, of how many; `null` where a later call has overtaken this one
   */
  async setFilter(text: string): Promise<FittingCount | null> {
    const readings = () => this.#hosts.watches.flatMap(({ state: { reading } }) => reading ?? []);
    if (!(await this.#filter.set(text, readings))) return null;
    this.#changed.fire(undefined);
    this.#describeFilter();
    return this.#model.countFitting();
  }

  /** The filter is said beside the name of the view, and how many jobs fit in a line that screen readers read. */
  #describeFilter(): void {
    const { text } = this.#filter;
    this.#isEmpty = this.#model.isFilteredToNothing();
    this.#view.description = text === '' ? '' : vscode.l10n.t('filter: {0}', visible(text, 60));
    // VS Code shows the words for an empty view only where there is no message.
    this.#view.message = text === '' || this.#isEmpty ? '' : this.#countWords();
    void vscode.commands.executeCommand('setContext', filteredKey, text !== '');
  }

  /** The filter is in it too: where the container has one view, VS Code hides what stands beside the name. */
  #countWords(): string {
    const { fitting, of, unread } = this.#model.countFitting();
    const t = vscode.l10n.t;
    const text = visible(this.#filter.text, 60);
    const count =
      of === 1 ? t('"{0}": {1} of 1 job fits.', text, fitting) : t('"{0}": {1} of {2} jobs fit.', text, fitting, of);
    if (unread === 0) return count;
    const more =
      unread === 1
        ? t('1 host cannot be read, so there may be more.')
        : t('{0} hosts cannot be read, so there may be more.', unread);
    return `${count} ${more}`;
  }

  /** This Machine is called as the computer is; its id stays the one of the settings. */
  #shownName(host: string): string {
    const isThisMachine = host === thisMachine && this.#hosts.destination(host)?.settings.transport === 'local';
    return isThisMachine ? this.#hostname : host;
  }

  /** Only a new reading, another problem or a question changes rows; that a reading is under way does not. */
  async #update(name: string | null): Promise<void> {
    if (name === null) {
      // Nothing is left to be filtered, and the words for a view without hosts have to be seen.
      if (this.#hosts.watches.length === 0 && this.#filter.text !== '') await this.setFilter('');
      else if (this.#filter.text !== '') this.#describeFilter();
      this.#changed.fire(undefined);
      return;
    }
    const state = this.#hosts.find(name)?.state;
    const shown = this.#shown.get(name);
    if (state === undefined) return;
    const { reading, problem, question, blind = null } = state;
    const telling = this.#hosts.doctor(name)?.telling ?? [];
    const isSame = shown?.reading === reading && shown.problem === problem && shown.question === question;
    if (isSame && shown.blind === blind && shown.telling === telling) return;
    this.#shown.set(name, { reading, problem, question, blind, telling });
    if (this.#filter.text !== '') {
      if (reading !== null) await this.#filter.look(reading);
      const wasEmpty = this.#isEmpty;
      this.#describeFilter();
      if (this.#isEmpty !== wasEmpty) {
        this.#changed.fire(undefined);
        return;
      }
    }
    this.#fire(this.#model.changes(this.#model.store.host(name)));
  }

  #fire(nodes: readonly Node[]): void {
    if (nodes.length > 0) this.#changed.fire([...nodes]);
  }

  #setVisible(visible: boolean): void {
    this.#hosts.setVisible(visible);
    this.#cancelTick();
    if (visible) this.#tick();
  }

  #tick(): void {
    const wake = new WakeSense(this.#clock, tickMs);
    this.#cancelTick = this.#clock.after(tickMs, () => {
      if (wake.hasSlept()) this.#hosts.wake();
      this.#fire(this.#model.timedChanges());
      this.#tick();
    });
  }
}

/** Those that are there, and that no one has approved as they are. */
function idleFiles({ all }: Projects): IdleProjectFile[] {
  return all.flatMap(({ folder, standing }) =>
    standing.kind === 'none' || standing.kind === 'approved'
      ? []
      : [{ folder: folder.uri.toString(), name: folder.name, standing }],
  );
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
    case 'quarantine':
    case 'quarantineFolder':
      return vscode.TreeItemCollapsibleState.Collapsed;
    default:
      return vscode.TreeItemCollapsibleState.None;
  }
}
