/**
 * `npm run soak`: what is too long for each run of the tests. 1,500 times a link is cut and comes back, half of them over
 * either transport; 420 times link, helper or pueued are taken away while jobs are added; 10,000 stories are told of others who
 * act on a queue together with us; and the `vscode` layer runs in the oldest VS Code that the manifest admits. `-- --seed N`
 * repeats what a seed has found, `--cycles N` makes the first shorter, `--only link`, `--only add`, `--only interleavings` or
 * `--only vscode` leaves the others out.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Interruption } from './lab/interruption';
import { takeDownLeftovers, takeDownOwn } from './lab/registry';
import { codeServerPart, nodePart, oldestRelease } from './prepare/codeServer';
import { prepareLayers } from './prepare/layers';
import { prepareParts } from './prepare/prepareParts';
import { closingLine, isGood } from './runner/outcome';
import { startPueueHost } from './lab/pueueHost';
import { soakLink } from './soak/linkSoak';
import { loseAdds } from './soak/lostAdds';
import { tellStories } from './soak/interleavings';
import { seeded } from './soak/seeded';
import { RemoteHost } from './ssh/remoteHost';
import { runVsCodeLayer } from './vscode/launch';

interface SoakOptions {
  readonly seed: number;
  readonly cycles: number;
  readonly only: string | null;
}

const transports = ['ssh2', 'openssh'] as const;
/** A listener that stays behind is some hundred bytes, a session some ten thousand. */
const mostHeapBytesPerCycle = 512;
/** What comes and goes in any case; over few cycles it looks like a slope. */
const heapNoiseBytes = 256 * 1024;
/** As often as it is looked around, so that a line through the looks means something. */
const looks = 50;
/** For each version and each of link, helper and daemon. */
const roundsOfAdds = 70;
const stories = 10_000;
const storiesAJournal = 500;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function soakLinks({ seed, cycles }: SoakOptions): Promise<boolean> {
  say(`\n== link: ${cycles} cycles, seed ${seed}`);
  let good = true;
  for (const transport of transports) {
    const host = await RemoteHost.start({ version: '4.0.4' });
    try {
      const began = performance.now();
      const own = Math.ceil(cycles / transports.length);
      const { lines, isGood: isFlat } = await soakLink({
        ...{ host, transport, seed, cycles: own },
        mostHeapBytesPerCycle: Math.max(mostHeapBytesPerCycle, heapNoiseBytes / own),
        cyclesALook: Math.max(1, Math.floor(own / looks)),
        onLook: ({ cycles: done, heapBytes }) => {
          const seconds = ((performance.now() - began) / 1000).toFixed(0);
          say(`${seconds.padStart(5)} s  ${transport}, cycle ${done}: ${(heapBytes / 2 ** 20).toFixed(2)} MB`);
        },
      });
      for (const line of lines) say(line);
      good &&= isFlat;
    } finally {
      await host.stop();
    }
  }
  return good;
}

/** Jobs that are added while link, helper or daemon are taken away: no answer may be other than the queue. */
async function soakAdds({ seed }: SoakOptions): Promise<boolean> {
  say(`\n== add: ${roundsOfAdds} rounds each, seed ${seed}`);
  let good = true;
  for (const version of ['4.0.4', '3.4.1'] as const) {
    const host = await startPueueHost({ version, clientIn: '.cargo/bin' });
    try {
      for (const loss of ['link', 'helper', 'daemon'] as const) {
        const { outcomes, wrong } = await loseAdds(host, loss, roundsOfAdds, seeded(seed));
        say(`${version}, ${loss} lost: ${[...outcomes].map(([word, count]) => `${word} ${count}`).join(', ')}`);
        for (const line of wrong) say(`  ${line}`);
        good &&= wrong.length === 0;
      }
    } finally {
      await host.stop();
    }
  }
  return good;
}

/** Acts of the program on the host against a model of the queue, with others that act in between. */
async function soakInterleavings({ seed }: SoakOptions): Promise<boolean> {
  say(`\n== interleavings: ${stories} stories, seed ${seed}`);
  const counts = new Map<string, number>();
  let violated = 0;
  // Each part has a journal of its own: every act reads the whole one.
  for (let told = 0; told < stories; told += storiesAJournal) {
    const part = await tellStories(seed + told, storiesAJournal);
    for (const [word, count] of Object.entries(part.counts)) counts.set(word, (counts.get(word) ?? 0) + count);
    for (const line of part.violations) say(`  ${line}`);
    violated += part.violated;
  }
  for (const [word, count] of [...counts].sort()) say(`${String(count).padStart(6)}  ${word}`);
  say(`${violated} of them ended in other than the truth.`);
  return violated === 0;
}

async function soakOldestVsCode(): Promise<boolean> {
  say(`\n== vscode, in VS Code ${oldestRelease.vsCode}`);
  const missing = await prepareParts([nodePart(oldestRelease), codeServerPart(oldestRelease)], say);
  if (missing.length > 0) return false;
  const outcome = await runVsCodeLayer(oldestRelease, say);
  say(closingLine(outcome));
  return isGood(outcome, true);
}

async function main(options: SoakOptions): Promise<boolean> {
  for (const line of await takeDownLeftovers()) say(line);
  const needed =
    options.only === 'link'
      ? (['ssh'] as const)
      : options.only === 'add' || options.only === 'interleavings'
        ? (['host'] as const)
        : (['ssh', 'vscode'] as const);
  const prepared = await prepareLayers(needed, false, say);
  const missing = [...new Set([...prepared.values()].flat())];
  if (missing.length > 0) throw new Error(`The soak cannot start: ${missing.join('; ')}`);
  const outcomes: boolean[] = [];
  const isWanted = (part: string): boolean => options.only === null || options.only === part;
  if (isWanted('vscode')) outcomes.push(await soakOldestVsCode());
  if (isWanted('interleavings')) outcomes.push(await soakInterleavings(options));
  if (isWanted('add')) outcomes.push(await soakAdds(options));
  if (isWanted('link')) outcomes.push(await soakLinks(options));
  const good = outcomes.every(Boolean);
  say(good ? '\nThe soak is good.' : '\nThe soak has FAILED.');
  return good;
}

/** @throws Error with one line for a person */
function readOptions(): SoakOptions {
  const options = { seed: { type: 'string' }, cycles: { type: 'string' }, only: { type: 'string' } } as const;
  const { seed = String(randomInt(2 ** 31)), cycles = '1500', only = null } = parseArgs({ options }).values;
  if (!/^\d+$/u.test(seed) || !/^[1-9]\d*$/u.test(cycles)) throw new Error('--seed and --cycles take a whole number');
  if (only !== null && !['link', 'vscode', 'add', 'interleavings'].includes(only))
    throw new Error('--only takes link, add, interleavings or vscode');
  return { seed: Number(seed), cycles: Number(cycles), only };
}

function optionsOrExit(): SoakOptions {
  try {
    return readOptions();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

const options = optionsOrExit();
const interruption = new Interruption(say);
main(options).then(
  (good) => {
    interruption.exit(good ? 0 : 1);
  },
  async (error: unknown) => {
    await takeDownOwn();
    interruption.exit(1, error);
  },
);
