/** Whether something grows: what is counted again and again on the way, and a straight line through it. */

/** One look, after so many cycles. */
export interface Point {
  readonly cycles: number;
  readonly value: number;
}

/** What a value may do over the cycles. */
export interface Bound {
  readonly what: string;
  /** The steepest rise that passes, a cycle. */
  readonly mostPerCycle: number;
  readonly points: readonly Point[];
  /** `bytes`: told in KB. */
  readonly unit?: 'bytes';
}

/** What is found of one value. */
export interface Growth {
  readonly line: string;
  readonly isOver: boolean;
}

/** How much is left out at the start, while caches fill and code is compiled. */
const warmUpPart = 0.2;

/** The slope of the straight line with the least squares. @throws RangeError where there is no line */
export function slope(points: readonly Point[]): number {
  const mean = (of: (point: Point) => number): number =>
    points.reduce((sum, each) => sum + of(each), 0) / points.length;
  const [x, y] = [mean(({ cycles }) => cycles), mean(({ value }) => value)];
  const spread = points.reduce((sum, { cycles }) => sum + (cycles - x) ** 2, 0);
  if (points.length < 2 || spread === 0) throw new RangeError('no line goes through less than two points');
  return points.reduce((sum, { cycles, value }) => sum + (cycles - x) * (value - y), 0) / spread;
}

/** Holds a value to its bound, without the first fifth of its points. */
export function growthOf({ what, mostPerCycle, points, unit }: Bound): Growth {
  const steady = points.slice(Math.floor(points.length * warmUpPart));
  const [first, last] = [steady[0], steady.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError(`${what}: nothing was counted`);
  const rise = slope(steady);
  const shown = (value: number): string =>
    unit === 'bytes' ? `${(value / 1024).toFixed(value < 10_240 ? 2 : 0)} KB` : String(Number(value.toFixed(4)));
  const isOver = rise > mostPerCycle;
  const line = `${what}: ${shown(first.value)} to ${shown(last.value)} from cycle ${first.cycles} to ${last.cycles}, ${shown(rise)} a cycle (at most ${shown(mostPerCycle)})${isOver ? ': IT GROWS' : ''}`;
  return { line, isOver };
}
