import assert from 'node:assert/strict';
import { formatJumpHosts, parseJumpHosts } from '../../../src/ssh/config/jumpHosts';
import type { TokenValues } from '../../../src/ssh/config/sshPaths';

const tokens: TokenValues = {
  ...{ home: '/home/ada', localUser: 'ada', localUserId: 1001, localHostName: 'desk', alias: 'depot', port: 2222 },
  ...{ hostName: 'depot-1.example.org', user: 'runner', hostKeyAlias: null, proxyJump: '', environment: {} },
};

describe('a list of jump hosts', () => {
  // As `ssh -G` of OpenSSH 9.2 prints such lists: the last one in its own form, those before as they were written.
  const lists: readonly (readonly [string, string | null])[] = [
    ['gate', 'gate'],
    ['gate:2200', 'gate:2200'],
    ['me@gate', 'me@gate'],
    ['me@corp@gate:22', 'me@corp@gate:22'],
    ['[127.0.0.1]', '127.0.0.1'],
    ['me@[::1]:77', 'me@[::1]:77'],
    ['a,ssh://u2@b.example:2200,me@[::1]:77', 'a,u2@b.example:2200,me@[::1]:77'],
    ['ssh://a%%40b@gate', 'a@b@gate'],
    ['ssh://a%40b@gate', null],
    ['%n-gate,%r@[1.2.3.4]', 'depot-gate,runner@1.2.3.4'],
    ['gate-%p.%h', 'gate-2222.depot-1.example.org'],
    ['', null],
    ['gate,', null],
    ['@gate', null],
    ['gate:0', null],
    ['gate:65536', null],
    ['gate:port', null],
    ['::1', null],
    ['[::1', null],
    ['%x', null],
    ['ssh://%zz@gate', null],
  ];
  for (const [text, read] of lists) {
    it(`${JSON.stringify(text)} is ${read ?? 'none'}`, () => {
      const hosts = parseJumpHosts(text, tokens);
      assert.equal(hosts === null ? null : formatJumpHosts(hosts), read);
    });
  }
});
