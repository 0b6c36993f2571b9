/** What Restart in Place takes, what it leaves out and why, and what it says before. */
import assert from 'node:assert/strict';
import { killedNeedsConsent, planRestart } from '../../../src/core/acts/restartPlan';
import { restartDetails, restartedTargets } from '../../../src/core/acts/restartText';
import type { Job, JobState } from '../../../src/core/pueue/job';
import type { Tracing } from '../../../src/core/snapshot';
import { job, queued, running } from '../../support/fixtures';

const traced: Tracing = { kind: 'traced', runs: [], unseen: 0, refused: 0 };
const done = (kind: 'failed' | 'killed' | 'dependencyFailed' | 'success'): JobState => ({
  kind: 'done',
  result: kind === 'failed' ? { kind, exitCode: 1 } : { kind },
  start: '2026-03-02T12:00:00Z',
  end: '2026-03-02T12:01:00Z',
});
const ended = (id: number, kind: Parameters<typeof done>[0], more: Partial<Job> = {}): Job =>
  job(id, done(kind), { command: `run ${id}`, label: `L${id}`, ...more });

function plan(jobs: readonly Job[], chosen: readonly Job[], processes = traced) {
  const groups = [{ name: 'default', status: 'running' as const, parallel: 1 }];
  return planRestart({ queue: { jobs, groups }, processes }, chosen, killedNeedsConsent);
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
      /It is running[^]*It is queued[^]*Job 1 is the same work, and is running[^]*Job 2 is the same work[^]*process 77/u,
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
