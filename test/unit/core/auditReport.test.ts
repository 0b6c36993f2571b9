import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { auditProblem, auditSnapshot } from '../../../src/core/audit/auditReport';
import { auditText } from '../../../src/core/audit/auditText';
import { fleetOf } from '../../../src/core/audit/fleetReport';
import { fleetText } from '../../../src/core/audit/fleetText';
import { daemonDown } from '../../../src/core/hostProblems';
import type { Route } from '../../../src/core/route';
import { scopeOf } from '../../../src/core/audit/decide';
import { CheckpointJudge } from '../../../src/core/checkpoint/judge';
import type { Job } from '../../../src/core/pueue/job';
import {
  failed,
  job,
  killed,
  queued,
  recordedQueue,
  recordedSecret,
  running,
  snapshot,
  succeeded,
  survivingRun,
  checkpoint,
} from '../../support/fixtures';
import { project } from '../../support/judgements';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const read = (jobs: Job[], more = {}) => auditSnapshot('gpu-1', snapshot(jobs, more), sha256);
const checkpoints = [
  {
    ...{
      configured: '~/.cache/myapp/checkpoints',
      path: '/home/ana/.cache/myapp/checkpoints',
      state: 'listed',
      error: null,
    },
    entries: [
      checkpoint('/home/ana/.cache/myapp/checkpoints/DOGEUSDT_250.json', { modified: 1_795_503_600 }),
      checkpoint('/home/ana/.cache/myapp/checkpoints/\u001b[2J\udcff', { bytes: 0, modified: 1_795_000_000 }),
    ],
  },
  { configured: '/nowhere', path: '/nowhere', state: 'missing', error: 'ENOENT', entries: [] },
] as const;

/** Compares with a recorded text; `UPDATE_GOLDEN=1` records it anew. */
function assertGolden(name: string, text: string): void {
  const path = `test/fixtures/${name}.txt`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'));
}

