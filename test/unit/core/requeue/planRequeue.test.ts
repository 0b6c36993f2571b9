/** The plan of a requeue: what becomes of each job, and on what evidence nothing does. */
import assert from 'node:assert/strict';
import type { Judgement } from '../../../../src/core/checkpoint/judgement';
import type { Job, JobState } from '../../../../src/core/pueue/job';
import { failureCauses, causeLine, lastLineOf, sharedCauseWarning } from '../../../../src/core/requeue/failureCauses';
import { planRequeue, type RequeueInput } from '../../../../src/core/requeue/planRequeue';
import { requeueAct } from '../../../../src/core/requeue/requeueAct';
import { JudgedCheckpoints } from '../../../../src/core/checkpoint/judgedCheckpoints';
import { refusedJobs, requeuedJobs, requeueReport } from '../../../../src/core/requeue/requeueReport';
import {
  checkpointLines,
  ranLines,
  requeuePlanText,
  requeueReportText,
} from '../../../../src/core/requeue/requeueText';
import { sourceKey, type RequeuePlan, type RequeueRow, type RowEdit } from '../../../../src/core/requeue/requeuePlan';
import { requeueItems } from '../../../../src/vscode/commands/requeueItems';
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
} from '../../../support/fixtures';

const flag = '--force-refresh';
const dependencyFailed: JobState = { kind: 'done', result: { kind: 'dependencyFailed' }, start: null, end: null };

function judgement(state: Judgement['state'], owners: readonly Job[], path = '/ckpt/a.json'): Judgement {
  const modified = Date.parse('2026-11-24T07:11:00Z') / 1000;
  const entry = { path, kind: 'file', bytes: 2_000_000, modified, inode: '77', content: 'intact' } as const;
  return { entry, root: '/ckpt', state, owners, reason: `${path} is ${state}.`, collision: null };
}

function plan(jobs: readonly Job[], chosen: readonly Job[], more: Partial<RequeueInput> = {}): RequeuePlan {
  return planRequeue({
    snapshot: snapshot(jobs),
    sources: chosen.map((each) => ({ job: each, snapshotId: null })),
    refreshFlag: flag,
    checkpointsOf: () => ({ kind: 'judged', judgements: [] }),
    database: () => 'notAvailable',
    word: 'internalOnly',
    withoutCheckpoint: false,
    edits: new Map(),
    ...more,
  });
}
const only = (one: Job, more: Partial<RequeueInput> = {}, beside: readonly Job[] = []): RequeueRow =>
  plan([one, ...beside], [one], more).rows[0]!;
const edited = (one: Job, edit: RowEdit): Partial<RequeueInput> => ({ edits: new Map([[sourceKey(one), edit]]) });
const judged = (...judgements: Judgement[]): Partial<RequeueInput> => ({
  checkpointsOf: () => ({ kind: 'judged', judgements }),
});

