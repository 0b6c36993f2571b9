/** Every hostile text through every place that shows, copies or addresses one: what comes out must act nowhere. */
import assert from 'node:assert/strict';
import * as actProblems from '../../src/core/acts/actProblems';
import type { ActAnswer, GroupAct } from '../../src/core/acts/hostAct';
import { consequencesOf } from '../../src/core/acts/consequences';
import { changedTargets } from '../../src/core/acts/verbTargets';
import { targetOf } from '../../src/core/acts/targets';
import { actionText, detailsText, jobLine, targetsOf } from '../../src/core/acts/verbText';
import { isProjectFile, parseProjectFile } from '../../src/core/project/projectFile';
import type { TextFault } from '../../src/core/project/textFault';
import { projectFileRow } from '../../src/vscode/tree/projectFileRow';
import { auditProblem, auditSnapshot } from '../../src/core/audit/auditReport';
import { auditText } from '../../src/core/audit/auditText';
import { changesLines } from '../../src/core/audit/changesText';
import { compareAudits, type AuditedHost } from '../../src/core/audit/compareAudits';
import { scopeOf } from '../../src/core/audit/decide';
import { fleetOf } from '../../src/core/audit/fleetReport';
import { fleetText } from '../../src/core/audit/fleetText';
import { moveTarget, moveText, planText } from '../../src/core/checkpoint/moveText';
import { planMoves, type Judge } from '../../src/core/checkpoint/planMoves';
import { entryUnreadable, noEntry } from '../../src/core/checkpoint/entryProblems';
import { entryText } from '../../src/core/checkpoint/entryText';
import { CheckpointJudge } from '../../src/core/checkpoint/judge';
import type { Judgement } from '../../src/core/checkpoint/judgement';
import type { EntryPart } from '../../src/core/checkpoint/readEntry';
import { diagnose } from '../../src/core/doctor/diagnose';
import { diagnosticsText } from '../../src/core/doctor/diagnosticsText';
import { doctorLines, type DoctorReport } from '../../src/core/doctor/doctorReport';
import type { EmergencyEnd } from '../../src/core/emergency/applyEmergency';
import { defaultChoices, planEmergency } from '../../src/core/emergency/emergencyPlan';
import * as emergencyProblems from '../../src/core/emergency/emergencyProblems';
import { emergencyText } from '../../src/core/emergency/emergencyReport';
import * as snapshotProblems from '../../src/core/emergency/snapshotProblems';
import { FollowScreen } from '../../src/core/follow/followScreen';
import * as followWords from '../../src/core/follow/followWords';
import * as hostProblems from '../../src/core/hostProblems';
import { historyText } from '../../src/core/history/historyText';
import { savedLogText } from '../../src/core/history/savedLog';
import { parseHosts, unknownHost } from '../../src/core/hostSettings';
import type { LogPart } from '../../src/core/log/logOfRun';
import * as logProblems from '../../src/core/log/logProblems';
import { shownLog, shownLogText } from '../../src/core/log/shownLog';
import type { FailedRun } from '../../src/core/notices/hostNews';
import type { Notice } from '../../src/core/notices/notice';
import type { Problem } from '../../src/core/problem';
import { problemText } from '../../src/core/problemText';
import type { Job, JobState } from '../../src/core/pueue/job';
import { parseQueue } from '../../src/core/pueue/parseQueue';
import { indexQueue } from '../../src/core/pueue/whyWaiting';
import { Lineage } from '../../src/core/lineage';
import type { CheckpointDirectory, HostSnapshot, Quarantine } from '../../src/core/snapshot';
import { failureCauses, type FailureCause } from '../../src/core/requeue/failureCauses';
import { planRequeue } from '../../src/core/requeue/planRequeue';
import { sourceKey, type RequeuePlan } from '../../src/core/requeue/requeuePlan';
import { refusedJobs, requeueReport } from '../../src/core/requeue/requeueReport';
import { checkpointLines, requeuePlanText, requeueReportText } from '../../src/core/requeue/requeueText';
import { requeueItems } from '../../src/vscode/commands/requeueItems';
import { loginArguments, remoteLine } from '../../src/core/sshCommand';
import { maskSecrets } from '../../src/core/text/maskSecrets';
import { pasteableCommand } from '../../src/core/text/pasteableCommand';
import { shellLine } from '../../src/core/text/shellQuote';
import { visible } from '../../src/core/text/visible';
import type { Reading } from '../../src/core/watch/hostWatch';
import * as loginProblems from '../../src/ssh/login/loginProblems';
import { roundQuestion } from '../../src/ssh/login/personQuestions';
import { readSshPrompt } from '../../src/ssh/askpass/sshPrompt';
import * as openSshProblems from '../../src/ssh/openSsh/openSshProblems';
import { shownPrompt, sshPromptQuestion } from '../../src/ssh/openSsh/promptQuestion';
import * as sshProblems from '../../src/ssh/problems';
import { boxPrompt } from '../../src/vscode/boxPrompt';
import {
  checkpointPath,
  hostOfReport,
  logPath,
  parseCheckpointPath,
  parseLogPath,
  parseSavedLogPath,
  reportPath,
  savedLogPath,
} from '../../src/vscode/documentPaths';
import { checkpointChoices } from '../../src/vscode/checkpointChoices';
import { jobChoices } from '../../src/vscode/jobChoices';
import { badgeText, noticeMessage } from '../../src/vscode/noticeText';
import { plainLabel, withoutLinks } from '../../src/vscode/plainLabel';
import { findingRow, nextRow, reasonRow } from '../../src/vscode/tree/reasonRows';
import { ShownReading } from '../../src/vscode/tree/shownReading';
import * as checkpointRows from '../../src/vscode/tree/checkpointRows';
import * as quarantineRows from '../../src/vscode/tree/quarantineRows';
import * as jobRows from '../../src/vscode/tree/jobRows';
import * as rows from '../../src/vscode/tree/rows';
import { daemon, examination, program, room } from '../support/examination';
import { checkpoint, failed, job, queued, running, snapshot, succeeded } from '../support/fixtures';
import { hostSettings } from '../support/hostSettings';
import { actingCharacters, hostileTexts, named } from '../support/hostileTexts';
import { judgement, project, unjudged } from '../support/judgements';
import { sha256 } from '../support/localHost';

