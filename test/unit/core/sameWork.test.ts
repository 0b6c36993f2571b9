import assert from 'node:assert/strict';
import fc from 'fast-check';
import { scopeOf } from '../../../src/core/audit/decide';
import { splitFailures } from '../../../src/core/audit/sameWork';
import type { Job, JobState } from '../../../src/core/pueue/job';
import { failed, job, killed, queued, running, snapshot, succeeded } from '../../support/fixtures';

describe('the failures of a queue that has changed', () => {
  const text = fc.constantFrom('a', 'b', 'c', 'a-retry');
  /** Began when the successes were over. */
  const later = { ...failed, start: '2026-11-24T09:00:00Z' } as JobState;
  const one = fc.record({
    id: fc.integer({ min: 0, max: 15 }),
    state: fc.constantFrom(failed, killed, later, succeeded, succeeded, running, queued, { kind: 'stashed' as const }),
    label: fc.option(text),
    command: text,
    directory: fc.constantFrom('/x', '/y'),
    group: fc.constantFrom('default', 'other'),
    minute: fc.integer({ min: 1, max: 3 }),
  });
  const change = fc.record({ put: fc.array(one, { maxLength: 3 }), drop: fc.array(fc.nat(15), { maxLength: 2 }) });

  it('are the same whether the earlier ones are known or not, whatever changes', () => {
    fc.assert(
      fc.property(fc.array(one, { maxLength: 16 }), fc.array(change, { maxLength: 6 }), (first, changes) => {
        const jobs = new Map<number, Job>();
        const put = ({ id, state, minute, ...more }: (typeof first)[number]): void => {
          jobs.set(id, job(id, state, { ...more, createdAt: `2026-11-24T07:0${minute}:00Z` }));
        };
        const sorted = (): Job[] => [...jobs.values()].sort((a, b) => a.id - b.id);
        first.forEach(put);
        let known = { jobs: sorted(), ...splitFailures(sorted()) };
        for (const each of changes) {
          each.put.forEach(put);
          for (const id of each.drop) jobs.delete(id);
          const now = sorted();
          const found = splitFailures(now, known);
          assert.deepEqual({ open: found.open, madeGood: found.madeGood }, splitFailures(now));
          known = { jobs: now, open: found.open, madeGood: found.madeGood };
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('are those that were known where the queue is the same object, and processes are looked at anew', () => {
    const first = snapshot([job(1, failed, { command: 'c' }), job(2, running, { command: 'c' })]);
    const scope = scopeOf(first);
    const later = { ...first, processes: { kind: 'untraced', why: 'hangs' } as const };
    const again = scopeOf(later, { snapshot: first, scope });
    assert.equal(again.madeGood, scope.madeGood);
    assert.equal(again.survivors, null);
    assert.deepEqual(again, { ...scopeOf(later) });
  });

  it('are judged anew only where something changed that can have to do with them', () => {
    const jobs = Array.from({ length: 50 }, (_, id) =>
      job(id, id % 2 === 0 ? failed : succeeded, { command: `c${id >> 1}` }),
    );
    const known = { jobs, ...splitFailures(jobs) };
    assert.equal(known.madeGood.length, 25);
    const changed = jobs.with(1, job(1, queued, { command: 'c0' }));
    const { madeGood } = splitFailures(changed, known);
    assert.equal(madeGood.filter((each, at) => each === known.madeGood[at]).length, 24);
    assert.equal(madeGood[0]!.by, changed[1]);
  });
});
