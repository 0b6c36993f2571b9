import assert from 'node:assert/strict';
import { CheckpointJudge } from '../../../../src/core/checkpoint/judge';
import type { JudgedCheckpoints } from '../../../../src/core/checkpoint/judgedCheckpoints';
import { noPattern, type Judgement } from '../../../../src/core/checkpoint/judgement';
import type { Job } from '../../../../src/core/pueue/job';
import type { CheckpointDirectory, CheckpointEntry, HostSnapshot } from '../../../../src/core/snapshot';
import {
  checkpoint,
  failed,
  job,
  killed,
  queued,
  running,
  snapshot,
  succeeded,
  survivingRun,
  unknown,
} from '../../../support/fixtures';
import { project } from '../../../support/judgements';

const hourMs = 3_600_000;
const takenAt = snapshot([]).takenAt;

function directory(entries: readonly CheckpointEntry[], more: Partial<CheckpointDirectory> = {}): CheckpointDirectory {
  return { configured: '~/c', path: '/h/c', state: 'listed', error: null, entries, ...more };
}

/** A file that was written a minute ago. */
const file = (name: string, more: Partial<CheckpointEntry> = {}): CheckpointEntry =>
  checkpoint(`/h/c/${name}`, { modified: takenAt - 60, ...more });

interface Asked {
  readonly pattern?: string | null;
  readonly label?: string | null;
  readonly groups?: readonly string[];
  readonly more?: Partial<HostSnapshot>;
}

function judged(entries: readonly CheckpointEntry[], jobs: readonly Job[], asked: Asked = {}): JudgedCheckpoints {
  const { pattern = '{symbol}_{threshold}.json', label = '{symbol}@{threshold}', groups = null, more = {} } = asked;
  const judge = new CheckpointJudge(project([{ directory: '~/c/', pattern }], { label, groups }));
  return judge.judge(snapshot(jobs, { checkpoints: [directory(entries)], ...more }), 72 * hourMs);
}

function judgeOne(entry: CheckpointEntry, jobs: readonly Job[], asked: Asked = {}): Judgement {
  const [only] = judged([entry], jobs, asked).all;
  assert.ok(only !== undefined);
  return only;
}

const doge = (id: number, state: Job['state'], more: Partial<Job> = {}): Job =>
  job(id, state, { label: 'DOGE@250', ...more });

