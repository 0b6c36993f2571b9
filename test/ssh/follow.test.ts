/** A job that is followed over a link that is cut, freezes and comes back: what is shown is the file, byte by byte. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { untilStates } from '../lab/queueState';
import { fastClock } from '../support/fastClock';
import { followJob, WatchedHost } from '../support/followedJob';
import { RemoteHost, type Way } from './remoteHost';

/** Writes 300 blocks of 1,000 numbered lines, in about six seconds. */
const slowNumbers =
  'i=0; while [ $i -lt 300 ]; do seq $((i*1000)) $((i*1000+999)); i=$((i+1)); sleep 0.02; done; printf "no line feed"';

/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('following over a link', function () {
  this.timeout(120_000);
  let host: RemoteHost;
  const watches: WatchedHost[] = [];

  before(async () => {
    host = await RemoteHost.start({ version: '4.0.4' });
    await host.pueue.must(['parallel', '10']);
  });

  afterEach(() => {
    for (const { watch } of watches.splice(0)) watch.close();
  });

  after(() => host.stop());

  async function watched({ reader }: Way): Promise<WatchedHost> {
    const watch = new WatchedHost(reader);
    watches.push(watch);
    await watch.refresh();
    return watch;
  }
  const file = (id: number): Promise<Buffer> => readFile(join(host.pueue.folder, `pueue/task_logs/${id}.log`));
  /** A job that is followed from its first byte: it waits until that was begun. */
  async function followed(way: Way, command: string) {
    const id = await host.pueue.add(command, { stashed: true });
    const watch = await watched(way);
    const follow = followJob(watch, { id });
    await follow.screen.until(({ said }) => said.length === 2);
    await host.pueue.must(['enqueue', String(id)]);
    return { id, watch, ...follow };
  }

  it('that is cut again and again, in the middle of words, loses no byte and repeats none', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`      seed ${seed}`);
    const random = randomFrom(seed);
    const way = await host.way({ delayMs: { up: 10, down: 10 } });
    const { id, screen, end } = await followed(way, slowNumbers);
    await screen.until(({ size }) => size > 0);
    let cuts = 0;
    while (cuts < 12 && !screen.has(/^Job /u)) {
      const connections = way.proxy.connectionCount;
      if (random() < 0.5) way.proxy.cutAfter('down', 1 + Math.floor(random() * 40_000));
      else way.proxy.cut(random() < 0.5 ? 'rst' : 'fin');
      cuts += 1;
      const size = screen.size;
      await Promise.race([way.proxy.until(({ connectionCount }) => connectionCount > connections), end]);
      await Promise.race([screen.until((now) => now.size > size), end]);
    }
    await end;
    assert.ok(cuts >= 4, `${cuts} cuts`);
    assert.ok(screen.bytes.equals(await file(id)), `${screen.size} bytes shown with seed ${seed}`);
    assert.ok(screen.has(/ UTC: .* following goes on by itself then\.$/u) || way.proxy.connectionCount > 3);
  });

  it('that freezes says so once, and goes on exactly where it stopped', async () => {
    const way = await host.way({}, {}, fastClock(10));
    const { id, screen, end } = await followed(way, slowNumbers);
    await screen.until(({ size }) => size > 100_000);
    way.proxy.freeze();
    await screen.until(({ said }) => said.some((line) => line.includes('following goes on by itself then.')));
    way.proxy.unfreeze();
    await end;
    assert.ok(screen.bytes.equals(await file(id)), String(screen.size));
    assert.equal(screen.said.filter((line) => line.includes('following goes on by itself then.')).length, 1);
    assert.equal(screen.said.filter((line) => line.startsWith('The host is back after ')).length, 1);
  });

  it('shows a line within half a round trip and 150 ms', async () => {
    const rttMs = 200;
    const way = await host.way({ delayMs: { up: rttMs / 2, down: rttMs / 2 } });
    const id = await host.pueue.add('sleep 1; for i in 1 2 3 4 5 6 7 8 9; do date +%s%N; sleep 0.7; done');
    await untilStates(host.pueue, new Map([[id, 'Running']]));
    const { screen, end } = followJob(await watched(way), { id });
    const delays: number[] = [];
    let seen = 0;
    void screen.until((now) => {
      const lines = now.text.split('\n').slice(0, -1);
      for (const line of lines.slice(seen)) delays.push(Date.now() - Number(line) / 1e6);
      seen = lines.length;
      return false;
    });
    await end;
    delays.sort((one, other) => one - other);
    const median = delays[4]!;
    console.log(`      median ${Math.round(median)} ms at a round trip of ${rttMs} ms`);
    assert.equal(delays.length, 9);
    assert.ok(median <= rttMs / 2 + 150, `${delays.map((delay) => Math.round(delay)).join(', ')} ms`);
  });

  it('leaves nothing on the host within a second after it is told to stop', async () => {
    const way = await host.way();
    const id = await host.pueue.add('sleep 100');
    await untilStates(host.pueue, new Map([[id, 'Running']]));
    const watch = await watched(way);
    const helper = /helper (\d+) is up/u.exec(way.log.lines.join('\n'))![1]!;
    const threads = async (): Promise<number> =>
      Number(/^Threads:\s+(\d+)/mu.exec(await readFile(`/proc/${helper}/status`, 'utf8'))![1]);
    const follows = Array.from({ length: 5 }, () => followJob(watch, { id }));
    while ((await threads()) < 6) await watch.refresh();
    const began = performance.now();
    for (const { stop } of follows) stop();
    for (const { end } of follows) assert.equal(await end, null);
    while ((await threads()) > 2) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(performance.now() - began < 1000, String(performance.now() - began));
  });
});
