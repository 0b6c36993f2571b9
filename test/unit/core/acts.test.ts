/** Which jobs a verb takes, what pueue does next, and what else a verb does: the rules, without a host. */
import assert from 'node:assert/strict';
import { cleanable, consequencesOf } from '../../../src/core/acts/consequences';
import type { JobVerb } from '../../../src/core/acts/hostAct';
import { plannedCommands } from '../../../src/core/acts/plannedCommands';
import { sortTargets } from '../../../src/core/acts/verbTargets';
import { targetOf } from '../../../src/core/acts/targets';
import { targetsOf } from '../../../src/core/acts/verbText';
import { OwnEnds } from '../../../src/core/notices/ownEnds';
import type { Group, Job, JobState } from '../../../src/core/pueue/job';
import { nextSteps } from '../../../src/core/pueue/schedule';
import { shellLine } from '../../../src/core/text/shellQuote';

const done = (kind: 'success' | 'killed'): JobState => ({ kind: 'done', result: { kind }, start: 's', end: 'e' });
const states: Readonly<Record<string, JobState>> = {
  running: { kind: 'running', start: 's' },
  paused: { kind: 'paused', start: 's' },
  queued: { kind: 'queued', enqueuedAt: null },
  scheduled: { kind: 'scheduled', enqueueAt: '2030-01-01T00:00:00Z' },
  stashed: { kind: 'stashed' },
  locked: { kind: 'locked' },
  succeeded: done('success'),
  killed: done('killed'),
  unknown: { kind: 'unknown', raw: 'Dreaming' },
};

function job(id: number, state: string, more: Partial<Job> = {}): Job {
  const base = { id, createdAt: `c${id}`, group: 'g', label: null, command: 'true', directory: '/', priority: 0 };
  return { ...base, dependencies: [], state: states[state]!, ...more };
}

const group = (more: Partial<Group> = {}): Group => ({ name: 'g', status: 'running', parallel: 1, ...more });
const named = (...ids: number[]) => ids.map((id) => ({ id, createdAt: `c${id}` }));

describe('the jobs that a verb takes', () => {
  const taken: Readonly<Record<JobVerb, readonly string[]>> = {
    kill: ['running', 'paused'],
    pause: ['running'],
    resume: ['paused'],
    stash: ['queued', 'locked'],
    enqueue: ['scheduled', 'stashed', 'locked'],
    remove: ['queued', 'scheduled', 'stashed', 'locked', 'succeeded', 'killed'],
  };
  const names = Object.keys(states);
  const jobs = names.map((state, id) => job(id, state));
  for (const verb of Object.keys(taken) as JobVerb[])
    it(`${verb}: exactly those in states that pueue takes; every other one is told why not`, () => {
      const sorted = sortTargets(verb, named(...names.keys()), { jobs, groups: [] }, []);
      assert.deepEqual(
        sorted.taken.map(({ id }) => names[id]),
        taken[verb],
      );
      assert.equal(sorted.leftOut.length, names.length - taken[verb].length);
      for (const { id, reason, outcome } of sorted.leftOut) {
        assert.ok(reason.length > 10);
        if (names[id] === 'unknown') assert.equal(outcome, 'refused', 'unknown is never taken for done');
      }
    });

  it('takes none whose id is another job, or another run, by now, and none twice', () => {
    const queue = { jobs, groups: [] };
    const asked = [
      { id: 0, createdAt: 'other' },
      { id: 99, createdAt: null },
      { id: 1, createdAt: 'c1', start: 'other' },
    ];
    assert.deepEqual(sortTargets('kill', asked, queue, []).changed, [0, 99, 1]);
    assert.equal(sortTargets('kill', named(0, 0), queue, []).taken.length, 1);
    assert.deepEqual(sortTargets('kill', [{ id: 0, createdAt: null }], { jobs: [job(0, 'running', { createdAt: null })], groups: [] }, []).leftOut.map(({ outcome }) => outcome), ['refused']); // prettier-ignore
  });

  it('kills an ended run whose processes live', () => {
    const process = { pid: 7, life: 'l', command: 'x', since: 0 };
    const run = { id: 7, createdAt: 'c7', start: 's', total: 1, processes: [process] };
    const taken = (start: string) =>
      sortTargets('kill', named(7), { jobs, groups: [] }, [{ ...run, start }]).taken.length;
    assert.deepEqual([taken('s'), taken('other')], [1, 0]);
  });
});

