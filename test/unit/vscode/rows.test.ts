import assert from 'node:assert/strict';
import { scopeOf } from '../../../src/core/audit/decide';
import { daemonDown } from '../../../src/core/hostProblems';
import type { Group, Job, JobState } from '../../../src/core/pueue/job';
import { indexQueue } from '../../../src/core/pueue/whyWaiting';
import { Lineage } from '../../../src/core/requeue/lineage';
import type { CheckpointDirectory, HostSnapshot, SurvivingRun } from '../../../src/core/snapshot';
import type { Reading } from '../../../src/core/watch/hostWatch';
import { nextRow, reasonRow } from '../../../src/vscode/tree/reasonRows';
import { ShownReading } from '../../../src/vscode/tree/shownReading';
import type { SurvivorNode } from '../../../src/vscode/tree/nodes';
import * as checkpointRows from '../../../src/vscode/tree/checkpointRows';
import * as jobRows from '../../../src/vscode/tree/jobRows';
import * as rows from '../../../src/vscode/tree/rows';
import {
  failed,
  job,
  killed,
  queued,
  running,
  snapshot,
  succeeded,
  survivingRun,
  unknown,
  checkpoint,
} from '../../support/fixtures';
import { judgement, unjudged } from '../../support/judgements';

const t: rows.Translate = (message, ...values) =>
  message.replace(/\{(\d)\}/gu, (_, index: string) => String(values[Number(index)]));
const now: rows.Now = { monotonic: 0 };
const hostile = 'a\u202e\u001b]0;x\u0007\nb';

function reading(jobs: readonly Job[], more: Partial<HostSnapshot> = {}): Reading {
  const read = snapshot(jobs, more);
  return { snapshot: read, scope: scopeOf(read), readAt: 0, readAtWall: 0 };
}

function hostRow(jobs: readonly Job[], more: Partial<HostSnapshot> = {}): rows.Row {
  return rows.hostRow('gpu-1', { reading: reading(jobs, more), problem: null, question: null }, now, t);
}

function jobRow(
  row: Job,
  others: readonly Job[] = [],
  at: rows.Now = now,
  survivors: readonly SurvivingRun[] = [],
): rows.Row {
  const read = reading([row, ...others]);
  return jobRows.jobRow({ job: row, survivors }, read, indexQueue(read.snapshot.queue), at, t);
}

function survivorRow(more: Partial<SurvivorNode>, at: rows.Now = now): rows.Row {
  const run = survivingRun(job(9, killed));
  const [process] = run.processes;
  const node = { kind: 'survivor', id: '', host: '', jobs: [run], pid: 4242, alone: false, process: process! } as const;
  return jobRows.survivorRow({ ...node, ...more }, reading([]), at, t);
}

function groupRow(group: Partial<Group>, jobs: readonly Job[] = []): rows.Row {
  const state: Group = { name: 'default', status: 'running', parallel: 2, ...group };
  const node = { kind: 'group', id: '', host: '', group: state.name, state, shown: 1 } as const;
  const shown = new ShownReading(reading(jobs, { queue: { jobs, groups: [state] } }), null);
  return rows.groupRow(node, shown, shown.estimate(state.name), t);
}

/** Everything that a row shows or speaks. */
function words({ label, description, tooltip, spoken }: rows.Row): string {
  return [label, description, tooltip, spoken].join('\u0020');
}

describe('a row of a host that cannot be read now', () => {
  it('says what it said, without the colour of a present state, and that it is of earlier', () => {
    const shown = jobRow(job(1, failed));
    const earlier = rows.earlierRow(shown, t);
    assert.deepEqual(
      [earlier.label, earlier.description, earlier.icon, earlier.spoken],
      [shown.label, shown.description, shown.icon, shown.spoken],
    );
    assert.notEqual(earlier.color, shown.color);
    assert.ok(earlier.tooltip.endsWith('\nAs of the last reading: the host cannot be read now.'));
  });
});

