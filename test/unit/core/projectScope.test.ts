import assert from 'node:assert/strict';
import { auditSnapshot } from '../../../src/core/audit/auditReport';
import { decide, scopeOf } from '../../../src/core/audit/decide';
import { scopeOfProject } from '../../../src/core/audit/projectScope';
import type { WholeProjectOnHost } from '../../../src/core/project/projectOnHost';
import type { Group, Job } from '../../../src/core/pueue/job';
import type { HostSnapshot } from '../../../src/core/snapshot';
import {
  failed,
  job,
  killed,
  queued,
  running,
  snapshot,
  succeeded,
  survivingRun,
  unknown,
} from '../../support/fixtures';

const group = (name: string, status: Group['status'] = 'running'): Group => ({ name, status, parallel: 1 });

function project(more: Partial<WholeProjectOnHost> = {}, groups: string[] | null = ['mine']): WholeProjectOnHost {
  return {
    ...{ path: '~/project', queue: { groups, label: null, forceRefreshFlag: null }, checkpoints: [] },
    ...{ remote: null, branch: null, packages: [], database: null, validate: null },
    ...more,
  };
}

function read(
  jobs: Job[],
  more: Partial<HostSnapshot> = {},
  groups = [group('default'), group('mine'), group('theirs')],
) {
  return snapshot(jobs, { queue: { jobs, groups }, ...more });
}

function judge(snapshot: HostSnapshot, said = project()) {
  const scope = scopeOfProject(scopeOf(snapshot), snapshot, said, 'sweep');
  return { scope, decision: decide(snapshot, scope) };
}

