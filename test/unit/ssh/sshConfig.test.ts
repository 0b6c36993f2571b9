import assert from 'node:assert/strict';
import type { HostSettings } from '../../../src/core/hostSettings';
import { isSafeDestination, sshCommandLine } from '../../../src/core/sshCommand';
import { findLimit } from '../../../src/ssh/limits';
import { parseSshConfig, sshConfigArguments, type ResolvedSshConfig } from '../../../src/ssh/sshConfig';
import { hostSettings } from '../../support/hostSettings';

const minimal = 'host depot\nuser runner\nhostname depot-1\nport 2222\n';

const settings = hostSettings('depot');

function parse(more = ''): ResolvedSshConfig {
  const config = parseSshConfig(minimal + more);
  assert.ok(config !== null);
  return config;
}

describe('what ssh -G prints', () => {
  it('is read with the defaults of OpenSSH where a directive is not printed', () => {
    const config = parse();
    assert.deepEqual([config.hostName, config.port, config.user], ['depot-1', 2222, 'runner']);
    assert.deepEqual([config.identitiesOnly, config.pubkeyAuthentication], [false, true]);
    assert.deepEqual([config.identityAgent, config.proxyJump, config.hostKeyAlias], [null, null, null]);
    assert.deepEqual(config.userKnownHostsFiles, []);
  });

  const cases: readonly (readonly [string, (config: ResolvedSshConfig) => unknown, unknown])[] = [
    ['identityfile ~/.ssh/a\nidentityfile /b c/key', (c) => c.identityFiles, ['~/.ssh/a', '/b c/key']],
    ['identityfile none', (c) => c.identityFiles, []],
    ['identitiesonly yes', (c) => c.identitiesOnly, true],
    ['identityagent none', (c) => c.identityAgent, 'none'],
    ['identityagent SSH_AUTH_SOCK', (c) => c.identityAgent, 'SSH_AUTH_SOCK'],
    ['pubkeyauthentication true', (c) => c.pubkeyAuthentication, true],
    ['pubkeyauthentication false', (c) => c.pubkeyAuthentication, false],
    ['pubkeyauthentication unbound', (c) => c.pubkeyAuthentication, true],
    ['gssapiauthentication yes', (c) => c.gssapiAuthentication, true],
    ['verifyhostkeydns true', (c) => c.verifyHostKeyDns, 'yes'],
    ['verifyhostkeydns ask', (c) => c.verifyHostKeyDns, 'ask'],
    ['verifyhostkeydns false', (c) => c.verifyHostKeyDns, 'no'],
    ['userknownhostsfile /a /b', (c) => c.userKnownHostsFiles, ['/a', '/b']],
    ['userknownhostsfile none', (c) => c.userKnownHostsFiles, []],
    ['globalknownhostsfile /c', (c) => c.globalKnownHostsFiles, ['/c']],
    ['proxycommand none', (c) => c.proxyCommand, null],
    ['proxycommand nc %h %p', (c) => c.proxyCommand, 'nc %h %p'],
    ['proxyjump a,b', (c) => c.proxyJump, 'a,b'],
    ['hostkeyalias name', (c) => c.hostKeyAlias, 'name'],
    ['connecttimeout none', (c) => c.connectTimeoutSeconds, null],
    ['connecttimeout 30', (c) => c.connectTimeoutSeconds, 30],
    ['addressfamily inet6', (c) => c.addressFamily, 'inet6'],
    ['certificatefile ~/a-cert.pub', (c) => c.certificateFiles, ['~/a-cert.pub']],
    ['pkcs11provider /usr/lib/p11.so', (c) => c.pkcs11Provider, '/usr/lib/p11.so'],
    ['knownhostscommand none', (c) => c.knownHostsCommand, null],
    ['revokedhostkeys /etc/revoked', (c) => c.revokedHostKeys, '/etc/revoked'],
    ['bindaddress 10.0.0.1', (c) => c.bindAddress, '10.0.0.1'],
  ];
  for (const [line, read, expected] of cases) {
    it(line.replace('\n', ' · '), () => {
      assert.deepEqual(read(parse(`${line}\n`)), expected);
    });
  }

  it('is read from Windows with CRLF', () => {
    assert.equal(parseSshConfig(minimal.replaceAll('\n', '\r\n'))?.hostName, 'depot-1');
  });

  for (const output of [
    '',
    'hostname x\n',
    'hostname x\nuser y\nport zero\n',
    'hostname x\nuser y\nport 70000\n',
    '{}',
  ]) {
    it(`is not a configuration: ${JSON.stringify(output)}`, () => {
      assert.equal(parseSshConfig(output), null);
    });
  }
});

