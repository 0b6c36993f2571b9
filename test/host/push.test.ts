/** What a watch shows of real daemons without being asked. */
import assert from 'node:assert/strict';
import { startPueueHost, type PueueHost } from '../lab/pueueHost';
import { localHost, type LocalHost } from '../support/localHost';
import { watchedHost, type WatchedHost } from '../support/watchedHost';

for (const version of ['3.4.1', '4.0.4'] as const)
  describe(`a watched host with pueue ${version}`, () => {
    let pueue: PueueHost;
    let host: LocalHost;
    let watched: WatchedHost;

    before(async () => {
      pueue = await startPueueHost({ version, clientIn: '.local/bin' });
      host = localHost(pueue.env);
      watched = watchedHost(host.reader);
      watched.watch.setVisible(true);
      await watched.untilRead();
    });
    after(async () => {
      watched.watch.close();
      await pueue.stop();
    });

    const jobs = (): number => watched.watch.state.reading?.snapshot.queue.jobs.length ?? -1;

    it('is read once where it has not changed since', async () => {
      // As long as a second reading would be held back, and a look more.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      assert.equal(watched.readings(), 1);
    });

    it('shows a job that was added within two seconds, and then its end', async () => {
      const before = jobs();
      await pueue.add('true');
      const shown = await watched.until(() => jobs() === before + 1);
      assert.ok(shown < 2_000, `${shown.toFixed(0)} ms`);
      await watched.until(({ reading }) => reading!.snapshot.queue.jobs.every(({ state }) => state.kind === 'done'));
    });

    it('reads a handful of times for a hundred jobs that are added', async () => {
      const before = jobs();
      const readings = watched.readings();
      const began = performance.now();
      for (let count = 0; count < 100; count++) await pueue.add('true', { stashed: true });
      const addedMs = performance.now() - began;
      await watched.until(() => jobs() === before + 100);
      const count = watched.readings() - readings;
      // One at the most for each half second, and the last one after the last change.
      assert.ok(count <= addedMs / 500 + 3, `${count} readings in ${addedMs.toFixed(0)} ms`);
    });

    it('says within two seconds that the daemon was killed, and shows its jobs again when it is back', async () => {
      await watched.untilFree();
      process.kill(pueue.daemonPid()!, 'SIGKILL');
      const gone = await watched.until(({ problem }) => problem?.code === 'daemonDown');
      assert.ok(gone < 2_000, `${gone.toFixed(0)} ms`);
      assert.notEqual(watched.watch.state.reading, null);
      await pueue.stopDaemon();
      await pueue.startDaemon();
      await watched.until(({ problem }) => problem === null);
    });
  });