const t: rows.Translate = (message, ...values) =>
  message.replace(/\{(\d)\}/gu, (_, index: string) => String(values[Number(index)]));
const now: rows.Now = { monotonic: 0 };

interface Sink {
  /** What it gives for a text, each on its own. */
  readonly give: (text: string) => readonly string[];
  /** Whether a line break belongs into it. Then there are never more of them than for a harmless text. */
  readonly lines?: true;
  /** Whether it draws `$(name)` as an icon. */
  readonly icons?: true;
  /** Whether it makes links, command links too, of `[text](target)`. */
  readonly links?: true;
  /** Longest that one may be. */
  readonly cap: number;
  /** Which characters may stand in it besides. */
  readonly kept?: string;
}

const directory = (path: string, error: string | null = null): CheckpointDirectory => ({
  configured: path,
  path,
  state: error === null ? 'listed' : 'unreadable',
  error,
  entries: error === null ? [checkpoint(`${path}/x`)] : [],
});

const quarantineOf = (text: string): Quarantine => ({
  ...{ root: `/${text}`, path: `/${text}.q`, state: 'listed', error: null },
  folders: [
    {
      ...{ path: `/${text}.q/f`, since: 0, hasManifest: true },
      entries: [checkpoint(`/${text}.q/f/${text.replaceAll('/', '')}`)],
    },
  ],
});

/** What is shown before and after checkpoints are moved. */
function movesOf(text: string): string[] {
  const read = readingOf(text).snapshot;
  const path = read.checkpoints[0]!.entries[0]!.path;
  const judged: Judge = (entry) =>
    judgement(entry, { state: 'stale', owners: [job(5, failed, { label: text })], reason: visible(text) });
  const plans = [() => null, judged].map((judge) => planMoves('quarantine', [path], read, judge));
  const why = { target: text, outcome: 'failed', why: text } as const;
  const report = {
    kind: 'action',
    version: 1,
    host: text,
    takenAt: '',
    problem: actProblems.heldOpen(text, text),
  } as const;
  const answer = { targets: [why], commands: [], noticed: [text], recorded: false };
  return [
    ...plans.map((plan) => planText(text, plan)),
    moveText('quarantine', { ...report, targets: [moveTarget(why), moveTarget({ ...why, outcome: 'done' })] }, [
      answer,
    ]),
  ];
}

function jobsOf(text: string): Job[] {
  const strange: JobState = { kind: 'unknown', raw: text };
  const notSpawned = { ...succeeded, result: { kind: 'failedToSpawn', message: text } } as JobState;
  const all = { label: text, command: text, directory: text, group: text };
  return [
    job(1, running, all),
    job(2, queued, { ...all, label: null, dependencies: [1] }),
    job(3, strange, all),
    job(4, notSpawned, all),
    job(5, failed, all),
  ];
}

function readingOf(text: string): Reading {
  const read = snapshot(jobsOf(text), {
    queue: { jobs: jobsOf(text), groups: [{ name: text, status: 'paused', parallel: 1 }] },
    checkpoints: [directory(`/${text}`), directory('/y', text)],
    quarantines: [quarantineOf(text)],
    lineage: new Lineage([
      {
        ...{ from: job(1, running), to: job(2, queued), label: text, reason: text },
        ...{ flagsAdded: [text], adopted: true },
      },
    ]),
    commands: [{ argv: ['/usr/bin/pueue', text], exitCode: 0, milliseconds: 1 }],
  });
  return { snapshot: read, scope: scopeOf(read), readAt: 0, readAtWall: 0 };
}

/** Everything that a host can say of itself. */
function doctorOf(text: string, isRead: boolean): DoctorReport {
  const hostile = program(`/${text}`, text, { leadsTo: text });
  const place = { ...room(text, { error: text }), stateFile: { path: text, bytes: 1e9 } };
  const found = examination({
    system: {
      ...{ platform: text, release: text, machine: text, libc: text, uptimeSeconds: 1, user: text, home: text },
      ...{ shell: text, runtimeDirectory: true, python: { executable: text, version: text } },
    },
    ...{ processes: text, linger: false, journal: place, pueueDirectory: place },
    project: { ...room(text), directory: true, checkout: false },
    config: { path: text, origin: 'environment', exists: false },
    pueue: { ...program(text, null, { error: text }), origin: 'setting' },
    daemons: [daemon({ version: text }), daemon({ pid: 5, reach: null })],
    tools: [
      { name: 'git', found: hostile },
      { name: 'uv', found: program(text, null, { error: text }) },
      { name: text, found: hostile },
    ],
    unanswered: [{ look: text, why: text }],
  });
  return { problem: null, examination: found, findings: diagnose(found, isRead) };
}