describe('the row of a host', () => {
  it('shows the age of a reading that is too dear to be repeated soon, and why', () => {
    const state = { reading: reading([], { hostMilliseconds: 1_500 }), problem: null, question: null };
    assert.doesNotMatch(rows.hostRow('gpu-1', state, { monotonic: 9_999 }, t).description, /ago/u);
    const { description, tooltip } = rows.hostRow('gpu-1', state, { monotonic: 40_000 }, t);
    assert.equal(description, '0 live · 0 waiting · 0 failed · as of 40 s ago');
    assert.match(tooltip, /read at most each 1 min 15 s, because a reading costs the host 1 s$/u);
    const cheap = { ...state, reading: reading([], { hostMilliseconds: 100 }) };
    assert.doesNotMatch(rows.hostRow('gpu-1', cheap, { monotonic: 40_000 }, t).description, /ago/u);
  });

  it('says in its tooltip why changes are seen by reading only', () => {
    const tooltip = (blind: string | null): string =>
      rows.hostRow('gpu-1', { reading: reading([]), problem: null, question: null, blind }, now, t).tooltip;
    assert.doesNotMatch(tooltip(null), /interval/u);
    const words = ['unreadable', 'notSimple', 'relative', 'noPid', 'noState', 'badReply'].map(tooltip);
    for (const each of words)
      assert.match(each, /read at the interval of the settings only: its changes cannot be seen, because the /u);
    assert.equal(new Set(words).size, words.length);
  });

  it('counts what the decision counts', () => {
    const jobs = [job(1, running), job(2, queued), job(3, failed), job(4, failed), job(5, succeeded)];
    assert.match(hostRow(jobs).description, /1 live.*1 waiting.*2 failed$/u);
  });

  it('counts a run that is over and has live processes as live, once', () => {
    const runs = [survivingRun(job(2, killed), {}, 2)];
    const more = { processes: { kind: 'traced', runs, unseen: 0, refused: 0 } } as const;
    assert.match(hostRow([job(1, running), job(2, killed)], more).description, /^2 live/u);
    const untraced = { processes: { kind: 'untraced', why: 'noProc' } } as const;
    assert.match(hostRow([job(1, running)], untraced).description, /^1 live/u);
  });

  it('counts what is not known wherever there is any', () => {
    const strange: Group = { name: 'g', status: 'unknown', parallel: null };
    assert.match(hostRow([job(1, unknown)]).description, /1 unknown/u);
    assert.match(hostRow([], { queue: { jobs: [], groups: [strange] } }).description, /1 unknown/u);
  });

  it('has no number before the first answer', () => {
    const asking = { reading: null, problem: null, question: 'hostKey' } as const;
    assert.equal(rows.hostRow('gpu-1', asking, now, t).spoken, 'gpu-1, waits for your answer');
    const row = rows.hostRow('gpu-1', { reading: null, problem: null, question: null }, now, t);
    assert.doesNotMatch(row.description, /\d/u);
  });

  it('says in its tooltip why it was reached by the system ssh, and nothing of the usual way', () => {
    const reason = 'the configuration has a jump host (ProxyJump)';
    assert.match(
      hostRow([], { route: { transport: 'openssh', reason } }).tooltip,
      /reached by the system's ssh, because the configuration has a jump host/u,
    );
    assert.match(hostRow([], { route: { transport: 'openssh', reason: null } }).tooltip, /as the settings ask/u);
    assert.doesNotMatch(hostRow([]).tooltip, /reached/u);
  });

  it('says of a host that cannot be read what is wrong first, then the age of what is known', () => {
    const problem = daemonDown('gpu-1', ['pueue', 'status']);
    const state = { reading: reading([job(1, running)]), problem, question: null };
    const row = rows.hostRow('gpu-1', state, { monotonic: 125_000 }, t);
    assert.match(row.description, /^daemon down.*2 min 5 s.*1 live/u);
    assert.match(row.tooltip, /does not answer/u);
    assert.equal(row.icon, 'warning');
    const never = rows.hostRow('gpu-1', { ...state, reading: null }, now, t);
    assert.doesNotMatch(never.description, /live|\d/u);
  });
});

