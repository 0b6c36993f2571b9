import assert from 'node:assert/strict';
import { parseSettings } from '../../../src/core/settings';

const good = {
  hosts: ['gpu-1', { name: 'here', transport: 'local' }],
  sshConfigFile: '',
  refreshIntervalSeconds: 60,
  followLines: 200,
  notifications: 'failures',
  confirmTypedName: true,
  staleCheckpointHours: 72,
};

describe('the settings', () => {
  it('are taken as they stand', () => {
    const { hosts, invalid, sshConfigFile, refreshIntervalMs } = parseSettings({ ...good, sshConfigFile: '/c' });
    assert.deepEqual([hosts.length, invalid, sshConfigFile, refreshIntervalMs], [2, [], '/c', 60_000]);
  });

  it('with other than a number of lines or a level of notifications say so and use the default', () => {
    for (const followLines of ['200', null, NaN, -1, 1.5]) {
      const { invalid, followLines: lines } = parseSettings({ ...good, followLines });
      assert.equal(lines, 200);
      assert.match(invalid[0]!.problem.message, /followLines must be a whole number/u);
    }
    assert.equal(parseSettings({ ...good, followLines: 1e9 }).followLines, 10_000);
    for (const notifications of ['all', null, true]) {
      const { invalid, notifications: level } = parseSettings({ ...good, notifications });
      assert.equal(level, 'failures');
      assert.match(invalid[0]!.problem.message, /must be one of off, failures, failuresAndDrained/u);
    }
    assert.equal(parseSettings({ ...good, notifications: 'off' }).notifications, 'off');
  });

  it('ask for the typed name unless told not to, and take 72 hours where no age is given', () => {
    for (const confirmTypedName of ['false', null, 0]) {
      const { invalid, confirmTypedName: asks } = parseSettings({ ...good, confirmTypedName });
      assert.equal(asks, true);
      assert.match(invalid[0]!.problem.message, /confirmTypedName must be true or false/u);
    }
    assert.equal(parseSettings({ ...good, confirmTypedName: false }).confirmTypedName, false);
    for (const staleCheckpointHours of ['72', null, NaN, 0, -1, Infinity]) {
      const { invalid, staleCheckpointMs } = parseSettings({ ...good, staleCheckpointHours });
      assert.equal(staleCheckpointMs, 72 * 3_600_000);
      assert.match(invalid[0]!.problem.message, /staleCheckpointHours must be a number above 0/u);
    }
    assert.equal(parseSettings({ ...good, staleCheckpointHours: 0.5 }).staleCheckpointMs, 1_800_000);
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