/** Jobs that are to be queued again, under a hostile host, with a hostile last line, checkpoint and flag. */
function requeueOf(text: string): { plan: RequeuePlan; causes: FailureCause[] } {
  const hostile = { label: text, command: `run ${text}`, directory: `/${text}`, group: text };
  const jobs = [job(1, failed, hostile), job(2, failed, { ...hostile, label: null }), job(3, running, hostile)];
  const queue = { jobs, groups: [{ name: text, status: 'running' as const, parallel: 1 }] };
  const edits = new Map(jobs.map((each) => [sourceKey(each), { action: 'resume' as const }]));
  const plan = planRequeue({
    snapshot: snapshot(jobs, { queue }),
    sources: [...jobs, job(9, failed, { ...hostile, group: `${text}2` })].map((each) => ({
      job: each,
      snapshotId: null,
    })),
    ...{ refreshFlag: text, word: 'internalOnly', withoutCheckpoint: true, edits },
    checkpointsOf: () => ({ kind: 'notKnown', why: 'none is configured' }),
    database: () => 'notAvailable',
  });
  return { plan, causes: failureCauses(jobs, new Map([[1, text]])) };
}

function requeueItemTexts(text: string): string[] {
  const { plan, causes } = requeueOf(text);
  return requeueItems(text, plan, causes, 1, t).flatMap(({ label, description = '', detail = '' }) => [
    // Icons of our own stand at the beginning of our own words.
    label.replace(/^\$\([a-z-]+\) /u, ''),
    description,
    detail,
  ]);
}

function requeueTexts(text: string): string[] {
  const { plan, causes } = requeueOf(text);
  const jobs = refusedJobs(plan.rows, { code: 'stale', message: 'm', next: 'n' });
  const report = requeueReport(text, 0, null, jobs);
  const ran = [{ argv: ['/usr/bin/pueue', text], exitCode: 0, milliseconds: 1 }];
  const targets = [{ target: text, outcome: 'done', why: text } as const];
  const answer = { targets, commands: ran, noticed: [text], recorded: false };
  const entry = { path: `/${text}`, kind: 'file', bytes: 1, modified: 0, inode: '1', content: 'intact' } as const;
  const kept = [{ entry, root: '/', state: 'resumable', owners: [], reason: '', collision: null } as const];
  const rows = plan.rows.map((row) => ({ ...row, kept, quarantine: kept, price: 'price' }));
  return [
    requeuePlanText(text, plan, causes, { takenAt: 0 }),
    requeueReportText('Requeue', report, answer),
    ...checkpointLines(rows),
  ];
}

function diagnosticsOf(text: string): string {
  const window = { versions: '1', names: { hosts: [text], users: [text], homes: [text] } };
  const state = { reading: readingOf(text), problem: hostProblems.badReply(text, text), question: null };
  const settings = hostSettings(text, { python: text, pueue: text, pueueConfig: text, path: text, proxyJump: text });
  const host = { settings, state, doctor: doctorOf(text, false), log: [text], wholeLog: [text], monotonic: 0 };
  return diagnosticsText(window, host, '');
}

function allRows(text: string): rows.Row[] {
  const reading = readingOf(text);
  const index = indexQueue(reading.snapshot.queue);
  const state = reading.snapshot.queue.groups[0]!;
  const node = { kind: 'group', id: '', host: '', group: text, state, shown: 1 } as const;
  const problem = hostProblems.badReply(text, text);
  const [listed, unreadable] = reading.snapshot.checkpoints;
  const quarantined = reading.snapshot.quarantines[0]!;
  return [
    rows.hostRow(text, { reading, problem: null, question: null, blind: text }, now, t),
    rows.hostRow(text, { reading, problem, question: null }, now, t),
    reasonRow(text, problem, t),
    nextRow(problem, t),
    ...(doctorOf(text, false).findings ?? []).map((finding) => findingRow(finding, t)),
    rows.groupRow(node, new ShownReading(reading, null), null, t),
    ...reading.snapshot.queue.jobs.map((each) => jobRows.jobRow({ job: each, survivors: [] }, reading, index, now, t)),
    checkpointRows.checkpointDirectoryRow(listed!, t),
    checkpointRows.checkpointDirectoryRow(unreadable!, t),
    checkpointRows.checkpointRow(judgement(listed!.entries[0]!), reading, now, t),
    ...judgementsOf(text).map((each) => checkpointRows.checkpointRow(each, reading, now, t)),
    quarantineRows.quarantineRow([{ ...quarantined, state: 'unreadable', error: text }], reading, now, t),
    quarantineRows.quarantineRow([quarantined], reading, now, t),
    quarantineRows.quarantineFolderRow(quarantined.folders[0]!, reading, now, t),
    quarantineRows.quarantinedRow(quarantined.folders[0]!.entries[0]!, reading, now, t),
    ...parseHosts([{ name: text, host: '' }]).invalid.map(({ problem: wrong }) => rows.invalidSettingRow(wrong, t)),
  ];
}