describe('the plan of a requeue', () => {
  it('queues a failed job as it was, with -retry behind its label', () => {
    const row = only(job(1, failed, { label: 'DOGE@250', priority: -3, group: 'default' }));
    assert.deepEqual(
      [row.status, row.action, row.label, row.command, row.priority],
      ['ready', 'resume', 'DOGE@250-retry', 'run 1', -3],
    );
    assert.deepEqual([row.group, row.directory, row.environment], ['default', '/srv/project', 'original']);
  });

  for (const [label, becomes] of [
    [null, null],
    ['a-retry', 'a-retry'],
    ['a', 'a-retry'],
    ['', ''],
  ] as const)
    it(`makes ${JSON.stringify(becomes)} of the label ${JSON.stringify(label)}`, () => {
      assert.equal(only(job(1, failed, { label })).label, becomes);
    });

  for (const [what, state] of [
    ['running', running],
    ['queued', queued],
    ['stashed', { kind: 'stashed' }],
    ['unknown', unknown],
  ] as const)
    it(`refuses a job that is ${what}`, () => {
      const row = only(job(1, state));
      assert.equal(row.status, 'refused');
      assert.match(row.reason, /not ended|not known/u);
    });

  it('refuses where a process of the job still lives, and names it', () => {
    const one = job(1, killed);
    const read = snapshot([one], { processes: { kind: 'traced', runs: [survivingRun(one)], unseen: 0, refused: 0 } });
    const row = plan([one], [one], { snapshot: read }).rows[0]!;
    assert.equal(row.status, 'refused');
    assert.match(row.reason, /pid 4242/u);
  });

  it('is not held up by a process of another job that had the id', () => {
    const one = job(1, killed);
    const runs = [survivingRun(one, { createdAt: '2026-11-23T07:00:00Z' })];
    const read = snapshot([one], { processes: { kind: 'traced', runs, unseen: 0, refused: 0 } });
    assert.equal(plan([one], [one], { snapshot: read }).rows[0]?.status, 'ready');
  });

  for (const state of [running, queued, unknown])
    it(`refuses where the same command is ${state.kind} in the same directory, with or without the flag`, () => {
      const row = only(job(1, failed, { command: 'run x' }), {}, [
        job(2, state, { command: `run x ${flag}`, directory: '/srv/project/' }),
      ]);
      assert.equal(row.status, 'refused');
      assert.match(row.reason, /Job 2 is .* same command/u);
    });

  it('refuses where a live or waiting job has the label without -retry, and not in another group', () => {
    const one = job(1, failed, { label: 'DOGE' });
    assert.match(only(one, {}, [job(2, queued, { label: 'DOGE-retry' })]).reason, /Job 2 .* same label/u);
    assert.equal(only(one, {}, [job(2, queued, { label: 'DOGE', group: 'other' })]).status, 'ready');
    assert.equal(only(one, {}, [job(2, succeeded, { label: 'DOGE' })]).status, 'ready');
  });

  it('tells of a stashed job with the same command', () => {
    const row = only(job(1, failed, { command: 'x' }), {}, [job(2, { kind: 'stashed' }, { command: 'x' })]);
    assert.equal(row.status, 'ready');
    assert.ok(row.notes.some((note) => note.includes('Job 2 is stashed')));
  });

  it('refuses where another job that is to run leads to the same checkpoint', () => {
    const one = job(1, failed);
    const row = only(one, judged(judgement('resumable', [job(2, queued), one])));
    assert.match(row.reason, /Job 2 is queued and leads to the same checkpoint, \/ckpt\/a\.json/u);
  });

  it('refuses where the checkpoint is in use, with that evidence', () => {
    const row = only(job(1, failed), judged(judgement('active', [job(2, running)])));
    assert.deepEqual([row.status, row.reason], ['refused', '/ckpt/a.json is active.']);
  });

  it('queues the latest of chosen jobs that are one work', () => {
    const [one, two] = [job(1, failed, { command: 'x' }), job(2, failed, { command: `x ${flag}` })];
    const rows = plan([one, two], [one, two], { word: 'repairsData' }).rows;
    assert.deepEqual(
      rows.map(({ status }) => status),
      ['refused', 'ready'],
    );
    assert.match(rows[0]!.reason, /Job 2, which is chosen too/u);
  });

  for (const [command, reason] of [
    ['-x', /begins with/u],
    ['+x', /begins with/u],
    ['x'.repeat(8193), /longer than is read/u],
  ] as const)
    it(`refuses the command ${command.slice(0, 5)}`, () => {
      const row = only(job(1, failed, { command }));
      assert.equal(row.status, 'refused');
      assert.match(row.reason, reason);
    });

  it('refuses a job whose group is gone', () => {
    assert.match(only(job(1, failed, { group: 'gone' })).reason, /group gone is no longer there/u);
  });

  describe('of a refresh', () => {
    it('adds the flag, quarantines the checkpoint, prices it and wants typed consent for an intact one', () => {
      const one = job(1, failed);
      const row = only(one, { word: 'changesOutput', ...judged(judgement('resumable', [one])) });
      assert.deepEqual(
        [row.status, row.action, row.command, row.flagsAdded],
        ['ready', 'refresh', `run 1 ${flag}`, [flag]],
      );
      assert.equal(row.quarantine.length, 1);
      assert.match(
        row.price ?? '',
        /1 checkpoint \(2 MB, written 9 min ago\), 1 min of its last run and cached data that we cannot see/u,
      );
      assert.equal(row.typed.length, 1);
    });

    it('wants no typed consent for a damaged one', () => {
      const row = only(job(1, failed), judged(judgement('damaged', [])));
      assert.deepEqual([row.action, row.typed], ['refresh', []]);
    });

    it('names the checkpoint, its price and where it went', () => {
      const refreshed = only(job(1, failed), { word: 'changesOutput', ...judged(judgement('resumable', [])) });
      const lines = checkpointLines([refreshed]);
      assert.equal(lines[0], 'Into quarantine first, from where it can be restored: a.json.');
      assert.match(lines[1] ?? '', /^job 1.*: A refresh gives up 1 checkpoint/u);
      const resumed = only(job(1, failed), judged(judgement('resumable', [])));
      assert.deepEqual(checkpointLines([resumed]), ['Kept, to go on from: a.json.']);
      const moved = { target: '/ckpt/a.json', outcome: 'done', why: '/ckpt.q/1/a.json' } as const;
      const failedMove = { target: '/ckpt/b.json', outcome: 'refused', why: 'changed' } as const;
      const ran = ranLines({ targets: [moved, failedMove], commands: [], noticed: [], recorded: true });
      assert.deepEqual(ran.slice(2), ['  /ckpt/a.json: done → /ckpt.q/1/a.json', '  /ckpt/b.json: refused, changed']);
    });

    it('asks for the command where the place of the flag is not certain', () => {
      const one = job(1, failed, { command: 'a; b' });
      const row = only(one, { word: 'changesOutput' });
      assert.equal(row.status, 'open');
      assert.match(row.reason, /where --force-refresh belongs in it cannot be told for certain\. The fix/u);
      const given = only(one, { word: 'changesOutput', ...edited(one, { command: 'a --force-refresh; b' }) });
      assert.deepEqual([given.status, given.command], ['ready', 'a --force-refresh; b']);
    });

    it('is by quarantine alone where no flag is known, and asks where there is no checkpoint either', () => {
      const one = job(1, failed);
      const row = only(one, { word: 'changesOutput', refreshFlag: null, ...judged(judgement('damaged', [one])) });
      assert.deepEqual([row.status, row.command, row.quarantine.length], ['ready', 'run 1', 1]);
      assert.equal(only(one, { word: 'changesOutput', refreshFlag: null }).status, 'open');
    });
  });

  describe('of a command that carries the flag', () => {
    const one = job(1, failed, { command: `run ${flag} --x` });
    it('asks, with no default', () => {
      const row = only(one);
      assert.deepEqual([row.status, row.action], ['open', null]);
      assert.match(row.reason, /carries the refresh flag already/u);
    });
    it('takes it out to resume, and says so', () => {
      const row = only(one, edited(one, { action: 'resume' }));
      assert.deepEqual([row.status, row.action, row.command], ['ready', 'resume', 'run --x']);
      assert.ok(row.notes.includes(`${flag} is taken out.`));
    });
    it('keeps it to refresh, and adds none', () => {
      const row = only(one, edited(one, { action: 'refresh' }));
      assert.deepEqual([row.action, row.command, row.flagsAdded], ['refresh', one.command, []]);
    });
    it('counts as a refresh where a person writes it into the command of a resume', () => {
      const other = job(1, failed, { command: 'run' });
      const row = only(other, {
        ...edited(other, { action: 'resume', command: `run ${flag}` }),
        ...judged(judgement('resumable', [other])),
      });
      assert.deepEqual(
        [row.action, row.quarantine.length, row.typed.length, row.flagsAdded],
        ['refresh', 1, 1, [flag]],
      );
    });
  });

  describe('of a killed job', () => {
    const one = job(1, killed);
    it('keeps its checkpoint where it is said that it just died', () => {
      const row = only(one, judged(judgement('resumable', [one])));
      assert.deepEqual([row.status, row.action, row.kept.length], ['ready', 'resume', 1]);
    });
    it('is open where nothing is said, until a choice is made', () => {
      const more = { word: 'notSaid', ...judged(judgement('resumable', [one])) } as const;
      assert.match(only(one, more).reason, /kept, or quarantined/u);
      assert.equal(only(one, more).status, 'open');
      assert.equal(only(one, { ...more, ...edited(one, { action: 'resume' }) }).status, 'ready');
    });
    it('is asked about once where no checkpoint of it can be seen', () => {
      const more: Partial<RequeueInput> = {
        checkpointsOf: () => ({ kind: 'notKnown', why: 'no directory is configured' }),
      };
      assert.equal(only(one, more).status, 'open');
      assert.match(only(one, more).reason, /no checkpoint that we can see: no directory is configured/u);
      assert.equal(only(one, { ...more, withoutCheckpoint: true }).status, 'ready');
    });
    it('wants typed consent where processes cannot be traced, unless it ended before the host booted', () => {
      const untraced = { kind: 'untraced', why: 'noProc' } as const;
      assert.equal(only(one, { snapshot: snapshot([one], { processes: untraced }) }).typed.length, 1);
      const booted = snapshot([one], { processes: untraced, bootedAt: Date.parse('2026-11-24T07:12:00Z') / 1000 });
      assert.equal(only(one, { snapshot: booted }).typed.length, 0);
    });
  });

  it('never resumes a colliding checkpoint, even where a person says so', () => {
    const one = job(1, failed);
    const row = only(one, { ...judged(judgement('colliding', [one])), ...edited(one, { action: 'resume' }) });
    assert.equal(row.status, 'open');
    assert.match(row.reason, /never resumed from/u);
  });

  it('says what was made good, and what it took with it', () => {
    const jobs = [
      job(1, failed, { command: 'x' }),
      job(2, succeeded, {
        command: 'x',
        state: { ...succeeded, start: '2026-11-24T07:12:00Z', end: '2026-11-24T07:13:00Z' } as JobState,
      }),
      job(3, dependencyFailed, { dependencies: [1] }),
    ];
    const notes = plan(jobs, [jobs[0]!]).rows[0]!.notes.join('\n');
    assert.match(notes, /Job 2 did the same work later and is succeeded/u);
    assert.match(notes, /It took job 3 with it/u);
  });
});

