/** What a look costs over ssh: bytes and round trips, and times only beside what the plain way takes in the same minute. */
import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
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

  it('is one write of ours a refresh, of at most 300 bytes on the wire, and one reply, of at most 450 a job', async () => {
    const way = await warmWay();
    for (let count = 0; count < 3; count++) {
      const { writes } = way.tap;
      const replies = way.tap.replies()!.length;
      const [up, down] = [way.proxy.bytes('up'), way.proxy.bytes('down')];
      await read(way);
      assert.deepEqual([way.tap.writes - writes, way.tap.replies()!.length - replies], [1, 1]);
      const cost = [way.proxy.bytes('up') - up, way.proxy.bytes('down') - down] as const;
      assert.ok(cost[0] > 0 && cost[0] <= 300 && cost[1] > 0 && cost[1] <= 450 * jobs, `${cost.join(' up and ')} down`);
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
    const reply = way.tap.replies()!.at(-1)!;
    assert.ok(reply.deflated, 'a long reply is deflated');
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