/** A judgement of every kind in which a name, a label, a pattern and values are this text. */
function judgementsOf(text: string): readonly Judgement[] {
  const name = text.replaceAll('/', '') || 'x';
  const owned = { label: `a@${text}`, command: text, group: text };
  const queues: Job[][] = [
    [job(1, running, owned), job(2, failed, { ...owned, label: `b@${text}` })],
    [job(1, failed, owned), job(2, failed, { ...owned, label: `b@${text}` })],
    [job(1, failed, owned)],
    [job(1, running, { label: text, command: text })],
    [],
  ];
  const entries = [checkpoint(`/c/${name}`), checkpoint(`/c/${name}.tmp`), checkpoint('/c/y', { bytes: 0 })];
  const patterns = ['{value}', `${name.replace(/[{}]/gu, '')}{value}`, 'y'];
  return queues.flatMap((jobs) =>
    patterns.flatMap((pattern) => {
      const judge = new CheckpointJudge(project([{ directory: '/c', pattern }], { label: '{symbol}@{value}' }));
      const found = { ...directory('/c'), entries };
      return [1e15, 1].flatMap((staleMs) => judge.judge(snapshot(jobs, { checkpoints: [found] }), staleMs).all);
    }),
  );
}

/** An entry with this text in all of it, as a document. */
function entriesOf(text: string): string[] {
  const base = { inode: '1', modified: 0, takenAt: 0 };
  const inner = [{ name: text, kind: 'file', bytes: 1, modified: 0 }] as const;
  const parts: EntryPart[] = [
    { ...base, kind: 'file', size: 6, bytes: Buffer.from('plain\n') },
    { ...base, kind: 'directory', entries: inner, more: true },
    { ...base, kind: 'link', target: text },
  ];
  return parts.flatMap((part) =>
    judgementsOf(text)
      .slice(0, 3)
      .map((each) => entryText(text, text, part, each)),
  );
}

/** Everything of the text came since an audit of an empty host. */
function changesText(text: string): string {
  const { snapshot: after } = readingOf(text);
  const before = snapshot([]);
  const audited = (read: HostSnapshot): AuditedHost => ({ report: auditSnapshot(text, read, sha256), snapshot: read });
  return changesLines(compareAudits(audited(before), audited(after)), '2026-11-24T07:20:00Z').join('\n');
}

const problemsOf = (text: string): Problem[] => [
  hostProblems.pythonUnusable(text, text),
  hostProblems.pythonMissing(text, text),
  hostProblems.noGreeting(text, text),
  hostProblems.badReply(text, text),
  hostProblems.tooLarge(text, 1),
  hostProblems.pueueMissing(text, [text, text]),
  hostProblems.daemonDown(text, [text]),
  hostProblems.versionUnsupported(text, text),
  hostProblems.versionMismatch(text, text),
  hostProblems.pueueFailed(text, [text], text),
  hostProblems.timedOut(text, 1),
  hostProblems.unexpectedReading(text),
  hostProblems.silentHost(text, 1),
  hostProblems.linkLost(text, text),
  hostProblems.cancelled(text),
  hostProblems.localNotSupported(text),
  actProblems.lockBusy(text, { user: text, what: text, since: 1, pid: 1 }, 2),
  actProblems.noJournal(text, text),
  actProblems.noLock(text, text),
  actProblems.changedGround(text, text),
  actProblems.impossibleAct(text, text),
  actProblems.untracedRun(text, text),
  actProblems.unreadableEnvironments(text, text),
  actProblems.unreadableQueue(text, text),
  actProblems.actUnfinished(text, [shellLine([text])]),
  actProblems.actsNotSupported(text, text),
  unknownHost(text, [text]),
  ...parseHosts([{ name: text, host: text, user: text, python: text, [text]: text }]).invalid.map(
    (each) => each.problem,
  ),
  actProblems.heldOpen(text, text),
  actProblems.notOldEnough(text, text),
  ...['outside', 'ENOENT', 'ELOOP', text].map((why) => entryUnreadable(text, text, why)),
  noEntry(text),
  logProblems.jobGone(text, 1),
  logProblems.jobReplaced(text, 1, text, text),
  logProblems.runReplaced(text, 1, text, text),
  logProblems.neverRan(text, 1, 'queued'),
  logProblems.dependencyFailed(text, 1),
  logProblems.runUnknown(text, 1),
  logProblems.logChanged(text, 1),
  logProblems.logDirectoryUnknown(text, 1),
  logProblems.logMissing(text, 1, text),
  logProblems.logUnreadable(text, 1, text, text),
  logProblems.logOlderThanRun(text, 1, text, 0, text),
  logProblems.logCapReached(text, 1, 1, shellLine([text])),
];

/** The names under which the settings take a host. */
const takenName = (text: string): string => (parseHosts([text]).hosts.length > 0 ? text : 'gpu-1');

