/** What is copied for a bug report: enough to help, and no name in it. */
import assert from 'node:assert/strict';
import { scopeOf } from '../../../../src/core/audit/decide';
import { diagnose } from '../../../../src/core/doctor/diagnose';
import { diagnosticsText, type DiagnosedHost, type WindowFacts } from '../../../../src/core/doctor/diagnosticsText';
import { createRedaction } from '../../../../src/core/doctor/redact';
import { daemonDown, linkLost } from '../../../../src/core/hostProblems';
import { examination, program, room } from '../../../support/examination';
import { job, queued, running, snapshot } from '../../../support/fixtures';
import { hostSettings } from '../../../support/hostSettings';

const window: WindowFacts = {
  versions: 'Pueue Preflight 0.1.0, Visual Studio Code 1.100.0 (desktop), linux 6.1.0 x64',
  names: { hosts: ['ws-kestrel', 'bastion-osprey'], users: ['wren'], homes: ['/data/people/wren'] },
};
const settings = hostSettings('gpu-heron', {
  ...{
    host: 'heron.birds.example',
    user: 'ana',
    identityFile: '~/.ssh/id_heron',
    proxyJump: 'jay@bastion-osprey:2222',
  },
  ...{
    python: '/home/ana/.venvs/main/bin/python',
    path: '~/falcon-secret-project',
    checkpoints: ['/data/eagle-sweeps'],
  },
});
const facts = examination({
  pueueDirectory: { ...room('/home/ana/.local/share/pueue'), stateFile: null },
  project: { ...room('/home/ana/falcon-secret-project'), directory: true, checkout: false },
  pueue: { ...program('/home/ana/.cargo/bin/pueue', 'pueue 4.0.4'), origin: 'usualPlace' },
});
const hidden = running;
const reading = (() => {
  const secret = {
    label: 'DOGEUSDT@250',
    command: 'sweep --token canary-5f1d',
    directory: '/home/ana/falcon-secret-project',
  };
  const queue = {
    jobs: [job(1, hidden, secret), job(2, queued)],
    groups: [{ name: 'magpie', status: 'running', parallel: 1 }],
  } as const;
  const read = snapshot([], { queue });
  return { snapshot: read, scope: scopeOf(read), readAt: 0, readAtWall: 0 };
})();
const log = [
  '07:20:00 debug gpu-heron: connecting to ana@heron.birds.example:22 with 2 keys, 0 locked, 0 left out',
  '07:20:01 debug gpu-heron: logged in with /home/ana/.ssh/id_heron (ED25519 SHA256:Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8)',
  '07:20:02 warn gpu-heron: 192.168.17.4 and fe80::1c2d:3e4f and 2001:db8:0:1:1:1:1:1 said password=hunter2 to starling',
  '07:20:03 info gpu-heron: helper 77 is up: /home/ana/.venvs/main/bin/python 3.11.2 on linux, 0 B of other output skipped',
];
const host: DiagnosedHost = {
  settings,
  state: { reading, problem: null, question: null },
  doctor: { problem: null, examination: facts, findings: diagnose(facts, true) },
  log,
  wholeLog: [...log, '07:19:00 debug other: connecting to starling@rook.nest:22 with 1 keys'],
  monotonic: 12_000,
};
const canaries = [
  ...['heron', 'ana', 'jay', 'osprey', 'kestrel', 'wren', 'starling', 'rook', 'nest', 'birds', 'falcon', 'eagle'],
  ...['192.168', 'fe80', '2001:db8', 'hunter2', 'Zm9v', 'DOGE', 'magpie', 'canary', 'sweep', '/home/', '/data/', 'id_'],
];

function assertNothingLeaks(text: string): void {
  for (const canary of canaries)
    assert.ok(!new RegExp(`(?<![a-z])${canary}`, 'iu').test(text), `${canary} stands in\n${text}`);
}