describe('the scope of a project', () => {
  const mine = { group: 'mine', directory: '/home/ana/project' };
  const theirs = { group: 'theirs', directory: '/srv/other' };

  it('is its groups: what lies in others neither counts nor goes unsaid', () => {
    const jobs = [job(1, running, theirs), job(2, failed, theirs), job(3, queued, theirs), job(4, succeeded, mine)];
    const { scope, decision } = judge(read(jobs));
    assert.deepEqual(scope.groups, ['mine']);
    assert.deepEqual([decision.row, decision.verdict], ['idle', 'pass']);
    assert.match(
      decision.reasons.join('\n'),
      /^Judged is what belongs to the project in ~\/project, by the project file of sweep\.$/mu,
    );
    assert.match(
      decision.reasons.join('\n'),
      /^Left out of the judgement: 2 groups \(default and theirs\) with 1 live, 1 failed, 1 waiting\.$/mu,
    );
  });

  it('is all groups where the file names none', () => {
    const { scope } = judge(read([job(1, running, theirs)]), project({}, null));
    assert.deepEqual([scope.groups, scope.live.length, scope.limits], [['default', 'mine', 'theirs'], 1, null]);
  });

  const venv = [{ name: 'p', install: null, version: null, python: '.venv/bin/python' }] as const;
  const own = [{ name: 'p', install: null, version: null, python: '~/envs/p/bin/python3' }] as const;
  const drawing: [string, Partial<Job>, boolean, Partial<WholeProjectOnHost>?][] = [
    ['in the checkout', { directory: '/home/ana/project' }, true],
    ['below the checkout', { directory: '/home/ana/project/sub/dir/' }, true],
    ['beside the checkout, with a name that begins alike', { directory: '/home/ana/project-2' }, false],
    ['above the checkout', { directory: '/home/ana' }, false],
    ['in a directory written the long way', { directory: '/home/ana/x/../project//sub' }, true],
    ['by a command that names the checkout', { command: 'cd ~/project && make' }, true],
    ['by a command that names it in full', { command: 'uv run --project=/home/ana/project x.py' }, true],
    ['by a command that names it from HOME', { command: '"$HOME/project/.venv/bin/python" x.py' }, true],
    ['by a command that names its neighbour', { command: 'cd ~/project-2 && make' }, false],
    ['by a command that names it below another directory', { command: 'ls /mnt/home/ana/project' }, false],
    ['with an environment of the project', { command: '~/envs/p/bin/python x.py' }, true, { packages: own }],
    ['with an environment, in full', { command: '/home/ana/envs/p/bin/x' }, true, { packages: own }],
    ['with an environment that the file does not name', { command: '~/envs/p/bin/python x.py' }, false],
    [
      'with an environment in the checkout',
      { command: '/home/ana/project/.venv/bin/python' },
      true,
      { packages: venv },
    ],
    ['in a checkout with an absolute path', { directory: '/srv/other' }, true, { path: '/srv/other/' }],
    ['anywhere, where the checkout is the root', { directory: '/' }, true, { path: '/' }],
  ];
  for (const [where, of, isDrawn, more] of drawing)
    it(`${isDrawn ? 'takes in' : 'leaves out'} a group whose waiting job runs ${where}`, () => {
      const { scope, decision } = judge(
        read([job(7, queued, { ...theirs, ...of }), job(8, running, theirs)]),
        project(more),
      );
      assert.deepEqual(scope.groups, isDrawn ? ['mine', 'theirs'] : ['mine']);
      assert.equal(decision.row, isDrawn ? 'live-only' : 'idle');
      if (isDrawn)
        assert.match(
          decision.reasons.join('\n'),
          /1 more group because of jobs that wait there .*: theirs \(by 1 job: 7/u,
        );
    });

  it('takes in a group whose job is in no known state and runs in the checkout', () => {
    assert.equal(judge(read([job(1, unknown, { ...mine, group: 'theirs' })])).decision.verdict, 'block');
    assert.equal(judge(read([job(1, unknown, theirs)])).decision.verdict, 'pass');
  });

  it('never passes where a live job of a group that is left out runs in the checkout', () => {
    const { decision, scope } = judge(read([job(5, running, { ...mine, group: 'theirs' })]));
    assert.deepEqual([scope.groups, decision.row, decision.verdict], [['mine'], 'idle', 'review']);
    assert.match(decision.reasons.join('\n'), /1 live job of groups that are left out run in the checkout .*: 5/u);
  });

  it('never passes where the file names a group that the host does not have', () => {
    const { decision } = judge(read([job(5, running, theirs)]), project({}, ['mine', 'mnie']));
    assert.equal(decision.verdict, 'review');
    assert.match(decision.reasons.join('\n'), /names a group that this host does not have: mnie\./u);
  });

  it('counts a job whose group is not known', () => {
    assert.equal(judge(read([job(1, running, { group: 'lost' })])).decision.row, 'live-only');
  });

  it('counts surviving processes and killed jobs of its groups only, and those of jobs that are gone', () => {
    const dead = job(2, killed, theirs);
    const traced = (run: ReturnType<typeof survivingRun>): Partial<HostSnapshot> => ({
      processes: { kind: 'traced', runs: [run], unseen: 0, refused: 0 },
    });
    const outside = judge(read([dead], traced(survivingRun(dead))));
    assert.deepEqual([outside.decision.row, outside.decision.verdict, outside.scope.survivors], ['idle', 'pass', []]);
    assert.match(outside.decision.reasons.join('\n'), /with 1 live, 1 failed, 0 waiting/u);
    assert.equal(judge(read([], traced(survivingRun(dead)))).decision.row, 'live-only');
    const inside = job(2, killed, mine);
    assert.equal(judge(read([inside], traced(survivingRun(inside)))).decision.row, 'live-and-failed');
  });

  it('says nothing of a group that is being reset and left out', () => {
    const groups = [group('default'), group('mine'), group('theirs', 'reset')];
    assert.equal(judge(read([], {}, groups)).decision.verdict, 'pass');
    assert.equal(judge(read([], {}, groups), project({}, ['theirs'])).decision.verdict, 'review');
  });

  it('leaves the counts and the survivors of the report to the whole host', () => {
    const dead = job(2, killed, theirs);
    const taken = read([job(1, running, theirs), dead], {
      processes: { kind: 'traced', runs: [survivingRun(dead)], unseen: 0, refused: 0 },
    });
    const report = auditSnapshot('lab', taken, (text) => text, judge(taken).scope);
    assert.deepEqual([report.counts.live, report.counts.killed, report.survivors?.length], [1, 1, 1]);
    assert.deepEqual(report.scope, {
      ...{ groups: ['mine'], live: 0, failed: 0, waiting: 0, unknown: 0, survivors: 0 },
    });
  });

  it('is the same for a reading that was worked out from an earlier one', () => {
    const jobs = [job(1, failed, mine), job(2, failed, theirs), job(3, queued, theirs)];
    const before = read(jobs);
    const after = read([...jobs, job(4, succeeded, { ...mine, command: jobs[0]!.command })]);
    const all = scopeOf(after, { snapshot: before, scope: scopeOf(before) });
    assert.deepEqual(
      scopeOfProject(all, after, project(), 'sweep'),
      scopeOfProject(scopeOf(after), after, project(), 'sweep'),
    );
  });

  it('shows hostile names in the file written out', () => {
    const { decision } = judge(read([]), project({ path: '~/\u202ep' }, ['\u0007x']));
    assert.ok(!/[\u0000-\u0009\u000b-\u001f\u202e]/u.test(decision.reasons.join('\n')));
  });
});
