/** The arithmetic behind the bench: what it tells of samples has to be right before a number of it is believed. */
import assert from 'node:assert/strict';
import { interleave, median, quantile, ratios, without } from '../bench/samples';
import { tableMarkdown, tableText } from '../bench/table';

describe('the bench', () => {
  it('runs every contender once a round, each round beginning with another one', async () => {
    const order: string[] = [];
    const contender = (name: string) => () => Promise.resolve(order.push(name));
    const samples = await interleave(3, { a: contender('a'), b: contender('b') });
    assert.deepEqual(order, ['a', 'b', 'b', 'a', 'a', 'b']);
    assert.deepEqual(samples, { a: [1, 4, 5], b: [2, 3, 6] });
  });

  it('fails where one run of a contender fails', async () => {
    await assert.rejects(interleave(2, { a: () => Promise.reject(new Error('no ssh')) }), /no ssh/u);
  });

  it('compares the runs of one round', () => {
    assert.deepEqual(ratios([1, 6], [2, 3]), [0.5, 2]);
    assert.deepEqual(without([5, 7], [2, 3]), [3, 4]);
  });

  for (const [samples, part, expected] of [
    [[7], 0.25, 7],
    [[3, 1, 2], 0.5, 2],
    [[10, 2], 0.5, 6],
    [[1, 2, 3, 4, 5], 0.25, 2],
    [[1, 2, 3, 4], 0.75, 3.25],
  ] as const)
    it(`has ${expected} below ${part} of ${samples.join(', ')}`, () => {
      assert.equal(quantile(samples, part), expected);
    });

  it('has no median of nothing', () => {
    assert.throws(() => median([]), RangeError);
  });

  it('says of each goal how far the median is from it, and judges nothing that is for information', () => {
    const text = tableText([
      { id: 'P1', what: 'reached exactly', atMost: 0.5, samples: [0.5] },
      { id: 'P1', what: 'missed', atMost: 1 / 3, samples: [0.3, 0.5, 0.4] },
      { id: 'P2', what: 'told', atMost: null, unit: 'bytes', samples: [1560] },
    ]);
    const [, , reached, missed, told] = text.split('\n').map((line) => line.split(/ {2,}/u));
    assert.deepEqual(reached, ['P1', 'reached exactly', '0.5', '0.500', '1', '100 %', 'pass']);
    assert.deepEqual(missed, ['P1', 'missed', '0.333', '0.400', '0.350 – 0.450', '3', '120 %', 'OVER']);
    assert.deepEqual(told, ['P2', 'told', '1560 bytes', '1', '(information)']);
  });

  it('makes a table for a page, in which no text can end a cell', () => {
    const [head, line, row] = tableMarkdown([{ id: 'P1', what: 'a | b', atMost: 2, samples: [1] }]).split('\n');
    assert.equal(head, '| goal | measured | at most | median | middle half | result |');
    assert.equal(line, '| --- | --- | --- | --- | --- | --- |');
    assert.equal(row, '| P1 | a \\| b | 2 | 1.000 |  | pass |');
  });
});
