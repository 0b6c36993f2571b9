import assert from 'node:assert/strict';
import { bootstrapBytes, bootstrapCommand, greetingOf, isInterpreter } from '../../../src/host/bootstrap';

const program = { sha256: 'ab', sources: [['serve', 'x = "\\u00e4 \\n"']] as const };

describe('the bootstrap', () => {
  it('is one constant line that every login shell reads alike', () => {
    const [before, inside, after, ...more] = bootstrapCommand.split("'");
    assert.deepEqual([before, after, more], ['exec /bin/sh -c ', '', []]);
    // Not within single quotes in csh, fish and the rest: history, escapes, command substitution, a line break.
    assert.doesNotMatch(inside!, /[\\!`\n]/u);
    assert.match(inside!, /^[\x20-\x7e]+$/u);
  });

  it('carries the interpreter as data on the first line, never in the command', () => {
    const bytes = bootstrapBytes('/opt/my python/bin/python3', Buffer.alloc(16), program);
    assert.equal(bytes.subarray(0, bytes.indexOf('\n')).toString(), '/opt/my python/bin/python3');
    assert.equal(bootstrapBytes(null, Buffer.alloc(16), program)[0], '\n'.charCodeAt(0));
  });

  it('refuses an interpreter that would not stay on its line, or would be an option', () => {
    for (const python of ['a\nb', '-c', '', 'bin/python', '~user/python', '/a\rb']) {
      assert.equal(isInterpreter(python), false, JSON.stringify(python));
      assert.throws(() => bootstrapBytes(python, Buffer.alloc(16), program), RangeError);
    }
    for (const python of ['python3.12', '/usr/bin/python3', '~/venv/bin/python'])
      assert.equal(isInterpreter(python), true);
  });

  it('sends the nonce and expects its hash, so that an echo is no greeting', () => {
    const nonce = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    const bytes = bootstrapBytes(null, nonce, program).toString('latin1');
    assert.ok(bytes.includes(nonce.toString('hex')));
    assert.ok(!bytes.includes(greetingOf(nonce)));
    assert.match(greetingOf(nonce), /^[0-9a-f]{64}$/u);
  });
});
