import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decide, scopeOf } from '../../../src/core/audit/decide';
import type { Job, JobState } from '../../../src/core/pueue/job';
import type { HostSnapshot, SurvivingRun } from '../../../src/core/snapshot';
import {
  failed,
  job,
  killed,
  queued,
  recordedQueue,
  running,
  snapshot,
  succeeded,
  survivingRun,
  unknown,
} from '../../support/fixtures';

function judge(read: HostSnapshot) {
  return decide(read, scopeOf(read));
}

const scheduled: JobState = { kind: 'scheduled', enqueueAt: '2026-11-25T00:00:00Z' };
const paused: JobState = { kind: 'paused', start: null };

describe('the decision matrix', () => {
  const rows: [string, JobState[], string, string][] = [
    ['nothing at all', [], 'idle', 'pass'],
    ['only finished with success', [succeeded, succeeded], 'idle', 'pass'],
    ['only stashed', [{ kind: 'stashed' }], 'idle', 'pass'],
    ['waiting only', [queued], 'idle', 'review'],
    ['scheduled only', [scheduled], 'idle', 'review'],
    ['locked only', [{ kind: 'locked' }], 'idle', 'review'],
    ['failed only', [failed], 'failed-only', 'review'],
    ['failed and waiting', [failed, queued], 'failed-only', 'review'],
    ['running only', [running], 'live-only', 'review'],
    ['paused only', [paused], 'live-only', 'review'],
    ['running and failed', [running, failed], 'live-and-failed', 'review'],
    ['all of it', [running, failed, queued, succeeded], 'live-and-failed', 'review'],
    ['one unknown among idle', [succeeded, unknown], 'cannot-tell', 'block'],
    ['one unknown among all', [running, failed, unknown], 'cannot-tell', 'block'],
  ];
  for (const [what, states, row, verdict] of rows)
    it(`${what}: ${row}, ${verdict}`, () => {
      const decision = judge(snapshot(states.map((state, id) => job(id, state))));
      assert.deepEqual([decision.row, decision.verdict], [row, verdict]);
      assert.ok(decision.reasons.length > 0 && decision.action !== '');
    });

  const dead = job(12, killed, { label: 'a@1' });
  const good = job(13, succeeded, { label: 'a@1-retry' });
  const traced = (runs: SurvivingRun[], more = {}): Partial<HostSnapshot> => ({
    processes: { kind: 'traced', runs, unseen: 0, refused: 0, ...more },
  });

  it('speaks of running jobs only where there are some, and else of the processes that outlived theirs', () => {
    const outlived = traced([survivingRun(dead)]);
    for (const [jobs, words] of [
      [[dead, good], /^Wait until the processes of ended jobs have ended, or deploy and let them finish; /u],
      [[dead], /^Deploy the fix, let the processes of ended jobs finish, and handle the failed jobs once they have; /u],
      [[dead, good, job(14, running)], /let the running jobs finish; /u],
    ] as const)
      assert.match(judge(snapshot([...jobs], outlived)).action, words);
  });

  it('counts a run that is over and has live processes as live, and names them', () => {
    const decision = judge(snapshot([dead, good], traced([survivingRun(dead)])));
    assert.deepEqual([decision.row, decision.verdict], ['live-only', 'review']);
    assert.ok(decision.reasons.includes('1 process of job 12 (killed) still runs: pid 4242.'));
    const both = judge(snapshot([dead], traced([survivingRun(dead, { total: 7 }, 2)])));
    assert.equal(both.row, 'live-and-failed');
    assert.ok(
      both.reasons.includes('7 processes of job 12 (killed) still run: pid 4242 and 4243 and others.'),
      both.reasons.join('\n'),
    );
  });

  it('counts a process also of a job that succeeded, of an earlier run, and of a job that is gone', () => {
    const runs = [
      survivingRun(good),
      survivingRun(good, { start: '2026-11-24T07:05:00Z' }),
      survivingRun(job(99, killed), { createdAt: null }),
    ];
    const { row, reasons } = judge(snapshot([good], traced(runs)));
    assert.equal(row, 'live-only');
    for (const of of ['job 13 (succeeded)', 'an earlier run of job 13', 'job 99 (no longer in the queue)'])
      assert.ok(reasons.includes(`1 process of ${of} still runs: pid 4242.`), of);
  });

  it('names ten runs at most', () => {
    const jobs = Array.from({ length: 12 }, (_, id) => job(id, succeeded));
    const { reasons } = judge(snapshot(jobs, traced(jobs.map((each) => survivingRun(each)))));
    assert.equal(reasons.filter((reason) => reason.includes('still runs')).length, 10);
    assert.ok(reasons.includes('2 more ended jobs with live processes.'));
  });

  it('is at most review where processes could not be traced, and says why', () => {
    for (const why of ['noProc', 'hidden', 'noDaemon', 'noLogs', 'hangs', 'ValueError in table:7']) {
      const decision = judge(snapshot([good], { processes: { kind: 'untraced', why } }));
      assert.deepEqual([decision.row, decision.verdict], ['idle', 'review']);
      assert.ok(
        decision.reasons.some((reason) => reason.startsWith('Processes of ended jobs could not be looked for')),
      );
      assert.ok(!decision.reasons.some((reason) => reason.startsWith('No process')), why);
    }
  });

  it('says with a pass what it may have missed', () => {
    const { verdict, reasons } = judge(snapshot([good], traced([], { unseen: 3, refused: 2 })));
    assert.equal(verdict, 'pass');
    assert.match(reasons.at(-1)!, /^Of 3 jobs that ended before this session looked, .*; 2 processes of this user/u);
  });

  it('advises to drain in every row with a waiting job', () => {
    for (const states of [[queued], [failed, queued], [running, queued], [running, failed, queued]])
      assert.match(judge(snapshot(states.map((state, id) => job(id, state)))).action, /Drain/u);
  });

  it('blocks on a reply that lacks the group that every pueue has', () => {
    const other = { name: 'other', status: 'running', parallel: 1 } as const;
    const decision = judge(snapshot([], { queue: { jobs: [], groups: [other] } }));
    assert.deepEqual([decision.row, decision.verdict], ['cannot-tell', 'block']);
    assert.match(decision.reasons[0]!, /lacks the group "default"/u);
  });

  it('blocks on a group in an unknown state, and on a reply without any group', () => {
    const strange = { name: 'g', status: 'unknown', parallel: null } as const;
    assert.equal(judge(snapshot([], { queue: { jobs: [], groups: [strange] } })).row, 'cannot-tell');
    assert.equal(judge(snapshot([], { queue: { jobs: [], groups: [] } })).verdict, 'block');
  });

  it('blocks on a version of pueue that it does not know', () => {
    const decision = judge(snapshot([], { version: { major: 5, minor: 0, patch: 0 } }));
    assert.equal(decision.row, 'cannot-tell');
    assert.match(decision.reasons[0]!, /5\.0\.0/u);
  });

  it('is at most review where a job was killed since the host started, although the same work succeeded since', () => {
    const madeGood = [job(1, killed, { label: 'a@1' }), job(2, succeeded, { label: 'a@1-retry' })];
    const decision = judge(snapshot(madeGood));
    assert.deepEqual([decision.row, decision.verdict], ['idle', 'review']);
    assert.ok(
      decision.reasons.some((reason) => /killed or errored since the host started \(1 \(a@1\)\)/u.test(reason)),
    );
    const read = snapshot(madeGood);
    const rebooted = { ...read, bootedAt: Date.parse('2026-11-24T07:15:00Z') / 1000 };
    assert.equal(judge(rebooted).verdict, 'pass');
    assert.equal(judge({ ...read, bootedAt: null }).verdict, 'review', 'a boot that is not known may be long ago');
  });

  it('is at most review where pueue lost track of a process: an errored job, too, may still be alive', () => {
    const errored = { ...succeeded, result: { kind: 'errored' } } as JobState;
    const decision = judge(snapshot([job(1, errored, { label: 'a' }), job(2, succeeded, { label: 'a' })]));
    assert.deepEqual([decision.row, decision.verdict], ['idle', 'review']);
  });

  it('counts a job that was killed in the second before the boot, or at a time that is not known', () => {
    const killedAt = (end: string | null): Job => job(1, { ...killed, end } as JobState, { label: 'a' });
    const bootedAt = Date.parse('2026-11-24T07:00:00Z') / 1000;
    const verdictOf = (end: string | null): string =>
      judge(snapshot([killedAt(end), job(2, succeeded, { label: 'a' })], { bootedAt })).verdict;
    assert.deepEqual(['2026-11-24T06:59:58.9Z', '2026-11-24T06:59:59Z', '2026-11-24T07:00:00Z', null].map(verdictOf), [
      'pass',
      'review',
      'review',
      'review',
    ]);
  });

  it('is at most review while a group is being reset, and where checkpoints were not fully read', () => {
    const resetting = { jobs: [], groups: [{ name: 'default', status: 'reset', parallel: 1 }] } as const;
    assert.equal(judge(snapshot([], { queue: resetting })).verdict, 'review');
    const directory = { configured: '~/c', path: '/h/c', error: 'EACCES', entries: [] };
    assert.equal(judge(snapshot([], { checkpoints: [{ ...directory, state: 'unreadable' }] })).verdict, 'review');
    assert.equal(judge(snapshot([], { checkpoints: [{ ...directory, state: 'missing' }] })).verdict, 'pass');
  });

  it('judges both recorded daemons alike', () => {
    for (const version of ['4.0.4', '3.4.1'] as const) {
      const read = snapshot([], { queue: recordedQueue(version) });
      const { live, failed: open, waiting } = scopeOf(read);
      // Of five failures one is made good: the same command waits once more in the same directory.
      assert.deepEqual([live.length, open.length, waiting.length], [2, 4, 4]);
      assert.equal(judge(read).row, 'live-and-failed');
    }
  });

  it('passes exactly where nothing is live, failed, waiting, unknown or doubtful', () => {
    const state = fc.constantFrom<JobState>(
      succeeded,
      failed,
      killed,
      running,
      paused,
      queued,
      scheduled,
      unknown,
      { kind: 'stashed' },
      { kind: 'locked' },
    );
    fc.assert(
      fc.property(fc.array(state, { maxLength: 12 }), (states) => {
        const jobs = states.map((each, id): Job => job(id, each));
        const { verdict, row } = judge(snapshot(jobs));
        const harmless = states.every((each) => each === succeeded || each.kind === 'stashed');
        assert.equal(verdict === 'pass', harmless);
        assert.equal(row === 'cannot-tell', states.includes(unknown));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a failure that was made good', () => {
  it('is named with what made it good', () => {
    const decision = judge(snapshot([job(1, failed, { label: 'a@1' }), job(7, succeeded, { label: 'a@1-retry' })]));
    assert.equal(decision.verdict, 'pass');
    assert.ok(decision.reasons.some((reason) => reason.includes('1 (a@1) by 7 (a@1-retry), succeeded')));
  });

  it('by the same command under another label is at most review: the environments may differ', () => {
    const twins = [
      job(1, failed, { label: 'seedA', command: 'c' }),
      job(2, succeeded, { label: 'seedB', command: 'c' }),
    ];
    const decision = judge(snapshot(twins));
    assert.deepEqual([decision.row, decision.verdict], ['idle', 'review']);
    assert.ok(decision.reasons.some((reason) => /under another label \(1 \(seedA\) by 2 \(seedB\)/u.test(reason)));
    const both = [...twins, job(3, succeeded, { label: 'seedA-retry', command: 'd' })];
    assert.equal(judge(snapshot(both)).verdict, 'pass', 'one of the same label counts before it');
  });

  it('says of a paused job that it does not finish by itself', () => {
    const { reasons } = judge(snapshot([job(4, paused)]));
    assert.ok(reasons.some((reason) => /1 job of these paused \(4\)/u.test(reason)));
  });
});

describe('a failure', () => {
  const open = (jobs: Job[]): number[] => scopeOf(snapshot(jobs)).failed.map(({ id }) => id);

  it('is superseded by the same command in the same directory, created later, that is live, waiting or done well', () => {
    for (const state of [running, paused, queued, scheduled, succeeded])
      assert.deepEqual(open([job(1, failed, { command: 'c' }), job(2, state, { command: 'c' })]), []);
  });

  it('is superseded by the same label, with -retry or without, in the same group', () => {
    assert.deepEqual(open([job(1, failed, { label: 'a@1' }), job(2, running, { label: 'a@1-retry' })]), []);
    assert.deepEqual(open([job(1, failed, { label: 'a@1-retry' }), job(2, running, { label: 'a@1' })]), []);
    assert.deepEqual(open([job(1, failed, { label: 'a@1' }), job(2, running, { label: 'a@1', group: 'other' })]), [1]);
  });

  it('stays open where the other is older, failed or stashed, in another directory, or where both have no label', () => {
    assert.deepEqual(open([job(2, failed, { command: 'c' }), job(1, succeeded, { command: 'c' })]), [2]);
    assert.deepEqual(open([job(1, failed, { command: 'c' }), job(2, failed, { command: 'c' })]), [1, 2]);
    assert.deepEqual(open([job(1, failed, { command: 'c' }), job(2, { kind: 'stashed' }, { command: 'c' })]), [1]);
    assert.deepEqual(open([job(1, failed, { command: 'c' }), job(2, running, { command: 'c', directory: '/x' })]), [1]);
    assert.deepEqual(open([job(1, failed), job(2, running)]), [1]);
  });

  it('is not superseded by a success that was over before it began: a restart in place keeps the creation time', () => {
    const restarted: JobState = { ...failed, start: '2026-11-24T07:12:00Z', end: '2026-11-24T07:13:00Z' } as JobState;
    assert.deepEqual(open([job(1, restarted, { command: 'c' }), job(2, succeeded, { command: 'c' })]), [1]);
    const meanwhile: JobState = { ...restarted, start: '2026-11-24T07:10:59Z' } as JobState;
    assert.deepEqual(open([job(1, meanwhile, { command: 'c' }), job(2, succeeded, { command: 'c' })]), []);
    assert.deepEqual(open([job(1, restarted, { command: 'c' }), job(2, running, { command: 'c' })]), []);
  });

  it('is not superseded by another directory and command that only read the same side by side', () => {
    const jobs = [
      job(1, failed, { directory: '/a b', command: 'c' }),
      job(2, running, { directory: '/a', command: 'b c' }),
    ];
    assert.deepEqual(open(jobs), [1]);
  });

  it('is superseded by the latest of several, wherever that stands in the list', () => {
    const at = (id: number, state: JobState, minute: number): Job =>
      job(id, state, { command: 'c', createdAt: `2026-11-24T07:0${minute}:00Z` });
    assert.deepEqual(open([at(1, failed, 2), at(2, succeeded, 3), at(3, succeeded, 1)]), []);
    assert.deepEqual(open([at(1, failed, 4), at(2, succeeded, 3), at(3, succeeded, 1)]), [1]);
    assert.deepEqual(open([at(1, failed, 1), at(0, running, 1)]), [1], 'at the same instant the higher id is later');
  });

  it('is ordered by the whole creation time: nanoseconds and time zones count', () => {
    const at = (id: number, state: JobState, createdAt: string): Job => job(id, state, { command: 'c', createdAt });
    assert.deepEqual(
      open([at(1, failed, '2026-11-24T07:00:00.000000002Z'), at(2, running, '2026-11-24T07:00:00.000000001Z')]),
      [1],
    );
    assert.deepEqual(open([at(1, failed, '2026-11-24T08:00:00+02:00'), at(2, running, '2026-11-24T06:30:00Z')]), []);
  });
});
