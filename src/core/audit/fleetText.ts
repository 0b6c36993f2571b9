/** A fleet of audits as text: each audit whole, then the verdicts of all as one table, because the end is what one sees. */
import { visible } from '../text/visible';
import { auditText } from './auditText';
import type { FleetReport } from './fleetReport';

export function fleetText(fleet: FleetReport): string {
  const names = fleet.hosts.map(({ host }) => (host === '' ? '(no name)' : visible(host)));
  const width = Math.max(0, ...names.map(({ length }) => length));
  const rows = fleet.hosts.map(({ decision, problem, takenAt }, index) => {
    const what = problem === null ? decision.row : `${decision.row}: ${problem.code}`;
    const read = problem === null ? `read at ${takenAt.slice(11, 19)}` : 'not read';
    return `  ${(names[index] ?? '').padEnd(width)}  ${decision.verdict.toUpperCase().padEnd(6)}  ${what}, ${read}\n`;
  });
  const { problem } = fleet;
  const trouble = problem === null ? [] : [`  ${problem.message} ${problem.next}\n`];
  return [...fleet.hosts.map(auditText), `All hosts · ${fleet.takenAt}\n\n${[...rows, ...trouble].join('')}`].join(
    '\n',
  );
}
