import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addHostEntry,
  configureHostEntry,
  destinationFault,
  removeHostEntry,
  removeInvalidEntry,
  restoreHostEntry,
  settingsNotWritten,
  type HostsEdit,
} from '../../../src/core/hostEntries';
import { parseHosts } from '../../../src/core/hostSettings';

/** Entries as people leave them behind: usable, wrong, double, of another type. */
const written = ['gpu-1', { name: 'typo', prot: 22 }, { name: 'gpu-2', port: 2222, checkpoints: ['~/c'] }, 7, 'gpu-1'];

function valueOf(edit: HostsEdit): readonly unknown[] {
  assert.equal(edit.outcome, 'changed');
  return edit.value;
}

function refusalOf(edit: HostsEdit): string {
  assert.equal(edit.outcome, 'refused');
  assert.equal(edit.problem.code, 'invalidInput');
  assert.ok(edit.problem.next !== '');
  return edit.problem.message;
}

describe('adding a host', () => {
  it('appends an alias as it is, and this machine as an object', () => {
    assert.deepEqual(valueOf(addHostEntry(undefined, 'gpu-1')), ['gpu-1']);
    assert.deepEqual(valueOf(addHostEntry([], 'ana@gpu.example')), ['ana@gpu.example']);
    assert.deepEqual(valueOf(addHostEntry(['a'], 'this-machine')), ['a', { name: 'this-machine', transport: 'local' }]);
  });

  it('keeps every other entry as it was written, also those that cannot be used', () => {
    assert.deepEqual(valueOf(addHostEntry(written, 'gpu-3')), [...written, 'gpu-3']);
  });

  it('changes nothing where the host is there, whatever its entry says beside the name', () => {
    for (const name of ['gpu-1', 'gpu-2']) assert.deepEqual(addHostEntry(written, name), { outcome: 'alreadySo' });
  });

  it('says why a host is not there although its entry is, and adds no second one', () => {
    assert.match(refusalOf(addHostEntry(written, 'typo')), /"prot" is no key of a host/u);
  });

  it('refuses what is no destination, with the reason', () => {
    const wrong: [string, RegExp][] = [
      ['', /must not be empty/u],
      ['-oProxyCommand=x', /must not begin with "-"/u],
      ['a b', /must not hold spaces/u],
      ['a;reboot', /must not hold spaces, quotes/u],
      ['ssh://a', /must not hold "\/"/u],
      ['a\nb', /control characters/u],
    ];
    for (const [name, reason] of wrong) {
      assert.match(refusalOf(addHostEntry([], name)), reason);
      assert.match(destinationFault(name) ?? '', reason);
    }
    assert.equal(destinationFault('ana@gpu.example'), null);
  });

  it('makes a host of whatever it accepts', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const edit = addHostEntry([], name);
        const hosts = edit.outcome === 'changed' ? parseHosts(edit.value).hosts : null;
        assert.deepEqual(hosts?.map((host) => host.name) ?? null, edit.outcome === 'changed' ? [name] : null);
      }),
    );
  });
});

