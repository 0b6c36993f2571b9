/** What an emergency stop asks of its host, in which order, and what it says where something goes wrong. */
import assert from 'node:assert/strict';
import { actUnfinished, neverBegun, noSnapshot } from '../../../../src/core/acts/actProblems';
import { emergencyReport, emergencyText } from '../../../../src/core/emergency/emergencyReport';
import type { EmergencyEnd } from '../../../../src/core/emergency/applyEmergency';
import { planObstacle, changesSince } from '../../../../src/core/emergency/emergencyPlan';
import { linkLost } from '../../../../src/core/hostProblems';
import { ProblemError } from '../../../../src/core/problem';
import type { CheckpointEntry } from '../../../../src/core/snapshot';
import { failed, job, killed, queued, running, succeeded, survivingRun, unknown } from '../../../support/fixtures';
import { StoppingHost } from '../../../support/stoppingHost';

const paused = { kind: 'paused', start: '2026-11-24T07:10:00Z' } as const;
const root = '/home/ana/.cache/app/checkpoints';

function entry(name: string, more: object = {}): CheckpointEntry {
  return {
    path: `${root}/${name}`,
    kind: 'file',
    bytes: 10,
    modified: 1,
    ...{ inode: name, content: null },
    ...more,
  };
}

function listing(...entries: CheckpointEntry[]) {
  return [{ configured: root, path: root, state: 'listed', error: null, entries } as const];
}

const states = ({ steps }: EmergencyEnd): string[] => steps.map(({ id, state }) => `${id} ${state}`);