const sshProblemsOf = (text: string): Problem[] => {
  const host = takenName(text);
  // What a server or a program said is made visible where it is read.
  const said = visible(text);
  const context = { host, sshCommand: shellLine(['ssh', text]) };
  return [
    openSshProblems.openSshKeyNotTrusted(context, said, said),
    openSshProblems.openSshKeyUnclear(context, said),
    openSshProblems.openSshNotAnswered(context, shownPrompt(text)),
    openSshProblems.openSshAnswerRefused(
      context,
      shownPrompt(text),
      new openSshProblems.NotLetInError(context, said, [], [said]),
    ),
    sshProblems.cancelled(host),
    sshProblems.unsafeDestination(host, text),
    sshProblems.sshProgramMissing(host),
    sshProblems.hostKeyNotProven(host, said),
    sshProblems.noCommonAlgorithm(host, said),
    sshProblems.sessionRefused(host, said),
    loginProblems.answerNotGiven(host, text, 'the password'),
    loginProblems.answerTooLate(host, text, 1),
    loginProblems.hungUpWhileAsking(host, text, said),
    loginProblems.tooManyPrompts(host, text, 11),
    loginProblems.passwordExpired(host, text, 'ssh depot'),
    sshProblems.unreadableJump(host, text),
    sshProblems.jumpRefused(host, said, host, said, true),
    sshProblems.jumpRefused(host, said, host, said, false),
  ].map(({ problem }) => problem);
};

const words = (problems: readonly Problem[]): string[] => problems.flatMap(({ message, next }) => [message, next]);

function logOf(label: string, bytes: Buffer): string {
  const part: LogPart = {
    ...{ takenAt: 0, job: job(6, failed, { label }), start: '2026-11-24T07:10:00Z', path: `/${label}`, inode: 1 },
    ...{ size: bytes.length + 1, from: 1, bytes },
  };
  return shownLogText(label, shownLog(part), remoteLine(destination(label), ['less', part.path]));
}

/** Project files that a repository may bring. */
function faultsOf(text: string): readonly TextFault[] {
  return [
    { [text]: 1, path: text },
    { path: '/p', hosts: [{ name: text, [text]: 2 }] },
  ].flatMap((file) => {
    const read = parseProjectFile(JSON.stringify(file));
    return isProjectFile(read) ? [] : read;
  });
}

function projectRows(text: string): rows.Row[] {
  const file = { folder: text, name: text };
  return [
    projectFileRow({ ...file, standing: { kind: 'unreadable', why: text } }, t),
    projectFileRow({ ...file, standing: { kind: 'faulty', faults: faultsOf(text) } }, t),
  ];
}

/** Every sentence that a message can have, and all of them together, for hosts and groups of that name. */
function noticesOf(text: string): (readonly Notice[])[] {
  const empty: Notice = { host: text, failed: [], drained: [], isLost: false };
  const kinds = ['failed', 'killed', 'failedToSpawn', 'dependencyFailed', 'errored'] as const;
  const runs: FailedRun[] = kinds.map((kind, id) => ({ kind, id, createdAt: text, start: text }));
  const single: Notice[] = [
    ...runs.map((run) => ({ ...empty, failed: [run] })),
    { ...empty, failed: runs },
    { ...empty, drained: [text] },
    { ...empty, drained: [text, `${text}2`] },
    { ...empty, isLost: true },
  ];
  return [...single.map((notice) => [notice]), single];
}

function destination(text: string) {
  return { settings: hostSettings('x', { host: text, user: text, proxyJump: text }), sshConfigFile: text };
}

/** What ssh asks, as the box shows it. */
function boxesOf(text: string): string[] {
  return [
    text,
    `(${text}@b) c: `,
    `(a@b) ${text}`,
    `Enter passphrase for key '${text}': `,
    `${text}'s password: `,
  ].flatMap((asked) => {
    const prompt = readSshPrompt({ hint: '', text: asked });
    if (prompt.kind !== 'passphrase' && prompt.kind !== 'password' && prompt.kind !== 'secondFactor') return [];
    const { host, asker, instruction, prompts } = sshPromptQuestion(takenName(text), prompt, text, false);
    return [host, boxPrompt(instruction, prompts[0]?.text ?? '', asker)];
  });
}

const savedLogName = 'daemon-0123456789abcdef/1-a-b.log';

function historyOfHost(text: string): string {
  const data = {
    act: text,
    verb: text,
    what: { targets: [text, { id: 1 }, { path: text }], note: text, [text]: [text] },
  };
  const answer = {
    targets: [{ target: text, outcome: text, why: text }],
    noticed: [text],
    commands: [{ code: 0, ms: 1 }],
  };
  const records = [
    { kind: 'intent', data },
    { kind: 'command', data: { act: text, argv: ['run', text] } },
    { kind: text, data: { act: text, note: text } },
    { kind: 'outcome', data: { act: text, answer } },
    { kind: 'release', data: { life: `boot/${text}`, job: { id: text } } },
    { kind: text, data: { [text]: text } },
  ].map((record) => ({ ...record, time: 1, user: text }));
  return historyText(text, { takenAt: 1, path: text, from: 1, torn: 1, records }, null);
}

