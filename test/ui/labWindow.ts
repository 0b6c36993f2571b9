/** The one window of the layer: the lab's three hosts in a real workbench, and what a person sees of it. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { startLab, type Lab, type LabHost } from '../lab/lab';
import { runFromPalette, showHosts, treeLabels } from '../vscode/launchActions';
import type { Driver } from '../vscode/launchDriver';
import { checkoutRoot } from '../vscode/launchProfile';
import { openWorkbench, type Workbench } from '../vscode/launchWorkbench';

/** Key of the setting with the hosts. */
const hostsKey = 'pueuePreflight.hosts';

/** Key of the setting with what is told without being asked; `off` in the window of the layer. */
export const notificationsKey = 'pueuePreflight.notifications';

/** Longest wait for a row, a line or a button: what is awaited here takes a second at most. */
const actionTimeoutMs = 20_000;

/** What the lab's hosts say of themselves when nothing was changed on them. */
const hostRows = [
  /^gpu-1, 2 live · 4 waiting · 5 failed$/u,
  /^gpu-2, 1 live · 1 waiting · 1 failed$/u,
  /^gpu-3, 0 live · 0 waiting · 0 failed$/u,
];

/** Started once for all suites; {@link LabWindow.reset} brings it back to its first state before each test. */
export class LabWindow {
  #lab: Lab | null = null;
  #workbench: Workbench | null = null;
  /** A second window, while a test has one. */
  #other: Workbench | null = null;
  #hosts = '';