describe('the call of ssh -G', () => {
  it('puts the destination behind the end of the options', () => {
    assert.deepEqual(sshConfigArguments({ settings, sshConfigFile: '', environment: {} }), ['-T', '-G', '--', 'depot']);
  });

  it('passes on file, user and port', () => {
    const request = { settings: { ...settings, port: 22022, user: 'me' }, sshConfigFile: '/c', environment: {} };
    assert.deepEqual(sshConfigArguments(request), ['-T', '-G', '-F', '/c', '-l', 'me', '-p', '22022', '--', 'depot']);
  });

  it('has a command line for people beside it', () => {
    const request = { settings: { ...settings, port: 22022, user: 'me' }, sshConfigFile: "/c d/it's", environment: {} };
    assert.equal(sshCommandLine(request), "ssh -F '/c d/it'\\''s' -l me -p 22022 depot");
  });

  for (const good of [
    'depot',
    'depot-1.example.org',
    '10.0.0.1',
    '::1',
    '[::1]',
    'me@depot',
    'fe80::1%eth0',
    'räum_1',
    'a+b',
  ]) {
    it(`takes ${good} as a destination`, () => {
      assert.equal(isSafeDestination(good), true);
    });
  }
  for (const bad of [
    '',
    '-oProxyCommand=touch x',
    '-F/etc/passwd',
    'me@-oProxyCommand=x',
    '@depot',
    'me@',
    'a b',
    'a\tb',
    'a\nb',
    'a\0b',
    'a;b',
    'a|b',
    'a&b',
    '$(b)',
    '`b`',
    'a>b',
    "a'b",
    'a"b',
    'a\\b',
    'a*',
    'a{b}',
    'a(b)',
    'a\u202eb',
    'x'.repeat(256),
  ]) {
    it(`refuses ${JSON.stringify(bad.slice(0, 40))} as a destination`, () => {
      assert.equal(isSafeDestination(bad), false);
    });
  }
});

describe('what the built-in client cannot do', () => {
  const keysOnly = 'passwordauthentication no\nkbdinteractiveauthentication no\n';
  const cases: readonly (readonly [string, Partial<HostSettings>, string | null])[] = [
    ['', {}, null],
    ['', { transport: 'ssh2' }, null],
    ['', { transport: 'openssh' }, 'transport "openssh"'],
    ['', { proxyJump: 'gate' }, 'ProxyJump'],
    ['proxyjump gate\n', {}, 'ProxyJump'],
    ['proxycommand nc %h %p\nproxyusefdpass yes\n', {}, 'ProxyCommand'],
    ['knownhostscommand /bin/x\n', {}, 'KnownHostsCommand'],
    ['revokedhostkeys /x\n', {}, 'RevokedHostKeys'],
    ['verifyhostkeydns true\n', {}, 'VerifyHostKeyDNS'],
    ['verifyhostkeydns ask\n', {}, null],
    // Debian sets this for everybody.
    ['gssapiauthentication yes\n', {}, null],
    [`${keysOnly}gssapiauthentication yes\n`, {}, null],
    [`${keysOnly}gssapiauthentication yes\npubkeyauthentication no\n`, {}, 'GSSAPIAuthentication'],
    [`${keysOnly}hostbasedauthentication yes\npubkeyauthentication no\n`, {}, 'HostbasedAuthentication'],
  ];
  for (const [lines, change, directive] of cases) {
    it(`${JSON.stringify(lines)} ${JSON.stringify(change)}: ${directive ?? 'nothing'}`, () => {
      const limit = findLimit({ ...settings, ...change }, parse(lines));
      if (directive === null) assert.equal(limit, null);
      else {
        assert.equal(limit?.problem.code, 'notSupported');
        assert.ok(limit.problem.message.includes(directive) && limit.problem.message.includes('depot'));
      }
    });
  }
});
