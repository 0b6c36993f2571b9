import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  judgeHostKey,
  knownKeyTypes,
  lookupNames,
  matchesHosts,
  parseKnownHosts,
} from '../../../src/ssh/hostKeys/knownHosts';

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

const ed25519 = (fill: number): Buffer =>
  Buffer.concat([field(Buffer.from('ssh-ed25519')), field(Buffer.alloc(32, fill))]);
const one = ed25519(1);
const two = ed25519(2);
const text = (blob: Buffer): string => `ssh-ed25519 ${blob.toString('base64')}`;
const names = (hostName: string, port = 22, hostKeyAlias: string | null = null): string[] =>
  lookupNames({ hostName, port, hostKeyAlias });

describe('names under which a host key is looked up', () => {
  const cases: readonly (readonly [string[], string[]])[] = [
    [names('Depot.Example.ORG'), ['depot.example.org']],
    [names('depot', 2222), ['[depot]:2222', 'depot']],
    [names('::1'), ['::1']],
    [names('::1', 2222), ['[::1]:2222', '::1']],
    [names('10.0.0.1', 2222, 'Alias'), ['alias']],
  ];
  for (const [found, expected] of cases) {
    it(expected.join(' then '), () => {
      assert.deepEqual(found, expected);
    });
  }
});

describe('the hosts field', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['depot', 'depot', true],
    ['depot', 'depot2', false],
    ['DEPOT', 'depot', true],
    ['a,depot', 'depot', true],
    ['*', 'anything', true],
    ['d*t', 'depot', true],
    ['d*x', 'depot', false],
    ['d???t', 'depot', true],
    ['d?t', 'depot', false],
    ['*.example.org,!depot.example.org', 'depot.example.org', false],
    ['*.example.org,!depot.example.org', 'other.example.org', true],
    ['!depot,*', 'depot', false],
    ['!other', 'depot', false],
    ['[depot]:2222', 'depot', false],
    ['[depot]:*', '[depot]:2222', true],
    ['', '', true],
    ['depot.', 'depotx', false],
    ['[a-z]epot', 'depot', false],
  ];
  for (const [hosts, name, expected] of cases) {
    it(`${hosts || '(empty)'} ${expected ? 'means' : 'does not mean'} ${name || '(empty)'}`, () => {
      assert.equal(matchesHosts(hosts, name), expected);
    });
  }

  it('costs no exponential time for many stars', () => {
    const started = performance.now();
    assert.equal(matchesHosts(`${'*a'.repeat(200)}b`, 'a'.repeat(2_000)), false);
    assert.ok(performance.now() - started < 1_000);
  });

  it('agrees with a regular expression for any pattern', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 });
    fc.assert(
      fc.property(letters, fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }), (pattern, name) => {
        const expression = pattern.map((letter) => (letter === '*' ? '.*' : letter === '?' ? '.' : letter)).join('');
        assert.equal(matchesHosts(pattern.join(''), name.join('')), new RegExp(`^${expression}$`).test(name.join('')));
      }),
    );
  });
});

describe('the judgement of a host key', () => {
  const judge = (known: string, blob: Buffer, looked = names('depot')): string => {
    const verdict = judgeHostKey(parseKnownHosts(known, 'file'), looked, blob);
    return verdict.kind === 'unknown'
      ? `unknown ${String(verdict.authorities.length)}`
      : `${verdict.kind} ${String(verdict.line)}`;
  };

  it('on port 22: plain names only', () => {
    assert.equal(judge(`depot ${text(one)}\n`, one), 'accepted 1');
    assert.equal(judge(`depot ${text(one)}\n`, two), 'changed 1');
    assert.equal(judge(`[depot]:22 ${text(one)}\n`, one), 'unknown 0');
    assert.equal(judge(`[depot]:2222 ${text(one)}\n`, one), 'unknown 0');
  });

  it('names the line, counted with comments and blank lines', () => {
    assert.equal(judge(`# a\r\n\r\ndepot ${text(two)}\r\ndepot ${text(one)}\r\n`, one), 'accepted 4');
    assert.equal(judge(`# a\n\ndepot ${text(two)}\n`, one), 'changed 3');
  });

  it('prefers a line of the same type as evidence of a change', () => {
    const rsa = Buffer.concat([field(Buffer.from('ssh-rsa')), field(Buffer.from([3])), field(Buffer.alloc(64, 1))]);
    assert.equal(judge(`depot ssh-rsa ${rsa.toString('base64')}\ndepot ${text(two)}\n`, one), 'changed 2');
    assert.deepEqual(knownKeyTypes(parseKnownHosts(`depot ssh-rsa ${rsa.toString('base64')}\n`, 'f'), names('depot')), [
      'ssh-rsa',
    ]);
  });

  it('lets a revocation win, under the name with and without the port', () => {
    assert.equal(judge(`depot ${text(one)}\n@revoked depot ${text(one)}\n`, one), 'revoked 2');
    const ported = names('depot', 2222);
    assert.equal(judge(`[depot]:2222 ${text(one)}\n@revoked depot ${text(one)}\n`, one, ported), 'revoked 2');
  });

  it('counts an authority as no plain entry', () => {
    assert.equal(judge(`@cert-authority *.org,depot ${text(one)}\n`, one), 'unknown 1');
  });

  it('never accepts a key that is in no line, whatever the file holds', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        `depot ${text(two)}`,
        `* ${text(two)}`,
        `@cert-authority * ${text(one)}`,
        `@revoked * ${text(one)}`,
        `!* ${text(one)}`,
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        assert.notEqual(
          judgeHostKey(parseKnownHosts(lines.join('\n'), 'file'), names('depot', 2222), one).kind,
          'accepted',
        );
      }),
    );
  });

  it('ignores keys that do not fill their length', () => {
    for (const blob of [one.subarray(0, -1), Buffer.concat([one, Buffer.from([0])]), Buffer.alloc(0), Buffer.alloc(3)])
      assert.deepEqual(parseKnownHosts(`depot ssh-ed25519 ${blob.toString('base64')}\n`, 'file'), []);
  });
});
