/** A fleet of audits as text: each audit whole, then the verdicts of all as one table, because the end is what one sees. */
import { visible } from '../text/visible';
import { auditText } from './auditText';
import type { FleetReport } from './fleetReport';

export function fleetText(fleet: FleetReport): string {
  const width = Math.max(0, ...fleet.hosts.map(({ host }) => visible(host).length));
  const rows = fleet.hosts.map(({ host, decision, problem }) => {
    const what = problem === null ? decision.row : `${decision.row}: ${problem.code}`;
    return `  ${visible(host).padEnd(width)}  ${decision.verdict.toUpperCase().padEnd(6)}  ${what}\n`;
  });
  const { problem } = fleet;
  const trouble = problem === null ? [] : [`  ${problem.message} ${problem.next}\n`];
  return [...fleet.hosts.map(auditText), `All hosts · ${fleet.takenAt}\n\n${[...rows, ...trouble].join('')}`].join(
    '\n',
  );
}
