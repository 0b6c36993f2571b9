/** A fleet of audits as text: the verdicts as one table first, then each audit whole. */
import { visible } from '../text/visible';
import { auditText } from './auditText';
import type { FleetReport } from './fleetReport';

export function fleetText(fleet: FleetReport): string {
  const width = Math.max(0, ...fleet.hosts.map(({ host }) => visible(host).length));
  const rows = fleet.hosts.map(({ host, decision, problem }) => {
    const what = problem === null ? decision.row : `${decision.row}: ${problem.code}`;
    return `  ${visible(host).padEnd(width)}  ${decision.verdict.toUpperCase().padEnd(6)}  ${what}\n`;
  });
  const heading = `Audit of all hosts · ${fleet.takenAt}\n\n`;
  return [heading + rows.join(''), ...fleet.hosts.map(auditText)].join('\n');
}
