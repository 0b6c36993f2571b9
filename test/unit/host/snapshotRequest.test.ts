import assert from 'node:assert/strict';
import { isProblemError, type Problem, type ProblemCode } from '../../../src/core/problem';
import type { HostSnapshot } from '../../../src/core/snapshot';
import { snapshotRequest } from '../../../src/host/snapshotRequest';
import { hostSettings } from '../../support/hostSettings';
import { project } from '../../support/judgements';

const argv = ['/usr/bin/pueue', '--color', 'never', 'status', '--json'];
const ran = { argv, code: 0, signal: null };
const pueue = {
  ...{ version: 'pueue 4.0.4', stopped: null, complaints: [] as string[] },
  commands: [{ ...ran, argv: ['/usr/bin/pueue', '--version'] }, ran],
};
const sections = {
  ...{
    home: '/home/ana',
    bootedAt: 50,
    unreadJournal: null,
    checkpoints: [] as object[],
    quarantines: [] as unknown[],
    pueue: pueue as object,
  },
  groups: { default: { status: 'Running', parallel_tasks: 1 } },
  ...{ daemonStart: 'boot/1/2', stateFile: null },
  processes: { runs: [] as object[], shells: [[3, 30]], unseen: 2, refused: 1 } as object,
};
const whole = { t: [1, null, 100.5, 50.5, 7, 3, 5], s: sections, jobs: {} as object };
/** The whole answer with other sections; `undefined` leaves one out. */
const withSections = (more: object): object => ({ ...whole, s: { ...sections, ...more } });
const withPueue = (more: object): object => withSections({ pueue: { ...pueue, ...more } });
const request = snapshotRequest(hostSettings('gpu-1', { pueue: '/p', pueueConfig: '/c.yml', checkpoints: ['~/c'] }));
const route = { transport: 'local', reason: null } as const;
const parse = (answer: unknown): HostSnapshot => request.parse(answer, route);

/** The problem that an answer of the helper is read as. */
function problem(answer: unknown): Problem {
  try {
    parse(answer);
  } catch (error) {
    assert.ok(isProblemError(error), String(error));
    assert.match(error.problem.message, /^gpu-1: /u);
    assert.ok(error.problem.next.length > 0);
    return error.problem;
  }
  throw new Error('it was read as an answer');
}