describe('an emergency stop', () => {
  let host: StoppingHost;

  beforeEach(() => {
    host = new StoppingHost([job(1, running), job(2, paused), job(3, queued, { dependencies: [1] }), job(4, failed)]);
    host.checkpoints = listing(entry('a.json'), entry('b.json'));
  });

  it('asks for five things in all, whatever the number of jobs, and leaves nothing', async () => {
    host.jobs = Array.from({ length: 1000 }, (_, id) => job(id, id < 10 ? running : queued));
    const plan = host.plan();
    const end = await host.apply(plan);
    assert.deepEqual(host.asked, ['emergency', 'kill', 'read', 'remove', 'quarantine']);
    assert.deepEqual(states(end), ['drain done', 'kill done', 'look done', 'remove done', 'quarantine done']);
    assert.deepEqual([host.jobs.length, host.checkpoints[0]?.entries.length], [0, 0]);
    assert.deepEqual([end.problem, end.stoppedAt, end.alive, end.left], [null, null, [], []]);
    assert.ok(host.acts.every(({ deployId }) => deployId === 'plan-1'));
    const report = emergencyReport(plan, { kind: 'ended', end, atMs: 0 });
    assert.deepEqual([report.outcome, report.snapshotId, report.problem], ['stopped', 'kept-1', null]);
  });

  it('names what it does not end, and touches neither that job nor a checkpoint that it may write', async () => {
    host.immortal.add(1);
    host.judge = ({ checkpoints, queue }) =>
      checkpoints.flatMap(({ entries }) =>
        entries.map((each) => ({
          ...{ entry: each, root, state: 'resumable' as const, reason: '', collision: null },
          owners: queue.jobs.filter(({ id }) => id === (each.path.endsWith('a.json') ? 1 : 2)),
        })),
      );
    const plan = host.plan();
    const end = await host.apply(plan);
    assert.deepEqual(states(end), ['drain done', 'kill failed', 'look failed', 'remove done', 'quarantine done']);
    assert.deepEqual(host.jobs.map(({ id }) => id), [1]); // prettier-ignore
    assert.deepEqual(host.checkpoints[0]?.entries.map(({ path }) => path), [`${root}/a.json`]); // prettier-ignore
    assert.deepEqual(end.left, [{ path: `${root}/a.json`, why: 'job 1 still lives and may write it' }]);
    assert.deepEqual([end.problem?.code, end.stoppedAt], ['refused', 'look']);
    assert.match(end.problem?.message ?? '', /job 1: it is running/u);
    assert.equal(emergencyReport(plan, { kind: 'ended', end, atMs: 0 }).outcome, 'refused');
  });

  it('takes no checkpoint of which nobody knows whose it is while anything lives', async () => {
    host.immortal.add(1);
    const end = await host.apply(host.plan());
    assert.deepEqual(end.left.map(({ why }) => why), Array(2).fill('whose it is cannot be told, and job 1 still lives')); // prettier-ignore
    assert.ok(!host.asked.includes('quarantine'));
  });

  it('takes no checkpoint of which nobody knows whose it is beside a job whose state is not known', () => {
    host.jobs.push(job(6, unknown));
    const { roots, left } = host.plan().quarantine;
    assert.deepEqual(roots, []);
    assert.match(left[0]?.why ?? '', /job 6/u);
  });

  it('ends what lives of jobs that are over, too', async () => {
    const over = job(5, killed);
    host.jobs.push(over);
    host.survivors = [survivingRun(over)];
    const plan = host.plan();
    assert.deepEqual(plan.lingering.map(({ id }) => id), [5]); // prettier-ignore
    const end = await host.apply(plan);
    const kill = host.acts.find((act) => act.kind === 'jobs' && act.verb === 'kill');
    assert.deepEqual(kill?.kind === 'jobs' && kill.targets.map(({ id, state }) => [id, state]), [[1, 'running'], [2, 'paused'], [5, 'killed']]); // prettier-ignore
    // The reading still shows its process: then it counts, whatever the act said.
    assert.deepEqual(end.alive.map(({ job: { id }, why }) => [id, why]), [[5, 'pid 4242 of it still runs']]); // prettier-ignore
    assert.deepEqual(host.jobs.map(({ id }) => id), [5]); // prettier-ignore
  });

  it('believes the act that could not end a job where processes cannot be seen', async () => {
    host.untraced = true;
    host.before = (act) => {
      if (act.kind === 'jobs' && act.verb === 'remove') assert.deepEqual(act.targets.map(({ id }) => id), [2, 3, 4]); // prettier-ignore
    };
    host.immortal.add(1);
    const end = await host.apply(host.plan());
    assert.deepEqual(end.alive.map(({ job: { id } }) => id), [1]); // prettier-ignore
  });

  it('never says that jobs are stopped whose processes nobody can look for', async () => {
    host.untraced = true;
    const plan = host.plan();
    const end = await host.apply(plan);
    assert.deepEqual(states(end), ['drain done', 'kill lost', 'look lost', 'remove done', 'quarantine done']);
    assert.deepEqual(end.unproven.map(({ id }) => id), [1, 2]); // prettier-ignore
    assert.deepEqual([end.problem?.code, end.stoppedAt], ['lost', 'look']);
    assert.match(
      end.problem?.message ?? '',
      /job.* 1 and 2 ended, and whether a process of them still lives cannot be seen/u,
    );
    assert.equal(emergencyReport(plan, { kind: 'ended', end, atMs: 0 }).outcome, 'lost');
    // No answer was lost, so there is nothing to be found out instead.
    assert.deepEqual(host.asked, ['emergency', 'kill', 'read', 'remove', 'quarantine']);
    const text = emergencyText(plan, { kind: 'ended', end, atMs: 0 });
    assert.match(text, /Not known to have ended\n {2}job 1: .*\n {2}job 2: /u);
    assert.doesNotMatch(text, /Everything that was planned is done/u);
  });

  it('counts a job that somebody killed before as not known to have ended either', async () => {
    host.jobs = [job(4, failed), job(5, killed)];
    host.untraced = true;
    const end = await host.apply(host.plan());
    assert.deepEqual(end.unproven.map(({ id }) => id), [5]); // prettier-ignore
    assert.equal(end.problem?.code, 'lost');
  });

  it('goes on with a kill that a lost link has cut short, by a fresh look', async () => {
    host.cutShort.add(1);
    const end = await host.apply(host.plan());
    assert.deepEqual(host.asked, ['emergency', 'kill', 'read', 'kill', 'read', 'remove', 'quarantine']);
    const kills = host.acts.filter((act) => act.kind === 'jobs' && act.verb === 'kill');
    assert.deepEqual(kills.map((act) => act.kind === 'jobs' && act.targets.map(({ id }) => id)), [[1, 2], [1]]); // prettier-ignore
    assert.deepEqual([end.problem, end.steps[1]?.result], [null, '2 jobs ended.']);
  });

  it('names a job in a state that is not recognised to the host as one that may write', async () => {
    host.jobs.push(job(6, unknown));
    host.judge = ({ checkpoints, queue }) =>
      checkpoints.flatMap(({ entries }) =>
        entries.map((each) => ({
          ...{ entry: each, root, state: 'resumable' as const, reason: '', collision: null },
          owners: queue.jobs.filter(({ id }) => id === 1),
        })),
      );
    const end = await host.apply(host.plan({ choices: { graceMs: 0, remove: false, quarantine: true } }));
    assert.equal(end.problem, null);
    const move = host.acts.find((act) => act.kind === 'entries');
    assert.deepEqual(move?.kind === 'entries' && move.ground.map(({ id, state }) => [id, state]), [[6, 'unknown']]); // prettier-ignore
  });

  it('takes nothing of unknown owners where a job is in a state that is not recognised', async () => {
    host.jobs.push(job(6, unknown));
    const end = await host.apply(host.plan());
    assert.deepEqual(end.left.map(({ why }) => why), Array(2).fill('whose it is cannot be told, and job 6 still lives')); // prettier-ignore
  });

  it('goes on with those that are left where a job ends by itself before it is ended', async () => {
    let asked = 0;
    host.before = (act) => {
      if (act.kind === 'jobs' && act.verb === 'kill' && ++asked === 1)
        host.jobs = host.jobs.map((each) => (each.id === 1 ? { ...each, state: succeeded } : each));
    };
    const end = await host.apply(host.plan());
    assert.deepEqual(host.asked, ['emergency', 'kill', 'read', 'kill', 'read', 'remove', 'quarantine']);
    assert.deepEqual([end.problem, host.jobs], [null, []]);
  });

  it('touches nothing that others queued meanwhile, and names it', async () => {
    const plan = host.plan();
    host.before = (act) => {
      if (act.kind === 'emergency') host.jobs.push(job(9, queued));
    };
    const end = await host.apply(plan);
    assert.deepEqual(host.jobs.map(({ id }) => id), [9]); // prettier-ignore
    assert.deepEqual(end.noticed, ['Job 9 was added.']);
    assert.match(emergencyText(plan, { kind: 'ended', end, atMs: 0 }), /Noticed\n {2}Job 9 was added\./u);
  });

  it('leaves an entry that is written after its jobs have ended, and moves the others', async () => {
    let asked = 0;
    host.before = (act) => {
      if (act.kind !== 'entries' || ++asked > 1) return;
      host.checkpoints = listing(entry('a.json', { bytes: 11 }), entry('b.json'));
      throw new ProblemError({ code: 'stale', message: 'a.json differs', next: '' });
    };
    const end = await host.apply(host.plan());
    assert.deepEqual(end.moved.map(({ target }) => target), [`${root}/b.json`]); // prettier-ignore
    assert.deepEqual(end.left.map(({ path }) => path), [`${root}/a.json`]); // prettier-ignore
    assert.match(end.left[0]?.why ?? '', /somebody still writes it/u);
  });

  it('of a group ends no job of another one, and takes no checkpoint whose owner is not known', async () => {
    host.jobs.push(job(7, running, { group: 'other' }), job(8, queued, { group: 'default', dependencies: [7] }));
    const plan = host.plan({ group: 'other' });
    assert.deepEqual(plan.dependants.map(({ id }) => id), [8]); // prettier-ignore
    const end = await host.apply(plan);
    assert.deepEqual(host.jobs.map(({ id }) => id), [1, 2, 3, 4, 8]); // prettier-ignore
    assert.deepEqual(end.left.map(({ why }) => why), Array(2).fill('whose it is cannot be told from its name')); // prettier-ignore
  });

  for (const [step, done] of [
    ['drain', 1],
    ['kill', 2],
    ['look', 3],
    ['remove', 4],
  ] as const)
    it(`cancelled while it does ${step} brings that to its end, begins no more and says so`, async () => {
      host.cancelBefore = step;
      const plan = host.plan();
      const end = await host.apply(plan);
      assert.equal(host.asked.length, done);
      assert.deepEqual([end.problem?.code, end.stoppedAt], ['cancelled', plan.steps[done]?.id]);
      // Known from the look on: which entries it did not come to.
      assert.deepEqual(end.left.map(({ path }) => path), done < 3 ? [] : [`${root}/a.json`, `${root}/b.json`]); // prettier-ignore
      assert.deepEqual(end.steps.slice(done).map(({ state }) => state), Array(5 - done).fill('pending')); // prettier-ignore
      assert.equal(emergencyReport(plan, { kind: 'ended', end, atMs: 0 }).outcome, 'refused');
    });

  it('is lost where an answer is, tries nothing again, and says what is true by now', async () => {
    host.before = (act) => {
      if (act.kind !== 'jobs') return;
      host.jobs = host.jobs.map((each) => (each.id === 1 ? { ...each, state: killed } : each));
      throw new ProblemError(actUnfinished('gpu-1', ['pueue kill -- 1 2']));
    };
    const plan = host.plan();
    const end = await host.apply(plan);
    assert.deepEqual(host.asked, ['emergency', 'kill', 'read']);
    assert.deepEqual(states(end).slice(0, 3), ['drain done', 'kill lost', 'look pending']);
    assert.deepEqual(end.noticed, [
      'By now 1 of the 4 jobs live, 3 are in the queue and do not run, and 0 are gone from it.',
    ]);
    const report = emergencyReport(plan, { kind: 'ended', end, atMs: 0 });
    assert.deepEqual([report.outcome, report.stoppedAt], ['lost', 'kill']);
  });

  for (const problem of [noSnapshot('gpu-1', 'ENOSPC', '/x'), neverBegun('gpu-1', linkLost('gpu-1', 'cut'))])
    it(`has done nothing where its first step is ${problem.code}`, async () => {
      host.before = () => {
        throw new ProblemError(problem);
      };
      const end = await host.apply(host.plan());
      assert.deepEqual([host.asked, states(end)[0]], [['emergency'], 'drain refused']);
      assert.deepEqual([end.problem, end.kept], [problem, null]);
    });

  it('leaves jobs and checkpoints where that was wanted', async () => {
    const end = await host.apply(host.plan({ choices: { graceMs: 0, remove: false, quarantine: false } }));
    assert.deepEqual(host.asked, ['emergency', 'kill', 'read']);
    assert.deepEqual(states(end).slice(3), ['remove skipped', 'quarantine skipped']);
    const kill = host.acts[1];
    assert.equal(kill?.kind === 'jobs' && kill.graceMs, null);
    assert.equal(host.jobs.length, 4);
  });

  it('cannot be planned where there is nothing, no such group, or a pueue that is only looked at', () => {
    const asked = { host: 'gpu-1', group: null, snapshot: host.snapshot };
    assert.equal(planObstacle(asked), null);
    assert.equal(planObstacle({ ...asked, group: 'none' })?.code, 'invalidInput');
    assert.equal(planObstacle({ ...asked, group: 'other' })?.code, 'refused');
    const old = { ...host.snapshot, version: { major: 3, minor: 1, patch: 9 } };
    assert.equal(planObstacle({ ...asked, snapshot: old })?.code, 'notSupported');
  });

  it('spares a job whose state is not recognised, and calls no change that jobs begin and end', () => {
    host.jobs.push(job(6, unknown));
    const plan = host.plan();
    assert.deepEqual(plan.spared.map(({ job: { id } }) => id), [6]); // prettier-ignore
    host.jobs = host.jobs.map((each) => (each.id === 3 ? { ...each, state: running } : each));
    assert.deepEqual(changesSince(plan, host.snapshot), []);
    host.jobs = [...host.jobs.filter(({ id }) => id !== 3), job(10, queued)];
    assert.deepEqual(changesSince(plan, host.snapshot), ['Job 10 was added.', 'Job 3 was removed.']);
    assert.deepEqual(
      changesSince(plan, { ...host.snapshot, daemonStart: 'boot/77/1' }).at(-1),
      'The daemon was started again.',
    );
  });

  it('shows its steps first while they are done', () => {
    const plan = host.plan();
    const text = emergencyText(plan, { kind: 'applying', steps: plan.steps, current: 'kill' });
    assert.match(text, /\[>\] 2\. End 2 jobs/u);
    assert.ok(text.indexOf('\nSteps\n') < text.indexOf('What cannot be undone'));
  });

  it('is shown with what cannot be undone first, and exact commands', () => {
    const text = emergencyText(host.plan(), { kind: 'planned', problem: null });
    const at = (part: string): number => {
      assert.ok(text.includes(part), `${part} in ${text}`);
      return text.indexOf(part);
    };
    const order = ['What cannot be undone', 'What is kept, and where', 'Steps', 'Jobs that are stopped (4)', 'Checkpoints that go into quarantine (2)'].map(at); // prettier-ignore
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
    for (const line of ['pause --all --wait', 'kill --signal sigterm -- 1 2', 'start -- 2', 'remove -- 1 2 3 4'])
      at(`/usr/bin/pueue --color never ${line}\n`);
  });
});
