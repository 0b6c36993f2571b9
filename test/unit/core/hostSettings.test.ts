import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseHosts } from '../../../src/core/hostSettings';

describe('the setting hosts', () => {
  it('takes an alias as a text', () => {
    const { hosts, invalid } = parseHosts(['gpu-1']);
    assert.deepEqual(invalid, []);
    assert.deepEqual(
      [hosts[0]!.name, hosts[0]!.host, hosts[0]!.transport, hosts[0]!.checkpoints],
      ['gpu-1', 'gpu-1', 'auto', []],
    );
  });

  it('takes an object with everything', () => {
    const entry = {
      ...{
        name: 'a',
        host: 'b.example',
        port: 2222,
        user: 'ana',
        identityFile: '~/.ssh/k',
        proxyJump: 'j',
        transport: 'ssh2',
      },
      ...{
        python: '/opt/py/bin/python3',
        pueue: '~/.cargo/bin/pueue',
        pueueConfig: '/etc/p.yml',
        path: '~/project',
        checkpoints: ['~/c', '/d'],
      },
    };
    assert.deepEqual(parseHosts([entry]), { hosts: [entry], invalid: [] });
  });

  it('takes nothing as no host', () => {
    assert.deepEqual(
      [parseHosts(undefined), parseHosts(null), parseHosts([])].map(({ hosts, invalid }) => [
        hosts.length,
        invalid.length,
      ]),
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    );
  });

  const wrong: [string, unknown, RegExp][] = [
    ['a setting that is no list', 'gpu-1', /must be a list/u],
    ['a number', [3], /a text or an object/u],
    ['an empty name', [''], /"name" must not be empty/u],
    ['a name with a line break', ['a\nb'], /"name" must not hold control characters/u],
    ['no name', [{ host: 'a' }], /"name" is missing/u],
    ['a key that is misspelt', [{ name: 'a', identityfile: 'x' }], /"identityfile" is no key of a host/u],
    ['a port that is a text', [{ name: 'a', port: '22' }], /"port" must be a number/u],
    ['a port out of range', [{ name: 'a', port: 0 }], /"port" must be at least 1/u],
    ['a transport of another name', [{ name: 'a', transport: 'telnet' }], /"transport" must be/u],
    ['a relative path of pueue', [{ name: 'a', pueue: 'pueue' }], /"pueue" must be an absolute path/u],
    [
      'a relative python with a directory',
      [{ name: 'a', python: 'bin/python' }],
      /"python" must be an absolute path or a bare name/u,
    ],
    ['a python that is an option', [{ name: 'a', python: '-c' }], /"python"/u],
    ['checkpoints as a text', [{ name: 'a', checkpoints: '~/c' }], /"checkpoints" must be a list/u],
    [
      'a relative checkpoint directory',
      [{ name: 'a', checkpoints: ['c'] }],
      /"checkpoints 1" must be an absolute path/u,
    ],
    ['a destination that is an option of ssh', ['-oProxyCommand=x'], /must not begin with "-"/u],
    ['a destination with a space', [{ name: 'a', host: 'a b' }], /must not hold spaces/u],
    ['a destination that a shell would run', [{ name: 'a', host: '$(x)' }], /must not hold spaces, quotes/u],
    ['a name that stands there twice', ['a', { name: 'a' }], /twice/u],
  ];
  for (const [what, value, message] of wrong)
    it(`refuses ${what} and says so`, () => {
      const { invalid } = parseHosts(value);
      assert.equal(invalid.length, 1);
      assert.equal(invalid[0]!.problem.code, 'invalidInput');
      assert.match(invalid[0]!.problem.message, message);
      assert.notEqual(invalid[0]!.problem.next, '');
    });

  it('loses only the wrong entry', () => {
    const { hosts, invalid } = parseHosts(['a', { name: 'b', port: 'x' }, 'c']);
    assert.deepEqual(
      hosts.map(({ name }) => name),
      ['a', 'c'],
    );
    assert.deepEqual(
      invalid.map(({ id, host }) => [id, host]),
      [['hosts/1', 'b']],
    );
  });

  it('never throws, and accounts for every entry', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (entries) => {
        const { hosts, invalid } = parseHosts(entries);
        assert.equal(hosts.length + invalid.length, entries.length);
      }),
    );
  });
});