/** A verb of each kind on jobs and groups of that name: what is shown before and after it. */
function verbsOf(text: string): string[] {
  const jobs = jobsOf(text);
  const group = { name: text, status: 'running', parallel: 1 } as const;
  const queue = { jobs, groups: [group, { ...group, name: `${text}2`, status: 'unknown' as const }] };
  const verbs = ['drain', 'resume', 'setParallel', 'clean'] as const;
  const targets = jobs.map(targetOf);
  const acts = verbs.map((verb): GroupAct => ({
    kind: 'group',
    id: '',
    verb,
    group,
    parallel: 2,
    targets,
    saveLogs: false,
  }));
  const words = ['alive', 'saved', 'logNotSaved', 'dependants', 'killed', ''].map((word) => `${word} ${text}`);
  const answer: ActAnswer = {
    targets: words.map((why) => ({ target: text, outcome: 'failed', why })),
    commands: [{ argv: [text, text], exitCode: 0, milliseconds: 1 }],
    noticed: [text],
    recorded: false,
  };
  return acts.flatMap((act) => {
    const { sentences } = consequencesOf({ ...act, group, jobs }, queue);
    const leftOut = [{ id: 1, outcome: 'refused', reason: 'It runs.' }] as const;
    const report = { kind: 'action', version: 1, host: text, takenAt: '', problem: changedTargets(text, [1]) } as const;
    return [
      detailsText({ host: text, act, jobs, leftOut, consequences: sentences }),
      actionText('Clean', { ...report, targets: targetsOf(act, answer) }, answer, 1),
      [...sentences, ...jobs.map((each) => jobLine(each))].join('\n'),
    ];
  });
}

/** A plan of an emergency stop, and the same at its end, where everything that a host can name is hostile. */
function plansOf(text: string): string[] {
  const jobs = jobsOf(text);
  const read = readingOf(text).snapshot;
  const shared = { deployId: 'plan', snapshotId: 'kept', host: text, fingerprint: '0' };
  const judge = (): [] => [];
  const plan = planEmergency({ ...shared, group: text, snapshot: read, choices: defaultChoices, judge, changes: [] });
  const kept = { path: `/${text}/snapshots/x.json`, bytes: 1, jobs: 1 };
  const end: EmergencyEnd = {
    ...{ steps: plan.steps, current: null, problem: linkLostOf(text), stoppedAt: 'kill', kept, recorded: false },
    alive: [{ job: jobs[0] ?? job(1, running), why: 'it is running' }],
    unproven: jobs,
    moved: [{ target: text, outcome: 'done', why: `/${text}/x` }],
    left: [{ path: text, why: 'it is a link' }],
    ran: [{ argv: ['/usr/bin/pueue', text], exitCode: 0, milliseconds: 1 }],
    noticed: [],
  };
  return [
    emergencyText(plan, { kind: 'planned', problem: emergencyProblems.noSuchGroup(text, text, [text]) }),
    emergencyText(plan, { kind: 'ended', end, atMs: 0 }),
  ];
}

const linkLostOf = (text: string): Problem => hostProblems.linkLost(text, text);

const emergencyProblemsOf = (text: string): Problem[] => [
  emergencyProblems.nothingToStop(text, text),
  emergencyProblems.noSuchGroup(text, text, [text]),
  emergencyProblems.notDrained(text, [text]),
  emergencyProblems.notSeen(text),
  emergencyProblems.notProven(text, [1]),
  emergencyProblems.alreadyApplied(text),
  emergencyProblems.busyWithPlan(text, text),
  emergencyProblems.droppedPlan(text),
  snapshotProblems.noSuchSnapshot(text, text),
  snapshotProblems.unreadableSnapshots(text, text, text),
  actProblems.noSnapshot(text, text, text),
];

