import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSshConfig, type ResolvedSshConfig } from '../../../src/ssh/config/sshConfig';
import type { TokenValues } from '../../../src/ssh/config/sshPaths';
import { findPreference, firstLimit } from '../../../src/ssh/transportChoice';
import { hostSettings } from '../../support/hostSettings';

const settings = hostSettings('depot');

function parse(more = ''): ResolvedSshConfig {
  const config = parseSshConfig(`host depot\nuser runner\nhostname depot-1\nport 2222\n${more}`);
  assert.ok(config !== null);
  return config;
}

describe('what the built-in client cannot do', () => {
  const keysOnly = 'passwordauthentication no\nkbdinteractiveauthentication no\n';
  const cases: readonly (readonly [string, directive: string | null, because: RegExp | null])[] = [
    ['', null, null],
    ['proxyjump gate\n', null, null],
    ['proxycommand nc %h %p\nproxyusefdpass yes\n', 'ProxyCommand', /through a program/u],
    ['proxyjump none\nproxycommand none\n', null, null],
    ['knownhostscommand /bin/x\n', 'KnownHostsCommand', /host keys from a program/u],
    ['revokedhostkeys /x\n', 'RevokedHostKeys', /revoked host keys/u],
    ['verifyhostkeydns true\n', 'VerifyHostKeyDNS', /in DNS/u],
    ['verifyhostkeydns ask\n', null, null],
    // Debian sets this for everybody.
    ['gssapiauthentication yes\n', null, null],
    [`${keysOnly}gssapiauthentication yes\n`, null, null],
    [`${keysOnly}gssapiauthentication yes\npubkeyauthentication no\n`, 'GSSAPIAuthentication', /Kerberos/u],
    [`${keysOnly}hostbasedauthentication yes\npubkeyauthentication no\n`, 'HostbasedAuthentication', /this machine/u],
    ['canonicalizehostname true\nremotecommand x\nsetenv A=b\nlocalforward 1 x:1\n', null, null],
  ];
  for (const [lines, directive, because] of cases) {
    it(`${JSON.stringify(lines)}: ${directive ?? 'nothing'}`, () => {
      const limit = firstLimit([{ settings, config: parse(lines), isJumpHost: false }]);
      if (directive === null || because === null) assert.equal(limit, null);
      else {
        assert.equal(limit?.problem.code, 'notSupported');
        assert.ok(limit.problem.message.includes(directive) && limit.problem.message.includes('depot'));
        assert.match(limit.because, because);
        assert.match(limit.problem.next, /^Set "transport" of this host to "auto" or "openssh"/u);
      }
    });
  }
});

describe("what makes the system's ssh the better way", () => {
  let folder: string;
  let tokens: TokenValues;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'choice-'));
    tokens = {
      ...{ home: folder, localUser: 'me', localUserId: 1000, localHostName: 'here', alias: 'depot', port: 2222 },
      ...{ hostName: 'depot-1', user: 'runner', hostKeyAlias: null, proxyJump: '', environment: {} },
    };
    const field = (bytes: Buffer): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    const publicText = (type: string, ...fields: Buffer[]): string =>
      `${type} ${Buffer.concat([Buffer.from(type), ...fields].map(field)).toString('base64')} comment\n`;
    await writeFile(join(folder, 'plain'), publicText('ssh-ed25519', Buffer.alloc(32, 1)));
    await writeFile(
      join(folder, 'token'),
      publicText('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 1), Buffer.from('ssh:')),
    );
    await writeFile(join(folder, 'signed'), publicText('ssh-ed25519', Buffer.alloc(32, 1)));
    await writeFile(join(folder, 'signed-cert.pub'), 'a certificate\n');
    await writeFile(join(folder, 'depot-1'), 'no key at all');
    await writeFile(join(folder, 'depot-1-cert.pub'), 'a certificate\n');
  });
  after(() => rm(folder, { recursive: true }));

  const cases: readonly (readonly [string, RegExp | null])[] = [
    ['', null],
    ['identityfile ~/plain\n', null],
    ['identityfile ~/absent\nidentityfile ~other/x\nidentityfile none\n', null],
    ['identityfile ~/plain\nidentityfile ~/token\n', /security key \(FIDO\)/u],
    ['identityfile ~/plain\nidentityfile ~/signed\n', /a certificate lies beside/u],
    ['identityfile %d/%h\n', /a certificate lies beside/u],
    ['certificatefile ~/absent-cert.pub\n', /CertificateFile/u],
    ['pkcs11provider /usr/lib/p11.so\n', /PKCS11Provider/u],
    ['pkcs11provider none\n', null],
    ['identityfile ~/token\ncertificatefile ~/x\npkcs11provider /x\npubkeyauthentication no\n', null],
  ];
  for (const [lines, expected] of cases) {
    it(`${JSON.stringify(lines)}: ${expected === null ? 'nothing' : expected.source}`, async () => {
      const reason = await findPreference(settings, parse(lines), tokens);
      if (expected === null) assert.equal(reason, null);
      else assert.match(reason ?? '', expected);
    });
  }

  it('is looked for at the identity file of the settings too', async () => {
    const reason = await findPreference({ ...settings, identityFile: '~/token' }, parse(), tokens);
    assert.match(reason ?? '', /FIDO/u);
  });
});
