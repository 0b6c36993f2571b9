import assert from 'node:assert/strict';
import type { HostVerifier } from 'ssh2';
import { createHostVerifier, hostKeyAlgorithms } from '../../../src/ssh/hostKeys/hostKeyCheck';

/** What ssh2 does with the answer to one key: the rule of `lib/protocol/kex.js`, whose only refusal is `false`. */
async function accepts(verifier: HostVerifier, key: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    try {
      const call = verifier as (key: Buffer, verify: (answer?: unknown) => void) => unknown;
      const returned = call(key, (answer) => {
        resolve(answer !== false);
      });
      if (returned !== undefined) resolve(returned !== false);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

describe('the verifier of host keys', () => {
  const rows: readonly (readonly [string, () => unknown, boolean])[] = [
    ['() => true', () => true, true],
    ['async () => true', () => Promise.resolve(true), true],
    ['() => false', () => false, false],
    ['async () => false', () => Promise.resolve(false), false],
    ['async () => { throw }', () => Promise.reject(new Error('no')), false],
    [
      'a synchronous throw',
      () => {
        throw new Error('no');
      },
      false,
    ],
    ['() => 0', () => 0, false],
    ['() => 1', () => 1, false],
    ['() => null', () => null, false],
    ['() => undefined', () => undefined, false],
    ["() => 'true'", () => 'true', false],
    ['() => new Error()', () => new Error('no'), false],
    ['() => {}', () => ({}), false],
    ['async () => undefined', () => Promise.resolve(undefined), false],
    ['async () => 1', () => Promise.resolve(1), false],
  ];
  for (const [title, judge, expected] of rows) {
    it(`${title} ${expected ? 'accepts' : 'refuses'}`, async () => {
      assert.equal(await accepts(createHostVerifier(judge), Buffer.from('key')), expected);
    });
  }

  it('returns nothing, so that only its callback counts', () => {
    const verifier: (key: Buffer, verify: (valid: boolean) => void) => unknown = createHostVerifier(() => true);
    assert.equal(
      verifier(Buffer.from('key'), () => undefined),
      undefined,
    );
  });

  it('answers a re-key at once from the key accepted first, without judging again', () => {
    let judged = 0;
    const verifier = createHostVerifier(() => {
      judged += 1;
      return true;
    });
    const answers: boolean[] = [];
    const note = (valid: boolean): void => {
      answers.push(valid);
    };
    verifier(Buffer.from('first'), note);
    verifier(Buffer.from('first'), note);
    verifier(Buffer.from('other'), note);
    verifier(Buffer.from('first'), note);
    assert.deepEqual(answers, [true, true, false, true]);
    assert.equal(judged, 1);
  });

  it('judges a copy, whatever becomes of the buffer that was shown', () => {
    const shown = Buffer.from('first');
    const verifier = createHostVerifier(() => true);
    verifier(shown, () => undefined);
    shown.fill(0);
    const answers: boolean[] = [];
    verifier(Buffer.from('first'), (valid) => {
      answers.push(valid);
    });
    assert.deepEqual(answers, [true]);
  });

  it('does not take a refused key for the accepted one', async () => {
    const verdicts = [false, true];
    const verifier = createHostVerifier(() => verdicts.shift());
    assert.equal(await accepts(verifier, Buffer.from('a')), false);
    assert.equal(await accepts(verifier, Buffer.from('b')), true);
    assert.equal(await accepts(verifier, Buffer.from('a')), false);
  });
});

describe('the host key algorithms', () => {
  it('are moved to the front for the types that are known, in the order of OpenSSH', () => {
    assert.deepEqual(hostKeyAlgorithms(['ssh-rsa', 'ecdsa-sha2-nistp256'], true), {
      remove: ['ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
      prepend: ['ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'],
      append: [],
    });
  });

  it('never name ssh-rsa, what ssh2 lacks, or what the runtime lacks', () => {
    assert.deepEqual(hostKeyAlgorithms(['ssh-dss', 'sk-ssh-ed25519@openssh.com', 'ssh-ed25519'], false), {
      remove: ['ssh-rsa'],
      prepend: [],
      append: [],
    });
    assert.deepEqual(hostKeyAlgorithms(['ssh-ed25519'], true).prepend, ['ssh-ed25519']);
  });
});
