/** The refresh flag in command lines, by the words that `sh` makes of them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { comparedCommand, findFlag, withFlag, withoutFlag } from '../../../../src/core/requeue/refreshFlag';
import { splitShell } from '../../../../src/core/text/shellWords';

const flag = '--force-refresh';

describe('words of a command line', () => {
  for (const command of [
    'python run.py --symbol DOGE',
    `a 'b c' "d e" f\\ g`,
    `a "x\\"y" 'it'"'"'s' ""`,
    'a\tb  c',
    `a "b\\n" c\\n`,
    'a --x=1 #b'.replace(' #', '#'),
    'ä "ö ü" 😀',
    '',
  ])
    it(`splits like sh: ${JSON.stringify(command)}`, () => {
      const given = execFileSync('sh', ['-c', `for word in ${command}; do printf '%s\\0' "$word"; done`]);
      const expected = given.toString().split('\0').slice(0, -1);
      assert.deepEqual(
        splitShell(command)?.map(({ text }) => text),
        expected,
      );
    });

  for (const command of [
    "a 'b",
    'a "b',
    'a $(b)',
    'a `b`',
    'a # b',
    'a <<E\nx\nE',
    'a \\\nb',
    'a \\',
    "a $'b'",
    'a ${b:-c d}',
    'a "$(b)"',
  ])
    it(`does not guess: ${JSON.stringify(command)}`, () => {
      assert.equal(splitShell(command), null);
    });

  it('tells operators from words that look like them', () => {
    const words = splitShell(`cd x && run ';' > out 2>&1`)!;
    assert.deepEqual(
      words.filter(({ operator }) => operator).map(({ text }) => text),
      ['&&', '>', '>&'],
    );
  });
});

describe('the refresh flag in a command', () => {
  for (const [command, found] of [
    ['run --force-refresh', 'present'],
    ['run --force-refresh=yes --x', 'present'],
    [`run '--force-refresh' x`, 'present'],
    ['run --force-"refresh"', 'present'],
    ['cd x && run --force-refresh', 'present'],
    ['run --force-refresh-cache', 'absent'],
    ['run --x', 'absent'],
    ['run $(cat flags)', 'absent'],
    [`sh -c 'run --force-refresh'`, 'cannotTell'],
    ['run $(echo --force-refresh)', 'cannotTell'],
    [`run '--force-refresh`, 'cannotTell'],
  ] as const)
    it(`is ${found}: ${command}`, () => {
      assert.equal(findFlag(command, flag), found);
    });

  for (const [command, added] of [
    ['run --x', 'run --x --force-refresh'],
    ['run --x  ', 'run --x --force-refresh'],
    ['cd /srv && A=1 run --x', 'cd /srv && A=1 run --x --force-refresh'],
    ['run > out 2>&1', 'run > out 2>&1 --force-refresh'],
    ['run; other', null],
    ['run | tee log', null],
    ['run || other', null],
    ['run & ', null],
    ['first && second', null],
    ['run -- a', null],
    [`sh -c 'run'`, null],
    [`bash -lc 'run'`, null],
    ['run # why', null],
    ['(run)', null],
    ['', null],
    ['a &&', null],
  ] as const)
    it(`is added where its place is certain: ${command}`, () => {
      assert.equal(withFlag(command, flag), added);
    });

  it('reaches the program where it was added behind a redirection', () => {
    const command = withFlag('printf "%s|" a 2> /dev/null', '--f')!;
    assert.equal(execFileSync('sh', ['-c', command]).toString(), 'a|--f|');
  });

  for (const [command, rest] of [
    ['run --force-refresh --x', 'run --x'],
    ['run --x --force-refresh', 'run --x'],
    [`run  --x 'a  b'   --force-refresh=1 "c"`, `run  --x 'a  b' "c"`],
    ['run --force-refresh --force-refresh', 'run'],
    ['run --force-refresh-cache', 'run --force-refresh-cache'],
    ['run $(x) --force-refresh', null],
  ] as const)
    it(`is taken out and nothing else: ${command}`, () => {
      assert.equal(withoutFlag(command, flag), rest);
    });

  it('may be of several words', () => {
    assert.equal(findFlag('run --mode refresh', '--mode refresh'), 'present');
    assert.equal(findFlag('run --mode resume', '--mode refresh'), 'absent');
    assert.equal(withoutFlag('run --mode refresh x', '--mode refresh'), 'run x');
  });

  it('does not count where commands are compared', () => {
    assert.equal(comparedCommand('run  --x --force-refresh', flag), comparedCommand('run --x', flag));
    assert.notEqual(comparedCommand('run --x', flag), comparedCommand('run --y', flag));
    assert.equal(comparedCommand('run  --x', null), 'run  --x');
  });
});
