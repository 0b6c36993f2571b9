import assert from 'node:assert/strict';
import { estimateGroup } from '../../../src/core/pueue/estimate';
import type { Group, Job, JobState } from '../../../src/core/pueue/job';
import type { JobProgress } from '../../../src/core/pueue/progress';
import { formatRoughly } from '../../../src/core/text/format';
import { failed, job, queued, unknown } from '../../support/fixtures';

const takenAt = Date.parse('2026-11-24T07:20:00Z') / 1000;
const minute = 60_000;
const at = (minutesAgo: number): string => new Date(takenAt * 1000 - minutesAgo * minute).toISOString();
const took = (minutes: number): JobState => ({
  ...{ kind: 'done', result: { kind: 'success' } },
  ...{ start: at(minutes + 60), end: at(60) },
});
const since = (minutes: number): JobState => ({ kind: 'running', start: at(minutes) });
const group = (more: Partial<Group> = {}): Group => ({ name: 'default', status: 'running', parallel: 2, ...more });
const jobsOf = (...states: JobState[]): Job[] => states.map((state, id) => job(id, state));
const done = [took(10), took(20), took(30)];

function leftMinutes(states: readonly JobState[], more: Partial<Group> = {}, progress: [number, JobProgress][] = []) {
  const estimate = estimateGroup(group(more), jobsOf(...states), {
    takenAt,
    progress: new Map(progress),
    runSeconds: new Map(),
  });
  return estimate === null ? null : Math.round(estimate.leftMs / minute);
}

describe('the estimate of what is left in a group', () => {
  const rows: readonly (readonly [what: string, left: number | null, states: JobState[], more?: Partial<Group>])[] = [
    ['four queued jobs in two slots, twice the median', 40, [...done, queued, queued, queued, queued]],
    ['one queued job is not divided', 20, [...done, queued]],
    ['no more slots than there are', 80, [...done, queued, queued, queued, queued], { parallel: 1 }],
    ['a running job, less what it has taken', 15, [...done, since(5)]],
    ['a running job that outlasts the median, by those that took longer', 5, [...done, since(25)]],
    ['a running job and the queue share the slots', 20, [...done, since(5), queued]],
    ['a job that outlasts all others takes a slot for good', 40, [...done, since(31), queued, queued]],
    ['nothing where all slots are taken by such jobs', null, [...done, since(31), since(40), queued]],
    ['nothing where only such jobs run', null, [...done, since(31)]],
    ['nothing where nothing is left', null, done],
    ['nothing by fewer than three jobs', null, [took(10), took(20), queued]],
    ['failed jobs tell nothing', null, [took(10), took(20), failed, failed, queued]],
    ['nothing where there is no limit', null, [...done, queued], { parallel: 0 }],
    ['nothing where the slots are unknown', null, [...done, queued], { parallel: null }],
    ['nothing for a group that starts no job', null, [...done, queued], { status: 'paused' }],
    ['nothing for a group in an unknown state', null, [...done, queued], { status: 'unknown' }],
    ['nothing with a paused job', null, [...done, queued, { kind: 'paused', start: at(5) }]],
    ['nothing with a job in an unknown state', null, [...done, queued, unknown]],
    ['nothing where a job runs since nobody knows when', null, [...done, { kind: 'running', start: null }]],
    ['durations before a clock that was set back are left out', null, [took(10), took(20), took(-30), queued]],
    ['what is stashed or scheduled is not counted', 20, [...done, queued, { kind: 'stashed' }]],
  ];
  for (const [what, left, states, more] of rows)
    it(`is right for: ${what}`, () => {
      assert.equal(leftMinutes(states, more), left);
    });

  it('takes the word of a running job for how far it is, while its output goes on', () => {
    const states = [...done, since(90)];
    const fresh = { fraction: 0.75, modified: takenAt - 5 };
    assert.equal(leftMinutes(states, {}, [[3, fresh]]), 30);
    assert.equal(leftMinutes(states, {}, [[3, { ...fresh, modified: takenAt - 3600 }]]), null);
    assert.equal(leftMinutes(states, {}, [[3, { ...fresh, fraction: 0.01 }]]), null);
    assert.equal(leftMinutes(states, {}, [[3, { ...fresh, fraction: 1 }]]), 0);
  });

  it('looks at the hundred newest only', () => {
    const old = Array.from({ length: 500 }, () => took(1000));
    const recent = Array.from({ length: 100 }, () => took(10));
    assert.equal(leftMinutes([...old, ...recent, queued]), 10);
  });
});

describe('a guessed duration', () => {
  for (const [minutes, text] of [
    [0, 'less than a minute'],
    [0.9, 'less than a minute'],
    [1.2, 'about 1 min'],
    [9.4, 'about 9 min'],
    [14, 'about 10 min'],
    [89, 'about 90 min'],
    [100, 'about 2 h'],
    [175, 'about 3 h'],
    [35 * 60, 'about 35 h'],
    [50 * 60, 'about 2 d'],
  ] as const)
    it(`of ${minutes} min reads "${text}"`, () => {
      assert.equal(formatRoughly(minutes * minute), text);
    });
});
