/** `npm run lab`: starts the lab's hosts, prints how to reach them and waits for Ctrl-C. `-- --all`: also those that are hard to reach. */
import { Interruption } from './lab/interruption';
import { startLab } from './lab/lab';
import { takeDownLeftovers, takeDownOwn } from './lab/registry';
import { hostLine, whichHosts } from './lab/whichHosts';
import { prepareLayers } from './prepare/layers';

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(interruption: Interruption): Promise<void> {
  for (const line of await takeDownLeftovers()) say(line);
  const missing = (await prepareLayers(['ssh'], false, say)).get('ssh') ?? [];
  if (missing.length > 0) throw new Error(`The lab cannot start: ${missing.join('; ')}`);
  const lab = await startLab({ hosts: whichHosts(process.argv) });
  say(`ssh_config: ${lab.sshConfigFile ?? ''}`);
  for (const host of lab.hosts) {
    say(hostLine(host));
    const { name, client, isRemote, pueue } = host;
    if (isRemote) say(`    ssh -F ${lab.sshConfigFile ?? ''} ${name} '${client} status'`);
    else say(`    ${pueue.pueue} -c ${pueue.config} status`);
  }
  say(`Settings for VS Code:\n${JSON.stringify(lab.settings, null, 2)}`);
  interruption.isExpected = true;
  say('The hosts are up; Ctrl-C takes them down.');
}

const interruption = new Interruption(say);
main(interruption).catch(async (error: unknown) => {
  await takeDownOwn();
  interruption.exit(1, error);
});