const sinks: Readonly<Record<string, Sink>> = {
  'question and report of a verb': { give: verbsOf, lines: true, cap: 120_000 },
  'document of a plan': { give: plansOf, lines: true, cap: 120_000 },
  'problem of an emergency stop': { give: (text) => words(emergencyProblemsOf(text)), cap: 20_000 },
  'label of a row': { give: (text) => allRows(text).map(({ label }) => label), cap: 7000 },
  'description of a row': { give: (text) => allRows(text).map(({ description }) => description), cap: 2000 },
  'tooltip of a row': { give: (text) => allRows(text).map(({ tooltip }) => tooltip), lines: true, cap: 20_000 },
  'what is spoken of a row': { give: (text) => allRows(text).map(({ spoken }) => spoken), cap: 12_000 },
  'row of a project file': {
    give: (text) => projectRows(text).map(({ label, description, spoken }) => `${label} ${description} ${spoken}`),
    cap: 2000,
  },
  'tooltip of a project file': {
    give: (text) => projectRows(text).map(({ tooltip }) => tooltip),
    lines: true,
    cap: 3000,
  },
  'fault of a project file': { give: (text) => faultsOf(text).map(({ message }) => message), cap: 2000 },
  'text of an audit': {
    give: (text) => [
      auditText(auditSnapshot(text, readingOf(text).snapshot, sha256)),
      auditText(auditProblem(text, hostProblems.linkLost(text, text), 0)),
      changesText(text),
    ],
    lines: true,
    cap: 120_000,
  },
  'section of an audit about its host': {
    give: (text) => [
      doctorLines(doctorOf(text, true)).join('\n'),
      doctorLines({ problem: hostProblems.badReply(text, text), examination: null, findings: null }).join('\n'),
    ],
    lines: true,
    cap: 60_000,
  },
  'text of moved checkpoints': { give: movesOf, lines: true, cap: 120_000 },
  'diagnostics on the clipboard': { give: (text) => [diagnosticsOf(text)], lines: true, cap: 120_000 },
  'text of a fleet': {
    give: (text) => [
      fleetText(
        fleetOf(
          [auditSnapshot(text, readingOf(text).snapshot, sha256), auditProblem(text, hostProblems.cancelled(text), 0)],
          0,
          hostProblems.linkLost(text, text),
        ),
      ),
    ],
    lines: true,
    cap: 120_000,
  },
  'problem of a host or a log': { give: (text) => words(problemsOf(text)), cap: 50_000 },
  'problem of a connection': { give: (text) => words(sshProblemsOf(text)), cap: 50_000 },
  'prompt of a server that asks at the login': {
    give: (text) => {
      const config = { user: text, hostName: text, port: 22 };
      const round = { name: text, instruction: text, prompts: [{ prompt: text }], wasWrong: false };
      const shown = roundQuestion({ host: text, config, identity: { provenKey: null }, round });
      return [shown.host, shown.asker, shown.instruction, ...shown.prompts.map((prompt) => prompt.text)];
    },
    cap: 20_000,
  },
  'problem in the output channel': {
    give: (text) => [problemText('Open Log', problemsOf(text), '')],
    lines: true,
    cap: 500_000,
  },
  'line of the log channel': { give: (text) => [visible(text, 2000)], cap: 30_000 },
  'reason of a judgement': { give: (text) => judgementsOf(text).map(({ reason }) => reason), cap: 10_000 },
  'document of a checkpoint': { give: entriesOf, lines: true, cap: 120_000 },
  'content of a checkpoint': {
    give: (text) => {
      const bytes = Buffer.from(text.replace(/[\n\r\t]/gu, ''));
      const part = { inode: '1', modified: 0, takenAt: 0, kind: 'file', size: bytes.length, bytes } as const;
      return [entryText('gpu-1', '/c/x', part, null).split(`${'─'.repeat(72)}\n`)[1] ?? ''].map((body) =>
        body.replaceAll('\n', ''),
      );
    },
    cap: 20_000_000,
  },
  'history of a host': {
    give: (text) => [historyOfHost(text)],
    lines: true,
    cap: 60_000,
  },
  'head of a saved log': {
    give: (text) => [savedLogText(text, text, { size: 6, from: 0, bytes: Buffer.from('plain\n') })],
    lines: true,
    cap: 60_000,
  },
  'head of a log': { give: (text) => [logOf(text, Buffer.from('plain\n'))], lines: true, cap: 60_000 },
  'body of a log': {
    give: (text) => [logOf('plain', Buffer.from(text.replace(/[\n\r]/gu, ''))).replaceAll('\t', '')],
    lines: true,
    cap: 20_000_000,
  },
  'entry of a quick pick': {
    give: (text) => [
      ...jobChoices(readingOf(text), now, t).flatMap(({ label, description }) => [label, description]),
      ...checkpointChoices(readingOf(text), unjudged(readingOf(text).snapshot.checkpoints), now, t).map(
        ({ label }) => label,
      ),
      plainLabel(text),
    ],
    icons: true,
    cap: 3000,
  },
  'item of the table of a requeue': { give: requeueItemTexts, icons: true, cap: 20_000 },
  'document and report of a requeue': { give: requeueTexts, lines: true, cap: 400_000 },
  'message of a notification': {
    give: (text) => noticesOf(text).map((notices) => noticeMessage(notices, t).text),
    links: true,
    cap: 8000,
  },
  'tooltip of the badge': { give: (text) => [badgeText([{ host: text, count: 2 }], t)], cap: 2000 },
  'box that asks for ssh': { give: boxesOf, links: true, cap: 20_000 },
  'title of a progress': { give: (text) => [withoutLinks(visible(text, 80))], links: true, cap: 1500 },
  'output of a followed job': {
    give: (text) => [
      followed((screen) => {
        screen.output(Buffer.from(text.replace(/[\n\r\t]/gu, '')));
        screen.breakOff();
      }),
    ],
    cap: 20_000_000,
  },
  'line of ours in the terminal of a followed job': {
    give: (text) =>
      [
        followWords.headWords(text, 1),
        followWords.waitingWords([text]),
        followWords.noFileWords(text, false),
        ...problemsOf(text).flatMap((problem) => [
          followWords.problemWords(problem),
          followWords.unknownWords(0, problem, null),
        ]),
        ...jobsOf(text).map(followWords.endWords),
        text,
      ].map((line) =>
        followed((screen) => {
          screen.say(line);
        }).replace(/\r\n$/u, ''),
      ),
    cap: 20_000,
  },
  'name of a terminal': { give: (text) => [plainLabel(text, 80)], icons: true, cap: 1500 },
  'path of a document': {
    give: (text) => {
      const saved = savedLogPath(text, savedLogName);
      // What leads to the host must lead to this one, or it is the replacement of half a character.
      const host = text.replace(/\p{Cs}/gu, '\ufffd');
      // No host has an empty name.
      if (host !== '') {
        assert.deepEqual(parseSavedLogPath(saved), { host, name: savedLogName });
        assert.equal(hostOfReport(reportPath(text, 'history')), host);
      }
      return [
        reportPath(text, text),
        checkpointPath(text, `/${text}`),
        logPath(text, { id: 1, createdAt: text, start: text }),
        saved,
      ];
    },
    cap: Infinity,
  },
  'command line to copy': {
    give: (text) => [shellLine([text]), remoteLine(destination(text), [text])],
    cap: 300_000,
  },
  'copied command': { give: (text) => [pasteableCommand(text).text], cap: Infinity },
  'command of a row': { give: (text) => [visible(maskSecrets(text), 1000)], cap: 10_000 },
};

