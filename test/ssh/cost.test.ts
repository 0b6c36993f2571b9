/** What a look costs over ssh: bytes and round trips, and times only beside what the plain way takes in the same minute. */
import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import type { WatchAnswer } from '../../src/core/watch/watchRequest';
import { addJobs, startBenchHost } from '../bench/benchHost';
import { bytesOfAJob, recordedKinds } from '../bench/madeStatus';
import { callSsh, filteredStatus } from '../bench/plainSsh';
import { interleave, median, ratios, timed } from '../bench/samples';
import { checkpointDirectory } from '../lab/scenarios';
import type { RemoteHost, Way } from './remoteHost';

const jobs = 10;
const settings = { checkpoints: [checkpointDirectory] };

describe('the cost of a look over ssh', () => {
  let host: RemoteHost;

  before(async () => {
    host = await startBenchHost(jobs);
  });
  after(async () => {
    await host.stop();
  });

  const wayAt = (rttMs: number): Promise<Way> => host.way({ delayMs: { up: rttMs / 2, down: rttMs / 2 } }, settings);

  /** Reads, and looks whether that was a whole reading. @returns what it cost the host */
  async function read({ reader }: Way, expected = jobs): Promise<number> {
    const { queue, hostMilliseconds } = await reader.read(new AbortController().signal, 30_000);
    assert.equal(queue.jobs.length, expected);
    return hostMilliseconds;
  }

  /** A way whose link stands still: after the first reading the answer to the first heartbeat may still be under way. */
  async function warmWay(expected = jobs): Promise<Way> {
    const way = await host.way({}, settings);
    for (let count = 0; count < 2; count++) await read(way, expected);
    return way;
  }

  /** What went over the link meanwhile, both ways together, with all that ssh adds. Each act is one write and one reply. */
  async function bytesOf(way: Way, act: () => Promise<unknown>): Promise<number> {
    const { writes } = way.tap;
    const replies = way.tap.replies()!.length;
    const before = way.proxy.bytes('up') + way.proxy.bytes('down');
    await act();
    assert.deepEqual([way.tap.writes - writes, way.tap.replies()!.length - replies], [1, 1]);
    return way.proxy.bytes('up') + way.proxy.bytes('down') - before;
  }

  it('is at most 200 bytes on the wire where nothing changed, both ways together', async () => {
    const way = await warmWay();
    for (let count = 0; count < 3; count++) {
      const bytes = await bytesOf(way, () => read(way));
      assert.ok(bytes > 0 && bytes <= 200, `${bytes} bytes`);
    }
  });

  it('is at most 350 bytes for a whole watch, however long it waits', async () => {
    const way = await warmWay();
    const watch = (sign: string | null, forMs: number): Promise<WatchAnswer> =>
      way.reader.watch({ sign, everyMs: 100, forMs }, new AbortController().signal);
    const { sign, blind } = await watch(null, 0);
    assert.equal(blind, null);
    for (const forMs of [100, 1000]) {
      const bytes = await bytesOf(way, async () => {
        assert.equal((await watch(sign, forMs)).sign, sign);
      });
      assert.ok(bytes <= 350, `${bytes} bytes`);
    }
  });

  it('is eight round trips from nothing to the first reading', async () => {
    const fromNothing = async (rttMs: number): Promise<number> => {
      const way = await wayAt(rttMs);
      const milliseconds = await timed(() => read(way));
      way.reader.close();
      return milliseconds;
    };
    const { far, near } = await interleave(3, { far: () => fromNothing(200), near: () => fromNothing(0) });
    const trips = far.map((milliseconds, round) => (milliseconds - near[round]!) / 200);
    assert.ok(median(trips) < 8.8, `${trips.map((trip) => trip.toFixed(2)).join(', ')} round trips`);
  });

  for (const [rttMs, mostTrips, mostOfFresh] of [
    // At 50 ms what the machine does meanwhile weighs more; a second round trip would still be far beyond both.
    [50, 1.5, 0.2],
    [200, 1.2, 0.15],
  ] as const)
    it(`is a round trip and the work of the host at RTT ${rttMs} ms, and at most ${mostOfFresh} of a fresh ssh with a filter`, async () => {
      const way = await wayAt(rttMs);
      await read(way);
      const trips: number[] = [];
      const { ours, fresh } = await interleave(5, {
        ours: async () => {
          let hostMs = 0;
          const milliseconds = await timed(async () => {
            hostMs = await read(way);
          });
          trips.push((milliseconds - hostMs) / rttMs);
          return milliseconds;
        },
        fresh: () => timed(() => callSsh(way, filteredStatus)),
      });
      const ofFresh = median(ratios(ours, fresh));
      assert.ok(median(trips) <= mostTrips, `${trips.map((trip) => trip.toFixed(2)).join(', ')} round trips`);
      assert.ok(ofFresh <= mostOfFresh, `${ofFresh.toFixed(3)} of a fresh ssh`);
      way.reader.close();
    });

  it('is at most 450 bytes a job before it is deflated with 200 jobs, and a fifth of that on the wire', async () => {
    const many = 200;
    await addJobs(host, many - jobs);
    const way = await warmWay(many);
    const [reply] = way.tap.replies()!.filter(({ deflated }) => deflated);
    assert.ok(reply !== undefined, 'a long reply is deflated');
    const bytes = inflateSync(reply.bytes).length;
    assert.ok(bytes / many <= 450, `${(bytes / many).toFixed(0)} bytes a job`);
    assert.ok(reply.bytes.length < bytes / 5, `${reply.bytes.length} of ${bytes} bytes`);
  });
});

describe('a job on the wire', () => {
  // A job that could not be started carries the reason, which pueue words.
  for (const kind of [...recordedKinds.keys()].filter((each) => each !== 'failedToSpawn'))
    it(`is at most 450 bytes before it is deflated, where it is ${kind}`, async () => {
      const bytes = await bytesOfAJob(kind);
      assert.ok(bytes <= 450, `${bytes.toFixed(0)} bytes`);
    });
});