describe('parents of jobs that are queued again', () => {
  const parent = job(1, failed);
  const child = job(2, dependencyFailed, { dependencies: [1] });

  it('come first, and the new child waits for the new parent', () => {
    const made = plan([parent, child], [child, parent]);
    assert.deepEqual(
      made.rows.map(({ source }) => source.job.id),
      [1, 2],
    );
    const act = requeueAct(made, snapshot([parent, child]), keys());
    assert.deepEqual(
      act.jobs.map(({ afterAdded }) => afterAdded),
      [[], [0]],
    );
  });

  it('refuse the child where they failed and are not chosen, or are chosen and refused', () => {
    assert.match(plan([parent, child], [child]).rows[0]!.reason, /It waits for job 1, which is failed/u);
    const skipped = plan([parent, child], [parent, child], edited(parent, { action: 'skip' }));
    assert.match(skipped.rows[1]!.reason, /job 1, which is chosen too and not queued again/u);
  });

  it('are what has made them good since', () => {
    const again = job(3, succeeded, {
      command: parent.command,
      state: { ...succeeded, start: '2026-11-24T07:12:00Z', end: '2026-11-24T07:13:00Z' } as JobState,
    });
    const made = plan([parent, child, again], [child]);
    assert.equal(made.rows[0]!.status, 'ready');
    assert.deepEqual(
      made.ground.map(({ id }) => id),
      [3],
    );
    const live = plan([parent, child, job(3, running, { command: parent.command })], [child]);
    assert.deepEqual(live.rows[0]!.after, [3]);
  });

  it('are kept where they still run, and count as done where they are gone or their id is another job’s', () => {
    assert.deepEqual(plan([job(1, running), child], [child]).rows[0]!.after, [1]);
    assert.equal(plan([child], [child]).rows[0]!.status, 'ready');
    const reused = job(1, failed, { createdAt: '2026-11-24T08:00:00Z' });
    assert.equal(plan([reused, child], [child]).rows[0]!.status, 'ready');
  });

  it('of a long chain keep their order whatever order they are chosen in', () => {
    const chain = Array.from({ length: 50 }, (_, index) =>
      job(index + 1, index === 0 ? failed : dependencyFailed, { dependencies: index === 0 ? [] : [index] }),
    );
    const made = plan(chain, [...chain].reverse());
    assert.deepEqual(
      made.rows.map(({ source }) => source.job.id),
      chain.map(({ id }) => id),
    );
    assert.ok(made.rows.every(({ status }) => status === 'ready'));
  });
});

