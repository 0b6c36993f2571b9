/**
 * Whether a job that is queued again goes on from its checkpoint or begins anew. One table for every way in: its rows are
 * data, the first that applies answers, and each answer has one sentence of reason and the facts behind it.
 */
import type { CheckpointState } from '../checkpoint/judgement';

/** What a database audit says of the job's key. `notCovered`: an audit that lists only bad rows does not name it. */
export type DatabaseFinding = 'corrupt' | 'clean' | 'notCovered' | 'notAvailable';
/** What the person says of the reason to queue the job again. */
export type OperatorWord = 'changesOutput' | 'repairsData' | 'internalOnly' | 'notSaid';
/** How the last run ended. `died`: in its midst, by itself or killed. */
export type RunEnd = 'died' | 'neverRan' | 'succeeded';
/** `none`: the directory is known and holds none of the job. `notKnown`: no directory is known, or it was not fully read. */
export type CheckpointFinding = CheckpointState | 'none' | 'notKnown';
/** Whether the command carries the flag already. `noFlag`: nobody has said which flag that is. */
export type FlagFinding = 'absent' | 'present' | 'cannotTell' | 'noFlag';

/** Everything that the decision rests on. */
export interface RefreshFacts {
  readonly database: DatabaseFinding;
  readonly word: OperatorWord;
  readonly checkpoint: CheckpointFinding;
  readonly end: RunEnd;
  readonly flag: FlagFinding;
}

export type RefreshAnswer = 'resume' | 'refresh' | 'refuse' | 'ask';

export interface RefreshRow {
  readonly id: string;
  /** The values that each named fact may have; a fact that is not named may have any. */
  readonly when: { readonly [Fact in keyof RefreshFacts]?: readonly RefreshFacts[Fact][] };
  readonly answer: RefreshAnswer;
  /** Of `ask`: what is done where the person says nothing more; `null` where there is no default. */
  readonly byDefault: 'resume' | null;
  readonly reason: string;
}

const row = (
  id: string,
  when: RefreshRow['when'],
  answer: RefreshAnswer | 'ask, default resume',
  reason: string,
): RefreshRow =>
  answer === 'ask, default resume'
    ? { id, when, answer: 'ask', byDefault: 'resume', reason }
    : { id, when, answer, byDefault: null, reason };

/** The table. The last row has no condition, so that every set of facts has an answer. */
export const refreshRows: readonly RefreshRow[] = [
  row(
    'activeOwner',
    { checkpoint: ['active'] },
    'refuse',
    'A live job, or a process that outlived its job, owns the checkpoint.',
  ),
  row(
    'corruptAgainstWord',
    { database: ['corrupt'], word: ['internalOnly'] },
    'ask',
    'The evidence conflicts: the database audit finds corrupt data, and the fix is said to be internal only.',
  ),
  row(
    'cleanAgainstWord',
    { database: ['clean'], word: ['repairsData'] },
    'ask',
    'The evidence conflicts: the database audit finds the data clean, and the fix is said to repair data.',
  ),
  row('corruptData', { database: ['corrupt'] }, 'refresh', 'The database audit finds corrupt data for this job.'),
  row('outputChanges', { word: ['changesOutput'] }, 'refresh', 'The fix is said to change the output.'),
  row('repairsData', { word: ['repairsData'] }, 'refresh', 'The fix is said to repair data.'),
  row(
    'damaged',
    { checkpoint: ['damaged'] },
    'refresh',
    'The checkpoint is damaged, so there is nothing whole to go on from.',
  ),
  row(
    'colliding',
    { checkpoint: ['colliding'] },
    'refresh',
    'Its checkpoint may hold the work of jobs with other parameters.',
  ),
  row(
    'carriesFlag',
    { flag: ['present'] },
    'ask',
    'The command carries the refresh flag already, and nothing else speaks for a refresh.',
  ),
  row(
    'mayCarryFlag',
    { flag: ['cannotTell'] },
    'ask',
    'The refresh flag stands in the command where it cannot be told whether it is one of its words.',
  ),
  row(
    'diedClean',
    { end: ['died'], database: ['clean'], word: ['internalOnly'] },
    'resume',
    'The job died mid-run, the data is clean and the fix is internal only.',
  ),
  row(
    'neverRan',
    { end: ['neverRan'] },
    'resume',
    'The job never ran, so it has left nothing that would have to be done anew.',
  ),
  row(
    'diedIntact',
    { end: ['died'], word: ['internalOnly'], checkpoint: ['resumable', 'stale'] },
    'ask, default resume',
    'It died mid-run, and its checkpoint is intact.',
  ),
  row(
    'noCheckpoint',
    { checkpoint: ['none'] },
    'ask, default resume',
    'It has left no checkpoint, and nothing speaks for a refresh.',
  ),
  row(
    'notEnoughKnown',
    {},
    'ask, default resume',
    'Nothing speaks for a refresh, and not enough is known to rule it out.',
  ),
];

