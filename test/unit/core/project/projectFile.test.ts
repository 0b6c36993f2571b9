import assert from 'node:assert/strict';
import { isProjectFile, parseProjectFile, type ProjectFile } from '../../../../src/core/project/projectFile';
import { projectOnHost } from '../../../../src/core/project/projectOnHost';
import { faultText, type TextFault } from '../../../../src/core/project/textFault';
import { badBeyondSchema, badFiles, goodFiles, textOf, wholeFile } from '../../../support/projectFiles';

function faults(text: string): readonly TextFault[] {
  const read = parseProjectFile(text);
  assert.ok(!isProjectFile(read), 'there is no fault');
  return read;
}

function file(value: unknown): ProjectFile {
  const read = parseProjectFile(textOf(value));
  assert.ok(isProjectFile(read), JSON.stringify(read));
  return read;
}

describe('the project file', () => {
  it('is read where nothing is wrong', () => {
    for (const good of goodFiles) file(good);
  });

  for (const [bad, place, message] of [...badFiles, ...badBeyondSchema])
    it(`names the fault and its place: ${message}, ${textOf(bad).replace(/\s+/gu, ' ').slice(0, 80)}`, () => {
      const [fault, ...more] = faults(textOf(bad));
      assert.equal(`${fault?.line}:${fault?.column}`, place);
      assert.ok(fault?.message.includes(message), fault?.message);
      assert.deepEqual(more, []);
    });

  it('marks what only we can say, so that the editor does not say the rest twice', () => {
    for (const [bad] of badFiles)
      assert.ok(
        faults(textOf(bad)).every(({ beyondSchema }) => !beyondSchema),
        textOf(bad),
      );
    for (const [bad] of badBeyondSchema)
      assert.ok(
        faults(textOf(bad)).some(({ beyondSchema }) => beyondSchema),
        textOf(bad),
      );
  });

  const texts: readonly (readonly [string, string])[] = [
    ['', 'line 1, column 1: A value is missing here.'],
    ['{"path": "/p",}', 'line 1, column 15: A key is missing here, in double quotes.'],
    ['{"path": "/p" // why\n}', 'line 1, column 15: Comments are not allowed: the file is strict JSON.'],
    ["{'path': '/p'}", 'line 1, column 2: This is no value that JSON knows'],
    ['{"path": "/p"', 'line 1, column 14: A closing brace "}" is missing.'],
    ['{"path": "/p"} {}', 'line 1, column 16: The file ends here'],
    ['{"path": "/p",\r\n "path": "/q"}', 'line 2, column 2: The key "path" stands here for the second time.'],
    ['{"path": "/p\u0007"}', 'line 1, column 10: This character may not stand in a text'],
    ['\ufeff{"path": "/p"}', 'line 1, column 1: The file begins with a byte order mark'],
    [`{"path": "/p"${' '.repeat(70_000)}}`, 'line 1, column 1: The file is longer than 64 KB'],
    [`{"path": ${'['.repeat(60_000)}`, 'line 1, column 25: This is nested more than 16 levels deep.'],
    ['{"path": "/p", "__proto__": {"x": 1}}', 'line 1, column 16: "__proto__" is no key of this file.'],
    ['{"path": "/p", "\u202e\\u0007[a](b)": 1}', 'line 1, column 16: "\\u{202e}\\x07[a](b)" is no key of this file.'],
    ['{"path": "/\\ud800"}', 'line 1, column 10: "path" must not hold characters that cannot be seen.'],
  ];
  for (const [text, message] of texts)
    it(`says of ${JSON.stringify(text.slice(0, 40))}: ${message.slice(0, 80)}`, () => {
      const [fault] = faults(text);
      assert.ok(fault !== undefined && faultText(fault).startsWith(message), JSON.stringify(fault));
    });

  it('does not take a bracket in a text for a level', () => {
    file({ path: '/p', queue: { label: '['.repeat(100), groups: ['\\"[{'.repeat(30)] } });
  });

  it('names every fault, one for each place', () => {
    const found = faults(textOf({ path: 3, hosts: [], nonsense: 1, queue: { label: '{', other: 2 } }));
    assert.deepEqual(
      found.map(({ line }) => line),
      [2, 3, 4, 6, 7],
    );
  });
});

describe('what a project file says of a host', () => {
  it('is all that stands in it, for a host that it names', () => {
    const said = projectOnHost(file(wholeFile), 'gpu-1');
    assert.deepEqual(said?.queue, {
      groups: ['mygroup'],
      label: '{symbol}@{threshold}',
      forceRefreshFlag: '--force-refresh',
    });
    assert.deepEqual(said.packages, wholeFile.packages);
    assert.equal(said.database?.audits[0]?.timeLimitSeconds, 60);
    assert.deepEqual(said.validate, wholeFile.validate);
  });

  it('is a key of the host itself where it has one, as a whole', () => {
    const said = projectOnHost(file(wholeFile), 'gpu-2');
    assert.equal(said?.path, '/srv/project');
    assert.deepEqual(said.queue, { groups: ['other'], label: null, forceRefreshFlag: null });
    assert.equal(said.branch, 'main');
  });

  it('is nothing for a host that it does not name, unless it names none', () => {
    assert.equal(projectOnHost(file(wholeFile), 'gpu-3'), null);
    assert.deepEqual(projectOnHost(file({ path: '~/p' }), 'gpu-3'), {
      ...{ path: '~/p', queue: { groups: null, label: null, forceRefreshFlag: null }, checkpoints: [] },
      ...{ remote: null, branch: null, packages: [], database: null, validate: null },
    });
  });
});
