/**
 * `npm run demo`: from a bare machine to VS Code on real pueue hosts. Prepares, starts the lab, has the running extension
 * audit each host, prints those reports, then where VS Code stands open. `-- --exit` ends there; `-- --all` adds the hosts
 * that are hard to reach.
 */
import { randomBytes } from 'node:crypto';
import type { FleetReport } from '../src/core/audit/fleetReport';
import { fleetText } from '../src/core/audit/fleetText';
import { Interruption } from './lab/interruption';
import { startLab, type Lab } from './lab/lab';
import { takeDownLeftovers, takeDownOwn } from './lab/registry';
import { hostLine, whichHosts } from './lab/whichHosts';
import { prepareLayers } from './prepare/layers';
import { findDesktop, openDesktop } from './vscode/launchDesktop';
import type { Driver } from './vscode/launchDriver';
import { checkoutRoot } from './vscode/launchProfile';
import { openWorkbench } from './vscode/launchWorkbench';

/** VS Code as the demo uses it, on a desktop or in a browser. */
interface OpenedVsCode {
  readonly driver: Driver;
  /** Where a person finds it, in words. */
  readonly where: string;
  /** Ends what only the audits needed. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** An audit has 15 seconds a host; starting the extension comes on top. */
const auditTimeoutMs = 60_000;

async function openVsCode(lab: Lab, desktop: string | null): Promise<OpenedVsCode> {
  const options = { settings: lab.settings, installed: [checkoutRoot()] };
  if (desktop !== null) {
    const window = await openDesktop(desktop, options);
    return { ...window, where: 'VS Code stands open in its own window.', settle: () => Promise.resolve() };
  }
  // The extension host lives as long as a browser is connected: ours for the audits, then the person's.
  const workbench = await openWorkbench({ ...options, connectionToken: randomBytes(16).toString('hex') });
  return {
    driver: workbench.driver,
    where: `VS Code stands open at\n  ${workbench.address}`,
    settle: () => workbench.closePage(),
    close: () => workbench.close(),
  };
}

async function auditAll(driver: Driver): Promise<FleetReport> {
  await driver.ready();
  return (await driver.execute('pueuePreflight.host.auditAll', [{}], auditTimeoutMs)) as FleetReport;
}

/** Prints what the extension has found. @returns true where every host was read but those that only a person gets into */
function report(fleet: FleetReport, lab: Lab): boolean {
  if (fleet.problem !== null) say(`The audit has a problem: ${fleet.problem.message}`);
  say(`\n${fleetText(fleet)}`);
  const read = new Set(fleet.hosts.filter((audit) => audit.problem === null).map(({ host }) => host));
  say(`${read.size} of ${lab.hosts.length} hosts audited`);
  for (const { name, code } of lab.hosts)
    if (code !== null && !read.has(name)) say(`${name} asks for a second factor; the code is ${code}.`);
  return fleet.problem === null && lab.hosts.every(({ name, code }) => code !== null || read.has(name));
}

async function main(interruption: Interruption, exitAfterAudits: boolean): Promise<void> {
  for (const line of await takeDownLeftovers()) say(line);
  const desktop = process.env['CI'] === 'true' ? null : await findDesktop(say);
  const hosts = whichHosts(process.argv);
  const prepared = await prepareLayers(hosts === 'all' ? ['ssh', 'vscode'] : ['vscode'], desktop !== null, say);
  const missing = [...new Set([...prepared.values()].flat())];
  if (missing.length > 0)
    throw new Error(`The demo cannot start, because a part is missing:\n  ${missing.join('\n  ')}`);

  say(`Starting ${hosts} hosts …`);
  const lab = await startLab({ hosts });
  for (const host of lab.hosts) say(hostLine(host));
  say(`  ssh_config: ${lab.sshConfigFile ?? ''}`);
  say('Starting VS Code; the extension audits the hosts …');
  const opened = await openVsCode(lab, desktop);
  const good = report(await auditAll(opened.driver), lab);
  await opened.settle();
  if (exitAfterAudits) {
    await opened.close();
    await lab.stop();
    interruption.exit(good ? 0 : 1);
    return;
  }
  interruption.isExpected = true;
  say(`\n${opened.where}\nThe hosts are behind the Pueue icon in the activity bar. Ctrl-C takes everything down.`);
}

const interruption = new Interruption(say);
main(interruption, process.argv.includes('--exit')).catch(async (error: unknown) => {
  await takeDownOwn();
  interruption.exit(1, error instanceof Error ? error.message : error);
});
