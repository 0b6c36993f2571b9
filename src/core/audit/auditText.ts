/** An audit as a person reads it: plain text for the output channel, the document and the terminal. */
import { noPattern, type CheckpointState } from '../checkpoint/judgement';
import { doctorLines } from '../doctor/doctorReport';
import { formatAge, formatBytes, formatCount, formatSlots } from '../text/format';
import type { Route } from '../route';
import type { CheckpointDirectory } from '../snapshot';
import { shellLine } from '../text/shellQuote';
import { visible } from '../text/visible';
import { shownLabel } from '../pueue/job';
import type { AuditCounts, AuditReport } from './auditReport';
import { changesLines } from './changesText';
import { missedReason } from './survivors';

const verdictWords = { pass: 'PASS', review: 'REVIEW', block: 'BLOCK' } as const;

/** Most lines of a list; the report object holds all of it. */
const listCap = 50;

/**
 * The whole report, ending in a line break. The verdict comes last, with its evidence, because an output channel and a
 * terminal show the end; the heading has it in two words. Hostile text is escaped.
 */
export function auditText(report: AuditReport): string {
  const { decision, problem, pueueVersion } = report;
  const heading = [
    `Audit of ${visible(report.host)}: ${verdictWords[decision.verdict]}, ${decision.row}`,
    ...(pueueVersion === null ? [] : [`pueue ${pueueVersion}`]),
    report.takenAt,
  ];
  const facts =
    problem === null
      ? [
          ...jobLines(report.counts),
          ...groupLines(report),
          ...activeLines(report),
          ...survivorLines(report),
          ...checkpointLines(report),
          ...stateFileLines(report),
          ...doctorLines(report.doctor),
          ...closingLines(report),
          ...(report.changes === null ? [] : changesLines(report.changes, report.takenAt)),
        ]
      : [`Problem      ${problem.code}`, `What to do   ${problem.next}`, ...doctorLines(report.doctor)];
  const verdict = [
    `Verdict      ${verdictWords[decision.verdict]}  ${decision.row}`,
    // Not indented: sticky scroll would keep this heading in sight above the next report.
    decision.action,
    ...decision.reasons.map((reason) => `- ${reason}`),
  ];
  return `${[heading.join(' · '), '', ...facts, '', ...verdict].join('\n')}\n`;
}

function jobLines(counts: AuditCounts): string[] {
  const part = (...names: (keyof AuditCounts)[]): string =>
    names.map((name) => `${words[name]} ${counts[name] ?? 'unknown'}`).join(', ');
  return [
    `Jobs         live ${counts.live ?? 'unknown'}: ${part('running', 'paused')}`,
    `             waiting ${counts.waiting ?? 'unknown'}: ${part('queued', 'scheduled', 'locked')}`,
    `             not succeeded ${counts.notSucceeded ?? 'unknown'}: ${part('failed', 'killed', 'failedToSpawn', 'dependencyFailed', 'errored')}`,
    `             ${part('succeeded', 'stashed', 'unknown')}`,
  ];
}

const words: Record<keyof AuditCounts, string> = {
  running: 'running',
  paused: 'paused',
  queued: 'queued',
  scheduled: 'scheduled',
  locked: 'locked',
  stashed: 'stashed',
  succeeded: 'succeeded',
  failed: 'failed',
  killed: 'killed',
  failedToSpawn: 'failed to spawn',
  dependencyFailed: 'dependency failed',
  errored: 'errored',
  unknown: 'unknown',
  live: 'live',
  waiting: 'waiting',
  notSucceeded: 'not succeeded',
};

function groupLines({ groups, active }: AuditReport): string[] {
  return table(
    'Groups',
    (groups ?? []).map(({ name, status, parallel }) => {
      const live = (active ?? []).filter((job) => job.group === name).length;
      return [visible(name, 60), status, formatSlots(live, parallel)];
    }),
  );
}

function activeLines({ active }: AuditReport): string[] {
  return table(
    'Live jobs',
    (active ?? []).map((job) => [
      String(job.id),
      visible(shownLabel(job) ?? '(no label)', 80),
      visible(job.group, 40),
      job.state,
      job.seconds === null ? 'start unknown' : `started ${formatAge(1000 * job.seconds)}`,
    ]),
  );
}

