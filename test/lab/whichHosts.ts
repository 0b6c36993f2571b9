/** What `npm run lab` and `npm run demo` have in common: which hosts they start, and how they tell of one. */
import type { LabHost, LabOptions } from './lab';

/** All hosts where `--all` was given. */
export function whichHosts(argv: readonly string[]): NonNullable<LabOptions['hosts']> {
  return argv.includes('--all') ? 'all' : 'three';
}

/** One line for the person who waits. A second factor's code is in it: without it nobody gets in. */
export function hostLine({ name, description, code }: LabHost): string {
  return `  ${name}: ${description}${code === null ? '' : ` (the code is ${code})`}`;
}
