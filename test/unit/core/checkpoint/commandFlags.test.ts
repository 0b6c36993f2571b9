import assert from 'node:assert/strict';
import { flagValues } from '../../../../src/core/checkpoint/commandFlags';

describe('the options of a command', () => {
  const cases: readonly [command: string, expected: Record<string, string>][] = [
    ['run --symbol DOGE --threshold=250', { symbol: 'DOGE', threshold: '250' }],
    [`run --symbol 'DO GE' --threshold "2""50"`, { symbol: 'DO GE', threshold: '250' }],
    ['run --start-date 2024-01-01', { start_date: '2024-01-01' }],
    ['run --start_date=2024', { start_date: '2024' }],
    ['run --symbol', {}],
    ['run --symbol --threshold 250', { threshold: '250' }],
    ['run --symbol; echo DOGE', {}],
    ['run --symbol DOGE && run --symbol SHIB', {}],
    ['run --symbol DOGE && run --symbol DOGE', { symbol: 'DOGE' }],
    ['run --symbol $S --threshold "$T"', {}],
    [`run --symbol '$S'`, { symbol: '$S' }],
    ['run --symbol `cat s`', {}],
    ['run --symbol D*', {}],
    ['run --symbol DOGE\\ 2', { symbol: 'DOGE 2' }],
    ['run --symbolic DOGE --xsymbol A', {}],
    ['run "--symbol" DOGE', { symbol: 'DOGE' }],
    ['run --symbol=', {}],
    [`run --symbol 'DOGE`, {}],
    ['run --symbol DOGE\n--threshold 250', { symbol: 'DOGE', threshold: '250' }],
    ['run', {}],
  ];
  for (const [command, expected] of cases)
    it(`are ${JSON.stringify(expected)} in ${JSON.stringify(command)}`, () => {
      assert.deepEqual(Object.fromEntries(flagValues(command, ['symbol', 'threshold', 'start_date'])), expected);
    });

  it('are looked for in linear time', () => {
    const began = performance.now();
    for (const piece of [`'`, '"', '\\"', '"\\', ' --symbol', '--', '$(', '-- '])
      flagValues(`--symbol ${piece.repeat(19_000 / piece.length)}`, ['symbol']);
    assert.ok(performance.now() - began < 500);
  });
});
