/** Environments of a stated size, as jobs of a parameter sweep have them. */

/** How many variables the environment of each job has; pueue keeps and prints them all. */
export const variableCount = 60;

/** So many variables, with values as long as paths and module lists are. */
export function sweepEnvironment(count: number): Readonly<Record<string, string>> {
  const names = Array.from({ length: count }, (_, index) => `SWEEP_SETTING_${index}`);
  return Object.fromEntries(
    names.map((name) => [name, `/srv/sweeps/modules/${name.toLowerCase()}`.padEnd(66, '/lib')]),
  );
}
