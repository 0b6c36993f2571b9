/** Resume, refresh or ask: each row of the table, the order of the rows, and what may never be. */
import { readFile } from 'node:fs/promises';
import assert from 'node:assert/strict';
import {
  decideRefresh,
  mayResume,
  needsTypedConsent,
  refreshRows,
  refreshTableText,
  type RefreshFacts,
} from '../../../../src/core/requeue/refreshDecision';

const plain: RefreshFacts = {
  database: 'notAvailable',
  word: 'notSaid',
  checkpoint: 'resumable',
  end: 'died',
  flag: 'absent',
};
const all: RefreshFacts[] = (['corrupt', 'clean', 'notCovered', 'notAvailable'] as const).flatMap((database) =>
  (['changesOutput', 'repairsData', 'internalOnly', 'notSaid'] as const).flatMap((word) =>
    (
      ['active', 'colliding', 'damaged', 'orphan', 'stale', 'resumable', 'unjudged', 'none', 'notKnown'] as const
    ).flatMap((checkpoint) =>
      (['died', 'neverRan', 'succeeded'] as const).flatMap((end) =>
        (['absent', 'present', 'cannotTell', 'noFlag'] as const).map((flag) => ({
          database,
          word,
          checkpoint,
          end,
          flag,
        })),
      ),
    ),
  ),
);

describe('the decision between resume and refresh', () => {
  for (const [more, row, answer] of [
    [{ checkpoint: 'active', database: 'corrupt' }, 'activeOwner', 'refuse'],
    [{ database: 'corrupt', word: 'internalOnly' }, 'corruptAgainstWord', 'ask'],
    [{ database: 'clean', word: 'repairsData' }, 'cleanAgainstWord', 'ask'],
    [{ database: 'corrupt' }, 'corruptData', 'refresh'],
    [{ database: 'clean', word: 'changesOutput' }, 'outputChanges', 'refresh'],
    [{ word: 'repairsData' }, 'repairsData', 'refresh'],
    [{ checkpoint: 'damaged', word: 'internalOnly' }, 'damaged', 'refresh'],
    [{ checkpoint: 'colliding', database: 'clean', word: 'internalOnly' }, 'colliding', 'refresh'],
    [{ flag: 'present', database: 'clean', word: 'internalOnly' }, 'carriesFlag', 'ask'],
    [{ flag: 'cannotTell' }, 'mayCarryFlag', 'ask'],
    [{ database: 'clean', word: 'internalOnly' }, 'diedClean', 'resume'],
    [{ end: 'neverRan' }, 'neverRan', 'resume'],
    [{ word: 'internalOnly' }, 'diedIntact', 'ask'],
    [{ database: 'notCovered', word: 'internalOnly', checkpoint: 'stale' }, 'diedIntact', 'ask'],
    [{ checkpoint: 'none', word: 'internalOnly' }, 'noCheckpoint', 'ask'],
    [{ checkpoint: 'notKnown', word: 'internalOnly' }, 'notEnoughKnown', 'ask'],
    [{ checkpoint: 'stale' }, 'notEnoughKnown', 'ask'],
    [{ checkpoint: 'orphan' }, 'notEnoughKnown', 'ask'],
    [{ end: 'succeeded' }, 'notEnoughKnown', 'ask'],
  ] as const)
    it(`row ${row}: ${JSON.stringify(more)}`, () => {
      const decision = decideRefresh({ ...plain, ...more });
      assert.deepEqual([decision.row, decision.answer], [row, answer]);
      assert.equal(decision.facts.length, 5);
      assert.match(decision.reason, /^[A-Z].*\.$/u);
    });

  it('reaches every row', () => {
    const reached = new Set(all.map((facts) => decideRefresh(facts).row));
    assert.deepEqual(
      refreshRows.filter(({ id }) => !reached.has(id)),
      [],
    );
  });

  it('has no default where evidence conflicts, and resume where not enough is known', () => {
    assert.equal(decideRefresh({ ...plain, database: 'corrupt', word: 'internalOnly' }).byDefault, null);
    assert.equal(decideRefresh({ ...plain, flag: 'present' }).byDefault, null);
    assert.equal(decideRefresh(plain).byDefault, 'resume');
  });

  it('never resumes by itself from what is active, colliding, damaged, or corrupt data', () => {
    for (const facts of all) {
      const { answer, byDefault } = decideRefresh(facts);
      if (facts.checkpoint === 'active') assert.equal(answer, 'refuse');
      const mustNot = ['active', 'colliding', 'damaged'].includes(facts.checkpoint) || facts.database === 'corrupt';
      if (mustNot) assert.ok(answer !== 'resume' && byDefault !== 'resume', JSON.stringify(facts));
    }
  });

  it('never refreshes for staleness, for an owner that is gone, or for success', () => {
    for (const facts of all) {
      const speaks = facts.database === 'corrupt' || facts.word === 'changesOutput' || facts.word === 'repairsData';
      if (speaks || facts.checkpoint === 'damaged' || facts.checkpoint === 'colliding') continue;
      assert.notEqual(decideRefresh(facts).answer, 'refresh', JSON.stringify(facts));
    }
  });

  it('wants typed consent for giving up an intact checkpoint, by whatever way', () => {
    assert.ok(needsTypedConsent(plain, 'refresh', false));
    assert.ok(needsTypedConsent({ checkpoint: 'stale' }, 'resume', true));
    assert.ok(!needsTypedConsent(plain, 'resume', false));
    assert.ok(!needsTypedConsent({ checkpoint: 'damaged' }, 'refresh', true));
  });

  it('lets nobody resume from a checkpoint that two jobs write', () => {
    assert.ok(!mayResume({ checkpoint: 'colliding' }));
    assert.ok(mayResume({ checkpoint: 'damaged' }));
  });

  it('is printed from the rows that decide', () => {
    const lines = refreshTableText().trimEnd().split('\n');
    assert.equal(lines.length, refreshRows.length + 2);
    assert.match(lines[3] ?? '', /database: corrupt, word: internalOnly \| ask, no default/u);
    assert.match(lines.at(-1) ?? '', /anything else \| ask, default resume/u);
  });
});

describe('the table of the refresh decision', () => {
  it('stands in ARCHITECTURE.md as it is', async () => {
    assert.ok((await readFile('ARCHITECTURE.md', 'utf8')).includes(refreshTableText()));
  });
});
