import assert from 'node:assert/strict';
import { scopeOf } from '../../../src/core/audit/decide';
import { cannotSayNone } from '../../../src/core/watch/cannotSayNone';
import type { HostSnapshot } from '../../../src/core/snapshot';
import type { HostState } from '../../../src/core/watch/hostWatch';
import { job, killed, snapshot, survivingRun } from '../../support/fixtures';

const dead = job(12, killed);

function read(more: Partial<HostSnapshot> = {}): HostState {
  const taken = snapshot([dead], more);
  const reading = { snapshot: taken, scope: scopeOf(taken), readAt: 0, readAtWall: 0 };
  return { reading, problem: null, question: null };
}

describe('that no process counts as live', () => {
  const whole = { name: 'gpu-1', state: read() };

  it('can be said where every host was read and all processes are told', () => {
    const few = read({ processes: { kind: 'traced', runs: [survivingRun(dead, {}, 2)], unseen: 3, refused: 1 } });
    assert.equal(cannotSayNone([whole, { name: 'gpu-2', state: few }]), null);
  });

  const problem = { code: 'unreachable', message: 'gpu-2: silent.', next: 'Look.' } as const;
  const many = survivingRun(dead, { total: 101 }, 100);
  const rows: [string, HostState, string, RegExp][] = [
    ['was not read', { reading: null, problem: null, question: null }, 'refused', /has not been read/u],
    ['cannot be read any more', { ...read(), problem }, 'unreachable', /silent/u],
    ['hides its processes', read({ processes: { kind: 'untraced', why: 'hidden' } }), 'refused', /hides/u],
    ['has too many', read({ processes: { kind: 'traced', runs: [many], unseen: 0, refused: 0 } }), 'refused', /oldest/u],
  ]; // prettier-ignore
  for (const [what, state, code, words] of rows)
    it(`cannot be said where one host ${what}`, () => {
      const found = cannotSayNone([whole, { name: 'gpu-2', state }]);
      assert.equal(found?.code, code);
      assert.match(found.message, words);
    });
});