export interface RefreshDecision {
  readonly row: string;
  readonly answer: RefreshAnswer;
  readonly byDefault: 'resume' | null;
  /** One sentence. */
  readonly reason: string;
  /** What is known, one fact each. */
  readonly facts: readonly string[];
}

export function decideRefresh(facts: RefreshFacts): RefreshDecision {
  const found = refreshRows.find(({ when }) => applies(when, facts));
  if (found === undefined) throw new Error('the table of the refresh decision has no last row');
  const { id, answer, byDefault, reason } = found;
  return { row: id, answer, byDefault, reason, facts: factWords(facts) };
}

function applies(when: RefreshRow['when'], facts: RefreshFacts): boolean {
  return factNames.every((name) => {
    const allowed: readonly string[] | undefined = when[name];
    return allowed === undefined || allowed.includes(facts[name]);
  });
}

/**
 * Whether the person has to type their consent: a checkpoint that could be resumed from is given up. It is about what is
 * done, whoever decided it.
 */
export function needsTypedConsent(
  { checkpoint }: Pick<RefreshFacts, 'checkpoint'>,
  action: 'resume' | 'refresh',
  commandHasFlag: boolean,
): boolean {
  return (action === 'refresh' || commandHasFlag) && (checkpoint === 'resumable' || checkpoint === 'stale');
}

/** A checkpoint that two jobs write is resumed from by none of them, whoever asks for it. */
export function mayResume({ checkpoint }: Pick<RefreshFacts, 'checkpoint'>): boolean {
  return checkpoint !== 'colliding' && checkpoint !== 'active';
}

const factNames = ['database', 'word', 'checkpoint', 'end', 'flag'] as const;

const words: { readonly [Fact in keyof RefreshFacts]: Readonly<Record<RefreshFacts[Fact], string>> } = {
  database: {
    corrupt: 'database audit: corrupt data for this job',
    clean: 'database audit: clean',
    notCovered: 'database audit: does not cover this job',
    notAvailable: 'database audit: not available',
  },
  word: {
    changesOutput: 'said: the fix changes the output',
    repairsData: 'said: the fix repairs data',
    internalOnly: 'said: it just died, or the fix is internal only',
    notSaid: 'said: nothing about the fix',
  },
  checkpoint: {
    active: 'checkpoint: in use',
    colliding: 'checkpoint: written by jobs with other parameters too',
    damaged: 'checkpoint: damaged',
    orphan: 'checkpoint: no job of the queue owns it',
    stale: 'checkpoint: intact, and old',
    resumable: 'checkpoint: intact',
    unjudged: 'checkpoint: not judged',
    none: 'checkpoint: none found',
    notKnown: 'checkpoint: not known',
  },
  end: {
    died: 'last run: died mid-run',
    neverRan: 'last run: never began',
    succeeded: 'last run: succeeded',
  },
  flag: {
    absent: 'command: without the refresh flag',
    present: 'command: carries the refresh flag',
    cannotTell: 'command: it cannot be told whether it carries the refresh flag',
    noFlag: 'command: no refresh flag is known',
  },
};

function factWords(facts: RefreshFacts): string[] {
  return [
    words.database[facts.database],
    words.word[facts.word],
    words.checkpoint[facts.checkpoint],
    words.end[facts.end],
    words.flag[facts.flag],
  ];
}

/** The table in Markdown, for the documentation: the same data that decides. */
export function refreshTableText(): string {
  const lines = refreshRows.map(({ when, answer, byDefault, reason }) => {
    const conditions = factNames.flatMap((name) => {
      const allowed: readonly string[] | undefined = when[name];
      return allowed === undefined ? [] : [`${name}: ${allowed.join(' or ')}`];
    });
    const told = answer === 'ask' ? `ask, ${byDefault === null ? 'no default' : `default ${byDefault}`}` : answer;
    return `| ${conditions.length === 0 ? 'anything else' : conditions.join(', ')} | ${told} | ${reason} |`;
  });
  return ['| facts | answer | reason |', '| --- | --- | --- |', ...lines, ''].join('\n');
}
