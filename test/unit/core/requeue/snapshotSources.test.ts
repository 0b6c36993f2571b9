/** What of a snapshot may be queued again, what is left out until it is chosen, and whose its checkpoints are. */
import assert from 'node:assert/strict';
import { Judgements } from '../../../../src/core/checkpoint/judgements';
import type { SnapshotJob } from '../../../../src/core/emergency/snapshotJobs';
import { checkpointsOfJobs } from '../../../../src/core/requeue/checkpointsOfJobs';
import { Lineage } from '../../../../src/core/lineage';
import { planRequeue } from '../../../../src/core/requeue/planRequeue';
import { sourcesOfSnapshot } from '../../../../src/core/requeue/snapshotSources';
import type { HostSnapshot } from '../../../../src/core/snapshot';
import { checkpoint, job, running, snapshot, succeeded } from '../../../support/fixtures';
import { project } from '../../../support/judgements';

const kept = (id: number, state: SnapshotJob['state'], more: Partial<SnapshotJob> = {}): SnapshotJob => {
  const { createdAt, group, label, command, directory, dependencies, priority } = job(id, running);
  return {
    ...{ id, createdAt: createdAt!, start: '2026-11-24T07:10:00Z', state, exitCode: null },
    ...{ group, label, command, directory, dependencies, priority },
    ...more,
  };
};
const files = project([{ directory: '/c', pattern: '{symbol}_{threshold}.json' }]);
const directory = { configured: '/c', path: '/c', state: 'listed', error: null } as const;

function rows(jobs: readonly SnapshotJob[], reading: HostSnapshot, word: 'internalOnly' | 'notSaid' = 'internalOnly') {
  const { sources, edits, seen } = sourcesOfSnapshot('kept', { jobs }, reading);
  const judged = new Judgements({ projectOf: () => files, staleMs: () => Infinity }).of('gpu-1', seen);
  return planRequeue({
    ...{ snapshot: reading, sources, edits, word, withoutCheckpoint: false, refreshFlag: null },
    checkpointsOf: checkpointsOfJobs(reading, judged, files),
    database: () => 'notAvailable',
  }).rows;
}

describe('the jobs of a snapshot', () => {
  it('that had done their work, or were not to run by themselves, are left out with the words why', () => {
    const jobs = [
      ...[kept(1, 'succeeded'), kept(2, 'stashed'), kept(3, 'scheduled')],
      kept(4, 'failed', { label: 'A@1', exitCode: 3 }),
      kept(5, 'succeeded', { label: 'A@1-retry', command: 'again' }),
    ];
    assert.deepEqual(
      rows(jobs, snapshot([])).map(({ status, reason }) => [status, reason]),
      [
        ['skipped', 'Left out: it had succeeded.'],
        ['skipped', 'Left out: it was stashed.'],
        ['skipped', 'Left out: it was to begin at a time of its own.'],
        ['skipped', 'Left out: job 5 did the same work after it.'],
        ['skipped', 'Left out: it had succeeded.'],
      ],
    );
  });

  it('are judged by what became of them in the queue since, and refused while they live there', () => {
    const ended = rows([kept(1, 'running')], snapshot([job(1, succeeded)]));
    assert.equal(ended[0]?.reason, 'Left out: it had succeeded.');
    const live = rows([kept(1, 'running')], snapshot([job(1, running)]));
    assert.deepEqual([live[0]?.status, live[0]?.reason], ['refused', 'Job 1 is running with the same command in the same directory.']); // prettier-ignore
  });

  it('that were requeued before are left out, with the new id', () => {
    const [from, to] = [job(1, running), job(9, succeeded)];
    const link = { from, to, label: null, reason: '', flagsAdded: [], adopted: false };
    const [row] = rows([kept(1, 'running')], snapshot([to], { lineage: new Lineage([link]) }));
    assert.equal(row?.reason, 'Left out: it was requeued as job 9.');
  });

  it('own their checkpoints although they are gone from the queue: none is taken for unowned or for missing', () => {
    const reading = snapshot([], { checkpoints: [{ ...directory, entries: [checkpoint('/c/A_1.json')] }] });
    const jobs = [kept(1, 'running', { label: 'A@1' })];
    const [resumed] = rows(jobs, reading);
    assert.deepEqual([resumed?.status, resumed?.kept.map(({ entry, state }) => [entry.path, state])], ['ready', [['/c/A_1.json', 'resumable']]]); // prettier-ignore
    const [asked] = rows(jobs, reading, 'notSaid');
    assert.deepEqual([asked?.status, asked?.reason], ['open', 'It was killed: say whether its checkpoint is kept, or quarantined for a refresh.']); // prettier-ignore
  });
});
