/** `npm run soak`: what is too long for each run of the tests. */
import { oldestRelease, codeServerPart, nodePart } from './prepare/codeServer';
import { prepareParts } from './prepare/prepareParts';
import { runVsCodeLayer } from './vscode/launch';

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
async function main(): Promise<void> {
  const missing = await prepareParts([nodePart(oldestRelease), codeServerPart(oldestRelease)], say);
  say(String(missing));
  if (missing.length === 0) say(JSON.stringify(await runVsCodeLayer(oldestRelease, say)));
}
main().then(
  () => process.exit(0),
  (e: unknown) => {
    console.error(e);
    process.exit(1);
  },
);