describe('chosen jobs that would do one work', () => {
  for (const [what, one, other, more] of [
    ['the same command', { command: 'run x' }, { command: `run x ${flag}` }, {}],
    ['the same label', { label: 'DOGE' }, { label: 'DOGE-retry' }, {}],
    ['the same checkpoint', {}, {}, judged(judgement('resumable', []))],
  ] as const)
    it(`are queued once: the later one of those with ${what}`, () => {
      const jobs = [job(1, failed, one), job(2, failed, other)];
      const { rows } = plan(jobs, jobs, { word: 'changesOutput', ...more });
      assert.deepEqual(
        rows.map(({ status }) => status),
        ['refused', 'ready'],
      );
      assert.match(rows[0]!.reason, new RegExp(`^Job 2, which is chosen too, is a later .*${what}`, 'u'));
      const label = { label: 'another' };
      if (what === 'the same label')
        assert.equal(plan(jobs, jobs, { edits: new Map([[sourceKey(jobs[0]!), label]]) }).rows[0]?.status, 'ready');
    });

  it('are ten thousand in a chain, each with a checkpoint of its own, without a long wait', () => {
    const count = 10_000;
    const jobs = Array.from({ length: count }, (_, index) =>
      job(index, index === 0 ? failed : dependencyFailed, { dependencies: index === 0 ? [] : [index - 1] }),
    );
    const all = jobs.map((each) => judgement('resumable', [each], `/ckpt/${each.id}.json`));
    const directory = { configured: '/ckpt', path: '/ckpt', state: 'listed', error: null, entries: [] } as const;
    const checkpoints = new JudgedCheckpoints(new Map([[directory, all]]), () => null);
    const began = process.cpuUsage();
    const made = plan(jobs, [...jobs].reverse(), {
      checkpointsOf: (each) => ({ kind: 'judged', judgements: checkpoints.checkpointsOf(each) }),
    });
    const act = requeueAct(made, snapshot(jobs), keys());
    const text = requeuePlanText('gpu-1', made, failureCauses(jobs, new Map()), { takenAt: 0 });
    const told = requeuedJobs(made, act, { targets: [], commands: [], noticed: [], recorded: true, added: [] });
    const items = requeueItems('gpu-1', made, failureCauses(jobs, new Map()), 0, (message) => message);
    assert.deepEqual([act.jobs.length, act.unchanged.length, told.length], [count, count, count]);
    assert.ok(text.length > count && items.length > count);
    // 0.9 s on the computer that this was written on; what grows with the square of them takes minutes.
    assert.ok(process.cpuUsage(began).user < 15e6);
  }).timeout(60_000);
});