describe('the row of a group', () => {
  it('says its slots, and whether it starts jobs', () => {
    assert.match(groupRow({}, [job(1, running)]).description, /1 of 2 slots used/u);
    assert.match(groupRow({ status: 'paused' }).description, /paused.*0 of 2 slots used/u);
    assert.match(groupRow({ status: 'reset' }).description, /reset/u);
    assert.match(groupRow({ status: 'unknown', parallel: null }).description, /unknown/u);
  });

  it('guesses what is left, and says how', () => {
    const done = [job(1, succeeded), job(2, succeeded), job(3, succeeded)];
    const many = Array.from({ length: 400 }, (_, index) => job(10 + index, queued));
    const { description, tooltip, spoken } = groupRow({}, [...done, ...many]);
    assert.equal(description, '0 of 2 slots used · about 3 h left');
    assert.match(tooltip, /^What is left is a guess: 0 running and 400 queued jobs in 2 slots,$/mu);
    assert.match(tooltip, /^and half of the last 3 jobs that succeeded took 1 min or less\./mu);
    assert.match(spoken, /about 3 h left/u);
    assert.doesNotMatch(words(groupRow({ status: 'paused' }, [...done, ...many])), /left/u);
  });

  it('says that running jobs took longer than any before, which are not guessed', () => {
    const done = [job(1, succeeded), job(2, succeeded), job(3, succeeded)];
    const { tooltip } = groupRow({}, [...done, job(4, running), job(5, queued)]);
    assert.match(tooltip, /^1 of the running took longer than any of these; its end is not guessed\.$/mu);
  });
});

describe('the progress of a running job', () => {
  const rowWith = (modified: number, of: JobState = running): rows.Row => {
    const { takenAt } = snapshot([]);
    const read = reading([job(1, of)], { progress: new Map([[1, { fraction: 0.459, modified: takenAt - modified }]]) });
    return jobRows.jobRow({ job: job(1, of), survivors: [] }, read, indexQueue(read.snapshot.queue), now, t);
  };

  it('stands behind its state, rounded down, with where it comes from', () => {
    const { description, tooltip, spoken } = rowWith(5);
    assert.equal(description, 'running · 45 % · 10 min · job 1');
    assert.match(tooltip, /^How far it is was read from the end of its output\.$/mu);
    assert.equal(spoken, 'run 1, running · 45 % · 10 min · job 1');
  });

  it('says its age once the output stands still', () => {
    assert.equal(rowWith(1200).description, 'running · 45 % as of 20 min ago · 10 min · job 1');
  });

  it('is of running jobs only', () => {
    for (const state of [succeeded, queued, { kind: 'paused', start: null }] as const)
      assert.doesNotMatch(words(rowWith(5, state)), /45 %|end of its output/u);
  });
});

