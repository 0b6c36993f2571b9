/** What each fact about a host is taken to mean. */
import assert from 'node:assert/strict';
import { clockSkew } from '../../../../src/core/doctor/clockSkew';
import { diagnose } from '../../../../src/core/doctor/diagnose';
import type { Finding, FindingSubject } from '../../../../src/core/doctor/finding';
import type { HostExamination, Room } from '../../../../src/core/doctor/hostExamination';
import { daemon, examination, program, room } from '../../../support/examination';

const found = (more: Partial<HostExamination>, isRead = true): Finding[] => diagnose(examination(more), isRead);

function finding(subject: FindingSubject, more: Partial<HostExamination>, isRead = true): Finding | undefined {
  return found(more, isRead).find((each) => each.subject === subject);
}

const stateIn = (more: Partial<Room>): Partial<HostExamination> => ({
  pueueDirectory: { ...room('/d', more), stateFile: null },
});
const projectOf = (more: Partial<NonNullable<HostExamination['project']>>): Partial<HostExamination> => ({
  project: { ...room('/p'), directory: true, checkout: true, ...more },
});
const base = examination();
const clientOf = (version: string): HostExamination['pueue'] => ({
  ...program('/usr/bin/pueue', version),
  origin: 'path',
});

describe('the doctor', () => {
  it('has nothing against a host where everything is as it should be', () => {
    const findings = found({});
    assert.deepEqual(
      findings.filter(({ level }) => level !== 'ok'),
      [],
    );
    assert.ok(findings.every(({ next }) => next === null));
    assert.deepEqual(
      findings.map(({ subject }) => subject),
      [
        ...['system', 'python', 'clock', 'pueue', 'configuration', 'daemon', 'state directory', 'journal'],
        ...['project', 'git', 'uv', 'databases'],
      ],
    );
  });

  it('says of each thing how it is', () => {
    const textOf = (subject: FindingSubject): string | undefined => finding(subject, {})?.text;
    assert.equal(textOf('system'), 'Linux 6.1.0 x86_64, glibc 2.36, up 3 d 11 h, shell /bin/zsh');
    assert.equal(textOf('pueue'), 'pueue 4.0.4  /home/ana/.cargo/bin/pueue, in a usual place, not in PATH');
    assert.equal(textOf('daemon'), 'pueued 4.0.4, pid 4200, up 3 d 3 h, a systemd service of the user');
    assert.equal(textOf('state directory'), '/home/ana/.local/share/pueue, 80 GB free');
    assert.equal(textOf('clock'), "within 0.09 s of this computer's");
    assert.equal(textOf('databases'), 'psql: psql (PostgreSQL) 15.18  /usr/bin/psql');
  });

  const rows: [what: string, more: Partial<HostExamination>, subject: FindingSubject, level: string, text: RegExp][] = [
    [
      'a clock 3 s ahead',
      { clock: { aheadMs: 3000, plusMinusMs: 100 } },
      'clock',
      'note',
      /^3\.0 s ahead of .*± 0\.10 s/u,
    ],
    [
      'a clock three days behind',
      { clock: { aheadMs: -3 * 86_400_000, plusMinusMs: 100 } },
      'clock',
      'warning',
      /^3 d behind/u,
    ],
    ['a clock that may be right', { clock: { aheadMs: 9000, plusMinusMs: 8000 } }, 'clock', 'ok', /^within 17\.0 s/u],
    ['900 MB', stateIn({ freeBytes: 900_000_000 }), 'state directory', 'warning', /900 MB are free.*kills all jobs/u],
    ['90 MB', stateIn({ freeBytes: 90_000_000 }), 'state directory', 'problem', /90 MB are free/u],
    ['nine files', stateIn({ freeInodes: 9 }), 'state directory', 'warning', /room for 9 more files/u],
    ['uncounted files', stateIn({ freeInodes: null }), 'state directory', 'ok', /80 GB free/u],
    ['a read-only state', stateIn({ readOnly: true, writable: false }), 'state directory', 'problem', /read-only/u],
    ['a foreign state', stateIn({ writable: false }), 'state directory', 'problem', /cannot be written by this user/u],
    [
      'a state that is out of sight',
      stateIn({ error: 'EACCES', writable: null, freeBytes: null }),
      'state directory',
      'warning',
      /cannot be looked at \(EACCES\)/u,
    ],
    [
      'a large state file',
      { pueueDirectory: { ...room('/d'), stateFile: { path: '/d/state.json', bytes: 60_000_000 } } },
      'state file',
      'warning',
      /60 MB.*slow/u,
    ],
    ['a home that cannot be written', { journal: room('/j', { writable: false }) }, 'journal', 'warning', /journaled/u],
    ['a full home', { journal: room('/j', { freeBytes: 0 }) }, 'journal', 'warning', /0 B are free/u],
    ['a project that is not there', projectOf({ exists: false }), 'project', 'warning', /does not exist/u],
    ['a project that is a file', projectOf({ directory: false }), 'project', 'warning', /no directory/u],
    ['a project without git', projectOf({ checkout: false }), 'project', 'note', /no git checkout/u],
    ['a project on a full disk', projectOf({ freeBytes: 5 }), 'project', 'warning', /5 B are free/u],
    ['no client', { pueue: { path: null, looked: ['PATH', '/x'] } }, 'pueue', 'problem', /found in PATH and \/x/u],
    [
      'a client that does not start',
      { pueue: { ...program('/x/pueue', null, { error: 'ENOEXEC' }), origin: 'setting' } },
      'pueue',
      'problem',
      /no version \(ENOEXEC\)/u,
    ],
    [
      'a client behind a link',
      { pueue: { ...program('/x/pueue', 'pueue 4.0.4', { leadsTo: '/nix/store/y/pueue' }), origin: 'loginShell' } },
      'pueue',
      'ok',
      /\/x\/pueue → \/nix\/store\/y\/pueue, found by a login shell only/u,
    ],
    [
      'PUEUE_CONFIG_PATH',
      { config: { path: '/c.yml', origin: 'environment', exists: true } },
      'configuration',
      'ok',
      /^\/c\.yml, named by PUEUE_CONFIG_PATH$/u,
    ],
    ['no lingering', { linger: false }, 'logout', 'warning', /at the last logout systemd ends it, and all jobs/u],
    [
      'no lingering, and a daemon of a session',
      { linger: false, daemons: [daemon({ startedBy: 'session' })] },
      'logout',
      'warning',
      /socket with it/u,
    ],
    [
      'an older daemon',
      { daemons: [daemon({ version: '4.0.1' })] },
      'daemon version',
      'note',
      /is 4\.0\.1, the client 4\.0\.4: it was not restarted/u,
    ],
    [
      'a newer daemon',
      { daemons: [daemon({ version: '4.1.0' })] },
      'daemon version',
      'note',
      /another client is found/u,
    ],
    ['a replaced program', { daemons: [daemon({ replaced: true })] }, 'daemon version', 'note', /was replaced/u],
    [
      'a daemon of another kind of login',
      { daemons: [daemon({ reach: 'otherRuntime', runtime: 'unset' })] },
      'runtime directory',
      'note',
      /started without XDG_RUNTIME_DIR/u,
    ],
    [
      'several daemons',
      { daemons: [daemon(), daemon({ pid: 7, reach: null })] },
      'other daemons',
      'note',
      /^1 other daemon of this user runs \(pid 7\)/u,
    ],
    ['hidden processes', { processes: 'hidden' }, 'processes', 'note', /hides the processes/u],
    ['no /proc', { processes: 'noProc', daemons: null }, 'daemon', 'note', /cannot be told whether one runs/u],
    ['no git', { tools: [{ name: 'git', found: null }] }, 'git', 'note', /a deploy needs it/u],
    [
      'no database client',
      { tools: [{ name: 'psql', found: null }] },
      'databases',
      'ok',
      /no client was found \(psql\)/u,
    ],
    [
      'what hangs',
      { project: null, unanswered: [{ look: 'project', why: 'no answer within 3 s' }] },
      'not answered',
      'warning',
      /Not known: project \(no answer within 3 s\)/u,
    ],
  ];
  for (const [what, more, subject, level, text] of rows)
    it(`calls ${what} ${level}`, () => {
      const given = finding(subject, more);
      assert.ok(given, `nothing is said about ${subject}`);
      assert.equal(given.level, level);
      assert.match(given.text, text);
      // What may cost jobs has a next step.
      if (level === 'warning' || level === 'problem') assert.ok(given.next !== null && given.next.length > 10);
      // Nothing is said twice, or about what was not changed.
      const also = subject === 'daemon' ? ['processes'] : [];
      const others = found(more).filter((each) => each.level !== 'ok' && ![subject, ...also].includes(each.subject));
      assert.deepEqual(others, []);
    });

  const unread: [what: string, more: Partial<HostExamination>, subject: FindingSubject, text: RegExp][] = [
    ['no daemon', { daemons: [] }, 'daemon', /No pueue daemon of this user runs/u],
    [
      'a daemon in another place',
      { daemons: [daemon({ pid: 7, reach: null })] },
      'daemon',
      /None runs where the client looks, but 1 other daemon of this user runs \(pid 7\)/u,
    ],
    [
      'no configuration',
      { config: { path: '/c', origin: 'default', exists: false } },
      'configuration',
      /none was started with this configuration/u,
    ],
    [
      'two versions',
      { daemons: [daemon({ version: '3.4.1' })] },
      'daemon version',
      /is 3\.4\.1, the client 4\.0\.4: they do not understand/u,
    ],
  ];
  for (const [what, more, subject, text] of unread)
    it(`calls ${what} a problem where the queue cannot be read, and none where it can`, () => {
      const given = finding(subject, more, false);
      assert.equal(given?.level, 'problem');
      assert.match(given.text, text);
      assert.ok(given.next !== null);
      assert.notEqual(finding(subject, more, true)?.level, 'problem');
    });

  it('warns of no lingering only where something is lost by it', () => {
    const system = { ...base.system, runtimeDirectory: false };
    for (const more of [
      { linger: null },
      { linger: false, daemons: [daemon({ startedBy: 'systemService' })] },
      { linger: false, daemons: [daemon({ startedBy: 'session', runtime: 'unset' })] },
      { linger: false, system, daemons: [daemon({ startedBy: null })] },
      { linger: false, daemons: [] },
    ] satisfies Partial<HostExamination>[])
      assert.equal(finding('logout', more), undefined);
  });

  it('says nothing of what is not known', () => {
    const nothing = found(
      {
        ...{ clock: null, linger: null, journal: null, pueueDirectory: null, project: null, config: null, pueue: null },
        ...{ daemons: null, tools: [] },
      },
      false,
    );
    assert.deepEqual(
      nothing.map(({ subject }) => subject),
      ['system', 'python', 'daemon'],
    );
    assert.match(nothing[2]!.text, /cannot be told/u);
  });

  it('compares no version that it cannot read', () => {
    for (const [of, client] of [
      ['nightly', 'pueue 4.0.4'],
      ['4.0.4', 'pueue nightly'],
    ] as const)
      assert.equal(
        finding('daemon version', { daemons: [daemon({ version: of })], pueue: clientOf(client) }),
        undefined,
      );
  });
});

describe('the difference of two clocks', () => {
  it('is taken at the middle of the round trip, with what may be wrong with it', () => {
    // Asked at 1000, on the host at 61.1 s by its clock for 200 ms, answered at 1400: 60 s ahead, and 100 ms each way.
    assert.deepEqual(clockSkew(61.1, 200, { sentAtMs: 1000, tookMs: 400 }), { aheadMs: 60_000, plusMinusMs: 100 });
  });

  it('is never taken for more certain than it is', () => {
    assert.equal(clockSkew(1, 500, { sentAtMs: 0, tookMs: 400 }).plusMinusMs, 0);
    assert.equal(clockSkew(1, 0, { sentAtMs: 0, tookMs: 20_000 }).plusMinusMs, 10_000);
  });
});
