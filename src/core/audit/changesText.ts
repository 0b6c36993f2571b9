/** What has changed since an earlier audit, as lines of the report. */
import { formatAge, formatCount, formatList } from '../text/format';
import { visible } from '../text/visible';
import { shownLabel, type Group, type JobStateName } from '../pueue/job';
import type { AuditChanges, ChangedJob } from './auditChanges';

/** Most that are named in one line. */
const named = 10;

/** @param takenAt of the later audit */
export function changesLines(changes: AuditChanges, takenAt: string): string[] {
  const age = formatAge(Date.parse(takenAt) - Date.parse(changes.since));
  const since = `since the audit of ${changes.since.slice(11, 19)} UTC (${age})`;
  if (changes.unchanged)
    return [`Changes      none ${since}: the fingerprint is equal, and so are survivors and checkpoints`];
  const lines = [...differences(changes), ...notCompared(changes)];
  if (lines.length === 0) lines.push('nothing that was read differs, but this audit cannot tell how the host is');
  return [`Changes      ${since}`, ...lines.map((line) => `             ${line}`)];
}

function differences({ pueueVersion, daemonRestarted, decision, jobs, groups, survivors, checkpoints }: AuditChanges) {
  const lines: string[] = [];
  const list = (items: readonly string[], singular: string, plural: string, what: string): void => {
    if (items.length > 0)
      lines.push(`${formatCount(items.length, singular, plural)} ${what}: ${formatList(items, named)}`);
  };
  if (decision !== null)
    lines.push(
      `verdict ${decision.before.verdict}, ${decision.before.row} → ${decision.after.verdict}, ${decision.after.row}`,
    );
  if (pueueVersion !== null)
    lines.push(`pueue ${pueueVersion.before ?? 'unknown'} → ${pueueVersion.after ?? 'unknown'}`);
  if (daemonRestarted === true) lines.push('the daemon was restarted');
  list(jobs.came.map(jobName), 'job', 'jobs', 'came');
  list(jobs.went.map(jobName), 'job', 'jobs', 'went');
  list(jobs.changed.map(changeWords), 'job', 'jobs', 'changed');
  for (const { name, before, after } of groups)
    lines.push(`group ${visible(name, 60)}: ${groupWords(before)} → ${groupWords(after)}`);
  const pids = (all: readonly number[]): string[] => all.map((pid) => `pid ${pid}`);
  list(pids(survivors?.came ?? []), 'process', 'processes', 'of ended jobs came');
  list(pids(survivors?.went ?? []), 'process', 'processes', 'of ended jobs went');
  const names = (paths: readonly string[]): string[] => paths.map((path) => visible(path, 120));
  list(names(checkpoints?.came ?? []), 'checkpoint', 'checkpoints', 'came');
  list(names(checkpoints?.went ?? []), 'checkpoint', 'checkpoints', 'went');
  list(names(checkpoints?.changed ?? []), 'checkpoint', 'checkpoints', 'changed');
  return lines;
}

function notCompared({ daemonRestarted, survivors, checkpoints }: AuditChanges): string[] {
  return [
    ...(daemonRestarted === null ? ['whether the daemon was restarted is not known'] : []),
    ...(survivors === null ? ['survivors were not compared: not both audits could trace all of them'] : []),
    ...(checkpoints === null
      ? ['checkpoints were not compared: not both audits could read every directory to its end']
      : []),
  ];
}

function jobName(job: { readonly id: number; readonly label: string | null }): string {
  const label = shownLabel(job);
  return label === null ? String(job.id) : `${job.id} (${visible(label, 60)})`;
}

function changeWords(job: ChangedJob): string {
  const { before, after, again, renamed } = job;
  const words = before === after ? [] : [`${stateWords(before)} → ${stateWords(after)}`];
  if (again) words.push('another run');
  if (renamed) words.push('other group or label');
  return `${jobName(job)} ${words.join(', ')}`;
}

function stateWords(name: JobStateName): string {
  return name.replace(/[A-Z]/gu, (capital) => ` ${capital.toLowerCase()}`);
}

function groupWords(group: Pick<Group, 'status' | 'parallel'> | null): string {
  if (group === null) return 'not there';
  const { status, parallel } = group;
  return `${status}, ${parallel === null ? 'slots unknown' : parallel === 0 ? 'no limit' : formatCount(parallel, 'slot')}`;
}
