import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { auditSnapshot } from '../../../src/core/audit/auditReport';
import { auditText } from '../../../src/core/audit/auditText';
import { changesLines } from '../../../src/core/audit/changesText';
import { compareAudits, type AuditedHost } from '../../../src/core/audit/compareAudits';
import type { Job } from '../../../src/core/pueue/job';
import type { CheckpointDirectory, HostSnapshot, SurvivingRun, Tracing } from '../../../src/core/snapshot';
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
  checkpoint,
} from '../../support/fixtures';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const earlier = Date.parse('2026-11-24T07:16:00Z') / 1000;

function audited(jobs: readonly Job[], more: Partial<HostSnapshot> = {}): AuditedHost {
  const read = snapshot(jobs, more);
  return { report: auditSnapshot('gpu-1', read, sha256), snapshot: read };
}

/** The lines that the later audit says of the earlier one, without their indentation. */
function lines(before: AuditedHost, after: AuditedHost): string[] {
  const changes = compareAudits(before, after);
  return changesLines(changes, after.report.takenAt).map((line) => line.slice(13));
}

const before = (jobs: readonly Job[], more: Partial<HostSnapshot> = {}): AuditedHost =>
  audited(jobs, { takenAt: earlier, ...more });
const since = 'since the audit of 07:16:00 UTC (4 min ago)';
const directory = (more: Partial<CheckpointDirectory>): CheckpointDirectory => ({
  ...{ configured: '~/c', path: '/h/c', state: 'listed', error: null, entries: [] },
  ...more,
});
const file = (name: string, bytes: number) => checkpoint(`/h/c/${name}`, { bytes, modified: 1 });

const survivors = (more: Partial<SurvivingRun>): Tracing => ({
  ...{ kind: 'traced', unseen: 0, refused: 0 },
  runs: [survivingRun(job(3, killed), more)],
});

