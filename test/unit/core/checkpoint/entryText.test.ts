import assert from 'node:assert/strict';
import { entryText } from '../../../../src/core/checkpoint/entryText';
import { prettyJson } from '../../../../src/core/checkpoint/prettyJson';
import type { EntryPart } from '../../../../src/core/checkpoint/readEntry';
import { checkpoint } from '../../../support/fixtures';
import { judgement } from '../../../support/judgements';

const base = { inode: '7', modified: 0, takenAt: 60 };
const file = (text: string | Uint8Array, size?: number): EntryPart => {
  const bytes = Buffer.from(text);
  return { ...base, kind: 'file', size: size ?? bytes.length, bytes };
};
const textOf = (part: EntryPart): string => entryText('gpu-1', '/c/a.json', part, null);
const [head, body] = [
  (part: EntryPart): string => textOf(part).split(`${'─'.repeat(72)}\n`)[0]!,
  (part: EntryPart): string => textOf(part).split(`${'─'.repeat(72)}\n`)[1]!,
];

describe('a checkpoint as a document', () => {
  it('says what it is, and what is thought of it', () => {
    const judged = judgement(checkpoint('/c/a.json'), { state: 'damaged', reason: 'It is empty.' });
    assert.equal(
      entryText('gpu-1', '/c/a\u202e.json', file('x\n'), judged),
      `/c/a\\u{202e}.json on gpu-1\nWritten 1970-01-01 00:00:00 UTC · read 1970-01-01 00:01:00 UTC, both by the clock of the host\nJudged damaged: It is empty.\nShown in full: 2 B.\n${'─'.repeat(72)}\nx\n`,
    );
  });

  it('lays out small JSON in lines, and says so', () => {
    const part = file('{"a":[1.0,{}],"b":"x"}');
    assert.match(head(part), /^Shown in full: 22 B\. Laid out for reading/mu);
    assert.equal(body(part), '{\n  "a": [\n    1.0,\n    {}\n  ],\n  "b": "x"\n}\n');
  });

  it('shows as it is what does not parse, is cut, or is large', () => {
    assert.equal(body(file('{"a":1')), '{"a":1');
    assert.equal(body(file('{"a":1}', 9e6)), '{"a":1}');
    assert.match(head(file('{"a":1}', 9e6)), /^Only the first 7 B of 9 MB are shown\.$/mu);
    const large = `{"a":"${'x'.repeat(300_000)}"}`;
    assert.equal(body(file(large)), large);
  });

  it('shows binary as bytes', () => {
    const part = file(Buffer.from('PK\u0003\u0004\u0000abc\u001b', 'latin1'));
    assert.match(head(part), /^Binary, 9 B: no text to show\. Its first 9 bytes:$/mu);
    assert.match(body(part), /^00000000 {2}50 4b 03 04 00 61 62 63 1b +PK\.\.\.abc\.\n$/u);
  });

  it('writes out what acts, and each byte that is no character', () => {
    assert.equal(body(file(Buffer.from('a\u001b[2J\u202e\r\n\xff', 'utf8'))), 'a\\x1b[2J\\u{202e}\nÿ');
    assert.equal(body(file(Uint8Array.of(0x61, 0xff))), 'a\\xff');
  });

  it('lists a directory, and says where a link leads', () => {
    const entries = [
      { name: 'b\n', kind: 'file', bytes: 5, modified: 0 },
      { name: 'a', kind: 'directory', bytes: null, modified: 0 },
    ] as const;
    const part = { ...base, kind: 'directory', entries, more: false } as const;
    assert.equal(body(part), ' directory  1 min ago           a\n       5 B  1 min ago           b\\n\n');
    assert.match(head({ ...part, more: true }), /^A directory\. Its first 2 entries:$/mu);
    assert.equal(body({ ...base, kind: 'link', target: '/etc/\u001b' }), '/etc/\\x1b\n');
    assert.match(head({ ...base, kind: 'other' }), /not opened/u);
    assert.equal(body(file('')), '(empty)\n');
  });
});

describe('JSON laid out in lines', () => {
  it('keeps every value as it was written', () => {
    const text = '{"n":[1.0,1e400,12345678901234567890,-0],"s":"a\\"{}[],: b","e":{},"l":[],"k":{"k":null}}';
    const pretty = prettyJson(text)!;
    assert.equal(pretty.replace(/(?<=^|\n)\s*|\n/gu, '').replaceAll('": ', '":'), text);
    assert.equal(prettyJson(pretty), pretty);
    assert.deepEqual(JSON.parse(pretty), JSON.parse(text));
  });

  it('is none for what does not parse, and for single values', () => {
    for (const text of ['', '{', '{"a":NaN}', '1', '"x"', 'null', '{} {}']) assert.equal(prettyJson(text), null, text);
  });

  it('takes no long time, and no deep stack', () => {
    assert.ok(prettyJson(`["${'\\"'.repeat(120_000)}"]`) !== null);
    assert.ok(prettyJson(`${'['.repeat(5000)}${']'.repeat(5000)}`) !== null);
  });
});