describe('the row of a job', () => {
  const states: [JobState, RegExp][] = [
    [running, /running.*10 min/u],
    [{ kind: 'running', start: null }, /running/u],
    [{ kind: 'paused', start: '2026-11-24T07:19:00Z' }, /paused.*1 min/u],
    [queued, /queued/u],
    [{ kind: 'scheduled', enqueueAt: '2026-11-25T00:00:00Z' }, /scheduled.*delayed until 2026-11-25 00:00:00 UTC/u],
    [{ kind: 'stashed' }, /stashed/u],
    [{ kind: 'locked' }, /locked/u],
    [succeeded, /succeeded.*1 min/u],
    [failed, /failed.*3.*1 min/u],
    [killed, /killed/u],
    [{ ...succeeded, result: { kind: 'errored' } } as JobState, /errored/u],
    [{ ...succeeded, result: { kind: 'dependencyFailed' } } as JobState, /dependency failed/u],
    [{ ...succeeded, result: { kind: 'failedToSpawn', message: `no ${hostile}` } } as JobState, /failed to spawn/u],
    [unknown, /unknown/u],
  ];
  for (const [state, expected] of states)
    it(`says of ${JSON.stringify(state)} what it is`, () => {
      const row = jobRow(job(9, state));
      assert.match(row.description, expected);
      assert.match(row.description, /job 9/u);
      assert.match(row.spoken, expected);
    });

  it('gives no duration to a job that never ran, although it has times', () => {
    for (const result of [{ kind: 'dependencyFailed' }, { kind: 'failedToSpawn', message: 'x' }])
      assert.doesNotMatch(jobRow(job(9, { ...succeeded, result } as JobState)).description, /min/u);
  });

  it('counts the time on by our own clock from the time that the host told', () => {
    assert.match(jobRow(job(9, running), [], { monotonic: 61_000 }).description, /11 min 1 s/u);
  });

  it('says why a queued job is not starting', () => {
    const full = [job(1, running), job(2, running)];
    assert.match(jobRow(job(9, queued), full).description, /no free slot \(2 of 2 slots used\)/u);
  });

  it('is called by its label, else by its command with secrets masked, and never by nothing', () => {
    assert.equal(jobRow(job(9, running, { label: 'DOGEUSDT@250' })).label, 'DOGEUSDT@250');
    const secret = jobRow(job(9, running, { command: 'run --token hunter2' }));
    assert.match(secret.label, /^run --token •••$/u);
    assert.ok(!words(secret).includes('hunter2'));
    assert.notEqual(jobRow(job(9, running, { command: '' })).label, '');
  });

  it('tells directory, dependencies and priority in its tooltip', () => {
    const { tooltip } = jobRow(job(9, queued, { dependencies: [3, 4], priority: 7 }));
    for (const part of ['/srv/project', '3 and 4', '7']) assert.ok(tooltip.includes(part), part);
  });

  it('says of which job it is a retry, and as which it was requeued last, in words and with the reason', () => {
    const [first, second] = [job(12, failed), job(41, running, { label: 'A@1-retry' })];
    const again = { id: 57, createdAt: '2026-11-24T07:15:00Z' };
    const link = { label: 'A@1-retry', reason: 'It just died.', flagsAdded: ['--fresh'], adopted: false };
    const lineage = new Lineage([
      { ...link, from: first, to: second },
      { ...link, from: first, to: again, adopted: true },
    ]);
    const of = (row: Job): rows.Row => {
      const read = reading([first, second], { lineage });
      return jobRows.jobRow({ job: row, survivors: [] }, read, indexQueue(read.snapshot.queue), now, t);
    };
    assert.match(of(first).description, /^failed, exit code 3 · .* · requeued as 57 · job 12$/u);
    assert.match(of(first).spoken, /requeued as 57/u);
    assert.match(of(first).tooltip, /Requeued as job 41: A@1-retry · It just died\. · --fresh was added\.\n/u);
    assert.match(of(first).tooltip, /Requeued as job 57: .*It was found after the answer was lost\./u);
    assert.match(of(second).description, /retry of 12 · job 41$/u);
    assert.match(of(second).tooltip, /Retry of job 12: It just died/u);
    const reused = job(12, queued, { createdAt: '2026-11-24T08:00:00Z' });
    assert.doesNotMatch(of(reused).description, /requeued/u, 'another job with its id');
  });
});

describe('the row of a process that outlives its job', () => {
  it('says its command, its pid and its age by the host’s clock, and that it runs', () => {
    const row = survivorRow({}, { monotonic: 60_000 });
    assert.equal(row.label, 'python sweep.py');
    assert.equal(row.description, 'pid 4242 · since 3 h 1 min');
    assert.match(row.spoken, /still runs/u);
    assert.equal(row.icon, 'warning');
  });

  it('masks secrets in its command', () => {
    const process = { ...survivingRun(job(9, killed)).processes[0]!, command: "run --token 'hunter 2'" };
    assert.ok(!words(survivorRow({ process })).includes('hunter'));
  });

  it('names the job where no row of the job stands above', () => {
    assert.match(survivorRow({ alone: true }).description, /job 9, which is not in the queue/u);
  });

  it('is announced by the row of its job, behind the state', () => {
    const dead = job(9, killed);
    const said = (runs: SurvivingRun[], row = dead): string => jobRow(row, [], now, runs).description;
    assert.match(said([survivingRun(dead)]), /^killed · 1 process still runs · /u);
    assert.match(said([survivingRun(dead, {}, 2)]), /^killed · 2 processes still run · /u);
    const earlier = survivingRun(dead, { start: '2026-11-24T07:05:00Z' });
    assert.match(said([earlier]), /^killed · 1 process of an earlier run · /u);
    assert.match(said([earlier], job(9, running)), /^running · 1 process of an earlier run · /u);
    assert.doesNotMatch(said([]), /process/u);
  });
});