function survivorLines({ survivors, tracing, takenAt }: AuditReport): string[] {
  if (survivors === null)
    return [`Survivors    not known: ${tracing?.untraced ?? 'not looked for'}; ended jobs may have live processes`];
  const now = Date.parse(takenAt);
  const rows = survivors.map(({ id, pid, command, since }) => [
    `job ${id}`,
    `pid ${pid}`,
    `since ${formatAge(now - Date.parse(since))}`,
    visible(command, 120),
  ]);
  const missed = tracing === null ? null : missedReason(tracing);
  const unread = tracing?.unreadJournal ?? null;
  return [
    ...table('Survivors', rows, 'none found: no live process of an ended job'),
    ...(missed === null ? [] : [`             ${missed}`]),
    ...(unread === null
      ? []
      : [`             The journal could not be read (${visible(unread, 60)}): released processes count again.`]),
  ];
}

/** pueue writes its whole state at every change, so a large file makes each of them slow. */
function stateFileLines({ stateFile }: AuditReport): string[] {
  const found = stateFile === null ? 'not found' : `${formatBytes(stateFile.bytes)}  ${visible(stateFile.path)}`;
  return [`State file   ${found}`];
}

/** Each directory with the names below it: a whole path on each line would leave no room for the rest. */
function checkpointLines({ checkpoints, checkpointDirectories, takenAt }: AuditReport): string[] {
  const directories = checkpointDirectories ?? [];
  if (directories.length === 0) return ['Checkpoints  no directory is configured, so none was looked at'];
  const now = Date.parse(takenAt);
  const listed = directories.flatMap(({ path, state, error, entries }, index) => {
    const below = (checkpoints ?? [])
      .filter((each) => each.path.slice(0, each.path.lastIndexOf('/')) === path)
      // What is wrong first, then the newest, as in the tree.
      .sort((a, b) => urgency(b.state) - urgency(a.state) || Date.parse(b.modifiedAt) - Date.parse(a.modifiedAt));
    const rows = below.map(({ path: file, bytes, modifiedAt, state: judgement, owner, reason }) => [
      `  ${visible(file.slice(file.lastIndexOf('/') + 1), 120)}`,
      bytes === null ? '–' : formatBytes(bytes),
      formatAge(now - Date.parse(modifiedAt)),
      judgement,
      // Where no pattern is known it is said of no entry why it is not judged.
      ...(reason === noPattern ? [] : [owner === null ? '–' : `job ${owner.id}`, reason]),
    ]);
    const heading = `${(index === 0 ? 'Checkpoints' : '').padEnd(13)}${visible(path)}: ${directoryWords(state, error, entries)}`;
    return [heading, ...table('', rows)];
  });
  if (checkpoints === null)
    listed.push('             not listed here, because not every directory could be read to its end');
  return listed;
}

function urgency(state: CheckpointState): number {
  return state === 'damaged' || state === 'colliding' ? 1 : 0;
}

function directoryWords(state: CheckpointDirectory['state'], error: string | null, entries: number): string {
  const count = formatCount(entries, 'entry', 'entries');
  switch (state) {
    case 'listed':
      return count;
    case 'missing':
      return 'does not exist';
    case 'truncated':
      return `more than ${count}, not listed to its end`;
    case 'unreadable':
      return `could not be read (${visible(error ?? 'unknown', 60)})`;
  }
}

function closingLines({ commands, fingerprint, transport }: AuditReport): string[] {
  return [
    ...(transport === null ? [] : [`Reached by   ${routeWords(transport)}`]),
    ...table(
      'Commands',
      (commands ?? []).map(({ argv, exitCode, milliseconds }) => [
        shellLine(argv),
        `${exitCode === null ? 'ended by a signal' : `exit ${exitCode}`} in ${milliseconds} ms`,
      ]),
    ),
    '             run on the host; task environments are dropped there, before anything is sent',
    `Fingerprint  ${fingerprint ?? 'none'}`,
  ];
}

/** The way to the host, and why it is not the usual one. */
function routeWords({ transport, reason }: Route): string {
  switch (transport) {
    case 'local':
      return 'a child process of this window, without SSH';
    case 'ssh2':
      return 'the built-in SSH client';
    case 'openssh':
      return `the system's ssh, ${reason === null ? 'as the settings ask' : `because ${reason}`}`;
  }
}

/** Aligned columns behind a heading of 13 characters. */
function table(heading: string, rows: readonly (readonly string[])[], none = 'none'): string[] {
  if (rows.length === 0) return heading === '' ? [] : [`${heading.padEnd(13)}${none}`];
  const shown = rows.slice(0, listCap);
  const widths: number[] = [];
  for (const row of shown) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  const lines = shown.map((row, index) => {
    const cells = row.map((cell, column) => cell.padEnd(column === row.length - 1 ? 0 : (widths[column] ?? 0)));
    return `${(index === 0 ? heading : '').padEnd(13)}${cells.join('  ')}`;
  });
  if (rows.length > listCap) lines.push(`${' '.repeat(13)}… and ${rows.length - listCap} more in the report object`);
  return lines;
}