describe('the audit report', () => {
  it('says by which way the host was reached, and why this one', () => {
    const lineOf = (route: Route): string | undefined =>
      auditText(read([], { route }))
        .split('\n')
        .find((line) => line.startsWith('Reached by'));
    const reason = 'the configuration has a jump host (ProxyJump)';
    assert.equal(
      lineOf({ transport: 'openssh', reason }),
      "Reached by   the system's ssh, because the configuration has a jump host (ProxyJump)",
    );
    assert.equal(lineOf({ transport: 'openssh', reason: null }), "Reached by   the system's ssh, as the settings ask");
    assert.equal(lineOf({ transport: 'ssh2', reason: null }), 'Reached by   the built-in SSH client');
    assert.equal(
      lineOf({ transport: 'local', reason: null }),
      'Reached by   a child process of this window, without SSH',
    );
    assert.deepEqual(read([], { route: { transport: 'openssh', reason } }).transport, { transport: 'openssh', reason });
    assert.equal(auditProblem('gpu-1', daemonDown('gpu-1', ['pueue']), 0).transport, null);
  });

  it('has one fingerprint for one state, whichever way it was read', () => {
    const other = read([], { route: { transport: 'openssh', reason: null } });
    assert.equal(other.fingerprint, read([]).fingerprint);
  });

  it('counts every job once, and sums as the contract says', () => {
    const report = read([], { queue: recordedQueue('4.0.4') });
    assert.deepEqual(report.counts, {
      ...{ running: 1, paused: 1, queued: 2, scheduled: 1, locked: 1, stashed: 1, succeeded: 1 },
      ...{ failed: 2, killed: 1, failedToSpawn: 1, dependencyFailed: 1, errored: 0, unknown: 0 },
      ...{ live: 2, waiting: 4, notSucceeded: 5 },
    });
    assert.deepEqual(
      report.active!.map(({ id, state, label }) => [id, state, label]),
      [
        [0, 'running', 'DOGEUSDT@250'],
        [1, 'paused', 'ETHUSDT@100'],
      ],
    );
    assert.deepEqual([report.survivors, report.scope.survivors], [[], 0]);
    assert.doesNotMatch(JSON.stringify(report), new RegExp(recordedSecret, 'u'));
  });

  it('lists processes that outlive their jobs, with secrets masked, and counts their runs as live', () => {
    const dead = job(12, killed);
    const [first, second] = survivingRun(dead, {}, 2).processes;
    const processes = [{ ...first!, command: 'run --token hunter2' }, second!];
    const runs = [survivingRun(dead, { processes }), survivingRun(job(4, killed), { createdAt: null })];
    const report = read([dead, job(1, running)], { processes: { kind: 'traced', runs, unseen: 1, refused: 0 } });
    const since = '2026-11-24T04:20:00.000Z';
    const { createdAt } = dead;
    assert.deepEqual(report.survivors, [
      { id: 12, createdAt, pid: 4242, command: 'run --token •••', since },
      { id: 12, createdAt, pid: 4243, command: 'python sweep.py', since },
      { id: 4, createdAt: null, pid: 4242, command: 'python sweep.py', since },
    ]);
    assert.deepEqual([report.scope.live, report.scope.survivors, report.counts.live], [3, 2, 1]);
    const untraced = read([dead], { processes: { kind: 'untraced', why: 'hidden' } });
    assert.deepEqual([untraced.survivors, untraced.scope.survivors, untraced.scope.live], [null, null, 0]);
  });

  it('gives the same fingerprint with and without processes that outlive their jobs', () => {
    const dead = job(12, killed);
    const more = { processes: { kind: 'traced', runs: [survivingRun(dead)], unseen: 0, refused: 0 } };
    assert.equal(read([dead], more).fingerprint, read([dead]).fingerprint);
  });

  it('is plain JSON', () => {
    const report = read([job(1, running)], { checkpoints });
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  });

  it('holds no number, list or fingerprint where the host was not read', () => {
    const report = auditProblem('gpu-1', daemonDown('gpu-1', ['pueue', 'status']), 0);
    assert.ok(Object.values(report.counts).every((count) => count === null));
    assert.ok(Object.values(report.scope).every((member) => member === null));
    for (const member of [
      'active',
      'groups',
      'survivors',
      'tracing',
      'stateFile',
      'checkpoints',
      'fingerprint',
      'pueueVersion',
    ] as const)
      assert.equal(report[member], null, member);
    assert.deepEqual(
      [report.decision.verdict, report.decision.row, report.decision.reasons.length],
      ['block', 'cannot-tell', 1],
    );
    assert.equal(Object.keys(report.counts).length, 16);
  });

  it('lists no checkpoints rather than some, where a directory could not be read to its end', () => {
    const [listed] = checkpoints;
    assert.equal(read([], { checkpoints: [listed, { ...checkpoints[1], state: 'unreadable' }] }).checkpoints, null);
    assert.equal(read([], { checkpoints }).checkpoints!.length, 2);
  });

  it('gives the same fingerprint for the same state, whenever it is read and in whatever order groups come', () => {
    const jobs = [job(1, running), job(2, queued)];
    const groups = [
      { name: 'a', status: 'running', parallel: 1 },
      { name: 'b', status: 'paused', parallel: 2 },
    ] as const;
    const one = read(jobs, { queue: { jobs, groups } });
    const other = read(jobs, {
      queue: { jobs, groups: [...groups].reverse() },
      takenAt: 1,
      hostMilliseconds: 99,
      checkpoints,
    });
    assert.match(one.fingerprint!, /^[0-9a-f]{64}$/u);
    assert.equal(one.fingerprint, other.fingerprint);
  });

  it('gives the same fingerprint in whatever time zone pueue prints its times', () => {
    const utc = job(
      1,
      { kind: 'running', start: '2026-11-24T07:10:00.5Z' },
      { createdAt: '2026-11-24T23:57:45.690097874Z' },
    );
    const tokyo = job(
      1,
      { kind: 'running', start: '2026-11-24T16:10:00.500+09:00' },
      { createdAt: '2026-11-25T08:57:45.690097874+09:00' },
    );
    assert.equal(read([utc]).fingerprint, read([tokyo]).fingerprint);
    assert.notEqual(
      read([utc]).fingerprint,
      read([{ ...utc, createdAt: '2026-11-24T23:57:45.690097875Z' }]).fingerprint,
    );
  });

  it('keeps a file that claims to be of a time beyond all calendars', () => {
    const [directory] = checkpoints;
    const entries = [1e14, -1e14].map((modified) => ({ ...directory.entries[0], modified }));
    assert.deepEqual(
      read([], { checkpoints: [{ ...directory, entries }] }).checkpoints!.map(({ modifiedAt }) => modifiedAt),
      ['+275760-09-13T00:00:00.000Z', '-271821-04-20T00:00:00.000Z'],
    );
  });

  it('says of each directory how it was found', () => {
    const found = (state: 'listed' | 'missing' | 'unreadable' | 'truncated', error: string | null) => ({
      ...{ configured: '~/c', path: `/c/${state}`, state, error, entries: [] },
    });
    const all = [
      found('listed', null),
      found('missing', 'ENOENT'),
      found('unreadable', 'EACCES'),
      found('truncated', null),
    ];
    const text = auditText(read([], { checkpoints: all }));
    assert.match(
      text,
      /listed: 0 entries\n.*missing: does not exist\n.*unreadable: could not be read \(EACCES\)\n.*truncated: more than 0 entries, not listed to its end/u,
    );
  });

  const base = job(1, running, { label: 'a' });
  const changes: [string, Job, object][] = [
    ['state', { ...base, state: succeeded }, {}],
    ['start', { ...base, state: { kind: 'running', start: '2026-11-24T07:10:01Z' } }, {}],
    ['creation time', { ...base, createdAt: '2026-11-24T00:00:00Z' }, {}],
    ['id', { ...base, id: 2 }, {}],
    ['group', { ...base, group: 'b' }, {}],
    ['label', { ...base, label: 'b' }, {}],
    ['daemon', base, { daemonStart: 'boot/43/1' }],
    ['version', base, { version: { major: 3, minor: 4, patch: 1 } }],
  ];
  for (const [what, changed, more] of changes)
    it(`gives another fingerprint after a change of ${what}`, () => {
      assert.notEqual(read([changed], more).fingerprint, read([base]).fingerprint);
    });
});

