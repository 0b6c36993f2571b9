import assert from 'node:assert/strict';
import fc from 'fast-check';
import { faultOfPattern, Pattern } from '../../../../src/core/checkpoint/pattern';

const parse = (text: string, of: 'name' | 'label' = 'name'): Pattern => {
  const pattern = Pattern.parse(text, of);
  assert.ok(pattern !== null, text);
  return pattern;
};
/** What a text says by a pattern, as an object; else the word for why it says nothing. */
function said(pattern: string, text: string): unknown {
  const match = parse(pattern, 'label').match(text);
  return match.kind === 'parameters' ? Object.fromEntries(match.values) : match.kind;
}

describe('a pattern of names', () => {
  const cases: readonly [pattern: string, text: string, expected: unknown][] = [
    ['{symbol}@{threshold}', 'DOGE@250', { symbol: 'DOGE', threshold: '250' }],
    [
      '{symbol}_{threshold}_{start}_{end}.json',
      'DOGE_250_a_b.json',
      { symbol: 'DOGE', threshold: '250', start: 'a', end: 'b' },
    ],
    ['{symbol}.json', 'DOGE.json.json', { symbol: 'DOGE.json' }],
    ['{symbol}.json', '.json', 'none'],
    ['{symbol}.json', 'DOGE.jsonx', 'none'],
    ['{symbol}.json', 'xDOGE.JSON', 'none'],
    ['{a}_{b}', 'x_y_z', 'ambiguous'],
    ['{a}{b}', 'xy', { a: 'x', b: 'y' }],
    ['{a}{b}', 'xyz', 'ambiguous'],
    ['{a}{b}', 'x', 'none'],
    ['{a}__{b}', 'x___y', 'ambiguous'],
    ['{a}-{b}-{c}', 'a-b', 'none'],
    ['{a}', 'x/y', 'none'],
    ['exp/{a}', 'exp/x', { a: 'x' }],
    ['exp/{a}', 'x/exp/x', 'none'],
    ['{a}/{b}', 'x/y', { a: 'x', b: 'y' }],
    ['state.json', 'state.json', {}],
    ['state.json', 'stateXjson', 'none'],
    ['{a}.*+?^$()[]|\\', 'x.*+?^$()[]|\\', { a: 'x' }],
    ['{a}', '__proto__', { a: '__proto__' }],
    ['{a}', '\n', { a: '\n' }],
    ['{a}_{b}', '\u{1f415}_\udcff', { a: '\u{1f415}', b: '\udcff' }],
    ['{a}', '', 'none'],
  ];
  for (const [pattern, text, expected] of cases)
    it(`${pattern} takes ${JSON.stringify(text)} for ${JSON.stringify(expected)}`, () => {
      const found = said(pattern, text);
      if (typeof expected === 'string') assert.equal(found, expected);
      else assert.deepEqual(Object.entries(found as object), Object.entries(expected as object));
    });

  it('finds again what it was filled with, or says that it cannot', () => {
    const value = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom('a', 'b', '_', '.', '-') });
    const texts = fc.constantFrom('{x}_{y}', '{x}.{y}.json', '{x}{y}', '{y}-{x}_', 'a{x}b{y}');
    fc.assert(
      fc.property(texts, value, value, (text, x, y) => {
        const pattern = parse(text);
        const filled = pattern.fill(
          new Map([
            ['x', x],
            ['y', y],
          ]),
        );
        assert.ok(filled !== null);
        const match = pattern.match(filled);
        assert.notEqual(match.kind, 'none');
        // By trying all splits.
        const splits: string[] = [];
        for (let a = 1; a <= filled.length; a += 1)
          for (let b = 1; b <= filled.length; b += 1)
            for (let from = 0; from + a <= filled.length; from += 1)
              for (let second = 0; second + b <= filled.length; second += 1) {
                const [one, two] = [filled.slice(from, from + a), filled.slice(second, second + b)];
                if (text.replace('{x}', () => one).replace('{y}', () => two) === filled) splits.push(`${one}\0${two}`);
              }
        const ways = new Set(splits);
        assert.equal(match.kind, ways.size === 1 ? 'parameters' : 'ambiguous');
        if (match.kind === 'parameters') assert.deepEqual([match.values.get('x'), match.values.get('y')], [x, y]);
      }),
      { numRuns: 200 },
    );
  });

  it('is not filled with what is missing, empty or another directory', () => {
    const pattern = parse('{a}_{b}.json');
    assert.equal(
      pattern.fill(
        new Map([
          ['a', 'x'],
          ['b', '1'],
          ['c', '2'],
        ]),
      ),
      'x_1.json',
    );
    for (const b of [undefined, '', 'x/y'])
      assert.equal(pattern.fill(new Map([['a', 'x'], ...(b === undefined ? [] : [['b', b] as const])])), null);
  });

  it('takes no longer for names that are made to take long', () => {
    const pattern = parse(Array.from({ length: 20 }, (_, index) => `{p${index}}`).join('a'));
    const began = performance.now();
    for (const text of ['a'.repeat(4000), `${'a'.repeat(3999)}/`, 'ab'.repeat(2000), '_'.repeat(4000)])
      assert.notEqual(pattern.match(text).kind, 'parameters');
    assert.ok(performance.now() - began < 500);
    assert.equal(pattern.match('a'.repeat(1e6)).kind, 'none');
  });

  const faults: readonly [text: string, fault: RegExp][] = [
    ['', /empty/u],
    ['{a', /"\{" without/u],
    ['a}', /"\}" without/u],
    ['{{a}}', /without/u],
    ['{}', /names nothing/u],
    ['{a}_{a}', /twice/u],
    ['{a b}', /letters, digits/u],
    ['{1a}', /letters, digits/u],
    ['{a/b}', /"\/"/u],
    ['dir/{a}', /"\/"/u],
    ['x'.repeat(1001), /longer/u],
    [Array.from({ length: 51 }, (_, index) => `{p${index}}`).join('_'), /more than 50/u],
  ];
  for (const [text, fault] of faults)
    it(`is not ${text.slice(0, 30)}`, () => {
      assert.match(faultOfPattern(text, 'name') ?? '', fault);
      assert.equal(Pattern.parse(text, 'name'), null);
    });

  it('of labels may hold a slash', () => {
    assert.equal(faultOfPattern('exp/{a}', 'label'), null);
    assert.equal(faultOfPattern('{größe}_{start-date}', 'name'), null);
  });
});
