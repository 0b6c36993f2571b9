import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mask, maskSpans } from '../../../src/core/text/maskSecrets';
import { pasteableCommand } from '../../../src/core/text/pasteableCommand';

describe('a command for the clipboard', () => {
  it('is itself where it is one line of characters that can be seen', () => {
    const command = `cd "a b" && ./sweep.sh 'x' $HOME \\ \`y\``;
    assert.deepEqual(pasteableCommand(command), { text: command, maskedSpans: 0, encoded: false });
  });

  it('stays masked, and counts what is masked', () => {
    const { text, maskedSpans } = pasteableCommand('API_KEY=abc run --token def https://u:pw@h/ "Bearer xyz"');
    assert.equal(text, `API_KEY=${mask} run --token ${mask} https://u:${mask}@h/ "Bearer ${mask}"`);
    assert.equal(maskedSpans, 4);
    assert.equal(maskSpans(`echo ${mask}`).spans, 0, 'what only looks like a mask is none');
  });

  for (const [command, text] of [
    ['a\nb', `sh -c $'a\\nb'`],
    ['a\rb\u001b[31m', `sh -c $'a\\x0db\\x1b[31m'`],
    [`it's\t\\n\n`, `sh -c $'it\\'s\\t\\\\n\\n'`],
    ['a\u202eb', `sh -c $'a\\u202eb'`],
    ['\u0085\u{e0041}', `sh -c $'\\u0085\\U000e0041'`],
    ['\udcff', `sh -c $'\\xff'`],
  ] as const)
    it(`is written out where it holds more: ${JSON.stringify(command)}`, () => {
      assert.deepEqual(pasteableCommand(command), { text, maskedSpans: 0, encoded: true });
    });

  it('does in bash what it did under sh -c', () => {
    const command = `printf '%s|' 'a\\b' "it's" ä\nprintf '\t\u202e%s' "$((1+1))"`;
    const run = (program: string, line: string): string =>
      execFileSync(program, ['-c', line], {
        stdio: ['ignore', 'pipe', 'inherit'],
        encoding: 'utf8',
        env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' },
      });
    assert.equal(run('bash', pasteableCommand(command).text), run('sh', command));
  });

  it('is the real text, as exact, only where that is asked for', () => {
    const command = 'run --token hunter2\necho a';
    assert.ok(!pasteableCommand(command).text.includes('hunter2'));
    const { text, maskedSpans } = pasteableCommand(command, 'real');
    assert.deepEqual([text, maskedSpans], ["sh -c $'run --token hunter2\\necho a'", 0]);
  });
});