describe('the audit text', () => {
  it('reads as recorded', () => {
    const jobs = [job(1, running, { label: 'DOGEUSDT@250' }), job(2, queued), job(3, failed, { label: 'a\u202eb' })];
    const runs = [survivingRun(jobs[2]!)];
    const processes = { kind: 'traced', runs, unseen: 1, refused: 0 };
    assertGolden('audit', auditText(read(jobs, { checkpoints, processes })));
  });

  it('reads as recorded where a project judges checkpoints, with the owner and the evidence', () => {
    const jobs = [
      job(1, running, { label: 'BTC@250' }),
      job(2, failed, { label: 'DOGE@250' }),
      job(3, failed, { label: 'DOGE@500' }),
      job(4, failed, { label: 'ETH@250' }),
    ];
    const entry = (name: string, more = {}) => checkpoint(`/h/c/${name}`, { modified: 1_795_503_600, ...more });
    const entries = [
      entry('BTC_2024.json'),
      entry('DOGE_2024.json'),
      entry('ETH_2024.json', { content: 'broken' }),
      entry('ETH_2023.json', { content: 'intact', modified: 1_795_503_000 }),
      entry('SHIB_2024.json'),
      entry('notes\u202e.txt'),
    ];
    const found = [{ configured: '~/c', path: '/h/c', state: 'listed', error: null, entries } as const];
    const read = snapshot(jobs, { checkpoints: found });
    const judge = new CheckpointJudge(project([{ directory: '~/c', pattern: '{symbol}_{start}.json' }]));
    const report = auditSnapshot('gpu-1', read, sha256, scopeOf(read), judge.judge(read, 3_600_000_000));
    assertGolden('audit-checkpoints', auditText(report));
    const { createdAt } = jobs[0]!;
    assert.deepEqual(
      report.checkpoints!.map(({ state, owner }) => [state, owner]),
      [
        ['active', { id: 1, createdAt }],
        ['colliding', { id: 3, createdAt: jobs[2]!.createdAt }],
        ['damaged', { id: 4, createdAt: jobs[3]!.createdAt }],
        ['resumable', { id: 4, createdAt: jobs[3]!.createdAt }],
        ['orphan', null],
        ['unjudged', null],
      ],
    );
  });

  it('says what was found of processes, or why nothing was', () => {
    const textOf = (more: object): string => auditText(read([], more));
    assert.match(textOf({}), /^Survivors {4}none found: no live process of an ended job$/mu);
    const hidden = textOf({ processes: { kind: 'untraced', why: 'hidden' } });
    assert.match(hidden, /^Survivors {4}not known: the host hides the processes of other users/mu);
    const missed = textOf({
      processes: { kind: 'traced', runs: [], unseen: 1, refused: 1 },
      unreadJournal: 'EACCES\u001b',
    });
    assert.match(missed, /\n {13}Of 1 job that ended before this session looked, .*; 1 process of this user cannot/u);
    assert.match(missed, /\n {13}The journal could not be read \(EACCES\\x1b\): released processes count again\.\n/u);
  });

  it('says the size of the file that pueue keeps its state in', () => {
    const textOf = (stateFile: object | null): string => auditText(read([], { stateFile }));
    assert.match(
      textOf({ path: '/p/state.json', bytes: 12_345_678 }),
      /^State file {3}12\.3 MB {2}\/p\/state\.json$/mu,
    );
    assert.match(textOf(null), /^State file {3}not found$/mu);
  });

  it('of a host that cannot be read says why and what to do', () => {
    assertGolden(
      'audit-problem',
      auditText(auditProblem('gpu-2', daemonDown('gpu-2', ['pueue', 'status', '--json']), 0)),
    );
  });

  it('of a fleet ends with all verdicts', () => {
    const fleet = fleetOf([read([]), auditProblem('gpu-22', daemonDown('gpu-22', ['pueue']), 0)], 0);
    assert.match(
      fleetText(fleet),
      /\n {2}gpu-1 {3}PASS {4}idle, read at 07:20:00\n {2}gpu-22 {2}BLOCK {3}cannot-tell: daemonDown, not read\n$/u,
    );
  });

  it('holds no character that cannot be seen', () => {
    const hostile = job(1, running, { label: '\u001b]52;c;eA==\u0007\u202e', group: 'g\u0000' });
    const process = { pid: 1, life: null, command: 'a\u001b[2J\nb\u202e', since: 0 };
    const processes = {
      kind: 'traced',
      runs: [survivingRun(hostile, { processes: [process] })],
      unseen: 0,
      refused: 0,
    };
    const stateFile = { path: '/\u0007', bytes: 1 };
    assert.doesNotMatch(auditText(read([hostile], { checkpoints, processes, stateFile })), /[^\P{C}\n]/u);
  });

  it('caps long lists and says how much is left out', () => {
    const textOf = (length: number): string => auditText(read(Array.from({ length }, (_, id) => job(id, running))));
    assert.match(textOf(120), /… and 70 more in the report object/u);
    assert.match(textOf(51), /… and 1 more in the report object/u);
    assert.doesNotMatch(textOf(50), / more in the report object/u);
  });
});
