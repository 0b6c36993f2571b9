import assert from 'node:assert/strict';
import { isSafeDestination, isSafeJump, sshCommandLine } from '../../../src/core/sshCommand';
import { parseSshConfig, sshConfigArguments, type ResolvedSshConfig } from '../../../src/ssh/config/sshConfig';
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
    ['stricthostkeychecking true', (c) => c.strictHostKeyChecking, 'yes'],
    ['stricthostkeychecking yes', (c) => c.strictHostKeyChecking, 'yes'],
    ['stricthostkeychecking someday', (c) => c.strictHostKeyChecking, 'yes'],
    ['stricthostkeychecking ask', (c) => c.strictHostKeyChecking, 'ask'],
    ['stricthostkeychecking accept-new', (c) => c.strictHostKeyChecking, 'ask'],
    ['stricthostkeychecking false', (c) => c.strictHostKeyChecking, 'ask'],
    ['stricthostkeychecking off', (c) => c.strictHostKeyChecking, 'ask'],
    ['hashknownhosts yes', (c) => c.hashKnownHosts, true],
    ['hashknownhosts no', (c) => c.hashKnownHosts, false],
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
    ['controlpath none', (c) => c.controlPath, null],
    ['controlpath /run/me/cm', (c) => c.controlPath, '/run/me/cm'],
    ['sessiontype default', (c) => c.directives.has('sessiontype'), true],
    ['sessions default', (c) => c.directives.has('sessiontype'), false],
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

  it('passes on a jump host, so that the configuration is the one of the way that is gone', () => {
    const request = { settings: { ...settings, proxyJump: 'me@gate:22' }, sshConfigFile: '', environment: {} };
    assert.deepEqual(sshConfigArguments(request), ['-T', '-G', '-J', 'me@gate:22', '--', 'depot']);
    assert.equal(sshCommandLine(request), 'ssh -J me@gate:22 depot');
  });

  for (const [jump, isSafe] of [
    ['gate', true],
    ['none', true],
    ['me@gate:2222,[::1]:22,inner', true],
    ['', false],
    ['gate,', false],
    ['-oProxyCommand=x', false],
    ['gate,-oProxyCommand=x', false],
    ['me@-oProxyCommand=x', false],
    ['gate;x', false],
    ['gate $(x)', false],
  ] as const) {
    it(`${isSafe ? 'takes' : 'refuses'} ${JSON.stringify(jump)} as jump hosts`, () => {
      assert.equal(isSafeJump(jump), isSafe);
    });
  }

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