describe('the judgement of a checkpoint', () => {
  const old = { modified: takenAt - 100 * 3600 };
  const cases: readonly [what: string, entry: CheckpointEntry, jobs: readonly Job[], state: string, reason: RegExp][] =
    [
      [
        'of a running job',
        file('DOGE_250.json'),
        [doge(1, running)],
        'active',
        /^Job 1 \(DOGE@250\) is running and owns it\.$/u,
      ],
      [
        'of a paused job',
        file('DOGE_250.json', old),
        [doge(1, { kind: 'paused', start: null })],
        'active',
        /is paused/u,
      ],
      ['of a job in an unknown state', file('DOGE_250.json'), [doge(1, unknown)], 'active', /not known/u],
      [
        'that is empty while its job runs',
        file('DOGE_250.json', { bytes: 0 }),
        [doge(1, running)],
        'active',
        /running/u,
      ],
      [
        'of a failed job',
        file('DOGE_250.json'),
        [doge(1, failed)],
        'resumable',
        /^Job 1 \(DOGE@250, failed\) owns it\.$/u,
      ],
      ['of a job that succeeded', file('DOGE_250.json'), [doge(1, succeeded)], 'resumable', /succeeded/u],
      ['of a waiting job', file('DOGE_250.json'), [doge(1, queued)], 'resumable', /queued/u],
      [
        'of a retry',
        file('DOGE_250.json'),
        [doge(1, failed), doge(2, running, { label: 'DOGE@250-retry' })],
        'active',
        /^Job 2/u,
      ],
      ['that is empty', file('DOGE_250.json', { bytes: 0 }), [doge(1, failed)], 'damaged', /^It is empty\. Job 1/u],
      [
        'that does not parse',
        file('DOGE_250.json', { content: 'broken' }),
        [doge(1, failed)],
        'damaged',
        /does not parse as JSON/u,
      ],
      ['that is empty and nobody’s', file('SHIB_250.json', { bytes: 0 }), [doge(1, failed)], 'damaged', /No job/u],
      [
        'that was not checked',
        file('DOGE_250.json', { content: 'unchecked' }),
        [doge(1, failed)],
        'resumable',
        /not checked/u,
      ],
      [
        'that parses',
        file('DOGE_250.json', { content: 'intact' }),
        [doge(1, failed)],
        'resumable',
        /It parses as JSON\.$/u,
      ],
      [
        'of no job',
        file('SHIB_250.json'),
        [doge(1, failed)],
        'orphan',
        /^No job in the queue has symbol SHIB and threshold 250\.$/u,
      ],
      ['of no job in an empty queue', file('SHIB_250.json'), [], 'orphan', /^No job/u],
      ['of no job that is old', file('SHIB_250.json', old), [doge(1, failed)], 'orphan', /^No job/u],
      ['that is old', file('DOGE_250.json', old), [doge(1, failed)], 'stale', /4 d 4 h ago, .* from 3 d on\. Job 1/u],
      [
        'that is of tomorrow',
        file('DOGE_250.json', { modified: takenAt + 1e5 }),
        [doge(1, failed)],
        'resumable',
        /Job 1/u,
      ],
      ['with another name', file('notes.txt'), [doge(1, failed)], 'unjudged', /does not follow the pattern/u],
      ['with a name of two splits', file('A_B_C.json'), [doge(1, failed)], 'unjudged', /more than one way/u],
      [
        'that is a directory',
        file('DOGE_250.json', { kind: 'directory', bytes: null }),
        [doge(1, failed)],
        'resumable',
        /Job 1/u,
      ],
      [
        'that is an empty directory',
        file('DOGE_250.json', { kind: 'directory', bytes: null, content: 'empty' }),
        [doge(1, failed)],
        'damaged',
        /empty/u,
      ],
      [
        'that is a link',
        file('DOGE_250.json', { kind: 'link', bytes: null }),
        [doge(1, failed)],
        'resumable',
        /Job 1/u,
      ],
    ];
  for (const [what, entry, jobs, state, reason] of cases)
    it(`${what} is ${state}`, () => {
      const found = judgeOne(entry, jobs);
      assert.equal(found.state, state);
      assert.match(found.reason, reason);
      assert.equal(found.root, '/h/c');
    });

  it('is given of an entry that lies in quarantine as if it lay in its directory again', () => {
    const judge = new CheckpointJudge(project([{ directory: '~/c', pattern: '{symbol}_{threshold}.json' }]));
    const live = doge(1, running);
    const judged = judge.judge(snapshot([live], { checkpoints: [directory([])] }), hourMs);
    const found = judged.ofEntry(file('DOGE_250.json'), '/h/c');
    assert.deepEqual([judged.of('/h/c/DOGE_250.json'), found?.state, found?.owners], [null, 'active', [live]]);
    assert.equal(judged.ofEntry(file('DOGE_250.json'), '/elsewhere'), null);
  });

  it('says which parameter the pattern lacks where two jobs come to one path', () => {
    const jobs = [
      doge(1, failed),
      doge(2, killed, { label: 'DOGE@500' }),
      doge(3, failed, { label: 'DOGE@250-retry' }),
    ];
    const found = judgeOne(file('DOGE_2024.json'), jobs, { pattern: '{symbol}_{start}.json' });
    assert.equal(found.state, 'colliding');
    assert.equal(found.reason, 'DOGE@500 and DOGE@250 both write DOGE_2024.json: the pattern lacks {threshold}.');
    assert.deepEqual(
      found.owners.map(({ id }) => id),
      [3, 2, 1],
    );
  });

  it('says so of an active one too, which is no less active for it', () => {
    const jobs = [doge(1, running), doge(2, queued, { label: 'DOGE@500' })];
    const all = judged([file('DOGE.json')], jobs, { pattern: '{symbol}.json' });
    assert.equal(all.all[0]?.state, 'active');
    assert.match(all.all[0].reason, /is running and owns it\. DOGE@250 and DOGE@500 both write DOGE\.json/u);
    assert.deepEqual([all.count('active'), all.count('colliding')], [1, 1]);
  });

  it('names jobs by their ids where their labels are the same, or are none', () => {
    const command = (threshold: number): Partial<Job> => ({
      label: null,
      command: `run --symbol DOGE --threshold ${threshold}`,
    });
    const jobs = [job(1, failed, command(250)), job(2, failed, command(500))];
    const found = judgeOne(file('DOGE.json'), jobs, { pattern: '{symbol}.json' });
    assert.equal(found.reason, 'job 1 and job 2 both write DOGE.json: the pattern lacks {threshold}.');
  });

  it('does not take retries, or jobs of which one parameter is not known, for a collision', () => {
    const jobs = [
      doge(1, failed),
      doge(2, failed, { label: 'DOGE@250-retry' }),
      job(3, failed, { label: null, command: 'run --symbol DOGE' }),
    ];
    assert.equal(judgeOne(file('DOGE.json'), jobs, { pattern: '{symbol}.json' }).state, 'resumable');
  });

  it('takes from the command what the label does not say', () => {
    const jobs = [
      doge(1, failed, { label: 'DOGE', command: 'run --threshold=250' }),
      doge(2, failed, { label: 'DOGE', command: 'run --threshold=500' }),
    ];
    const found = judgeOne(file('DOGE_500.json'), jobs, { label: '{symbol}' });
    assert.deepEqual([found.state, found.owners.map(({ id }) => id)], ['resumable', [2]]);
  });

  it('does not call unowned what a live job may spell otherwise', () => {
    const dated = doge(1, running, { command: 'run --start 2024-01-01' });
    const asked = { pattern: '{symbol}_{threshold}_{start}.json' };
    const entry = file('DOGE_250_20240101.json', { bytes: 0 });
    const found = judgeOne(entry, [dated], asked);
    assert.deepEqual([found.state, found.owners], ['unjudged', []]);
    assert.match(found.reason, /job 1 \(DOGE@250\)/u);
    assert.equal(judgeOne(entry, [{ ...dated, state: failed }], asked).state, 'damaged');
    const exact = judgeOne(file('DOGE_250_2024-01-01.json'), [dated], asked);
    assert.deepEqual([exact.state, exact.owners.length], ['active', 1]);
  });

  it('leaves open whose it is where no job tells its parameters, and names live ones that do not', () => {
    const silent = [job(1, running), job(2, failed)];
    assert.equal(judgeOne(file('DOGE_250.json'), silent).state, 'unjudged');
    const one = judgeOne(file('SHIB_250.json'), [...silent, doge(3, failed)]);
    assert.equal(one.state, 'orphan');
    assert.match(one.reason, /the parameters of job 1 are not known, so it may be written by it\./u);
    assert.match(judgeOne(file('DOGE.json'), silent, { pattern: 'DOGE.json' }).reason, /names no parameter/u);
  });

  it('knows no owners in other groups than those of the project', () => {
    const jobs = [doge(1, running, { group: 'other' }), doge(2, failed, { group: 'sweeps' })];
    assert.equal(judgeOne(file('DOGE_250.json'), jobs, { groups: ['sweeps'] }).state, 'resumable');
    assert.equal(judgeOne(file('DOGE_250.json'), jobs).state, 'active');
    assert.equal(judgeOne(file('DOGE_250.json'), jobs, { groups: ['none'] }).state, 'orphan');
  });

  it('is active while a process of a killed job lives, and says where processes cannot be traced', () => {
    const dead = doge(1, killed);
    const processes = { kind: 'traced', runs: [survivingRun(dead)], unseen: 0, refused: 0 } as const;
    const found = judgeOne(file('DOGE_250.json'), [dead], { more: { processes } });
    assert.equal(found.state, 'active');
    assert.equal(found.reason, 'Job 1 (DOGE@250) owns it; it is killed, but a process of it still lives (pid 4242).');
    const other = { ...processes, runs: [survivingRun({ ...dead, createdAt: '2020-01-01T00:00:00Z' })] };
    assert.equal(judgeOne(file('DOGE_250.json'), [dead], { more: { processes: other } }).state, 'resumable');
    const untraced = { kind: 'untraced', why: 'noProc' } as const;
    const unsure = judgeOne(file('DOGE_250.json'), [dead], { more: { processes: untraced } });
    assert.match(unsure.reason, /could not be looked for/u);
  });

  it('takes a temporary file for a note beside an intact one, and for active while its job lives', () => {
    const names = [
      'DOGE_250.json.tmp',
      '.DOGE_250.json.x7Kq2m',
      'DOGE_250.json~',
      'DOGE_250.json.123.tmp',
      '.DOGE_250.json.swp',
    ];
    for (const name of names) {
      const all = judged([file('DOGE_250.json'), file(name, { bytes: 0 })], [doge(1, failed)]);
      const [whole, temporary] = all.all;
      assert.deepEqual([whole?.state, temporary?.state], ['resumable', 'unjudged'], name);
      assert.match(whole!.reason, /temporary file lies beside it/u, name);
      assert.match(temporary!.reason, /^A temporary file of DOGE_250\.json/u, name);
      assert.equal(judgeOne(file(name), [doge(1, running)]).state, 'active', name);
    }
    assert.equal(judgeOne(file('SHIB_250.json'), [doge(1, failed)]).state, 'orphan');
  });

  it('is none without a pattern, or with one that is none', () => {
    for (const pattern of [null, '{symbol'])
      assert.deepEqual(
        [judgeOne(file('DOGE_250.json', { bytes: 0 }), [doge(1, running)], { pattern }).reason],
        [noPattern],
      );
    const none = new CheckpointJudge(null).judge(snapshot([], { checkpoints: [directory([file('a')])] }), 1);
    assert.deepEqual(
      none.all.map(({ state, reason }) => [state, reason]),
      [['unjudged', noPattern]],
    );
  });

  it('finds the pattern by the path where setting and project name one directory in two ways', () => {
    const entries = [file('DOGE_250.json')];
    const judge = new CheckpointJudge(project([{ directory: '~/c', pattern: '{symbol}_{threshold}.json' }]));
    const checkpoints = [directory(entries, { configured: '/h/c/' }), directory(entries)];
    const all = judge.judge(snapshot([doge(1, failed)], { checkpoints }), hourMs);
    assert.deepEqual(
      all.all.map(({ state }) => state),
      ['resumable'],
    );
    assert.deepEqual(
      checkpoints.map((each) => all.in(each).length),
      [1, 1],
    );
  });

  it('is found by path and by job', () => {
    const jobs = [doge(1, failed), doge(2, failed, { label: 'SHIB@1' })];
    const all = judged([file('DOGE_250.json'), file('SHIB_1.json'), file('x')], jobs);
    assert.equal(all.of('/h/c/SHIB_1.json')?.owners[0], jobs[1]);
    assert.equal(all.of('/h/c/y'), null);
    assert.deepEqual(
      all.checkpointsOf(jobs[0]!).map(({ entry }) => entry.path),
      ['/h/c/DOGE_250.json'],
    );
    assert.deepEqual(all.checkpointsOf({ id: 1, createdAt: null }), []);
  });

  it('of ten thousand entries by ten thousand jobs takes no time that is noticed', function () {
    const count = 10_000;
    const jobs = Array.from({ length: count }, (_, id) =>
      job(id, id % 3 === 0 ? running : failed, {
        label: `S${id}@${id % 7}`,
        command: `run --start 2024 --symbol S${id}`,
      }),
    );
    const sets: readonly [string, (id: number) => string, string][] = [
      ['{symbol}_{threshold}_{start}.json', (id) => `S${id}_${id % 7}_2024.json`, 'every job its own'],
      ['{start}_{n}.json', (id) => `2024_${id}.json`, 'every job owns all'],
    ];
    for (const [pattern, name, what] of sets) {
      const entries = Array.from({ length: count }, (_, id) => file(name(id)));
      const judge = new CheckpointJudge(project([{ directory: '~/c', pattern }]));
      const read = snapshot(jobs, { checkpoints: [directory(entries)] });
      const began = performance.now();
      const all = judge.judge(read, hourMs);
      const first = performance.now() - began;
      judge.judge(read, hourMs);
      const again = performance.now() - began - first;
      assert.equal(all.all.length, count);
      assert.ok(first < 2000, `${what}: ${first} ms`);
      if (process.env['FIGURES'] === '1')
        console.log(`      ${what}: ${Math.round(first)} ms, again ${Math.round(again)} ms`);
    }
  });
});