describe('the request for a snapshot', () => {
  it('asks for what the settings name', () => {
    assert.deepEqual(request.message, { op: 'snapshot', pueue: '/p', pueueConfig: '/c.yml', checkpoints: ['~/c'] });
  });

  it('reads a whole answer', () => {
    const read = parse(whole);
    assert.deepEqual(
      [read.takenAt, read.bootedAt, read.daemonStart, read.hostMilliseconds],
      [100.5, 50, 'boot/1/2', 7],
    );
    assert.deepEqual(read.commands[1], { argv, exitCode: 0, milliseconds: 5 });
    assert.equal(parse(withSections({ daemonStart: undefined })).daemonStart, null);
  });

  it('reads how far jobs are, where the helper says so', () => {
    assert.deepEqual(parse(whole).progress, new Map());
    const read = parse(withSections({ progress: [[3, 0.5, 99]] }));
    assert.deepEqual(read.progress, new Map([[3, { fraction: 0.5, modified: 99 }]]));
    for (const progress of [[[3, 1.5, 99]], [[3, 0.5]], [['3', 0.5, 99]], 'x'])
      assert.equal(problem(withSections({ progress })).code, 'badReply');
  });

  it('reads the processes of ended runs, and why they could not be traced', () => {
    const life = 'boot/4242/1000';
    const run = {
      id: 3,
      createdAt: null,
      start: null,
      total: 2,
      processes: [[4242, life, 40.5, ['sh', '-c', 'a\nb']]],
    };
    const parseWith = (processes: unknown): HostSnapshot => parse(withSections({ processes }));
    assert.deepEqual(parseWith({ runs: [run], shells: [], unseen: 2, refused: 1 }).processes, {
      ...{ kind: 'traced', unseen: 2, refused: 1 },
      runs: [{ ...run, processes: [{ pid: 4242, life, since: 90.5, command: "sh -c 'a\\nb'" }] }],
    });
    assert.deepEqual(parseWith({ untraced: 'hidden' }).processes, { kind: 'untraced', why: 'hidden' });
    const none = { runs: [], shells: [], unseen: 0, refused: 0 };
    for (const broken of [
      { untraced: 3 },
      { ...none, runs: [{ ...run, processes: [] }] },
      { ...none, shells: [[1]] },
      {},
    ])
      assert.equal(problem(withSections({ processes: broken })).code, 'badReply');
  });

  it('reads the file of the state', () => {
    const stateFile = { path: '/p/state.json', bytes: 5 };
    assert.deepEqual(parse(withSections({ stateFile })).stateFile, stateFile);
    assert.equal(parse(whole).stateFile, null);
    assert.equal(parse(withSections({ unreadJournal: 'EACCES' })).unreadJournal, 'EACCES');
  });

  it('puts the entries of a directory below it, with one slash', () => {
    const entries = [['a', 'file', 3, 1.5, '9007199254740993']];
    const found = { configured: '~/c/', path: '/h/c/', state: 'listed', error: null, entries };
    const root = { ...found, configured: '/', path: '/' };
    const paths = parse(withSections({ checkpoints: [found, root] })).checkpoints.map((each) => [
      each.path,
      each.entries[0]!.path,
    ]);
    assert.deepEqual(paths, [
      ['/h/c', '/h/c/a'],
      ['/', '/a'],
    ]);
  });

  it('reads the inode of an entry exactly, and what was found in it where that was asked', () => {
    const entriesOf = (...entries: unknown[]) => {
      const found = { configured: '/c', path: '/c', state: 'listed', error: null, entries };
      return parse(withSections({ checkpoints: [found] })).checkpoints[0]!.entries;
    };
    const base = ['a', 'file', 3, 1.5, '18446744073709551615'];
    assert.deepEqual(
      entriesOf(base, [...base, null], ...['e', 'i', 'b', 'u'].map((each) => [...base, each])).map(
        ({ inode, content }) => [inode, content],
      ),
      [null, null, 'empty', 'intact', 'broken', 'unchecked'].map((content) => ['18446744073709551615', content]),
    );
    for (const wrong of [[...base, 'x'], base.slice(0, 4), ['a', 'file', 3, 1.5, 7], ['a', 'file', 3, 1.5, '-1']])
      assert.throws(() => entriesOf(wrong));
  });

  it('asks for the directories of a project as well, each once, and to look into those that have a pattern', () => {
    const asked = project([
      { directory: '~/c/', pattern: '{a}.json' },
      { directory: '~/d', pattern: '{a}' },
      { directory: '~/e', pattern: null },
    ]);
    const { message } = snapshotRequest(
      hostSettings('gpu-1', { checkpoints: ['~/c', '~/x', '~/e'] }),
      undefined,
      asked,
    );
    assert.deepEqual(message['checkpoints'], [
      { directory: '~/c', format: 'json' },
      '~/x',
      '~/e',
      { directory: '~/d', format: null },
    ]);
  });

  for (const field of Object.keys(whole))
    it(`refuses an answer without ${field}`, () => {
      assert.equal(problem({ ...whole, [field]: undefined }).code, 'badReply');
    });

  for (const field of ['home', 'bootedAt', 'unreadJournal', 'checkpoints', 'pueue', 'groups', 'processes'])
    it(`refuses an answer without the section ${field}`, () => {
      assert.equal(problem(withSections({ [field]: undefined })).code, 'badReply');
    });

  for (const field of ['version', 'commands', 'stopped', 'complaints'])
    it(`refuses an answer of pueue without ${field}`, () => {
      assert.equal(problem(withPueue({ [field]: undefined })).code, 'badReply');
    });

  it('refuses an answer that does not tell how long each command took', () => {
    for (const times of [[], [3], [3, 5, 6]])
      assert.equal(problem({ ...whole, t: [...whole.t.slice(0, 5), ...times] }).code, 'badReply');
  });

  it('counts how long a run goes on by the clock of the boot, and says nothing where there is none', () => {
    assert.deepEqual([...parse(whole).runSeconds], [[3, 20.5]]);
    assert.deepEqual([...parse({ ...whole, t: [1, null, 100.5, null, 7, 3, 5] }).runSeconds], []);
    assert.deepEqual([...parse(withSections({ processes: { untraced: 'hidden' } })).runSeconds], []);
  });

  const complaints: [string, ProblemCode, RegExp][] = [
    ['versionMismatch', 'versionMismatch', /client \(pueue 4\.0\.4\) and the running daemon/u],
    ['daemonDown', 'daemonDown', /daemon does not answer/u],
    ['notJson', 'badReply', /empty, cut off, or no JSON/u],
    ['notStatus', 'badReply', /shape that is not known/u],
    ['notPermitted', 'badReply', /belongs to another user/u],
    ['badConfig', 'badReply', /configuration file cannot be read/u],
    ['noSuchProfile', 'badReply', /no such profile/u],
    ['noUserName', 'badReply', /name of the user/u],
    ['handshakeFailed', 'badReply', /shared secret/u],
    ['somethingOfLater', 'badReply', /exited with code 1/u],
  ];
  for (const [complaint, code, message] of complaints)
    it(`tells of ${complaint}, although a queue came with it`, () => {
      const commands = [pueue.commands[0], { ...ran, code: 1 }];
      const found = problem(withPueue({ complaints: [complaint], commands }));
      assert.equal(found.code, code);
      assert.match(found.message, message);
    });

  it('takes no queue of a pueue that failed, was killed, or was stopped', () => {
    const ends: [object, ProblemCode, RegExp][] = [
      [{ commands: [pueue.commands[0], { ...ran, code: 3 }] }, 'badReply', /exited with code 3/u],
      [{ commands: [pueue.commands[0], { ...ran, code: null, signal: 9 }] }, 'badReply', /ended by signal 9/u],
      [{ stopped: 'timeout' }, 'timedOut', /no complete answer within 0 s/u],
      [{ stopped: 'tooLarge' }, 'badReply', /not read to its end \(tooLarge\)/u],
    ];
    for (const [more, code, message] of ends) {
      const found = problem(withPueue(more));
      assert.equal(found.code, code);
      assert.match(found.message, message);
    }
  });

  it('tells a pueue that is not there from one that cannot be run', () => {
    assert.equal(problem(withSections({ pueue: { missing: ['PATH', '/x'] } })).code, 'pueueMissing');
    const { code, message } = problem(withSections({ pueue: { notRun: '/x', error: 'EAGAIN' } }));
    assert.equal(code, 'badReply');
    assert.match(message, /it cannot be run \(EAGAIN\)/u);
  });

  it('refuses versions that are too old, and what names no version of pueue', () => {
    const versions: [string, ProblemCode][] = [
      ['Pueue client 2.1.0', 'versionUnsupported'],
      ['', 'badReply'],
      ['Python 3.11.7', 'badReply'],
    ];
    for (const [version, code] of versions) assert.equal(problem(withPueue({ version })).code, code);
  });
});
