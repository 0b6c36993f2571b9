/** What Restart in Place takes, what it leaves out and why, and what it says before. */
import assert from 'node:assert/strict';
import { planRestart } from '../../../src/core/acts/restartPlan';
import type { CheckpointState } from '../../../src/core/checkpoint/judgement';
import type { CheckpointsOfJob } from '../../../src/core/requeue/requeuePlan';
import { restartDecision } from '../../../src/core/requeue/restartDecision';
import { restartDetails, restartedTargets } from '../../../src/core/acts/restartText';
import type { Job, JobState } from '../../../src/core/pueue/job';
import type { Tracing } from '../../../src/core/snapshot';
import { checkpoint, job, queued, running } from '../../support/fixtures';
import { judgement } from '../../support/judgements';

const traced: Tracing = { kind: 'traced', runs: [], unseen: 0, refused: 0 };
const done = (kind: 'failed' | 'killed' | 'dependencyFailed' | 'success'): JobState => ({
  kind: 'done',
  result: kind === 'failed' ? { kind, exitCode: 1 } : { kind },
  start: '2026-03-02T12:00:00Z',
  end: '2026-03-02T12:01:00Z',
});
const ended = (id: number, kind: Parameters<typeof done>[0], more: Partial<Job> = {}): Job =>
  job(id, done(kind), { command: `run ${id}`, label: `L${id}`, ...more });

const flag = '--force-refresh';
const notKnown: CheckpointsOfJob = { kind: 'notKnown', why: 'no checkpoint directory is configured' };

function plan(
  jobs: readonly Job[],
  chosen: readonly Job[],
  processes = traced,
  checkpointsOf: (job: Job) => CheckpointsOfJob = () => notKnown,
) {
  const groups = [{ name: 'default', status: 'running' as const, parallel: 1 }];
  return planRestart({ queue: { jobs, groups }, processes }, chosen, restartDecision(checkpointsOf, flag), flag);
}
const reasons = (made: ReturnType<typeof plan>): string => made.leftOut.map(({ reason }) => reason).join('\n');

describe('the plan of a restart in place', () => {
  it('takes a failed job without consent, and a killed one only with it', () => {
    const [failed, killed] = [ended(1, 'failed'), ended(2, 'killed')];
    assert.deepEqual(plan([failed, killed], [failed]).consents, []);
    const made = plan([failed, killed], [failed, killed]);
    assert.deepEqual(made.act.targets.map(({ id, state }) => [id, state]), [[1, 'failed'], [2, 'killed']]); // prettier-ignore
    assert.match(made.consents.join(), /^Job 2 was killed/u);
  });

  it('decides by the table of the requeue: resumes, refuses a refresh with the way to it, and never resumes a collision', () => {
    const of = (state: CheckpointState, more: Partial<Job> = {}, kind: 'failed' | 'killed' = 'failed') => {
      const chosen = ended(1, kind, more);
      const found: CheckpointsOfJob = {
        kind: 'judged',
        judgements: [judgement(checkpoint('/c/a.json'), { state, owners: [chosen] })],
      };
      return plan([chosen], [chosen], traced, () => found);
    };
    const resumed = of('resumable');
    assert.deepEqual([resumed.jobs.length, resumed.consents], [1, []]);
    assert.equal(resumed.act.unchanged.length, 1, 'what it goes on from must be as it was');
    assert.match(of('resumable', {}, 'killed').consents.join(), /goes on from the checkpoint that it left/u);
    const refusals = {
      colliding: /other parameters.*never resumed from.*requeue it/u,
      damaged: /damaged.*flag cannot be added.*requeue it/u,
      active: /./u,
    } as const;
    for (const [state, words] of Object.entries(refusals)) {
      const made = of(state as CheckpointState, {}, 'killed');
      assert.deepEqual([made.jobs.length, made.act.targets.length, made.consents.length], [0, 0, 0], state);
      assert.match(reasons(made), words);
    }
    assert.match(reasons(of('resumable', { command: `run ${flag}` })), /carries the refresh flag/u);
    assert.match(reasons(of('resumable', { command: `sh -c 'run ${flag}'` })), /cannot be told/u);
  });

  it('compares commands without the refresh flag, here and on the host', () => {
    const live = job(1, running, { command: `run 2 ${flag}`, label: null });
    const again = ended(2, 'failed');
    assert.match(reasons(plan([live, again], [again])), /Job 1 is running with the same command/u);
    const { absent } = plan([again], [again]).act;
    assert.deepEqual([absent.withoutFlag, absent.commands.map(({ command }) => command)], [flag, ['run 2']]);
  });

  it('leaves out what has not ended, what the same work has overtaken, and what has a live program', () => {
    const live = job(1, running, { command: 'run 3', label: null });
    const waiting = job(2, queued, { command: 'other', label: 'L4-retry' });
    const [same, labelled, survived] = [ended(3, 'failed'), ended(4, 'failed'), ended(5, 'failed')];
    const run = {
      id: 5,
      createdAt: survived.createdAt,
      start: null,
      total: 1,
      processes: [{ pid: 77, life: null, command: 'x', since: 0 }],
    };
    const jobs = [live, waiting, same, labelled, survived];
    const made = plan(jobs, jobs, { ...traced, runs: [run] });
    assert.deepEqual(made.jobs, []);
    assert.match(
      reasons(made),
      /It is running[^]*It is queued[^]*Job 1 is running with the same command[^]*Job 2 \(L4-retry\) is queued with the same label[^]*process 77/u,
    );
  });

  it('takes a child of a failed parent only together with it', () => {
    const parent = ended(1, 'failed');
    const child = ended(2, 'dependencyFailed', { dependencies: [1] });
    const grandchild = ended(3, 'dependencyFailed', { dependencies: [2] });
    const jobs = [parent, child, grandchild];
    assert.deepEqual(plan(jobs, [child, grandchild]).jobs, []);
    assert.match(reasons(plan(jobs, [child])), /waits for job 1, which is failed/u);
    assert.deepEqual(plan(jobs, jobs).jobs, jobs);
    assert.match(plan(jobs, [parent]).consequences.join('\n'), /not restarted by this: job 2/u);
  });

  it('asks for consent where processes cannot be traced', () => {
    const failed = ended(1, 'failed');
    const made = plan([failed], [failed], { kind: 'untraced', why: 'hidden' });
    assert.equal(made.act.untracedConsent, true);
    assert.match(made.consents.join(), /cannot be traced/u);
  });

  it('says what is kept and lost, and exactly what would run', () => {
    const failed = ended(1, 'failed');
    const text = restartDetails('lab', plan([failed], [failed]));
    for (const part of [
      'nothing is done yet',
      'Kept, where',
      'Lost, where',
      'pueue restart --in-place --stashed -- 1',
      'pueue enqueue -- 1',
    ])
      assert.ok(text.includes(part), text);
  });

  it('puts every word of the host into a sentence', () => {
    const reason = (outcome: 'done' | 'failed' | 'refused', why: string | null): string | null =>
      restartedTargets([{ target: '1', outcome, why }])[0]!.reason;
    assert.match(reason('done', '/x.log')!, /saved as \/x\.log/u);
    assert.match(reason('done', null)!, /no log to save/u);
    assert.match(reason('refused', 'logNotSaved ENOSPC')!, /could not be saved \(ENOSPC\)/u);
    assert.match(reason('failed', 'logChanged stashed')!, /left stashed/u);
    assert.match(reason('failed', 'running')!, /It is running by now/u);
  });
});