describe('what pueue does next', () => {
  it('starts by priority, then by id, what waits for nothing, in groups that run and have a slot', () => {
    const jobs = [job(0, 'killed'), job(1, 'queued'), job(2, 'queued', { priority: 3 }), job(3, 'queued', { dependencies: [1] }), job(4, 'queued', { group: 'drained' }), job(5, 'queued', { dependencies: [77] })]; // prettier-ignore
    const drained = group({ name: 'drained', status: 'paused' });
    assert.deepEqual(nextSteps({ jobs, groups: [group({ parallel: 2 }), drained] }).starts, [2, 1]);
    assert.deepEqual(nextSteps({ jobs, groups: [group({ parallel: 0 }), drained] }).starts, [2, 1, 5]);
    assert.deepEqual(nextSteps({ jobs: [job(9, 'paused'), ...jobs], groups: [group(), drained] }).starts, []);
  });

  it('does not claim to know it of a group in an unknown state', () => {
    const queue = { jobs: [job(0, 'running'), job(1, 'queued')], groups: [group({ status: 'unknown' })] };
    assert.deepEqual(nextSteps(queue).unknownGroups, ['g']);
    const asked = { kind: 'jobs', verb: 'kill', graceMs: null, jobs: [queue.jobs[0]!] } as const;
    assert.match(consequencesOf(asked, queue).sentences.join(' '), /cannot be told/u);
  });
});

describe('what else a verb does', () => {
  it('names what pueue keeps, and the numbers that later jobs get', () => {
    const jobs = [job(0, 'succeeded'), job(1, 'stashed', { dependencies: [0] }), job(2, 'succeeded')];
    const queue = { jobs, groups: [group()] };
    const asked = { kind: 'jobs', verb: 'remove', graceMs: null, jobs: [jobs[0]!, jobs[2]!] } as const;
    const text = consequencesOf(asked, queue).sentences.join(' ');
    assert.match(text, /keeps job 0, because job 1 waits for it/u);
    assert.match(text, /Numbers from 2 on/u);
    assert.deepEqual(
      cleanable('g', queue).map(({ id }) => id),
      [2],
    );
  });

  it('is shown with commands that name ids, and never a whole group of jobs', () => {
    const targets = [job(3, 'running'), job(1, 'paused')].map(targetOf);
    const kill = { kind: 'jobs', id: '', verb: 'kill', targets, graceMs: 10_000, saveLogs: false } as const;
    const lines = plannedCommands(kill).map(({ argv }) => shellLine(argv));
    assert.deepEqual(lines, [
      'pueue kill --signal sigterm -- 1 3',
      'pueue start -- 1',
      'pueue kill -- 1 3',
      'kill -KILL PID',
    ]);
  });
});

describe('what became of a target', () => {
  it('says where a job is that was switched with another one, and what could not be read again', () => {
    const act = { kind: 'jobs', id: '', verb: 'remove', targets: [], graceMs: null, saveLogs: false } as const;
    const targets = [
      { target: '1', outcome: 'failed', why: 'moved 2' },
      { target: '3', outcome: 'refused', why: 'unread' },
    ] as const;
    const told = targetsOf(act, { targets, noticed: [], commands: [], recorded: true });
    assert.match(told[0]!.reason ?? '', /^It is job 2 by now/u);
    assert.match(told[1]!.reason ?? '', /right before the command/u);
  });
});

describe('runs that were ended here', () => {
  it('are known by host and run until they are forgotten', () => {
    const ends = new OwnEnds();
    const run = { id: 1, createdAt: 'c', start: 's' };
    ends.add('a', [run]);
    assert.deepEqual(
      [ends.has('a', run), ends.has('b', run), ends.has('a', { ...run, start: 't' })],
      [true, false, false],
    );
    ends.forget('a', [run]);
    assert.equal(ends.has('a', run), false);
  });
});