describe('two audits of a host', () => {
  it('say that nothing changed only where everything is equal', () => {
    assert.deepEqual(lines(before([job(1, running)]), audited([job(1, running)])), [
      `none ${since}: the fingerprint is equal, and so are survivors and checkpoints`,
    ]);
  });

  const cases: readonly (readonly [what: string, before: AuditedHost, after: AuditedHost, line: string])[] = [
    ['a job that came', before([]), audited([job(1, succeeded, { label: 'a\u202eb' })]), '1 job came: 1 (a\\u{202e}b)'],
    ['a job that went', before([job(1, succeeded), job(2, succeeded)]), audited([job(2, succeeded)]), '1 job went: 1'],
    ['a job that began', before([job(1, queued)]), audited([job(1, running)]), '1 job changed: 1 queued → running'],
    [
      'a job that failed again',
      before([job(1, failed)]),
      audited([job(1, { ...failed, start: '2026-11-24T07:18:00Z' } as typeof failed)]),
      '1 job changed: 1 another run',
    ],
    [
      'a job that was moved',
      before([job(1, queued)]),
      audited([job(1, queued, { label: 'x' })]),
      '1 job changed: 1 (x) other group or label',
    ],
    [
      'another job under the same number',
      before([job(1, queued)]),
      audited([job(1, queued, { createdAt: '2026-11-24T07:18:00Z' })]),
      '1 job went: 1',
    ],
    ['a verdict', before([job(1, running)]), audited([job(1, succeeded)]), 'verdict review, live-only → pass, idle'],
    ['a daemon', before([]), audited([], { daemonStart: 'boot/43/1' }), 'the daemon was restarted'],
    [
      'no known daemon',
      before([]),
      audited([], { daemonStart: null }),
      'whether the daemon was restarted is not known',
    ],
    ['a version', before([]), audited([], { version: { major: 4, minor: 0, patch: 5 } }), 'pueue 4.0.4 → 4.0.5'],
    [
      'a group',
      before([]),
      audited([], { queue: { jobs: [], groups: [{ name: 'default', status: 'paused', parallel: 0 }] } }),
      'group default: running, 2 slots → paused, no limit',
    ],
    [
      'a group that is there no longer',
      before([], {
        queue: { jobs: [], groups: [...snapshot([]).queue.groups, { name: 'x', status: 'running', parallel: null }] },
      }),
      audited([]),
      'group x: running, slots unknown → not there',
    ],
    [
      'a process that survives',
      before([job(3, killed)]),
      audited([job(3, killed)], {
        processes: { kind: 'traced', runs: [survivingRun(job(3, killed))], unseen: 0, refused: 0 },
      }),
      '1 process of ended jobs came: pid 4242',
    ],
    [
      'processes that could not be traced',
      before([]),
      audited([], { processes: { kind: 'untraced', why: 'noProc' } }),
      'survivors were not compared: not both audits could trace all of them',
    ],
    [
      'processes of which only the oldest are told',
      before([job(3, killed)], { processes: survivors({ total: 2 }) }),
      audited([job(3, killed)], { processes: survivors({ total: 2 }) }),
      'survivors were not compared: not both audits could trace all of them',
    ],
    [
      'another process under the same number',
      before([job(3, killed)], { processes: survivors({}) }),
      audited([job(3, killed)], {
        processes: survivors({
          processes: [{ ...survivingRun(job(3, killed)).processes[0]!, life: 'boot/4242/2000' }],
        }),
      }),
      '1 process of ended jobs went: pid 4242',
    ],
    [
      'checkpoints',
      before([], { checkpoints: [directory({ entries: [file('a', 1), file('b', 1)] })] }),
      audited([], { checkpoints: [directory({ entries: [file('b', 2), file('\u001bc', 1)] })] }),
      '1 checkpoint came: /h/c/\\x1bc',
    ],
    [
      'a checkpoint that grew',
      before([], { checkpoints: [directory({ entries: [file('b', 1)] })] }),
      audited([], { checkpoints: [directory({ entries: [file('b', 2)] })] }),
      '1 checkpoint changed: /h/c/b',
    ],
    [
      'checkpoints that could not be read',
      before([], { checkpoints: [directory({})] }),
      audited([], { checkpoints: [directory({ state: 'unreadable' })] }),
      'checkpoints were not compared: not both audits could read every directory to its end',
    ],
    [
      'an audit that cannot tell',
      before([job(1, unknown)]),
      audited([job(1, unknown)]),
      'nothing that was read differs, but this audit cannot tell how the host is',
    ],
  ];
  for (const [what, first, second, line] of cases)
    it(`tell ${what}, and never that nothing changed`, () => {
      const told = lines(first, second);
      assert.equal(told[0], since);
      assert.ok(told.includes(line), told.join('\n'));
      assert.equal(compareAudits(first, second).unchanged, false);
    });

  it('know a process again though the clock of the host was set by a little', () => {
    const [process] = survivingRun(job(3, killed)).processes;
    const later = survivors({ processes: [{ ...process!, since: process!.since + 0.001 }] });
    const first = before([job(3, killed)], { processes: survivors({}) });
    const told = compareAudits(first, audited([job(3, killed)], { processes: later }));
    assert.deepEqual([told.survivors, told.unchanged], [{ came: [], went: [] }, true]);
  });

  it('do not take a time in another time zone for another one', () => {
    const inBerlin = { createdAt: '2026-11-24T08:00:01.000000000+01:00' };
    assert.ok(compareAudits(before([job(1, queued)]), audited([job(1, queued, inBerlin)])).unchanged);
  });

  it('name ten of a thousand jobs', () => {
    const many = Array.from({ length: 1000 }, (_, id) => job(id, queued));
    assert.equal(
      lines(before([]), audited(many))[2],
      `1000 jobs came: ${Array.from({ length: 10 }, (_, id) => id).join(', ')} and 990 more`,
    );
  });

  it('stand in the report between the facts and the verdict', () => {
    const [first, second] = [before([job(1, running)]), audited([job(1, succeeded)])];
    const text = auditText({ ...second.report, changes: compareAudits(first, second) });
    assert.match(text, /^Fingerprint .*\nChanges {6}since the audit of 07:16:00 UTC \(4 min ago\)\n/mu);
    assert.match(text, /^ {13}1 job changed: 1 running → succeeded\n\nVerdict/mu);
  });
});