/** What a terminal is given, but for the colours, which only colour. */
function followed(act: (screen: FollowScreen) => void): string {
  let written = '';
  act(new FollowScreen((text) => (written += text)));
  return written.replace(/\u001b\[[\d;:]*m/gu, '');
}

describe(`${hostileTexts.length} hostile texts`, () => {
  it('are at least two hundred, and each acts somewhere or has a meaning to something', () => {
    assert.ok(hostileTexts.length >= 200);
    assert.ok(hostileTexts.filter((text) => actingCharacters(text).length > 0).length >= 100);
  });

  for (const [name, { give, lines, icons, links, cap, kept = '' }] of Object.entries(sinks))
    it(`do nothing as the ${name}`, () => {
      const harmless = give('plain').map(lineBreaks);
      for (const text of hostileTexts) {
        const given = give(text);
        for (const [index, shown] of given.entries()) {
          const what = `${named(text)} as ${named(shown)}`;
          assert.deepEqual(actingCharacters(shown, lines === true ? `${kept}\n` : kept), [], what);
          if (lines === true)
            assert.ok(lineBreaks(shown) <= (harmless[index] ?? harmless[0]!), `a forged line: ${what}`);
          if (icons === true) assert.doesNotMatch(shown, /(?<!\\)\$\([\w-]/u, what);
          if (links === true) assert.doesNotMatch(shown, /\]\(/u, what);
          assert.ok(shown.length <= cap, `${shown.length} characters: ${what}`);
        }
      }
    });

  it('address one document each, below its own folder', () => {
    // No host is without a name.
    const names = hostileTexts.filter((text) => text !== '');
    for (const text of names) {
      for (const path of [reportPath(text, 'audit'), logPath(text, { id: 1, createdAt: null, start: null })]) {
        assert.match(path, /^(?:\/[^/?#\\]+){2,4}$/u, named(text));
        assert.ok(!path.split('/').some((part) => /^\.+$/u.test(part)), named(path));
      }
      const run = { id: 1, createdAt: text, start: '2026-11-24T07:10:00Z' };
      const wellFormed = text.replace(/\p{Cs}/gu, '\ufffd');
      if (wellFormed !== 'unknown')
        assert.deepEqual(parseLogPath(logPath(text, run)), {
          host: wellFormed,
          run: { ...run, createdAt: wellFormed },
        });
    }
    for (const text of names) {
      const path = checkpointPath('gpu-1', `/c/${text}`);
      assert.match(path, /^(?:\/[^/?#\\]+){3}$/u, named(text));
      // Of a lone surrogate that stands for no byte no file can be called.
      const possible = `/c/${text}`.replace(/\p{Cs}/gu, (byte) => (/[\udc80-\udcff]/u.test(byte) ? byte : '\ufffd'));
      assert.deepEqual(parseCheckpointPath(path), { host: 'gpu-1', path: possible }, named(text));
    }
    const paths = names.map((text) => reportPath(text, 'audit'));
    const wellFormed = new Set(names.map((text) => text.replace(/\p{Cs}/gu, '\ufffd')));
    assert.equal(new Set(paths).size, wellFormed.size);
  });

  it('are never an option of ssh: refused, or behind the end of the options', () => {
    for (const text of hostileTexts) {
      const host = loginArguments({ settings: hostSettings('x', { host: text }), sshConfigFile: '' });
      if (!('unsafe' in host)) assert.deepEqual(host, ['--', text]);
      else assert.equal(host.unsafe, text);
      if (/^-|[\s$`;|&<>'"\\(]/u.test(text)) assert.ok('unsafe' in host, named(text));
      const jump = loginArguments({ settings: hostSettings('x', { proxyJump: text }), sshConfigFile: '' });
      if (/(?:^|,)-|[\s$`;|&<>'"\\(]/u.test(text)) assert.ok('unsafe' in jump, named(text));
    }
  });

  it('stay what they are as labels, commands and groups of a queue, and change no object', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    for (const text of hostileTexts) {
      const tasks = `{"7":{"id":7,"created_at":"2026-11-24T07:00:00Z","label":${JSON.stringify(text)},"group":${JSON.stringify(text)},"original_command":${JSON.stringify(text)},"path":"/","dependencies":[],"status":{"Queued":{"enqueued_at":null}}}}`;
      // As text: an object literal would take `__proto__` for its prototype.
      const document: unknown = JSON.parse(
        `{"tasks":${tasks},"groups":{${JSON.stringify(text)}:{"status":"Paused","parallel_tasks":3}}}`,
      );
      const queue = parseQueue(document);
      assert.deepEqual(queue?.groups, [{ name: text, status: 'paused', parallel: 3 }], named(text));
      const [only] = queue.jobs;
      assert.deepEqual([only?.label, only?.command, only?.group], [text, text, text], named(text));
      assert.equal(only?.state.kind, 'queued');
    }
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
  });
});

function lineBreaks(text: string): number {
  return text.split('\n').length - 1;
}