describe('removing a host', () => {
  it('takes out exactly the entry that the host comes from, and says where it stood', () => {
    const edit = removeHostEntry(written, 'gpu-2');
    assert.deepEqual(valueOf(edit), [...written.slice(0, 2), ...written.slice(3)]);
    assert.deepEqual(edit.removed, { index: 2, entries: written });
    const first = removeHostEntry(written, 'gpu-1');
    assert.deepEqual(valueOf(first), written.slice(1));
  });

  it('takes out an entry that cannot be used, where no host has its name', () => {
    assert.deepEqual(valueOf(removeHostEntry(written, 'typo')), ['gpu-1', ...written.slice(2)]);
    const shadowed = [{ name: 'a', prot: 1 }, 'a'];
    assert.deepEqual(valueOf(removeHostEntry(shadowed, 'a')), [shadowed[0]]);
  });

  it('says of a host that is not there that it is not', () => {
    assert.match(refusalOf(removeHostEntry(written, 'gpu-9')), /gpu-9: no host of this name/u);
  });

  it('takes out the row of a wrong entry only while the same fault stands there', () => {
    const faults = parseHosts(written).invalid;
    const remaining = faults.map(({ id, problem }) => {
      const edit = removeInvalidEntry(written, id, problem.message);
      return [valueOf(edit).length, edit.removed?.index];
    });
    assert.deepEqual(remaining, [
      [4, 1],
      [4, 3],
      [4, 4],
    ]);
    const [typo] = faults;
    const moved = ['first', ...written];
    assert.deepEqual(removeInvalidEntry(moved, typo!.id, typo!.problem.message), { outcome: 'alreadySo' });
    assert.deepEqual(removeInvalidEntry(written, 'refreshIntervalSeconds', ''), { outcome: 'alreadySo' });
  });

  it('is undone to the same value, at the same place', () => {
    for (const name of ['gpu-1', 'gpu-2', 'typo']) {
      const edit = removeHostEntry(['first', ...written.slice(0, 4)], name);
      assert.deepEqual(valueOf(restoreHostEntry(valueOf(edit), edit.removed!)), ['first', ...written.slice(0, 4)]);
    }
  });

  it('is undone also where the host has more than one entry, or none that can be used', () => {
    for (const { id, problem } of parseHosts(written).invalid) {
      const edit = removeInvalidEntry(written, id, problem.message);
      assert.deepEqual(valueOf(restoreHostEntry(valueOf(edit), edit.removed!)), written);
    }
  });

  it('is undone also after other changes, and not twice', () => {
    const before = ['x', { name: 'a', port: 1 }, 'b', 'c'];
    const removed = { index: 1, entries: before };
    for (const [now, then] of [
      [
        ['b', 'c'],
        [before[1], 'b', 'c'],
      ],
      [
        ['x', 'y', 'z', 'b', 'c'],
        ['x', 'y', 'z', before[1], 'b', 'c'],
      ],
      [
        ['x', 'c', 'd'],
        ['x', before[1], 'c', 'd'],
      ],
      [['d'], ['d', before[1]]],
    ] as const)
      assert.deepEqual(valueOf(restoreHostEntry(now, removed)), then);
    assert.deepEqual(restoreHostEntry(['b', 'a'], removed), { outcome: 'alreadySo' });
  });
});

describe('configuring a host', () => {
  it('makes an object of an alias, and keeps what else an object says', () => {
    assert.deepEqual(valueOf(configureHostEntry(written, 'gpu-1', 'checkpoints', ['~/c'])), [
      { name: 'gpu-1', checkpoints: ['~/c'] },
      ...written.slice(1),
    ]);
    const [, , entry] = valueOf(configureHostEntry(written, 'gpu-2', 'python', '/opt/python3'));
    assert.deepEqual(entry, { name: 'gpu-2', port: 2222, checkpoints: ['~/c'], python: '/opt/python3' });
  });

  it('takes a key out, and does nothing where it is not there or says the same', () => {
    const [, , entry] = valueOf(configureHostEntry(written, 'gpu-2', 'checkpoints', null));
    assert.deepEqual(entry, { name: 'gpu-2', port: 2222 });
    for (const [key, value] of [
      ['python', null],
      ['checkpoints', ['~/c']],
    ] as const)
      assert.deepEqual(configureHostEntry(written, 'gpu-2', key, value), { outcome: 'alreadySo' });
  });

  it('writes nothing that would make the host unusable', () => {
    const wrong = [
      ['checkpoints', ['c']],
      ['pueue', 'pueue'],
      ['python', '-c'],
      ['path', ''],
      ['pueueConfig', '/a\nb'],
    ] as const;
    for (const [key, value] of wrong)
      assert.match(refusalOf(configureHostEntry(written, 'gpu-1', key, value)), new RegExp(`"${key}" must`, 'u'));
  });
});

describe('a setting that is no list', () => {
  it('is never replaced', () => {
    for (const value of ['gpu-1', 3, { name: 'a' }])
      for (const edit of [
        addHostEntry(value, 'b'),
        removeHostEntry(value, 'gpu-1'),
        removeInvalidEntry(value, 'hosts/0', ''),
        restoreHostEntry(value, { index: 0, entries: ['b'] }),
        configureHostEntry(value, 'a', 'path', '/b'),
      ])
        assert.match(refusalOf(edit), /must be a list/u);
  });
});

describe('a settings file that cannot be written', () => {
  it('is named with the reason, which cannot forge a line', () => {
    const { message, next } = settingsNotWritten('EACCES\nAll is well');
    assert.match(message, /could not be written: EACCES\\nAll/u);
    assert.match(next, /user settings/u);
  });
});
