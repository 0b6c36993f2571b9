import assert from 'node:assert/strict';
import { fittingJobs } from '../../../src/core/filter/fittingJobs';
import { JobSearch, parseFilter } from '../../../src/core/filter/jobFilter';
import type { Job, JobResult, JobState } from '../../../src/core/pueue/job';
import { failed, job, killed, queued, running, succeeded, unknown } from '../../support/fixtures';

const ended = (result: JobResult): JobState => ({ kind: 'done', result, start: null, end: null });
const jobs: readonly Job[] = [
  job(1, running, { label: 'DOGEUSDT@250', command: './sweep.sh DOGEUSDT 250', group: 'sweep' }),
  job(2, killed, { label: 'dogeusdt@500', command: './sweep.sh DOGEUSDT 500', group: 'sweep' }),
  job(12, failed, { command: 'train.py --token geheim (a|b)+ [x]' }),
  job(120, ended({ kind: 'failedToSpawn', message: '' }), { label: 'a\u202eb' }),
  job(121, queued, { label: '', group: 'Wartung' }),
  job(122, succeeded),
  job(123, unknown),
  job(124, ended({ kind: 'dependencyFailed' })),
  job(125, { kind: 'paused', start: null }),
];

function fitting(text: string): number[] {
  const filter = parseFilter(text);
  assert.ok(filter !== null);
  const search = new JobSearch();
  return jobs.filter((each) => search.fits(each, filter)).map(({ id }) => id);
}

describe('the filter of jobs', () => {
  const table: readonly (readonly [text: string, ids: readonly number[]])[] = [
    ['doge', [1, 2]],
    ['DOGE 500', [2]],
    ['500   doge ', [2]],
    ['doge sweep.sh', [1, 2]],
    ['nowhere', []],
    ['killed', [2]],
    ['failed', [12, 120, 124]],
    ['state:failed', [2, 12, 120, 124]],
    ['state:killed', [2]],
    ['state:live', [1, 125]],
    ['state:wait', [121]],
    ['state:unknown', [123]],
    ['state:done', [2, 12, 120, 122, 124]],
    ['group:sweep killed', [2]],
    ['group:wart', [121]],
    ['wart', []],
    ['id:12', [12]],
    ['12 train', [12]],
    ['122', [122]],
    ['state:', [1, 2, 12, 120, 121, 122, 123, 124, 125]],
    // Nothing has a meaning beyond itself.
    ['(a|b)+', [12]],
    ['[x]', [12]],
    ['.*', []],
    ['^', []],
    ['\\u{202e}', [120]],
    ['\u202e', []],
    // What is masked on screen cannot be found out by trying.
    ['geheim', []],
    ['•••', [12]],
  ];
  for (const [text, ids] of table)
    it(`finds ${ids.length === 0 ? 'nothing' : `jobs ${ids.join(', ')}`} by "${text}"`, () => {
      assert.deepEqual(fitting(text), ids);
    });

  it('is none where no word was typed', () => {
    assert.equal(parseFilter(''), null);
    assert.equal(parseFilter(' \t\n'), null);
    assert.equal(parseFilter('  a b ')?.text, 'a b');
  });

  it('looks at a job anew once it has changed', () => {
    const search = new JobSearch();
    const filter = parseFilter('running')!;
    assert.equal(search.fits(job(1, queued), filter), false);
    assert.equal(search.fits(job(1, running), filter), true);
  });
});

describe('the search of a queue', () => {
  const many = Array.from({ length: 1200 }, (_, id) => job(id, queued, { group: id % 2 === 0 ? 'even' : 'odd' }));

  it('gives the jobs that fit by group, and gives everything else a turn in between', async () => {
    let turns = 0;
    const turn = (): Promise<void> => {
      turns += 1;
      return Promise.resolve();
    };
    const found = await fittingJobs(many, parseFilter('id:7')!, new JobSearch(), turn, () => true);
    assert.deepEqual([found?.count, [...(found?.byGroup.keys() ?? [])]], [1, ['odd']]);
    assert.equal(turns, 2);
  });

  it('ends early when nobody waits for its answer', async () => {
    let turns = 0;
    const turn = (): Promise<void> => {
      turns += 1;
      return Promise.resolve();
    };
    assert.equal(await fittingJobs(many, parseFilter('x')!, new JobSearch(), turn, () => turns === 0), null);
    assert.equal(turns, 1);
  });
});