  /** Starts the lab and opens VS Code on it, the view "Hosts" in front. */
  async open(): Promise<void> {
    this.#lab = await startLab();
    // What tests do to jobs need not be told, but where just that is tried.
    const settings = { ...this.#lab.settings, [notificationsKey]: 'off' };
    this.#workbench = await openWorkbench({ developed: checkoutRoot(), settings });
    this.page.setDefaultTimeout(actionTimeoutMs);
    this.#hosts = JSON.stringify(this.#lab.settings[hostsKey]);
    await this.driver.ready();
    await showHosts(this.page);
    await this.untilHostsAreRead();
  }

  async close(): Promise<void> {
    await this.#other?.close();
    await this.#workbench?.close();
    await this.#lab?.stop();
  }

  get lab(): Lab {
    assert.ok(this.#lab, 'the lab is not started');
    return this.#lab;
  }

  get page(): Page {
    assert.ok(this.#workbench, 'the window is not open');
    return this.#workbench.page;
  }

  get driver(): Driver {
    assert.ok(this.#workbench, 'the window is not open');
    return this.#workbench.driver;
  }

  /** The workspace folder of the window. */
  get folder(): string {
    assert.ok(this.#workbench, 'the window is not open');
    return this.#workbench.profile.folder;
  }

  /** A host of the lab by its name. */
  host(name: string): LabHost {
    const host = this.lab.hosts.find((each) => each.name === name);
    assert.ok(host, `the lab has no host ${name}`);
    return host;
  }

  /** All hosts of the lab read, every row open, no editor, no panel, no message. */
  async reset(): Promise<void> {
    // A test that failed may have left a question open.
    if (await this.page.locator('.monaco-dialog-box').isVisible()) await this.cancelDialog();
    await this.#pointNowhere();
    await this.setHosts(this.lab.settings[hostsKey]);
    for (const command of ['notifications.clearAll', 'workbench.action.closeAllEditors', 'workbench.action.closePanel'])
      await this.driver.execute(command);
    await this.untilHostsAreRead();
    for (const label of hostRows) await this.openRow(label);
    // The rows of the hosts say the same before a changed setting has come to the tree; the last row of the lab does not.
    await this.row(/^Checkpoints, no directory is configured$/u).waitFor();
  }

  /** Opens a row where it is closed. Rows that come meanwhile move the others, and the click meets another one. */
  async openRow(label: RegExp): Promise<void> {
    const row = this.row(label);
    const opened = row.and(this.page.locator('[aria-expanded=true]'));
    for (let tries = 1; (await row.getAttribute('aria-expanded')) === 'false'; tries += 1) {
      if (tries === 5) throw new Error(`The row ${String(label)} stays closed`);
      await row.locator('.monaco-tl-twistie').click();
      await opened.waitFor({ timeout: 2000 }).catch(() => undefined);
    }
  }

  /** What the pointer rests on shows a hover, which would lie over the rows. */
  async #pointNowhere(): Promise<void> {
    await this.page.mouse.move(900, 300);
  }

  /** Rests on a row until its hover shows: a row that is drawn anew takes it away, and it comes when the pointer moves. */
  async pointAt(row: Locator, hover: Locator): Promise<void> {
    do {
      await this.#pointNowhere();
      await row.hover();
    } while (
      !(await hover.waitFor({ timeout: 2000 }).then(
        () => true,
        () => false,
      ))
    );
  }

  /** Waits for a modal dialog and leaves it by Escape. */
  async cancelDialog(): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    await this.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  }

  /** Writes the setting, where it is not so already. */
  async setHosts(value: unknown): Promise<void> {
    const text = JSON.stringify(value);
    if (text === this.#hosts) return;
    await this.driver.setSetting(hostsKey, value);
    this.#hosts = text;
  }

  /** To be told after the extension itself may have written the setting. */
  hostsWereChanged(): void {
    this.#hosts = '';
  }

  /** The first row of a spoken label, which is its `aria-label`. Playwright waits for it where it is acted on. */
  row(label: RegExp, page = this.page): Locator {
    return page.locator('.part.sidebar').getByRole('treeitem', { name: label }).first();
  }

  /** Labels of the rows below a row of the first level, down to the next one. */
  async rowsBelow(host: string): Promise<readonly string[]> {
    const labels = await treeLabels(this.page);
    const start = labels.findIndex((label) => label.startsWith(`${host}, `));
    assert.ok(start >= 0, `no row of ${host} in ${labels.join('\n')}`);
    const names = this.lab.hosts.map(({ name }) => `${name}, `);
    const rest = labels.slice(start + 1);
    const end = rest.findIndex((label) => names.some((name) => label.startsWith(name)));
    return end < 0 ? rest : rest.slice(0, end);
  }

  /** Waits until the rows below a row of the first level are these: they come and go in more than one step. */
  async untilRowsBelow(host: string, expected: readonly (string | RegExp)[]): Promise<void> {
    const deadline = performance.now() + actionTimeoutMs;
    for (;;) {
      const rows = await this.rowsBelow(host);
      const isSo = (row: string, index: number): boolean => {
        const wanted = expected[index];
        return wanted instanceof RegExp ? wanted.test(row) : wanted === row;
      };
      if (rows.length === expected.length && rows.every(isSo)) return;
      if (performance.now() > deadline) assert.deepEqual(rows, expected);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async untilHostsAreRead(page = this.page): Promise<void> {
    for (const label of hostRows) await this.row(label, page).waitFor();
  }

  /** A button in the title of the view. */
  titleButton(name: string): Locator {
    return this.page.locator('.part.sidebar .composite.title').getByRole('button', { name, exact: true });
  }

  /** Label of the row that has the keyboard focus; `null` where the focus is not in the tree. */
  async focusedRow(): Promise<string | null> {
    const focus = this.page.locator('.part.sidebar [role=tree]:focus');
    if ((await focus.count()) === 0) return null;
    return this.page.locator('.part.sidebar .monaco-list-row.focused').getAttribute('aria-label');
  }

  /** Messages that wait in the corner of a window; VS Code draws no toasts while it is driven. */
  async notifications({ page, driver }: Pick<Workbench, 'page' | 'driver'> = this): Promise<readonly string[]> {
    await driver.execute('notifications.showList');
    const center = page.locator('.notifications-center.visible');
    await center.waitFor();
    const texts = await center.locator('.notification-list-item-message').allInnerTexts();
    await driver.execute('notifications.hideList');
    // code-server's own, about any port that something opens.
    return texts.filter((text) => !text.startsWith('Your application running on port'));
  }

  /** Runs a command of ours from the palette by its title. */
  async palette(title: string): Promise<void> {
    await runFromPalette(this.page, `Pueue: ${title}`);
  }

  /** A second window on the same hosts, closed with the first one at the latest. */
  async openRestricted(folder?: string): Promise<Workbench> {
    const where = folder === undefined ? {} : { folder };
    const options = { developed: checkoutRoot(), settings: this.lab.settings, trusted: false, ...where };
    this.#other = await openWorkbench(options);
    return this.#other;
  }

  /** A second window, into which the extension is installed from its package, and whose settings name nothing but ssh's file. */
  async openInstalled(packaged: string, sshConfigFile: string): Promise<Workbench> {
    this.#other = await openWorkbench({ packaged, settings: { 'pueuePreflight.sshConfigFile': sshConfigFile } });
    this.#other.page.setDefaultTimeout(actionTimeoutMs);
    return this.#other;
  }

  async closeOther(): Promise<void> {
    await this.#other?.close();
    this.#other = null;
  }

  /** Writes pictures of the open windows. @returns their paths, for whoever reads about the failure */
  async pictures(title: string): Promise<readonly string[]> {
    const folder = join(checkoutRoot(), 'out/screenshots');
    await mkdir(folder, { recursive: true });
    const name = `ui-${title.replace(/\W+/gu, '-').slice(0, 100)}`;
    const paths: string[] = [];
    for (const each of [this.#workbench, this.#other]) {
      if (each === null || each.page.isClosed()) continue;
      paths.push(join(folder, `${name}${paths.length === 0 ? '' : '-2'}.png`));
      await each.screenshot(paths.at(-1)!);
    }
    return paths;
  }
}
