/** What a followed job holds of its host, and what it does not do in the person's name. */
import assert from 'node:assert/strict';
import { HostWatch } from '../../../src/core/watch/hostWatch';
import { FollowedHostOfHosts } from '../../../src/vscode/followedHost';
import type { Hosts } from '../../../src/vscode/hosts';
import { FakeClock } from '../../support/fakeClock';
import { job, running, snapshot } from '../../support/fixtures';
import { ScriptedReader } from '../../support/scriptedReader';

function watched(): { reader: ScriptedReader; watch: HostWatch } {
  const reader = new ScriptedReader();
  const onUnexpected = (error: unknown): never => {
    throw error;
  };
  const watch = new HostWatch({
    ...{ name: 'gpu-1', reader, clock: new FakeClock(), random: () => 0.5, intervalMs: () => 60_000, onUnexpected },
  });
  return { reader, watch };
}

describe('the host of a followed job', () => {
  function hostsOf(first: HostWatch) {
    const listeners = new Set<(name: string | null) => void>();
    const hosts = {
      watch: first as HostWatch | undefined,
      find: () => hosts.watch,
      onDidChange: (listener: (name: string | null) => void) => {
        listeners.add(listener);
        return { dispose: () => listeners.delete(listener) };
      },
    };
    const put = (watch: HostWatch | undefined): void => {
      hosts.watch = watch;
      for (const listener of listeners) listener(null);
    };
    return { hosts: hosts as unknown as Hosts, put, listeners };
  }

  it('lets questions come once, because it was asked for, and not for its own doubts', async () => {
    const { reader, watch } = watched();
    const followed = new FollowedHostOfHosts('gpu-1', hostsOf(watch).hosts);
    assert.equal(reader.allowed, 1);
    const refreshed = followed.refresh();
    assert.deepEqual([reader.asked.length, reader.allowed], [1, 1]);
    reader.asked[0]!.answer(snapshot([job(1, running)]));
    await refreshed;
    assert.notEqual(followed.state?.reading, null);
  });

  it('holds the watch that its host has at the moment, and none when it has ended', () => {
    const [before, after] = [watched(), watched()];
    const { hosts, put, listeners } = hostsOf(before.watch);
    const followed = new FollowedHostOfHosts('gpu-1', hosts);
    put(after.watch);
    assert.deepEqual([before.reader.attention.at(-1), after.reader.attention.at(-1)], ['idle', 'visible']);
    put(undefined);
    assert.deepEqual([followed.state, after.reader.attention.at(-1)], [null, 'idle']);
    put(after.watch);
    followed.dispose();
    assert.deepEqual([after.reader.attention.at(-1), listeners.size], ['idle', 0]);
  });
});