describe('the row of checkpoints', () => {
  const found = { configured: '~/c', path: '/c', state: 'listed', error: null, entries: [] } as const;
  const entry = checkpoint('/c/a.json');

  const said = (directories: readonly CheckpointDirectory[]): string =>
    checkpointRows.checkpointsRow(directories, unjudged(directories), t).description;

  it('counts entries only where all were read', () => {
    const part = { ...found, state: 'truncated', entries: [entry] } as const;
    assert.match(said([{ ...found, entries: [entry, entry] }]), /2/u);
    assert.doesNotMatch(said([found, part]), /\d/u);
    assert.doesNotMatch(said([found, { ...found, state: 'unreadable' }]), /\d/u);
    assert.doesNotMatch(said([]), /\d/u);
  });

  it('says of a directory how it was found', () => {
    const said = (['listed', 'missing', 'truncated', 'unreadable'] as const).map(
      (state) => checkpointRows.checkpointDirectoryRow({ ...found, state, error: 'EACCES' }, t).description,
    );
    assert.equal(new Set(said).size, 4);
    assert.match(said[3]!, /EACCES/u);
  });

  it('says name, size and age by the host’s clock', () => {
    const read = reading([]);
    const modified = read.snapshot.takenAt - 3600;
    const row = checkpointRows.checkpointRow(judgement({ ...entry, modified }), read, { monotonic: 60_000 }, t);
    assert.equal(row.label, 'a.json');
    assert.match(row.description, /2 KB.*1 h 1 min/u);
    const directory = checkpointRows.checkpointRow(
      judgement({ ...entry, modified, kind: 'directory', bytes: null }),
      read,
      now,
      t,
    );
    assert.match(directory.description, /directory/u);
  });
});

describe('every row', () => {
  const problem = { code: 'lost', message: 'gpu-1: lost.', next: 'Wait.' } as const;
  const read = reading([]);
  const path = `/c/${hostile}`;
  const all: [string, rows.Row][] = [
    ['host', rows.hostRow(hostile, { reading: read, problem: null, question: null }, now, t)],
    ['host that is lost', rows.hostRow(hostile, { reading: read, problem, question: null }, now, t)],
    ['reason', reasonRow(hostile, problem, t)],
    ['reason before it is known', reasonRow(hostile, null, t)],
    ['next step', nextRow(problem, t)],
    ['group', groupRow({ name: hostile })],
    ['job', jobRow(job(1, unknown, { label: hostile, command: hostile, directory: hostile }))],
    ['job without label', jobRow(job(1, { kind: 'unknown', raw: hostile }, { command: hostile }))],
    [
      'survivor',
      survivorRow({
        process: { pid: 1, life: null, command: hostile, since: 0 },
        jobs: [survivingRun(job(9, killed))],
      }),
    ],
    ['more', rows.moreRow(3, t)],
    [
      'directory',
      checkpointRows.checkpointDirectoryRow(
        { configured: '', path, state: 'unreadable', error: hostile, entries: [] },
        t,
      ),
    ],
    ['file', checkpointRows.checkpointRow(judgement(checkpoint(path)), read, now, t)],
    ['invalid setting', rows.invalidSettingRow(problem, t)],
  ];
  for (const [what, row] of all)
    it(`has a label, an icon, and words for a screen reader, and shows nothing that cannot be seen: ${what}`, () => {
      assert.ok(row.label !== '' && row.icon !== '' && row.spoken.includes(row.label.replace(/\.$/u, '')));
      assert.doesNotMatch(words(row).replaceAll('\n', ' '), /[\p{Cc}\p{Cs}\u202a-\u202e]/u);
    });
});
