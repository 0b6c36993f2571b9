/** What the soak says of its numbers has to be right before it may say that nothing grows. */
import assert from 'node:assert/strict';
import { growthOf, slope, type Point } from '../soak/growth';
import { seeded } from '../soak/seeded';

const points = (count: number, value: (cycles: number) => number): readonly Point[] =>
  Array.from({ length: count }, (_, index) => ({ cycles: index * 10, value: value(index * 10) }));

describe('the soak', () => {
  it('finds the slope of a line through noise', () => {
    const random = seeded(7);
    const noisy = points(50, (cycles) => 1_000 + 3 * cycles + (random() - 0.5) * 100);
    assert.ok(Math.abs(slope(noisy) - 3) < 0.2, String(slope(noisy)));
  });

  it('draws no line through one point', () => {
    assert.throws(() => slope(points(1, () => 1)), RangeError);
    assert.throws(() => slope([]), RangeError);
  });

  it('lets pass what is flat, noisy or falls', () => {
    const random = seeded(3);
    for (const value of [() => 5, () => 1_000 + random(), (cycles: number) => 1_000 - cycles])
      assert.equal(growthOf({ what: 'a', mostPerCycle: 0.05, points: points(30, value) }).isOver, false);
  });

  it('finds one thing that stays behind in each tenth cycle', () => {
    const { isOver, line } = growthOf({
      what: 'sockets',
      mostPerCycle: 0.05,
      points: points(30, (cycles) => 8 + cycles / 10),
    });
    assert.equal(isOver, true);
    assert.equal(line, 'sockets: 14 to 37 from cycle 60 to 290, 0.1 a cycle (at most 0.05): IT GROWS');
  });

  it('does not count what is filled once at the start', () => {
    const filling = points(30, (cycles) => Math.min(cycles, 50) * 100_000);
    assert.equal(growthOf({ what: 'heap', mostPerCycle: 512, unit: 'bytes', points: filling }).isOver, false);
  });

  it('picks the same again by the same seed, and not by another', () => {
    const numbers = (seed: number): readonly number[] => {
      const random = seeded(seed);
      return Array.from({ length: 5 }, () => random());
    };
    assert.deepEqual(numbers(42), numbers(42));
    assert.notDeepEqual(numbers(42), numbers(43));
    assert.ok(numbers(42).every((each) => each >= 0 && each < 1));
  });
});
