import assert from 'node:assert/strict';
import { loginArguments, remoteLine } from '../../../src/core/sshCommand';
import type { HostSettings } from '../../../src/core/hostSettings';
import { hostSettings } from '../../support/hostSettings';

const to = (more: Partial<HostSettings> = {}, sshConfigFile = '') => ({
  settings: hostSettings('depot', more),
  sshConfigFile,
});

describe('the arguments of a login', () => {
  it('lead to the same host as the connection, the destination behind the end of the options', () => {
    assert.deepEqual(loginArguments(to()), ['--', 'depot']);
    const more = { user: 'me', port: 22022, identityFile: '-strange key', proxyJump: 'a,me@b:22,ssh://c:22' };
    assert.deepEqual(loginArguments(to(more, '/c')), [
      ...['-i', '-strange key', '-F', '/c', '-l', 'me', '-p', '22022'],
      ...['-J', 'a,me@b:22,ssh://c:22', '--', 'depot'],
    ]);
  });

  const unsafe: [Partial<HostSettings>, string][] = [
    [{ host: '-oProxyCommand=x' }, '-oProxyCommand=x'],
    [{ host: 'a;b' }, 'a;b'],
    [{ user: '-l' }, '-l'],
    [{ proxyJump: 'a,-oProxyCommand=x' }, 'a,-oProxyCommand=x'],
    [{ proxyJump: '$(touch x)' }, '$(touch x)'],
    [{ proxyJump: 'a,' }, 'a,'],
  ];
  for (const [more, text] of unsafe)
    it(`are refused for ${JSON.stringify(more)}`, () => {
      assert.deepEqual(loginArguments(to(more)), { unsafe: text });
    });
});

describe('the line that runs a program on a host', () => {
  it('is quoted for both shells, and needs no ssh for this computer', () => {
    assert.equal(remoteLine(to({ user: 'me' }), ['less', '/l/6.log']), "ssh -t -l me depot 'less /l/6.log'");
    assert.equal(remoteLine(to(), ['less', '/a b']), "ssh -t depot 'less '\\''/a b'\\'''");
    assert.equal(remoteLine(to({ transport: 'local' }), ['less', '/a b']), "less '/a b'");
  });
});
