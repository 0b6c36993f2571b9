/** What speaks against moving a checkpoint, and what a person has to know and to consent to. */
import assert from 'node:assert/strict';
import type { CheckpointState } from '../../../../src/core/checkpoint/judgement';
import { seenAfter } from '../../../../src/core/checkpoint/moveText';
import { actsOf, planMoves, type Judge, type MoveVerb } from '../../../../src/core/checkpoint/planMoves';
import type { Job } from '../../../../src/core/pueue/job';
import type { CheckpointEntry, HostSnapshot } from '../../../../src/core/snapshot';
import { failed, job, killed, queued, running, snapshot, survivingRun, unknown } from '../../../support/fixtures';

const takenAt = Date.parse('2026-11-24T07:20:00Z') / 1000;
const entry = (path: string, more: Partial<CheckpointEntry> = {}): CheckpointEntry => ({
  ...{ path, kind: 'file', bytes: 2048, modified: takenAt - 60, inode: '7', content: null },
  ...more,
});
const a = entry('/h/c/a.json');
const folder = '/h/c.pueue-preflight-quarantine/20261124T070000Z-0f0f0f0f';
const aside = entry(`${folder}/a.json`);
const listed = { configured: '~/c', path: '/h/c', state: 'listed', error: null } as const;
const reading = (jobs: readonly Job[], more: Partial<HostSnapshot> = {}): HostSnapshot =>
  snapshot(jobs, { checkpoints: [{ ...listed, entries: [a] }], ...more });
const judged =
  (state: CheckpointState, owners: readonly Job[]): Judge =>
  (of) => ({ entry: of, root: '/h/c', state, owners, reason: 'By its name.', collision: null });
const nobody: Judge = () => null;
const quarantined = (since: number, hasManifest = true): Partial<HostSnapshot> => ({
  checkpoints: [{ ...listed, entries: [] }],
  quarantines: [
    {
      ...{ root: '/h/c', path: '/h/c.pueue-preflight-quarantine', state: 'listed', error: null },
      folders: [{ path: folder, since, hasManifest, entries: [aside] }],
    },
  ],
});
const one = (verb: MoveVerb, read: HostSnapshot, judge: Judge) => {
  const plan = planMoves(verb, [verb === 'quarantine' ? a.path : aside.path], read, judge);
  assert.deepEqual(plan.missing, []);
  return { ...plan.moves[0]!, plan };
};

describe('moving a checkpoint', () => {
  const run = job(3, running, { label: 'DOGE@250' });
  const lost = job(4, killed, { label: 'DOGE@250' });
  const untraced = { processes: { kind: 'untraced', why: 'hidden' } } as const;
  const survived = { processes: { kind: 'traced', runs: [survivingRun(lost)], unseen: 0, refused: 0 } } as const;

  const rows: readonly [string, HostSnapshot, Judge, RegExp | null, RegExp | null][] = [
    [
      'whose owner is done is allowed',
      reading([job(1, failed), run]),
      judged('resumable', [job(1, failed)]),
      null,
      null,
    ],
    ['that is active is refused with the evidence', reading([run]), judged('active', [run]), /By its name/u, null],
    ['whose owner is live is refused whatever the judgement says', reading([run]), judged('colliding', [run]), /job 3 \(DOGE@250\) is live/u, null], // prettier-ignore
    ['whose owner is in a state that is not known is refused', reading([job(2, unknown)]), judged('stale', [job(2, unknown)]), /job 2 is live/u, null], // prettier-ignore
    ['whose killed owner has a live process is refused', reading([lost], survived), judged('stale', [lost]), /process 4242 of job 4/u, null], // prettier-ignore
    ['of a killed run of this boot is consented to where nothing can be traced', reading([lost], untraced), judged('stale', [lost]), null, /Job 4 \(DOGE@250\) ended by a kill.*hides/u], // prettier-ignore
    ['of a killed run of an earlier boot is allowed there', reading([lost], { ...untraced, bootedAt: takenAt }), judged('stale', [lost]), null, null], // prettier-ignore
    ['of nobody known is consented to while a job is live', reading([run]), nobody, null, /not known whose it is, and job 3/u], // prettier-ignore
    ['of nobody known is consented to while a process lives', reading([lost], survived), judged('unjudged', []), null, /process 4242/u], // prettier-ignore
    ['of nobody known is allowed where nothing lives', reading([job(1, failed), job(2, queued)]), nobody, null, null],
    ['that no job owns is allowed beside live jobs', reading([run]), judged('orphan', []), null, null],
  ];
  for (const [title, read, judge, refused, untold] of rows)
    it(title, () => {
      const move = one('quarantine', read, judge);
      if (refused === null) assert.equal(move.refused, null);
      else assert.match(move.refused ?? '', refused);
      if (untold === null) assert.equal(move.untold, null);
      else assert.match(move.untold ?? '', untold);
      assert.equal(actsOf(move.plan).size, refused === null ? 1 : 0);
    });

  it('says what the next run loses', () => {
    const begun = { ...failed, start: '2026-11-24T04:07:00Z' } as Job['state'];
    const owner = job(5, begun, { label: 'DOGE@250' });
    const { facts } = one('quarantine', reading([owner]), judged('resumable', [owner]));
    assert.deepEqual(facts, [
      '2 KB, written 1 min ago',
      'resumable: By its name.',
      'The next run of job 5 (DOGE@250) begins from nothing: 3 h 12 min of progress.',
    ]);
  });

  it('rests on every job that lives, and on those that it belongs to', () => {
    const { plan } = one('quarantine', reading([run, lost, job(9, failed), job(8, unknown)]), judged('stale', [lost]));
    assert.deepEqual(plan.ground.map(({ id, state }) => [id, state]), [[3, 'running'], [4, 'killed'], [8, 'unknown']]); // prettier-ignore
  });

  it('names what is listed nowhere, and takes a path once', () => {
    const { moves, missing } = planMoves('quarantine', [a.path, a.path, '/h/c/x'], reading([]), nobody);
    assert.deepEqual([moves.length, missing], [1, ['/h/c/x']]);
  });

  it('back is refused where its name is taken, or a live job would write over it', () => {
    const young = quarantined(takenAt - 60);
    assert.equal(one('restore', reading([], young), nobody).refused, null);
    const taken = { ...young, checkpoints: [{ ...listed, entries: [a] }] };
    assert.match(one('restore', reading([], taken), nobody).refused ?? '', /has its name by now/u);
    assert.match(one('restore', reading([run], young), judged('stale', [run])).refused ?? '', /job 3/u);
  });

  it('out of quarantine for good waits for seven days and a manifest', () => {
    const days = 24 * 3600;
    const deleted = (since: number, hasManifest?: boolean): string | null =>
      one('delete', reading([run], quarantined(since, hasManifest)), nobody).refused;
    assert.match(deleted(takenAt - 7 * days) ?? '', /after 7 days/u);
    assert.equal(deleted(takenAt - 7 * days - 1), null);
    assert.match(deleted(takenAt - 30 * days, false) ?? '', /no manifest/u);
  });

  it('whose answer was lost is told by where it is seen', () => {
    const moved = reading([], quarantined(takenAt));
    const seen = (read: HostSnapshot, inode = '7') => seenAfter('quarantine', a.path, inode, read);
    assert.deepEqual([seen(moved).outcome, seen(moved).reason], ['done', aside.path]);
    assert.match(seen(reading([])).reason ?? '', /still in its place/u);
    assert.deepEqual([seen(moved, '8').outcome, seen(reading([])).outcome], ['lost', 'lost']);
  });
});
