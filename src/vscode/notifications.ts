/** Tells what happened on the hosts: messages, as the setting wants them, and the badge of what failed while nobody looked. */
import * as vscode from 'vscode';
import { settingsNotWritten } from '../core/hostEntries';
import { NewsOfHost } from '../core/notices/newsOfHost';
import { isEmpty, stillSo, type Notice } from '../core/notices/notice';
import { NoticeDesk } from '../core/notices/noticeDesk';
import type { OwnEnds } from '../core/notices/ownEnds';
import { UnseenFailures } from '../core/notices/unseenFailures';
import type { Clock } from '../core/ports';
import { problemText } from '../core/problemText';
import type { HostWatch } from '../core/watch/hostWatch';
import { commandId, settingsSection } from './contributions';
import type { Hosts } from './hosts';
import { badgeText, noticeMessage, type NoticeAction } from './noticeText';
import type { Output } from './output';
import type { HostsTree } from './tree/hostsTree';

export interface NotificationsParts {
  readonly hosts: Hosts;
  readonly tree: HostsTree;
  readonly output: Output;
  readonly clock: Clock;
  /** What the person has ended here is no news. */
  readonly ownEnds: OwnEnds;
}

export class Notifications implements vscode.Disposable {
  readonly #parts: NotificationsParts;
  readonly #desk: NoticeDesk;
  readonly #unseen = new UnseenFailures();
  /** By the watch, not by the name: a host whose settings have changed begins anew. */
  readonly #news = new Map<HostWatch, NewsOfHost>();
  readonly #listeners: readonly vscode.Disposable[];

  constructor(parts: NotificationsParts) {
    this.#parts = parts;
    const { hosts, clock } = parts;
    this.#desk = new NoticeDesk({
      clock,
      current: (notice) => this.#current(notice),
      show: (notices) => this.#show(notices),
    });
    this.#listeners = [
      hosts.onDidChange((name) => {
        if (name === null) this.#followHosts();
        else this.#take(name);
      }),
      hosts.onDidLook(() => {
        this.#unseen.forget();
        // The rows say it by now.
        this.#desk.clear();
        this.#showBadge();
      }),
    ];
    this.#followHosts();
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose();
    for (const news of this.#news.values()) news.close();
    this.#desk.close();
  }

  #followHosts(): void {
    const { hosts, clock } = this.#parts;
    if (hosts.notifications === 'off') this.#desk.clear();
    for (const [watch, news] of this.#news) {
      if (hosts.watches.includes(watch)) continue;
      news.close();
      this.#news.delete(watch);
      this.#unseen.forget(watch.name);
    }
    for (const watch of hosts.watches) {
      if (this.#news.has(watch)) continue;
      const onNews = (notice: Notice): void => {
        this.#hear(notice);
      };
      this.#news.set(watch, new NewsOfHost({ host: watch.name, clock, onNews }));
    }
    this.#showBadge();
  }

  #take(name: string): void {
    const watch = this.#parts.hosts.find(name);
    if (watch === undefined) return;
    this.#news.get(watch)?.take(watch.state);
    if (watch.state.reading !== null) this.#unseen.keepOpen(name, watch.state.reading);
    this.#showBadge();
  }

  #hear(heard: Notice): void {
    const { hosts, ownEnds } = this.#parts;
    const notice = { ...heard, failed: heard.failed.filter((run) => !ownEnds.has(heard.host, run)) };
    if (!hosts.isLookedAt) this.#unseen.add(notice.host, notice.failed);
    if (hosts.notifications === 'off') return;
    const wanted = hosts.notifications === 'failuresAndDrained' ? notice : { ...notice, drained: [] };
    if (!isEmpty(wanted)) this.#desk.tell(wanted);
  }

  /** A host that was removed has nothing to tell any more. */
  #current(notice: Notice): Notice {
    const watch = this.#parts.hosts.find(notice.host);
    return watch === undefined ? { ...notice, failed: [], drained: [], isLost: false } : stillSo(notice, watch.state);
  }

  #showBadge(): void {
    const { counts } = this.#unseen;
    const value = counts.reduce((sum, { count }) => sum + count, 0);
    this.#parts.tree.showBadge(value === 0 ? undefined : { value, tooltip: badgeText(counts, vscode.l10n.t) });
  }

  async #show(notices: readonly Notice[]): Promise<void> {
    const { text, isWarning, actions } = noticeMessage(notices, vscode.l10n.t);
    const items = [
      ...actions.map((action) => ({ title: actionTitle(action), act: () => this.#act(action) })),
      { title: vscode.l10n.t('Turn Off'), act: () => this.#turnOff() },
    ];
    const show = isWarning ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
    try {
      await (await show(text, ...items))?.act();
    } catch (error) {
      this.#parts.output.unexpected('a notification', error);
    }
  }

  async #act(action: NoticeAction): Promise<void> {
    switch (action.kind) {
      case 'openLog': {
        const { id, createdAt, start } = action.run;
        const argument = { host: action.host, jobs: [{ id, createdAt, start }] };
        await vscode.commands.executeCommand(commandId('job.openLog'), argument);
        return;
      }
      case 'show':
        await this.#parts.tree.showHost(action.host);
        return;
      case 'audit':
      case 'refresh': {
        const command = commandId(action.kind === 'audit' ? 'host.audit' : 'host.refresh');
        await Promise.all(action.hosts.map((host) => vscode.commands.executeCommand(command, { host })));
      }
    }
  }

  async #turnOff(): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(settingsSection);
    try {
      await configuration.update('notifications', 'off', vscode.ConfigurationTarget.Global);
    } catch (error) {
      const problem = settingsNotWritten(error instanceof Error ? error.message : String(error));
      this.#parts.output.append(problemText('Turn Off notifications', [problem], new Date().toISOString()));
    }
  }
}

function actionTitle({ kind }: NoticeAction): string {
  switch (kind) {
    case 'openLog':
      return vscode.l10n.t('Open Log');
    case 'show':
      return vscode.l10n.t('Show');
    case 'audit':
      return vscode.l10n.t('Audit');
    case 'refresh':
      return vscode.l10n.t('Refresh');
  }
}