describe('the diagnostics of a host', () => {
  const textOf = (more: Partial<DiagnosedHost> = {}): string =>
    diagnosticsText(window, { ...host, ...more }, '2026-11-24T07:20:00.000Z');

  it('hold what helps, and no name of a person, a machine, a job or a project', () => {
    const text = textOf();
    assertNothingLeaks(text);
    for (const part of [
      /^Diagnostics of a host, redacted · 2026-11-24T07:20:00\.000Z$/mu,
      /^Runs {9}Pueue Preflight 0\.1\.0, Visual Studio Code 1\.100\.0 \(desktop\), linux 6\.1\.0 x64$/mu,
      /^Read {9}12 s ago: pueue 4\.0\.4, 2 jobs in 1 group, 8 ms on the host, processes traced$/mu,
      /^Settings {5}transport auto, host set, port not set, user set, identityFile set, proxyJump set$/mu,
      /^ {13}python ~\/\.venvs\/main\/bin\/python, pueue not set, pueueConfig not set, path set, checkpoints 1$/mu,
      /^ {13}pueue {12}pueue 4\.0\.4 {2}~\/\.cargo\/bin\/pueue, in a usual place/mu,
      /^ {2}note {7}project {10}<path>: it is no git checkout\.$/mu,
      /^Log {10}07:20:00 debug <host>: connecting to <user>@<host>:22 with 2 keys/mu,
      /^ {13}07:20:01 debug <host>: logged in with ~\/\.ssh\/<file> \(ED25519 SHA256:<data>\)$/mu,
      /^ {13}07:20:02 warn <host>: <ip> and <ip> and <ip> said password=••• to <user>$/mu,
    ])
      assert.match(text, part);
  });

  it('of a host that cannot be reached say what is known here', () => {
    const problem = linkLost('gpu-heron', 'ana@heron.birds.example: connection reset by 10.0.0.7');
    const text = textOf({
      state: { reading: null, problem, question: 'passphrase' },
      doctor: { problem, examination: null, findings: null },
    });
    assertNothingLeaks(text);
    assert.match(
      text,
      /^Read {9}not yet\nAsked {8}a person is being asked: passphrase\nProblem {6}lost: <host>: the link was lost \(<user>@<host>: connection reset by <ip>\)\.$/mu,
    );
    assert.match(text, /^Host {9}not known: <host>: the link was lost/mu);
  });

  it('of a host that was never asked hold at least the settings', () => {
    const problem = daemonDown('gpu-heron', ['/home/ana/.cargo/bin/pueue', 'status']);
    const state = { reading: null, problem: null, question: null };
    const text = textOf({ state, doctor: { problem, examination: null, findings: null }, log: [], wholeLog: [] });
    assertNothingLeaks(text);
    assert.match(text, /^Log {10}no line about this host is kept$/mu);
    assert.match(text, /Run "~\/\.cargo\/bin\/pueue status" on <host>|not known: <host>/u);
  });

  it('hold the newest lines of a long log', () => {
    const many = Array.from({ length: 100 }, (_, index) => `07:20:00 info gpu-heron: line ${index}`);
    const text = textOf({ log: many });
    assert.match(text, /line 99$/mu);
    assert.equal(text.match(/ line \d+$/gmu)?.length, 40);
    assert.doesNotMatch(text, / line 59$/mu);
  });
});

describe('redaction', () => {
  const names = { hosts: ['gpu-1', 'host', ''], users: ['ana', 'user'], homes: ['/home/ana', '/srv/ana'], paths: [] };
  const redact = createRedaction(names, ['joe@far']);
  const rows: [string, string][] = [
    ['gpu-1 and GPU-1.corp.local, but gpu-10 is another', '<host> and <host>, but gpu-10 is another'],
    ['a user ana on host gpu-1', 'a <user> <user> on <host> <host>'],
    ['banana and ana-maria stay', 'banana and ana-maria stay'],
    ['/home/ana/x /home/anabel/x /Users/bob/x /srv/ana /root/.cargo', '~/x ~/x ~/x ~ ~/.cargo'],
    [String.raw`C:\Users\Bob\AppData`, String.raw`~\AppData`],
    ['~/.ssh/id_work and ~/.ssh/config', '~/.ssh/<file> and ~/.ssh/config'],
    ['joe went far', '<user> went <host>'],
    ['/run/user/1000/pueue_ana.socket', '/run/user/<uid>/pueue_<user>.socket'],
    ['10.1.2.3:22, ::1 and [fe80::1%eth0]', '<ip>:22, <ip> and [<ip>]'],
    [
      'at 07:20:01 python 3.11.2 read state.json.gz, libc.so.6 and pueue.yml',
      'at 07:20:01 python 3.11.2 read state.json.gz, libc.so.6 and pueue.yml',
    ],
    ['in the setting pueuePreflight.hosts', 'in the setting pueuePreflight.hosts'],
    ['via db.internal.example over ssh', 'via <host> over ssh'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----', '<data>'],
    ['<b>', '<b>'],
  ];
  for (const [text, expected] of rows)
    it(`makes ${JSON.stringify(text.slice(0, 50))} what may be shown`, () => {
      assert.equal(redact(text), expected);
    });

  it('takes a name with a meaning to a pattern for what it is', () => {
    const odd = createRedaction({ hosts: ['a.b*(c'], users: ['$&'], homes: [], paths: [] }, []);
    assert.equal(odd('see a.b*(c now, aXb'), 'see <host> now, aXb');
  });
});
