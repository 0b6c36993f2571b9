import assert from 'node:assert/strict';
import * as hostProblems from '../../../src/core/hostProblems';
import type { Problem, ProblemCode } from '../../../src/core/problem';
import { contextTags } from '../../../src/vscode/tree/nodes';
import { NodeStore } from '../../../src/vscode/tree/nodeStore';
import { findingRow, nextRow, reasonRow } from '../../../src/vscode/tree/reasonRows';
import { hostRow, type Translate } from '../../../src/vscode/tree/rows';

const t: Translate = (message, ...values) =>
  message.replace(/\{(\d)\}/gu, (_, index: string) => String(values[Number(index)]));

/** Every code, with the icon of its reason and what its next step offers. */
const expected: Readonly<Record<ProblemCode, readonly [icon: string, offered: string]>> = {
  unreachable: ['debug-disconnect', 'terminal'],
  hostKeyUnknown: ['key', 'terminal'],
  hostKeyChanged: ['shield', ''],
  authenticationFailed: ['lock', 'terminal'],
  pythonMissing: ['package', 'terminal configure'],
  pueueMissing: ['package', 'terminal configure'],
  daemonDown: ['server-process', 'terminal configure'],
  versionUnsupported: ['versions', 'terminal'],
  versionMismatch: ['versions', 'terminal configure'],
  badReply: ['question', 'terminal configure'],
  timedOut: ['watch', 'terminal'],
  cancelled: ['info', ''],
  notSupported: ['settings-gear', 'configure'],
  untrusted: ['circle-slash', ''],
  busy: ['info', ''],
  stale: ['info', ''],
  lost: ['debug-disconnect', 'terminal'],
  refused: ['circle-slash', 'terminal'],
  invalidInput: ['settings-gear', 'configure'],
};

describe('the rows of a host that cannot be read', () => {
  for (const [code, [icon, offered]] of Object.entries(expected) as [ProblemCode, readonly [string, string]][])
    it(`say what is wrong, and what to do, without a pointer resting on them: ${code}`, () => {
      const problem: Problem = { code, message: 'gpu-1: it is so.', next: 'Do this.' };
      const rows = [reasonRow('gpu-1', problem, t), nextRow(problem, t)];
      assert.deepEqual(
        rows.map(({ label, spoken }) => [label, spoken]),
        [
          ['it is so.', 'it is so.'],
          ['Next: Do this.', 'Next: Do this.'],
        ],
      );
      assert.equal(rows[0]!.icon, icon);
      const store = new NodeStore();
      const nodes = store.hostChildren(store.host('gpu-1'), { reading: null, problem, question: null }, null);
      assert.deepEqual(nodes.map(contextTags), [`reason ${code}`, `next ${code} ${offered}`.trimEnd()]);
      const words = code.replace(/[A-Z]/gu, (capital) => ` ${capital.toLowerCase()}`);
      const host = hostRow('gpu-1', { reading: null, problem, question: null }, { monotonic: 0 }, t);
      assert.equal(host.description, words);
    });

  it('say what was found there, in words also what icon and colour say', () => {
    const finding = {
      subject: 'state directory',
      level: 'problem',
      text: '5 B are free.',
      next: 'Make room.',
    } as const;
    const shown = findingRow(finding, t);
    assert.deepEqual(
      [shown.label, shown.icon, shown.spoken],
      ['state directory: 5 B are free.', 'error', 'state directory: 5 B are free, found on the host'],
    );
    assert.match(shown.tooltip, /\nNext: Make room\.$/u);
    assert.equal(findingRow({ ...finding, level: 'warning' }, t).icon, 'warning');
  });

  it('tell one change of the problem from the next on the same objects', () => {
    const store = new NodeStore();
    const host = store.host('gpu-1');
    const children = (problem: Problem) => store.hostChildren(host, { reading: null, problem, question: null }, null);
    const before = children(hostProblems.daemonDown('gpu-1', ['pueue']));
    const after = children(hostProblems.linkLost('gpu-1', 'reset'));
    assert.deepEqual(after, before);
    assert.ok(after.every((node, index) => node === before[index]));
    assert.deepEqual(after.map(contextTags), ['reason lost', 'next lost terminal']);
  });
});

describe('the reason below a host', () => {
  const cases: [string, string][] = [
    ['gpu-1: no python3 was found.', 'no python3 was found.'],
    ['Could not reach gpu-1 (127.0.0.1:22): connection refused.', 'connection refused.'],
    ['Refused to connect to gpu-1: its key x is not known.', 'its key x is not known.'],
    ['Could not read the SSH configuration of gpu-1: line 3.', 'line 3.'],
    ['gpu-1 did not let ana in. It offers: publickey.', 'gpu-1 did not let ana in. It offers: publickey.'],
    ['Something else: of gpu-1.', 'Something else: of gpu-1.'],
    ['gpu-1: ', 'gpu-1: '],
  ];
  for (const [message, label] of cases)
    it(`begins with what is wrong, and keeps the whole message for the pointer: ${message}`, () => {
      const row = reasonRow('gpu-1', { code: 'unreachable', message, next: 'x' }, t);
      assert.equal(row.label, label);
      assert.ok(row.tooltip.includes(message));
    });

  it('is an error where a key has changed, and a warning else', () => {
    const color = (code: ProblemCode) => reasonRow('a', { code, message: 'a: b', next: 'c' }, t).color;
    assert.deepEqual(
      [color('hostKeyChanged'), color('hostKeyUnknown')],
      ['problemsErrorIcon.foreground', 'problemsWarningIcon.foreground'],
    );
  });
});
