import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { agentSocket, expandSshPath, type TokenValues } from '../../../src/ssh/config/sshPaths';

const values: TokenValues = {
  home: '/home/ada',
  localUser: 'ada',
  localUserId: 1001,
  localHostName: 'desk.example.org',
  alias: 'depot',
  hostName: 'depot-1.example.org',
  port: 2222,
  user: 'runner',
  hostKeyAlias: null,
  proxyJump: '',
  environment: { KEYS: '/keys', EMPTY: '', SSH_AUTH_SOCK: '/run/agent', OTHER: '/run/other' },
};

describe('paths of the ssh configuration', () => {
  const hash = createHash('sha1').update('desk.example.orgdepot-1.example.org2222runner').digest('hex');
  const expanded: readonly (readonly [string, string])[] = [
    ['/plain/path', '/plain/path'],
    ['~', '/home/ada'],
    ['~/.ssh/id', '/home/ada/.ssh/id'],
    ['%d/.ssh/id', '/home/ada/.ssh/id'],
    ['/k/%h', '/k/depot-1.example.org'],
    ['/k/%p', '/k/2222'],
    ['/k/%r', '/k/runner'],
    ['/k/%u', '/k/ada'],
    ['/k/%n', '/k/depot'],
    ['/k/%l', '/k/desk.example.org'],
    ['/k/%L', '/k/desk'],
    ['/k/%i', '/k/1001'],
    ['/k/%k', '/k/depot'],
    ['/k/%%h', '/k/%h'],
    ['/k/%C', `/k/${hash}`],
    ['/k/%j', '/k/'],
    ['${KEYS}/id-%r', '/keys/id-runner'],
    ['/k/${EMPTY}x', '/k/x'],
    ['/k/a~b', '/k/a~b'],
    ['/k/$KEYS', '/k/$KEYS'],
    ['with blank/id', '/home/ada/with blank/id'],
    ['~/%n/%n', '/home/ada/depot/depot'],
  ];
  for (const [value, path] of expanded) {
    it(`${value} is ${path}`, () => {
      assert.deepEqual(expandSshPath(value, values), { kind: 'path', path });
    });
  }

  it('takes %k from the host key alias', () => {
    assert.deepEqual(expandSshPath('/k/%k', { ...values, hostKeyAlias: 'name' }), { kind: 'path', path: '/k/name' });
  });

  it('does not expand what an expansion has brought in', () => {
    const hostile = { ...values, user: '%h${KEYS}', home: '/h/%u' };
    assert.deepEqual(expandSshPath('~/%r', hostile), { kind: 'path', path: '/h/%u/%h${KEYS}' });
  });

  for (const [value, reason] of [
    ['~bob/id', /another user's home/],
    ['/k/%x', /unknown token %x/],
    ['/k/%', /unknown token %/],
    ['${NONE}/id', /NONE is not set/],
  ] as const) {
    it(`${value} is refused with its reason`, () => {
      const expansion = expandSshPath(value, values);
      assert.match(expansion.kind === 'failed' ? expansion.reason : `the path ${expansion.path}`, reason);
    });
  }
});

describe('the socket of the agent', () => {
  const cases: readonly (readonly [string | null, string | null])[] = [
    [null, '/run/agent'],
    ['SSH_AUTH_SOCK', '/run/agent'],
    ['none', null],
    ['None', null],
    ['$OTHER', '/run/other'],
    ['$NOTHING', null],
    ['${OTHER}', '/run/other'],
    ['~/agent.sock', '/home/ada/agent.sock'],
    ['/run/user/%i/agent', '/run/user/1001/agent'],
  ];
  for (const [value, path] of cases) {
    it(`IdentityAgent ${value ?? 'not set'} is ${path ?? 'no agent'}`, () => {
      assert.deepEqual(agentSocket(value, values, 'linux'), path === null ? null : { kind: 'path', path });
    });
  }

  const own = '\\\\.\\pipe\\openssh-ssh-agent';
  const pageant = '\\\\.\\pipe\\pageant.ada.0123abcd';
  const onWindows: readonly (readonly [agent: string | null, socket: string | undefined, path: string | null])[] = [
    [null, undefined, own],
    [null, '', own],
    ['SSH_AUTH_SOCK', undefined, own],
    ['$SSH_AUTH_SOCK', undefined, own],
    ['none', pageant, null],
    ['$NOWHERE', pageant, null],
    [null, pageant, pageant],
    [null, '//./pipe/pageant.ada.0123abcd', pageant],
    [pageant, undefined, pageant],
    ['//./pipe/pageant.%u.0123abcd', undefined, pageant],
    ['\\\\?\\pipe\\other', own, '\\\\?\\pipe\\other'],
  ];
  for (const [agent, socket, path] of onWindows) {
    it(`IdentityAgent ${agent ?? 'not set'} is ${path ?? 'no agent'} on Windows, with SSH_AUTH_SOCK ${socket ?? 'not set'}`, () => {
      const there = { ...values, environment: socket === undefined ? {} : { SSH_AUTH_SOCK: socket } };
      assert.deepEqual(agentSocket(agent, there, 'win32'), path === null ? null : { kind: 'path', path });
    });
  }

  it('is none elsewhere where the environment names none', () => {
    assert.equal(agentSocket(null, { ...values, environment: {} }, 'linux'), null);
  });
});
