/** A host that is watched over a link that goes away and comes back, and what the watch costs on the wire. */
import assert from 'node:assert/strict';
import { createHostReader } from '../../src/host/main';
import { createSshConnector } from '../../src/ssh/main';
import { hostSettings } from '../support/hostSettings';
import { neverAborted } from './labConnector';
import { RemoteHost, type Way } from './remoteHost';
import type { Clock } from '../../src/core/ports';
import { systemClock } from '../../src/systemClock';
import { fastClock } from '../support/fastClock';
import { watchedHost, type WatchedHost } from '../support/watchedHost';

describe('a watched host over ssh', () => {
  let host: RemoteHost;
  before(async () => {
    // On a busy machine more than ten may be logging in at once, and it is not this that is tried here.
    host = await RemoteHost.start({ version: '4.0.4', sshd: ['MaxStartups 100'] });
  });
  after(() => host.stop());

  /** Visible and read, the wait for its changes under way. */
  async function open(way: Way, isTold = (): boolean => false, clock: Clock = systemClock): Promise<WatchedHost> {
    const watched = watchedHost(way.reader, { name: way.alias, isTold }, clock);
    watched.watch.setVisible(true);
    await watched.untilRead();
    return watched;
  }

  it('shows a job that was added without a refresh, after half a round trip and a look', async () => {
    const way = await host.way({ delayMs: { up: 100, down: 100 } });
    const watched = await open(way);
    const { watch } = watched;
    try {
      const before = watch.state.reading!.snapshot.queue.jobs.length;
      await host.pueue.add('sleep 100');
      const shownMs = await watched.until(({ reading }) => reading!.snapshot.queue.jobs.length === before + 1);
      assert.ok(shownMs < 2_000, `${shownMs.toFixed(0)} ms`);
    } finally {
      watch.close();
    }
  });

  for (const outage of ['freeze', 'cut'] as const)
    it(`is back within a second and a connect after an outage by ${outage}, and then shows what changed meanwhile`, async () => {
      // Ten times as fast: the outage lasts for a minute and a half of its clock.
      const way = await host.way({}, {}, fastClock(10));
      const watched = await open(way, undefined, fastClock(10));
      const { watch } = watched;
      try {
        const before = watch.state.reading!.snapshot.queue.jobs.length;
        way.proxy.freeze();
        if (outage === 'cut') way.proxy.cut('rst');
        const noticedMs = await watched.until(({ problem }) => problem !== null);
        assert.ok(noticedMs * 10 <= 20_500, `${(noticedMs * 10).toFixed(0)} ms of the clock`);
        await host.pueue.add('sleep 100');
        await new Promise((resolve) => setTimeout(resolve, 9_000 - noticedMs));
        way.proxy.unfreeze();
        const backMs = await watched.until(({ problem }) => problem === null);
        await watched.until(({ reading }) => reading!.snapshot.queue.jobs.length === before + 1);
        // A connect takes a quarter of a second of real time here.
        assert.ok(backMs < 1_000 / 10 + 1_500, `${backMs.toFixed(0)} ms`);
      } finally {
        watch.close();
      }
    });

  it('finds within 5 s of a wake that its link is dead, and is back over a fresh one', async () => {
    const way = await host.way();
    const watched = await open(way);
    const { watch } = watched;
    try {
      const { connectionCount } = way.proxy;
      way.proxy.freeze();
      await host.pueue.add('sleep 100');
      watch.wake();
      const lostMs = await watched.until(({ problem }) => problem?.code === 'lost');
      assert.ok(lostMs < 5_500, `${lostMs.toFixed(0)} ms`);
      way.proxy.unfreeze();
      const backMs = await watched.until(({ problem }) => problem === null);
      assert.ok(backMs < 2_500, `${backMs.toFixed(0)} ms`);
      assert.ok(way.proxy.connectionCount > connectionCount);
    } finally {
      watch.close();
    }
  });

  it('sends nothing while nobody looks and nobody wants to be told, whatever happens on the host', async () => {
    const way = await host.way({}, {}, fastClock(10));
    const { watch, readings } = await open(way, undefined, fastClock(10));
    try {
      watch.setVisible(false);
      await quiet();
      const before = [way.proxy.bytes('up'), way.proxy.bytes('down'), readings()];
      await host.pueue.add('sleep 100');
      // Less than a minute of the clock, in which one heartbeat would go out.
      await quiet(4_000);
      assert.deepEqual([way.proxy.bytes('up'), way.proxy.bytes('down'), readings()], before);
    } finally {
      watch.close();
    }
  });

  it('costs no reading and a heartbeat each 5 s while it is unchanged, looked at or only told', async () => {
    const way = await host.way({}, {}, fastClock(10));
    const { watch, readings } = await open(way, () => true, fastClock(10));
    try {
      for (const visible of [true, false]) {
        watch.setVisible(visible);
        await quiet();
        const before = { count: readings(), bytes: way.proxy.bytes('up') + way.proxy.bytes('down') };
        await quiet(2_000);
        const bytes = way.proxy.bytes('up') + way.proxy.bytes('down') - before.bytes;
        assert.equal(readings(), before.count);
        assert.ok(bytes > 0 && bytes <= 5 * 300, `${bytes} bytes in 20 s of the clock`);
      }
    } finally {
      watch.close();
    }
  });

  it('is one connection for each of twelve hosts, also where they share an alias, whatever is done with them', async () => {
    const way = await host.way();
    const others = Array.from({ length: 12 }, (_, index) => {
      // Two entries of one alias, of which one names the configuration of pueue.
      const settings = hostSettings(`gpu-${index}`, {
        host: way.alias,
        ...(index === 0 ? { pueueConfig: host.pueue.config } : {}),
      });
      const connector = createSshConnector({
        ...{ settings, sshConfigFile: way.configFile, home: host.pueue.home, log: way.log, clock: systemClock },
        ...{ environment: { PATH: process.env['PATH'] }, askpass: null },
      });
      const reader = createHostReader({ settings, connector, clock: systemClock, log: way.log });
      return watchedHost(reader, { name: settings.name, startDelayMs: 50 * index });
    });
    try {
      for (const { watch } of others) watch.setVisible(true);
      await Promise.all(
        others.map(async (each) => {
          await each.until(({ reading }) => reading !== null);
          await Promise.all([each.watch.readWithin(neverAborted, 15_000), each.watch.refresh()]);
        }),
      );
      const before = others.map(({ watch }) => watch.state.reading!.snapshot.queue.jobs.length);
      await host.pueue.add('sleep 100');
      await Promise.all(
        others.map((each, index) =>
          each.until(({ reading }) => reading!.snapshot.queue.jobs.length === before[index]! + 1),
        ),
      );
      // A busy machine may not answer within the seconds after which a link counts as dead; only then there is another.
      const lost = way.log.lines.filter((line) => line.includes('session ended')).length;
      assert.deepEqual([way.proxy.connectionCount - lost, way.proxy.openCount], [12, 12]);
    } finally {
      for (const { watch } of others) watch.close();
    }
  });
});

/** That nothing happens has no event: what was set off before comes to its end, or would come to light. */
function quiet(ms = 500): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
