import assert from 'node:assert/strict';
import { parseSettings } from '../../../src/core/settings';

const good = { hosts: ['gpu-1', { name: 'here', transport: 'local' }], sshConfigFile: '', refreshIntervalSeconds: 60 };

describe('the settings', () => {
  it('are taken as they stand', () => {
    const { hosts, invalid, sshConfigFile, refreshIntervalMs } = parseSettings({ ...good, sshConfigFile: '/c' });
    assert.deepEqual([hosts.length, invalid, sshConfigFile, refreshIntervalMs], [2, [], '/c', 60_000]);
  });

  it('keep the interval within bounds', () => {
    const interval = (refreshIntervalSeconds: number): number =>
      parseSettings({ ...good, refreshIntervalSeconds }).refreshIntervalMs;
    assert.deepEqual([1, 0.5e9, 1e9].map(interval), [1000, 86_400_000, 86_400_000]);
  });

  it('with an ssh configuration that is no text lead to no host over ssh, and say so', () => {
    for (const sshConfigFile of [3, null, undefined, ['/c']]) {
      const { hosts, invalid } = parseSettings({ ...good, sshConfigFile });
      assert.deepEqual(
        hosts.map(({ name }) => name),
        ['here'],
      );
      assert.deepEqual(
        invalid.map(({ host }) => host),
        ['gpu-1'],
      );
      assert.match(invalid[0]!.problem.message, /^gpu-1: .*sshConfigFile must be a text/u);
    }
  });

  it('with an interval that is no number say so and use the default', () => {
    for (const refreshIntervalSeconds of ['60', null, NaN, Infinity, 0, -5]) {
      const { hosts, invalid, refreshIntervalMs } = parseSettings({ ...good, refreshIntervalSeconds });
      assert.deepEqual([hosts.length, refreshIntervalMs], [2, 60_000]);
      assert.match(invalid[0]!.problem.message, /refreshIntervalSeconds must be a number/u);
    }
  });
});
