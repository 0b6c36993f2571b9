import assert from 'node:assert/strict';
import { readHost, readInvalidEntry, readNewHost, readReport } from '../../../src/vscode/commands/arguments';

describe('the argument of a command', () => {
  it('names a host by a row or by an object alike', () => {
    assert.deepEqual(readHost({ host: 'gpu-1' }), { host: 'gpu-1' });
    assert.deepEqual(readHost({ kind: 'host', id: 'host/gpu-1', host: 'gpu-1' }), { host: 'gpu-1' });
  });

  for (const argument of [undefined, null, 'gpu-1', 3, {}, [], { host: 3 }, { host: null }, { host: {} }])
    it(`names none as ${argument === undefined ? 'nothing' : JSON.stringify(argument)}`, () => {
      assert.deepEqual(readHost(argument), { host: null });
      assert.deepEqual(readReport(argument), { host: null, kind: null });
    });

  it('names a report by its kind, which is not the kind of a row', () => {
    assert.deepEqual(readReport({ host: 'gpu-1', kind: 'audit' }), { host: 'gpu-1', kind: 'audit' });
    assert.deepEqual(readReport({ kind: 'fleet' }), { host: null, kind: 'fleet' });
    assert.deepEqual(readReport({ kind: 'host', id: 'host/gpu-1', host: 'gpu-1' }), { host: 'gpu-1', kind: null });
  });

  it('names a new host by an object alone: the title of the view hands over the row that has the focus', () => {
    assert.deepEqual(readNewHost({ host: 'gpu-1' }), { host: 'gpu-1' });
    assert.deepEqual(readNewHost({ kind: 'host', id: 'host/gpu-1', host: 'gpu-1' }), { host: null });
  });

  it('is an entry of the settings that cannot be used where it is the row of one', () => {
    const entry = { id: 'hosts/0', host: 'a', problem: { code: 'invalidInput', message: 'm', next: 'n' } };
    assert.equal(readInvalidEntry({ kind: 'invalidSetting', id: 'invalid/0', entry }), entry);
    assert.equal(readInvalidEntry({ kind: 'host', id: 'host/a', host: 'a' }), null);
    assert.equal(readInvalidEntry({ host: 'a' }), null);
    assert.equal(readInvalidEntry(undefined), null);
  });
});