describe('the act of a requeue', () => {
  it('tells in its report where checkpoints were put, and of which that is not known', () => {
    const report = requeueReport('gpu-1', 0, null, []);
    const targets = [
      { target: '/ckpt/a.json', outcome: 'done', why: '/ckpt.q/1/a.json' },
      { target: '/ckpt/b.json', outcome: 'lost', why: null },
    ] as const;
    const text = requeueReportText('Requeue', report, { targets, commands: [], noticed: [], recorded: true });
    assert.match(text, /\/ckpt\/a\.json: in quarantine → \/ckpt\.q\/1\/a\.json\n {2}\/ckpt\/b\.json: lost/u);
  });

  it('names sources, ground, what may not be there, what is moved and what must stay', () => {
    const [one, two] = [
      job(1, failed, { label: 'A-retry', command: `x ${flag}` }),
      job(2, killed, { label: null, command: 'y' }),
    ];
    const read = snapshot([one, two]);
    const made = plan([one, two], [one, two], {
      checkpointsOf: (each) => ({
        kind: 'judged',
        judgements: [judgement(each === one ? 'damaged' : 'resumable', [each], `/ckpt/${each.id}`)],
      }),
    });
    const act = requeueAct(made, read, keys());
    assert.deepEqual(
      act.jobs.map(({ source }) => [source?.id, source?.state]),
      [
        [1, 'failed'],
        [2, 'killed'],
      ],
    );
    assert.deepEqual(act.absent, {
      labels: [{ group: 'default', label: 'A' }],
      commands: [
        { directory: '/srv/project', command: 'x' },
        { directory: '/srv/project', command: 'y' },
      ],
      withoutFlag: flag,
    });
    assert.deepEqual(
      act.quarantine.map(({ root, entries }) => [root, entries.map(({ path }) => path)]),
      [['/ckpt', ['/ckpt/1']]],
    );
    assert.deepEqual(
      act.unchanged.map(({ path, inode }) => [path, inode]),
      [['/ckpt/2', '77']],
    );
    assert.equal(new Set([act.id, ...act.jobs.map(({ key }) => key)]).size, 3);
  });

  it('demands a source whose environment it does not take as ground', () => {
    const one = job(1, failed);
    const act = requeueAct(plan([one], [one], edited(one, { environment: 'login' })), snapshot([one]), keys());
    assert.deepEqual([act.jobs[0]!.source, act.ground.map(({ id }) => id)], [null, [1]]);
  });

  it('reports each job by what the host says of it, and as lost where it says nothing', () => {
    const jobs = [job(1, failed), job(2, failed), job(3, running)];
    const made = plan(jobs, jobs);
    const act = requeueAct(made, snapshot(jobs), keys());
    const added = [{ key: act.jobs[0]!.key, outcome: 'added', newId: 9, createdAt: 'x', why: null }] as const;
    const told = requeuedJobs(made, act, { targets: [], commands: [], noticed: [], recorded: true, added });
    assert.deepEqual(
      told.map(({ source, outcome, newId }) => [source.id, outcome, newId]),
      [
        [1, 'added', 9],
        [2, 'lost', null],
        [3, 'refused', null],
      ],
    );
    const problem = { code: 'lost', message: 'gpu-1: lost.', next: 'Look.' } as const;
    assert.deepEqual(
      refusedJobs(made.rows, problem).map(({ outcome }) => outcome),
      ['lost', 'lost', 'refused'],
    );
  });
});

