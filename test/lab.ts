/** `npm run lab`: starts the lab's hosts, prints how to reach them and waits for Ctrl-C. */
import { Interruption } from './lab/interruption';
import { startLab } from './lab/lab';
import { takeDownLeftovers } from './lab/registry';
import { prepareLayers } from './prepare/layers';

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(interruption: Interruption): Promise<void> {
  for (const line of await takeDownLeftovers()) say(line);
  const missing = (await prepareLayers(['ssh'], false, say)).get('ssh') ?? [];
  if (missing.length > 0) throw new Error(`The lab cannot start: ${missing.join('; ')}`);
  const lab = await startLab();
  say(`ssh_config: ${lab.sshConfigFile ?? ''}`);
  for (const { name, description, client } of lab.hosts) {
    say(`  ${name}: ${description}`);
    say(`    ssh -F ${lab.sshConfigFile ?? ''} ${name} '${client} status'`);
  }
  say(`Settings for VS Code:\n${JSON.stringify(lab.settings, null, 2)}`);
  interruption.isExpected = true;
  say('The hosts are up; Ctrl-C takes them down.');
}

const interruption = new Interruption(say);
main(interruption).catch((error: unknown) => {
  interruption.exit(1, error);
});
