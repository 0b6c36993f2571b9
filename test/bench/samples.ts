/** Samples taken side by side, and what is told of them: the median and the middle half. Ratios, because machines differ. */

/** Runs once and says what it measured; throws where it could not. */
export type Contender = () => Promise<number>;

/**
 * Runs every contender once a round, so that load which comes and goes meets all of them; each round begins with another one.
 * @returns the samples of each, in the order of the rounds
 */
export async function interleave<Name extends string>(
  rounds: number,
  contenders: Readonly<Record<Name, Contender>>,
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const names = Object.keys(contenders) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(round + place) % names.length]!;
      samples[name].push(await contenders[name]());
    }
  }
  return samples;
}

/** Milliseconds that an act takes. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

/** One by the other, round by round. */
export function ratios(ours: readonly number[], plain: readonly number[]): readonly number[] {
  return ours.map((sample, round) => sample / plain[round]!);
}

/** One without the other, round by round. */
export function without(all: readonly number[], part: readonly number[]): readonly number[] {
  return all.map((sample, round) => sample - part[round]!);
}

/** The value below which `part` of the samples lie, with linear interpolation. @throws RangeError where there are none */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (low === undefined || high === undefined) throw new RangeError('no samples');
  return low + (high - low) * (at - Math.floor(at));
}

/** See {@link quantile}. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}