describe('failures by their cause', () => {
  const jobs = [job(1, failed), job(2, failed), job(3, killed)];
  const causes = failureCauses(
    jobs,
    new Map([
      [1, 'ZeroDivisionError: 12'],
      [2, 'ZeroDivisionError: 13'],
      [3, 'token=abc'],
    ]),
  );

  it('are one where their last lines differ in numbers only', () => {
    assert.deepEqual(causes.map(causeLine), [
      '2 jobs: exit 3, last line "ZeroDivisionError: 12"',
      '1 job: killed, last line "token=•••"',
    ]);
    assert.match(sharedCauseWarning(causes) ?? '', /2 jobs failed in the same way/u);
    assert.equal(sharedCauseWarning(failureCauses([job(1, failed)], new Map())), null);
  });

  it('take the last line with something in it', () => {
    const line = (text: string, isWhole = true): string | null => lastLineOf(Buffer.from(text), isWhole);
    assert.equal(line('a\nb\n\n  \n'), 'b');
    assert.equal(line('10%\r20%\r'), '20%');
    assert.equal(line('\u001b[31mred\u001b[0m\n'), 'red');
    assert.equal(line('cut off\nb', false), 'b');
    assert.equal(line('  \n'), null);
    assert.equal(line(''), null);
  });

  it('stand above the rows of the plan’s document', () => {
    const text = requeuePlanText('gpu-1', plan(jobs, jobs), causes, { takenAt: 0 });
    assert.match(text, /Requeue on gpu-1: 3 of 3 jobs/u);
    assert.match(text, /2 jobs: exit 3/u);
    assert.match(text, /pueue add --stashed --working-directory=\/srv\/project --group=default -- 'run 1'/u);
  });
});

function keys(): () => string {
  let count = 0;
  return () => `key-${++count}`;
}
