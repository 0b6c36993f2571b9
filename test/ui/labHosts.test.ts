/**
 * All hosts of the lab in one real window: each is reached in its own way, audited, and its rows are opened. With
 * `PICTURES=<folder>` the window is painted there, for whoever judges it.
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import type { AuditReport } from '../../src/core/audit/auditReport';
import { startLab, type Lab } from '../lab/lab';
import { oddHosts } from '../lab/labHosts';
import { showHosts, treeLabels, treeRows } from '../vscode/launchActions';
import { checkoutRoot } from '../vscode/launchProfile';
import { openWorkbench, type Workbench } from '../vscode/launchWorkbench';

const hostsKey = 'pueuePreflight.hosts';
/** A reading of ten thousand jobs on a machine that tests as well. */
const patienceMs = 60_000;
/** What lies on the hosts that differ by the way to them. */
const working = { row: '1 live · 1 waiting · 1 failed', counts: { running: 1, queued: 1, failed: 1, succeeded: 1 } };
const large = {
  row: '1 live · 2999 waiting · 200 failed',
  counts: { running: 1, queued: 2_999, failed: 200, succeeded: 6_800 },
};

describe('the hosts of the lab', function () {
  this.timeout(180_000);
  let lab: Lab;
  let workbench: Workbench;

  before(async () => {
    lab = await startLab({ hosts: 'all' });
    const settings = { ...lab.settings, [hostsKey]: settingsOf(({ name }) => name === 'gpu-1') };
    workbench = await openWorkbench({ developed: checkoutRoot(), settings });
    workbench.page.setDefaultTimeout(patienceMs);
    await workbench.driver.ready();
    await showHosts(workbench.page);
  });
  after(async () => {
    await workbench.close();
    await lab.stop();
  });

  // A hook that failed leaves its test without a state.
  afterEach(async function () {
    if (this.currentTest === undefined || this.currentTest.state === 'passed') return;
    const folder = join(checkoutRoot(), 'out/screenshots');
    await mkdir(folder, { recursive: true });
    const path = join(folder, `ui-lab-${this.currentTest.title.replace(/\W+/gu, '-').slice(0, 60)}.png`);
    await workbench.screenshot(path);
    console.log(`      Picture: ${path}\n      Rows: ${(await treeLabels(workbench.page)).join(' | ')}`);
  });

  /** The setting for some of the hosts. */
  function settingsOf(wanted: (host: Lab['hosts'][number]) => boolean): readonly unknown[] {
    const all = lab.settings[hostsKey] as readonly unknown[];
    return all.filter((_, index) => wanted(lab.hosts[index]!));
  }

  function row(label: string): Locator {
    return workbench.page.locator(`.part.sidebar [role=treeitem][aria-label^=${JSON.stringify(label)}]`).first();
  }

  async function paint(name: string): Promise<void> {
    const folder = process.env['PICTURES'];
    if (folder === undefined) return;
    await mkdir(folder, { recursive: true });
    await workbench.screenshot(join(folder, `lab-${name}.png`));
  }

  /** Types the code that the lab shows, where one is asked for. */
  async function answer(name: string): Promise<void> {
    const code = lab.hosts.find((host) => host.name === name)?.code ?? null;
    if (code === null) return;
    const { page } = workbench;
    await page.locator('.quick-input-widget input[type=password]').and(page.locator(':focus')).waitFor();
    await paint(`${name}-asks`);
    await page.keyboard.type(code);
    await page.keyboard.press('Enter');
  }

  for (const { name, description } of oddHosts) {
    const { row: expected, counts } = name === 'ten-thousand' ? large : working;

    it(`has ${name} (${description}) read, audited and open`, async () => {
      const { driver, page } = workbench;
      const label = name === 'this-machine' ? hostname() : name;
      await driver.setSetting(
        hostsKey,
        settingsOf((host) => host.name === name),
      );
      await answer(name);
      await row(`${label}, ${expected}`).waitFor();
      const report = (await driver.execute('pueuePreflight.host.audit', [{ host: name }])) as AuditReport;
      assert.equal(report.problem, null);
      const { running, queued, failed, succeeded } = report.counts;
      assert.deepEqual({ running, queued, failed, succeeded }, counts);
      assert.equal(report.decision.row, 'live-and-failed');
      await row('default, group').waitFor();
      await row('DOGEUSDT@250, running').waitFor();
      assert.ok((await treeRows(page).count()) > 3);
      await paint(name);
    });
  }

  it('has all of them side by side, each read over a connection of its own', async () => {
    const { driver } = workbench;
    await driver.setSetting(
      hostsKey,
      settingsOf(() => true),
    );
    await answer('second-factor');
    const fleet = (await driver.execute('pueuePreflight.host.auditAll', [{}])) as { readonly hosts: AuditReport[] };
    const problems = fleet.hosts.map(({ host, problem }) => `${host}: ${problem?.code ?? 'read'}`);
    assert.deepEqual(
      problems,
      lab.hosts.map(({ name }) => `${name}: read`),
    );
    await driver.execute('workbench.actions.treeView.pueuePreflight.hosts.collapseAll');
    await row('gpu-1, ').waitFor();
    await paint('all-hosts');
  });
});
